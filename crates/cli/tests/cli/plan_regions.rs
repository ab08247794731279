//! `gpu-carbon plan --region`: plans in cloud regions, without the network.

use gpu_carbon_feeds::regions::{self, Provider};
use serde_json::Value;

use crate::harness::{json, rejected, run, succeed};

const JOB: &str = "--gpus 8xH100 --duration 24h";
const JUNE: &str = "--start 2026-06-10T12:00:00Z --offline";

fn grams(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// The value of the nearest rank, as the documents define a quartile.
fn quartile(values: &[f64], quarters: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() * quarters).div_ceil(4) - 1]
}

/// The plans from the same hour of each of the days around 10 June in the recorded year, one by one.
fn plans_of_each_day(series: &str, signal: &str, options: &str) -> Vec<Value> {
    let days = (-14..=14).map(|day| {
        let date = if day < -9 { format!("05-{:02}", 41 + day) } else { format!("06-{:02}", 10 + day) };
        let line = format!(
            "plan --intensity {series} --signal {signal} {JOB} --start 2020-{date}T12:00:00Z {options}"
        );
        json(&line)["regions"][0].clone()
    });
    days.collect()
}

/// A recorded year answers with the median and the middle half of what `plan` finds for each of the 29 days.
#[test]
fn a_recorded_year_answers_as_its_days_do_one_by_one() {
    for (region, series, signal, options) in [
        ("aws:us-west-1", "sgip-pge-2020", "marginal", "--window 24h"),
        (
            "azure:westeurope",
            "entsoe-nl-2020",
            "average",
            "--window 6h --pue 1.2 --pause-time 10min",
        ),
    ] {
        let days = plans_of_each_day(series, signal, options);
        assert_eq!(days.len(), 29);
        let answer = json(&format!("plan --region {region} {JOB} {JUNE} {options}"));
        let found = &answer["regions"][0];
        assert_eq!(found["name"], region);
        assert_eq!(found["answer"], "recorded_year");
        assert_eq!((&found["data"], &found["signal"]), (&series.into(), &signal.into()));
        assert_eq!((&found["recorded_year"], &found["starts"]), (&2020.into(), &29.into()));
        for plan in ["baseline", "flexible_start", "pause_and_resume"] {
            let of = |field: &str| -> Vec<f64> {
                days.iter().map(|day| grams(&day[plan][field])).collect()
            };
            let emissions = of("emissions_grams");
            for (field, quarters) in [
                ("emissions_grams_lower_quartile", 1),
                ("emissions_grams", 2),
                ("emissions_grams_upper_quartile", 3),
            ] {
                let (found, expected) =
                    (grams(&found[plan][field]), quartile(&emissions, quarters));
                assert!(
                    (found - expected).abs() < 1e-6 * expected,
                    "{plan} {field}: {found} {expected}"
                );
            }
            if plan != "baseline" {
                let expected = quartile(&of("saving_ratio"), 2);
                assert!((grams(&found[plan]["saving_ratio"]) - expected).abs() < 1e-9, "{plan}");
            }
        }
    }
}

/// The usual start is the one delay whose mean over the days is least; every delay is tried here, by `plan` without a window.
#[test]
fn the_usual_start_emits_least_on_average() {
    let options = "--window 0s";
    let mean = |delay: u64| {
        let days = (-14..=14).map(|day| {
            let hours = 24 * (41 + day) + 12 + i64::try_from(delay).unwrap(); // since 30 April
            let (date, hour) = (hours / 24, hours % 24);
            let date = if date > 31 { format!("06-{:02}", date - 31) } else { format!("05-{date:02}") };
            let line = format!(
                "plan --intensity entsoe-de-2020 --signal average --power 1kW --duration 3h --start 2020-{date}T{hour:02}:00:00Z {options}"
            );
            grams(&json(&line)["regions"][0]["baseline"]["emissions_grams"])
        });
        days.sum::<f64>()
    };
    let line = "plan --region aws:eu-central-1 --power 1kW --duration 3h --window 8h --start 2026-06-10T12:00:00Z --offline";
    let usual = json(line)["regions"][0]["usual_start"].clone();
    let means: Vec<f64> = (0..=8).map(mean).collect();
    let least = means.iter().copied().fold(f64::INFINITY, f64::min);
    // The values are hourly, so that the best of the five-minute steps is a full hour.
    let best = means.iter().position(|&mean| mean == least).unwrap();
    assert_eq!(usual["start"], format!("2026-06-10T{:02}:00:00Z", 12 + best));
}

