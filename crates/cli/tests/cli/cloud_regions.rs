//! `gpu-carbon regions`: the ranking of cloud regions.

use gpu_carbon_feeds::regions::{self, Provider};
use serde_json::Value;

use crate::harness::{json, run};

fn rows(command: &str) -> Vec<Value> {
    json(command)["rows"].as_array().unwrap().clone()
}

#[test]
fn every_region_is_ranked_by_the_level_of_its_zone() {
    let rows = rows("regions --energy 100kWh --pue 1.5");
    assert_eq!(rows.len(), regions::all().count());
    let mut last = 0.0;
    for (position, row) in rows.iter().enumerate() {
        let level = row["yearly_grams_per_kilowatt_hour"].as_f64().unwrap();
        let zone = row["zone"].as_str().unwrap();
        assert_eq!(row["rank"], position + 1);
        assert_eq!(regions::yearly_level(zone).unwrap().as_grams_per_kilowatt_hour(), level);
        assert!((row["emissions_grams"].as_f64().unwrap() - 150.0 * level).abs() < 1e-6, "{row}");
        assert!(level >= last, "{row}");
        last = level;
    }
}

#[test]
fn a_provider_has_its_own_regions_alone() {
    let mut total = 0;
    for provider in Provider::ALL.map(Provider::name) {
        let rows = rows(&format!("regions --provider {provider}"));
        assert!(rows.iter().all(|row| row["provider"] == provider), "{provider}");
        assert!(rows.iter().all(|row| row["emissions_grams"].is_null()), "no job was given");
        total += rows.len();
    }
    assert_eq!(total, regions::all().count());
}

#[test]
fn the_energy_of_gpus_is_their_power_by_their_time() {
    let answer = json("regions --gpus 8xH100 --load 50% --duration 10h");
    assert_eq!(answer["energy_kilowatt_hours"], 8.0 * 0.7 * 0.5 * 10.0);
    assert!(answer["attribution"].as_str().unwrap().contains("ODbL"));
}

#[test]
fn coverage_counts_what_the_ranking_lists() {
    let counts = &json("regions --coverage")["rows"][0];
    let rows = rows("regions");
    let with = |has: &dyn Fn(&Value) -> bool| rows.iter().filter(|row| has(row)).count();
    assert_eq!(counts["regions"], rows.len());
    assert_eq!(counts["yearly_level"], rows.len(), "every region has a level");
    let recorded = with(&|row| !row["recorded_years"].as_array().unwrap().is_empty());
    assert_eq!(counts["recorded_year"], recorded);
    let services = |row: &Value| row["services"].to_string();
    let has = |row: &Value, names: &[&str]| {
        names.iter().any(|name| services(row).contains(&format!("\"{name}:")))
    };
    let no_account = with(&|row| has(row, &["energy_charts", "gb", "ieso"]));
    assert_eq!(counts["hourly_without_account"], no_account);
    let is_recorded = |row: &Value| !row["recorded_years"].as_array().unwrap().is_empty();
    let free = ["energy_charts", "gb", "ieso", "eia", "sgip", "pjm", "openelectricity", "watttime"];
    let hourly = with(&|row| is_recorded(row) || has(row, &free));
    assert_eq!(counts["hourly_free"], hourly);
    assert!(hourly >= 66, "{hourly} regions have hourly data");
    let marginal_year = |row: &Value| row["recorded_years"].to_string().contains("sgip-");
    let marginal = with(&|row| marginal_year(row) || has(row, &["watttime", "sgip", "pjm"]));
    assert_eq!(counts["marginal_free"], marginal);
    assert!(marginal >= 13, "{marginal} regions have marginal data");
    // Every region of the United States has its own balancing authority.
    for row in rows.iter().filter(|row| row["zone"].as_str().unwrap().starts_with("US-")) {
        assert!(has(row, &["eia"]), "{row}");
    }
}

/// JSON and CSV name the account, the forecast and the signal of each service.
#[test]
fn each_service_is_listed_with_what_it_offers() {
    let row = |region: &str| -> Value {
        rows("regions").into_iter().find(|row| row["region"] == region).unwrap()
    };
    let names = |row: &Value, column: &str| -> Vec<String> {
        let names = row[column].as_array().unwrap().iter();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let california = row("us-west-1");
    assert_eq!(names(&california, "services_without_account"), [""; 0]);
    let free = ["watttime:CAISO_NORTH", "sgip:SGIP_CAISO_PGE", "sgip:SGIP_CAISO_SCE", "eia:CISO"];
    assert_eq!(names(&california, "services_with_free_account"), free);
    assert_eq!(names(&california, "marginal_services"), free[..3]);
    assert_eq!(names(&california, "marginal_recorded_years"), names(&california, "recorded_years"));
    let britain = row("uksouth");
    assert_eq!(names(&britain, "services_without_account"), ["gb:GB"]);
    assert_eq!(names(&britain, "services_with_forecast")[0], "gb:GB");
    assert_eq!(names(&britain, "marginal_recorded_years"), [""; 0]);
    let csv = run("regions --format csv").out;
    let line = csv.lines().find(|line| line.contains(",uksouth,")).unwrap();
    assert!(line.contains(",gb:GB; electricity_maps:GB,entsoe-gb-2020,gb:GB,,gb:GB"), "{line}");
}

/// A job of the paper has its energy.
#[test]
fn a_job_of_the_paper_is_ranked_by_its_energy() {
    let text = run("regions --job bert_lm --provider gcp").out;
    let title = text.lines().next().unwrap();
    assert!(title.contains("37.3 kWh, PUE 1"), "{title}");
    let emissions = |line: &str| rows(line)[0]["emissions_grams"].as_f64().unwrap();
    assert_eq!(emissions("regions --job bert_lm"), emissions("regions --energy 37.3kWh"));
}

#[test]
fn what_is_wrong_is_said_with_what_is_known() {
    for (command, reason) in [
        ("regions --provider oracle", "expected one of aws, azure, gcp"),
        ("regions --gpus 8xH1000 --duration 1h", "did you mean H100 SXM"),
        ("regions --gpus 0xH100 --duration 1h", "1 to 1000000"),
        ("regions --gpus 8xH100", "--duration"),
        ("regions --duration 1h", "--gpus"),
        ("regions --gpus 8xH100 --duration 1h --load 0%", "from 1% to 100%"),
        ("regions --energy 1kWh --coverage", "--coverage"),
        ("regions --job bert_lm --gpus 8xH100 --duration 1h", "cannot be used with"),
        ("regions --job bert", "expected a job of the paper: bert_finetune, bert_lm"),
    ] {
        let outcome = run(command);
        assert_eq!((outcome.status, outcome.out.as_str()), (Some(2), ""), "{command}");
        assert!(outcome.err.contains(reason), "{command}: {}", outcome.err);
        assert_eq!(outcome.err.lines().count(), 1, "{command}: {}", outcome.err);
    }
}
