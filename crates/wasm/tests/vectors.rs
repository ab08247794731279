//! The shared vectors, natively. `web/tests/engine` makes the same calls to the wasm, which must give the same answers bit for bit.
//!
//! Each vector has the arguments of a call, and its answer. `UPDATE_GOLDEN=1 cargo test -p gpu-carbon-wasm` writes all answers again.
#![expect(clippy::disallowed_methods, reason = "the test reads its data from files")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed assumption fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use gpu_carbon_core::{Interval, Scope, Timestamp};
use gpu_carbon_feeds::checksum;
use gpu_carbon_wasm::{
    InputError, Reading, Region, calculations, plan, power, ranking, read, seasonal, sensitivity,
};
use serde_json::{Value, json};

type Regions = BTreeMap<String, Region>;

fn vectors(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(name)
}

/// Answers every vector, and compares the answers with those in the file, or writes them to the file.
fn check(name: &str, answer: impl Fn(&mut Value)) {
    let text = fs::read_to_string(vectors(name)).unwrap();
    let mut found: Value = serde_json::from_str(&text).unwrap();
    answer(&mut found);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(vectors(name), serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
        return;
    }
    let expected: Value = serde_json::from_str(&text).unwrap();
    assert_same("", &found, &expected);
}

/// Compares two values. Numbers are compared by their shortest text, which is different for each number, and for zero and minus zero.
fn assert_same(path: &str, found: &Value, expected: &Value) {
    match (found, expected) {
        (Value::Object(ours), Value::Object(theirs)) => {
            assert!(ours.keys().eq(theirs.keys()), "{path}: {ours:?}, expected {theirs:?}");
            ours.iter()
                .for_each(|(key, ours)| assert_same(&format!("{path}.{key}"), ours, &theirs[key]));
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{path}");
            let items = ours.iter().zip(theirs).enumerate();
            items.for_each(|(index, (ours, theirs))| {
                assert_same(&format!("{path}[{index}]"), ours, theirs)
            });
        }
        _ => assert_eq!(found.to_string(), expected.to_string(), "{path}"),
    }
}

/// Puts the answer, or the error, into a vector.
fn put(case: &mut Value, answer: Result<Value, InputError>) {
    let case = case.as_object_mut().unwrap();
    case.remove("answer");
    case.remove("error");
    match answer {
        Ok(answer) => case.insert("answer".to_owned(), answer),
        Err(InputError { field, message }) => {
            case.insert("error".to_owned(), json!({"field": field, "message": message}))
        }
    };
}

fn reading(name: &str, series: &Value) -> Result<Reading, InputError> {
    let lines = |lines: &Vec<Value>| -> String {
        lines.iter().map(|line| line.as_str().unwrap().to_owned() + "\n").collect()
    };
    match series["csv"].as_array() {
        Some(csv) => {
            let signal = series["signal"].as_str().unwrap();
            read::csv(name, &lines(csv), signal, &[]).map(|read| read.reading)
        }
        None => read::response(&series["response"].to_string()),
    }
}

fn region(name: &str, series: &Value) -> Result<Region, InputError> {
    let Some(file) = series["pack"].as_str() else {
        return Ok(Region::from_reading(name, reading(name, series)?));
    };
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../feeds/data");
    let mut bytes = Vec::new();
    GzDecoder::new(fs::File::open(data.join(file)).unwrap()).read_to_end(&mut bytes).unwrap();
    Region::from_pack(name, &bytes)
}