#[test]
fn a_region_without_hourly_data_has_its_yearly_level_and_says_so() {
    let answer = json(&format!("plan --region gcp:asia-southeast2 {JOB} {JUNE} --pue 1.5"));
    let region = &answer["regions"][0];
    let level = regions::yearly_level("ID").unwrap().as_grams_per_kilowatt_hour();
    let expected = 8.0 * 0.7 * 0.8 * 24.0 * 1.5 * level;
    assert_eq!(region["answer"], "yearly_level");
    assert!((grams(&region["baseline"]["emissions_grams"]) / expected - 1.0).abs() < 1e-12);
    assert!(region.get("flexible_start").is_none());
    let text = succeed(&format!("plan --region gcp:asia-southeast2 {JOB} {JUNE}"));
    assert!(text.contains("by the mean of 2025") && text.contains("it knows no hour"), "{text}");
    let refused = run(&format!("plan --region gcp:asia-southeast2 {JOB} {JUNE} --output at"));
    assert_eq!(refused.status, Some(2));
    assert!(refused.err.contains("has no hourly data"), "{}", refused.err);
}

/// Every region of every provider is ranked once or left out by name, and no ranking mixes signals, scopes or bases.
#[test]
fn rankings_hold_every_region_once_and_grams_of_one_kind() {
    let providers = Provider::ALL.map(|it| format!("--provider {}", it.name())).join(" ");
    for signal in ["", "--signal average", "--signal marginal"] {
        let answer = json(&format!("plan {providers} {JOB} {JUNE} {signal}"));
        let found = answer["regions"].as_array().unwrap();
        let left_out = answer["left_out"].as_array().unwrap();
        assert_eq!(found.len() + left_out.len(), regions::all().count());
        assert_eq!(left_out.is_empty(), signal != "--signal marginal");
        let mut ranked = 0;
        for ranking in answer["ranking"].as_array().unwrap() {
            let names = ranking["regions"].as_array().unwrap();
            ranked += names.len();
            let mut last = 0.0;
            for name in names {
                let region = found.iter().find(|it| it["name"] == *name).unwrap();
                assert_eq!(region["signal"], ranking["signal"]);
                assert_eq!(region["scope"], ranking["scope"]);
                assert_eq!(region["answer"] != "yearly_level", ranking["hourly"] == true);
                let plans = ["baseline", "flexible_start", "pause_and_resume"];
                let least = plans
                    .iter()
                    .filter_map(|plan| region[plan]["emissions_grams"].as_f64())
                    .fold(f64::INFINITY, f64::min);
                assert!(least >= last, "{name}");
                last = least;
            }
        }
        assert_eq!(ranked, found.len());
        let first = &answer["ranking"][0]["regions"][0];
        assert_eq!(answer["best_region"], *first);
        if signal == "--signal average" {
            assert!(found.iter().all(|it| it["signal"] == "average"));
        }
    }
}

/// The two Californian series are compared on the days that answer; a region with one marginal source has the published figures,
/// and one with average data has none.
#[test]
fn a_marginal_answer_says_how_far_marginal_sources_disagree() {
    let line = format!("plan --region aws:us-west-1 azure:westeurope {JOB} {JUNE} --window 6h");
    let answer = json(&line);
    let [found, average] = [0, 1].map(|place| &answer["regions"][place]);
    let found = &found["marginal_disagreement"];
    assert_eq!(found["basis"], "computed");
    assert_eq!(found["sources"], serde_json::json!(["sgip-pge-2020", "sgip-sce-2020"]));
    assert!(average.get("marginal_disagreement").is_none());
    // Each day's best start by one series, measured by the other.
    let options = "--window 6h";
    let [pge, sce] = ["sgip-pge-2020", "sgip-sce-2020"]
        .map(|series| plans_of_each_day(series, "marginal", options));
    let saved = |own: &[Value]| {
        let saving = |day: &Value| {
            grams(&day["baseline"]["emissions_grams"])
                - grams(&day["flexible_start"]["emissions_grams"])
        };
        own.iter().map(saving).sum::<f64>()
    };
    let kept = |own: &[Value], series: &str, other: &[Value]| {
        let measured = own.iter().zip(other).map(|(day, other)| {
            let start = other["flexible_start"]["start"].as_str().unwrap();
            let line = format!(
                "plan --intensity {series} --signal marginal {JOB} --start {start} --window 0h"
            );
            grams(&day["baseline"]["emissions_grams"])
                - grams(&json(&line)["regions"][0]["baseline"]["emissions_grams"])
        });
        measured.sum::<f64>() / saved(own)
    };
    let mut expected = [kept(&pge, "sgip-pge-2020", &sce), kept(&sce, "sgip-sce-2020", &pge)];
    expected.sort_by(f64::total_cmp);
    for (field, expected) in
        ["kept_saving_ratio_low", "kept_saving_ratio_high"].into_iter().zip(expected)
    {
        let found = grams(&found[field]);
        assert!((found - expected).abs() < 1e-6, "{field}: {found} {expected}");
    }
    let correlation = grams(&found["correlation"]);
    assert!((0.5..1.0).contains(&correlation), "{correlation}");
    let csv = succeed(&format!("{line} --format csv"));
    for value in ["kept_saving_ratio_low", "kept_saving_ratio_high", "correlation"] {
        assert!(csv.contains(&found[value].to_string()), "{value}: {csv}");
    }
    let text = succeed(&line);
    let sentence =
        format!("Of US-CAL-CISO, sgip-pge-2020 and sgip-sce-2020 correlate at {correlation:.2}");
    assert!(text.contains(&sentence), "{text}");
}

