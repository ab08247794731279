//! Money and moving beside the emissions of plans.

use serde_json::Value;

use crate::harness::{PLAN, json, plan, planned, rejected, run, succeed};

const JOB: &str = "--duration 30min --window 1h --power 1.2kW";

fn choices(answer: &Value) -> Vec<Value> {
    answer["costs"]["choices"].as_array().unwrap().clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// A star stands where no other choice of the same signal, scope and basis is as good in both and better in one.
fn check_unbeaten(choices: &[Value]) {
    for it in choices {
        let beats = |other: &&Value| {
            let same = ["signal", "scope"].iter().all(|key| other[key] == it[key]);
            let of = |one: &Value| (number(&one["emissions_grams"]), number(&one["usd"]));
            let (a, b) = (of(other), of(it));
            same && a.0 <= b.0 && a.1 <= b.1 && a != b
        };
        assert_eq!(it["unbeaten"], !choices.iter().any(|other| beats(&other)), "{it}");
    }
}

#[test]
fn money_is_the_price_by_the_hours_and_moving_the_energy_by_both_intensities() {
    let plain = planned(&format!("--intensity regions {JOB}"));
    let answer = planned(&format!(
        "--intensity regions {JOB} --price 10 --home north --move 2TB --move-price 0.05"
    ));
    let mut without_costs = answer.clone();
    without_costs.as_object_mut().unwrap().remove("costs");
    let mut expected = plain.clone();
    expected["home_region"] = "north".into();
    assert_eq!(without_costs["regions"], expected["regions"], "the plans are the same");
    let now = |name: &str| {
        let all = plain["regions"].as_array().unwrap();
        let region = all.iter().find(|it| it["name"] == name).unwrap();
        number(&region["baseline"]["emissions_grams"])
    };
    // 0.6 kWh at once; 2,000 GB at 0.06 kWh in 2015, halved every two years, in 2020.
    let energy = 2000.0 * 0.06 * 0.5_f64.powf(2.5);
    let mean = (now("north") + now("south")) / 0.6 / 2.0;
    let choices = choices(&answer);
    assert!(choices.len() >= 2);
    for it in &choices {
        let is_home = it["region"] == "north";
        assert!((number(&it["running_usd"]) - 5.0).abs() < 1e-9, "{it}");
        let (grams, usd) = if is_home { (0.0, 0.0) } else { (energy * mean, 100.0) };
        let moving = number(&it["moving_emissions_grams"]);
        assert!((moving - grams).abs() <= 1e-9 * grams, "{it}");
        assert_eq!(number(&it["moving_usd"]), usd);
        let total = number(&it["running_emissions_grams"]) + moving;
        assert!((number(&it["emissions_grams"]) - total).abs() < 1e-9);
    }
    check_unbeaten(&choices);
    let source = answer["costs"]["move_energy_source"].as_str().unwrap();
    assert!(
        source.contains("Aslan et al. (2018)") && source.ends_with("here for 2020"),
        "{source}"
    );
    let own =
        planned(&format!("--intensity regions {JOB} --move 100GB --move-energy 2Wh --home north"));
    assert_eq!(own["costs"]["move_kilowatt_hours_per_gigabyte"], 0.002);
    assert!(own["costs"]["choices"][0]["unbeaten"].is_null(), "there is no price");
}

/// A pause that takes time costs money: the best start and the plan with pauses are two choices.
#[test]
fn a_pause_that_takes_time_is_a_choice_of_its_own() {
    let line = "--intensity sgip-pge-2020 --duration 12h --power 1kW --window 24h --pause-time 10min --price 3";
    let answer = planned(line);
    let plans = &answer["regions"][0];
    let pauses = number(&plans["pause_and_resume"]["pauses"]);
    assert!(pauses > 0.0);
    let choices = choices(&answer);
    assert_eq!(choices.len(), 2);
    let usd = |plan: &str| number(&choices.iter().find(|it| it["plan"] == plan).unwrap()["usd"]);
    assert!((usd("best start") - 36.0).abs() < 1e-9);
    assert!((usd("with pauses") - 36.0 - pauses * 0.5).abs() < 1e-9, "10 minutes are 0.5 USD");
    assert!(choices.iter().all(|it| it["unbeaten"] == true), "less of one is more of the other");
}

#[test]
fn a_price_list_prices_the_regions_that_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.csv");
    let prices = path.to_str().unwrap();
    std::fs::write(&path, "region,usd_per_hour\nAWS:EU-WEST-3,3\naws:eu-central-1,1\naws:eu-north-1,9\naws:us-west-1,7\n").unwrap();
    let line = format!(
        "plan --region aws:eu-west-3 aws:eu-central-1 aws:eu-north-1 aws:us-west-1 aws:eu-west-2 aws:us-east-1 --power 1kW --duration 2h --offline --start 2026-06-10T12:00:00Z --price {prices}"
    );
    let answer = json(&line);
    let all = choices(&answer);
    let without_price =
        |it: &&Value| ["aws:eu-west-2", "aws:us-east-1"].iter().any(|id| it["region"] == *id);
    assert_eq!(all.iter().filter(without_price).count(), 2);
    assert!(
        all.iter().filter(without_price).all(|it| it["usd"].is_null() && it["unbeaten"].is_null())
    );
    let priced: Vec<Value> = all.iter().filter(|it| !without_price(it)).cloned().collect();
    assert_eq!(priced.len(), 4);
    check_unbeaten(&priced);
    let marginal = priced.iter().find(|it| it["region"] == "aws:us-west-1").unwrap();
    assert_eq!(marginal["unbeaten"], true, "no average beats a marginal");
    let csv = succeed(&format!("{line} --format csv"));
    let column = csv.lines().next().unwrap().split(',').position(|it| it == "choice_usd").unwrap();
    let row = csv.lines().find(|row| row.starts_with("aws:us-west-1,")).unwrap();
    let fields: Vec<&str> = row.rsplit(',').collect();
    let from_end = csv.lines().next().unwrap().split(',').count() - 1 - column;
    assert_eq!(fields[from_end].parse::<f64>().unwrap(), number(&marginal["usd"]));
    let text = succeed(&line);
    assert!(text.contains("aws:us-west-1 *") && text.contains("unknown"), "{text}");
}

