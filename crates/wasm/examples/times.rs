//! How long the shared vectors on the shipped year take natively: JSON on standard output, milliseconds by what is asked.
//! `cargo xtask bench wasm` sets them beside the wasm's.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use gpu_carbon_wasm::{Fault, Region, explore, plan};
use serde_json::Value;

/// So many runs at least, and for so long at least: a median of short questions needs more of them.
const REPEATS: usize = 15;
const MEASURED: Duration = Duration::from_millis(100);
const WARM: Duration = Duration::from_millis(300);
const SERIES: &str = "sgip-pge-2020";

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pack = fs::File::open(root.join("crates/feeds/data").join(SERIES).with_extension("pack"))?;
    let mut bytes = Vec::new();
    GzDecoder::new(pack).read_to_end(&mut bytes)?;
    let region = Region::from_pack(SERIES, &bytes)?;
    let vectors: Value =
        serde_json::from_str(&fs::read_to_string(root.join("tests/vectors/engine.json"))?)?;
    let mut times = BTreeMap::new();
    for case in vectors["cases"].as_array().into_iter().flatten() {
        if case["regions"][0] == SERIES {
            let name = format!("{}: {}", text(&case["ask"]), text(&case["why"]));
            times.insert(name, median(|| answer(case, &region).map(drop))?);
        }
    }
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&times)?)?;
    Ok(())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn answer(case: &Value, region: &Region) -> Result<String, Box<dyn Error>> {
    let request = plan::question(&case["request"].to_string())?;
    let answer = match text(&case["ask"]) {
        "year" => explore::year(&request, region, serde_json::from_value(case["options"].clone())?),
        "curve" => {
            let hours: Vec<f64> = serde_json::from_value(case["hours"].clone())?;
            explore::curve(&request, region, &hours)
        }
        "pauseCosts" => explore::pause_costs(&request, region),
        "plan" => plan::plan(&request, &[region]),
        other => Err(Fault::new(format!("nobody asks {other}"))),
    };
    Ok(black_box(answer?))
}

/// The median of some runs, in milliseconds, after some that do not count.
fn median(mut run: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let begun = Instant::now();
    while begun.elapsed() < WARM {
        run()?;
    }
    let (mut times, begun) = (Vec::new(), Instant::now());
    while times.len() < REPEATS || begun.elapsed() < MEASURED {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times.get(times.len() / 2).copied().unwrap_or(f64::NAN))
}