fn regions() -> Regions {
    let text = fs::read_to_string(vectors("readers.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let series = vectors["series"].as_object().unwrap();
    series.iter().map(|(name, it)| (name.clone(), region(name, it).unwrap())).collect()
}

#[test]
fn readers_vectors() {
    check("readers.json", |vectors| {
        for (name, series) in vectors["series"].as_object_mut().unwrap() {
            let read = region(name, series).map(|region| {
                let series = region.exposures.series();
                assert_eq!(checksum::of(series), region.checksum);
                json!({
                    "signal": region.signal.name(), "scope": region.scope.map(Scope::name), "source": region.source, "attribution": region.attribution,
                    "quality": region.quality.name(), "gaps": region.gaps(),
                    "checksum": format!("{:016x}", region.checksum), "stepSeconds": series.step().as_seconds(),
                    "startMilliseconds": milliseconds(region.extent().start()),
                    "endMilliseconds": milliseconds(region.extent().end()),
                })
            });
            put(series, read);
        }
        for series in vectors["bad"].as_array_mut().unwrap() {
            put(series, reading("bad", series).map(|_| Value::Null));
        }
        for case in vectors["texts"].as_array_mut().unwrap() {
            let text = case["text"].as_str().unwrap();
            let answer = match case["ask"].as_str().unwrap() {
                "profileFromCsv" => power::profile_from_csv(text).map(|it| json!(it)),
                "profileFromPrometheus" => power::profile_from_prometheus(text).map(|it| json!(it)),
                "powerFromMetrics" => power::power_from_metrics(text).map(|it| json!(it)),
                "checksum" => Ok(json!(format!("{:016x}", checksum::of_text(text)))),
                other => panic!("the vector calls an unknown function {other}"),
            };
            put(case, answer);
        }
    });
}

#[test]
fn engine_vectors() {
    let regions = regions();
    check("engine.json", |vectors| {
        for case in vectors["cases"].as_array_mut().unwrap() {
            put(case, answer(case, &regions));
        }
        for case in vectors["draws"].as_array_mut().unwrap() {
            let time_of =
                |key: &str| Timestamp::from_unix_micros(case[key].as_i64().unwrap() * 1000);
            let time = Interval::new(time_of("from_milliseconds"), time_of("to_milliseconds"));
            let points = usize::try_from(case["points"].as_u64().unwrap()).unwrap();
            let drawn = regions[case["region"].as_str().unwrap()].draw(time, points);
            put(case, drawn.map(|values| json!(values))); // NaN is null in JSON
        }
        for case in vectors["calculations"].as_array_mut().unwrap() {
            put(case, calculate(case));
        }
    });
}

fn answer(case: &Value, regions: &Regions) -> Result<Value, InputError> {
    let names = case["regions"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let regions: Vec<&Region> = names.map(|name| &regions[name]).collect();
    let request = plan::parse_request(&case["request"].to_string())?;
    if case["ask"] == "rankByLevel" {
        let levels: Vec<Option<f64>> = serde_json::from_value(case["levels"].clone()).unwrap();
        let home = case["home"].as_u64().map(|home| usize::try_from(home).unwrap());
        let costs = serde_json::from_value(case["costs"].clone()).unwrap();
        return Ok(json!(ranking::by_level(&request, &levels, home, &costs)?));
    }
    let text = match case["ask"].as_str().unwrap() {
        "plan" => plan::plan(&request, &regions),
        "year" => {
            let options = serde_json::from_value(case["options"].clone()).unwrap();
            sensitivity::year(&request, regions[0], options)
        }
        "curve" => {
            let hours: Vec<f64> = serde_json::from_value(case["hours"].clone()).unwrap();
            sensitivity::curve(&request, regions[0], &hours)
        }
        "seasonal" => seasonal::seasonal(&request, regions[0]),
        "pauseCosts" => sensitivity::pause_costs(&request, regions[0]),
        other => panic!("the vector calls an unknown function {other}"),
    };
    Ok(serde_json::from_str(&text?).unwrap())
}

fn calculate(case: &Value) -> Result<Value, InputError> {
    let arguments = case["arguments"].as_array().unwrap();
    let number = |index: usize| arguments[index].as_f64().unwrap();
    Ok(match case["ask"].as_str().unwrap() {
        "paperJobs" => json!(calculations::paper_jobs()),
        "equivalents" => json!(calculations::equivalents(number(0))?),
        "embodied" => {
            json!(calculations::embodied(number(0), number(1), number(2), number(3))?.as_grams())
        }
        "boardsPower" => {
            let boards: Vec<calculations::Boards> =
                serde_json::from_value(arguments[0].clone()).unwrap();
            json!(calculations::boards_power(&boards)?.as_watts())
        }
        "emissions" => json!(calculations::emissions(number(0), number(1), number(2))?.as_grams()),
        "sci" => json!(calculations::sci(&serde_json::from_value(arguments[0].clone()).unwrap())?),
        other => panic!("the vector calls an unknown function {other}"),
    })
}

#[allow(clippy::cast_precision_loss, reason = "exact for dates that JavaScript has")]
fn milliseconds(time: Timestamp) -> f64 {
    time.as_unix_micros() as f64 / 1000.0
}