#[test]
fn wrong_prices_and_amounts_are_refused() {
    let with = |words: &str| {
        format!("{PLAN} --intensity uneven.csv --duration 10min --window 5min --power 1kW {words}")
    };
    for (words, expected) in [
        (
            "--price -1",
            "invalid value '-1' for '--price <FILE|USD_PER_HOUR>': expected a number of USD, zero or more, such as 24.48",
        ),
        (
            "--price inf",
            "invalid value 'inf' for '--price <FILE|USD_PER_HOUR>': expected a number of USD, zero or more, such as 24.48",
        ),
        (
            "--price no-such.csv",
            "--price: `no-such.csv` is neither a number of USD for each hour, such as 24.48, nor a file with the header region,usd_per_hour",
        ),
        (
            "--price broken.csv",
            "broken.csv: line 1: the header must be `region,usd_per_hour`, got `timestamp_utc,gco2_per_kwh`",
        ),
        (
            "--move 500",
            "invalid value '500' for '--move <SIZE>': expected an amount of data, such as 500GB, 2TB or 800MB",
        ),
        (
            "--move -1GB",
            "invalid value '-1GB' for '--move <SIZE>': expected an amount of data, such as 500GB, 2TB or 800MB",
        ),
        ("--move-price 1", "the following required arguments were not provided: --move <SIZE>"),
    ] {
        rejected(&with(words), expected);
    }
    assert_eq!(
        plan("--intensity uneven.csv --duration 10min --window 5min --power 1kW --price 0").status,
        Some(0)
    );
}

/// Series of one signal and two scopes are two kinds: neither beats the other.
#[test]
fn scopes_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let text = |scope: &str, grams: u32| {
        format!(
            "# scope: {scope}\ntimestamp_utc,gco2_per_kwh\n2020-06-01T00:00:00Z,{grams}\n2020-06-01T01:00:00Z,{grams}\n"
        )
    };
    for (name, scope, grams) in [("direct", "co2_direct", 100), ("whole", "co2e_lifecycle", 200)] {
        std::fs::write(folder.path().join(format!("{name}.csv")), text(scope, grams)).unwrap();
    }
    let path = folder.path().to_str().unwrap();
    let line = format!("--intensity {path} --duration 30min --window 1h --power 1kW --price 2");
    let choices = choices(&planned(&line));
    assert_eq!(choices.len(), 2);
    for choice in choices {
        assert_eq!(choice["unbeaten"], true, "{choice}");
        assert!(choice["scope"].is_string(), "{choice}");
    }
}

#[test]
fn prices_of_other_regions_alone_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.csv");
    let plan = |region: &str| {
        std::fs::write(&path, format!("region,usd_per_hour\n{region},98\n")).unwrap();
        run(&format!(
            "plan --region aws:us-west-1 azure:westeurope --power 1kW --duration 1h --offline --price {}",
            path.display()
        ))
    };
    assert_eq!(plan("AWS:us-west-1").status, Some(0));
    let refused = plan("us-west-1");
    assert_eq!((refused.status, refused.out.as_str()), (Some(2), ""));
    assert_eq!(
        refused.err,
        "gpu-carbon: --price: the file has prices of us-west-1, and none of a region of the plan, such as aws:us-west-1: write its regions as the plan does\n"
    );
}