#[test]
fn csv_and_json_agree() {
    let line = format!("plan --region aws:us-west-1 azure:westeurope aws:us-east-1 {JOB} {JUNE}");
    let csv = succeed(&format!("{line} --format csv"));
    let answer = json(&line);
    let mut rows = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = rows.next().unwrap();
    let column = |name: &str| head.iter().position(|it| *it == name).unwrap();
    for (row, region) in rows.zip(answer["regions"].as_array().unwrap()) {
        assert_eq!(region["name"], row[column("region")]);
        assert_eq!(region["answer"], row[column("answer")]);
        let grams: f64 = row[column("baseline_emissions_grams")].parse().unwrap();
        assert_eq!(region["baseline"]["emissions_grams"], grams);
        let usual = region["usual_start"]["start"].as_str().unwrap_or_default();
        assert_eq!(usual, row[column("best_start")]);
    }
}

#[test]
fn a_start_at_the_turn_of_a_year_has_all_its_days() {
    for start in ["2026-12-31T23:00:00Z", "2027-01-01T00:00:00Z", "2028-02-29T12:00:00Z"] {
        let line = format!("plan --region aws:us-west-1 {JOB} --offline --start {start}");
        let region = &json(&line)["regions"][0];
        assert_eq!((&region["starts"], &region["starts_without_data"]), (&29.into(), &0.into()));
    }
    // Ireland lacks 120 hours of 2020.
    let missing = (0..36).any(|tenth| {
        let start = format!("2026-{:02}-{:02}T00:00:00Z", 1 + tenth / 3, 1 + tenth % 3 * 10);
        let line = format!("plan --region aws:eu-west-1 {JOB} --offline --start {start}");
        let region = json(&line)["regions"][0].clone();
        let [counted, without] =
            ["starts", "starts_without_data"].map(|field| region[field].as_u64().unwrap());
        assert_eq!(counted + without, 29, "{start}");
        without > 0
    });
    assert!(missing, "no gap of Ireland's year was met");
}

#[test]
fn what_is_wrong_is_named_with_what_is_allowed() {
    for (line, expected) in [
        (
            format!("plan --region us-east-1 {JOB}"),
            "invalid value 'us-east-1' for '--region <PROVIDER:REGION>...': `us-east-1` names no provider: write aws:us-east-1",
        ),
        (
            format!("plan --region aws:us-west-1 --intensity x.csv {JOB}"),
            "the argument '--region <PROVIDER:REGION>...' cannot be used with '--intensity <FILE>...'",
        ),
        (
            format!("plan --from http://ada:secret@127.0.0.1:1 {JOB}"),
            "--from: a base URL is `http://` or `https://`, a host and perhaps a path, without user, query or fragment",
        ),
        (
            format!("plan --provider aws --gaps same-hour {JOB}"),
            "the argument '--provider <NAME>...' cannot be used with '--gaps <RULE>'",
        ),
        (
            format!("plan --region aws:us-west-1 {JOB} --offline --window 9000h"),
            "the job and its window are longer than a year: give a shorter --duration or --window",
        ),
        (
            format!(
                "plan --region aws:ap-south-1 gcp:asia-southeast2 {JOB} --offline --signal marginal"
            ),
            "there are no data of the signal asked for in aws:ap-south-1, gcp:asia-southeast2: leave out --signal, or `gpu-carbon regions` lists what there is",
        ),
        (
            format!("plan --region aws:us-west-1 {JOB} --base-url http://example.org"),
            "invalid value 'http://example.org' for '--base-url <URL>': expected an address of this machine, as http://127.0.0.1:8080",
        ),
    ] {
        rejected(&line, expected);
    }
}
