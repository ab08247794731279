//! Native times of the shared vectors on the bundled year, from the request as JSON to the answer as JSON, and to the values in
//! it. Prints JSON: milliseconds by the name of the vector. `cargo xtask bench wasm` compares them with the times of the wasm.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads its inputs and times what it runs"
)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs;
use std::hint::black_box;
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use gpu_carbon_wasm::{InputError, Region, plan, sensitivity};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// The least number of runs, and the least total time: a median of short calls needs more runs.
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
            let request = case["request"].to_string();
            let text = || Ok(black_box(answer(case, &request, &region)?));
            let values = || Ok(black_box(serde_json::from_str::<Tree<'_>>(&text()?)?.size()));
            times.insert(name, [median(|| text().map(drop))?, median(|| values().map(drop))?]);
        }
    }
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&times)?)?;
    Ok(())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn answer(case: &Value, request: &str, region: &Region) -> Result<String, Box<dyn Error>> {
    let request = plan::parse_request(request)?;
    Ok(match text(&case["ask"]) {
        "year" => {
            sensitivity::year(&request, region, serde_json::from_value(case["options"].clone())?)
        }
        "curve" => {
            let hours: Vec<f64> = serde_json::from_value(case["hours"].clone())?;
            sensitivity::curve(&request, region, &hours)
        }
        "pauseCosts" => sensitivity::pause_costs(&request, region),
        "plan" => plan::plan(&request, &[region]),
        other => Err(InputError::new(format!("the vector calls an unknown function {other}"))),
    }?)
}

/// The median of some runs, in milliseconds, after a warm-up.
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

/// A JSON value, as JavaScript would represent it. It is cheaper to build than serde_json's `Value`, which would make the wasm look
/// better than it is: no text is copied, and no key is sorted.
#[derive(Debug)]
enum Tree<'a> {
    Text(Cow<'a, str>),
    Plain(f64),
    List(Vec<Tree<'a>>),
    Map(Vec<(&'a str, Tree<'a>)>),
}

impl Tree<'_> {
    /// The number of values; each one is visited.
    fn size(&self) -> usize {
        match self {
            Tree::Text(text) => usize::from(!text.is_empty()),
            Tree::Plain(number) => usize::from(!number.is_nan()),
            Tree::List(items) => items.iter().map(Tree::size).sum(),
            Tree::Map(entries) => {
                entries.iter().map(|(key, item)| key.len().min(1) + item.size()).sum()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tree<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree<'de>, E> {
        Ok(Tree::Plain(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree<'de>, E> {
        Ok(Tree::Plain(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree<'de>, E> {
        Ok(Tree::Plain(number as f64))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Tree<'de>, E> {
        Ok(Tree::Plain(f64::from(flag)))
    }

    fn visit_unit<E>(self) -> Result<Tree<'de>, E> {
        Ok(Tree::Plain(0.0))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree<'de>, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Tree::Map(map))
    }
}
