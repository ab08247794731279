//! Pauses with a cost.

use serde_json::Value;

use crate::harness::{plan, planned};

const LINE: &str = "--intensity sgip-pge-2020 --job bert_finetune --window 18h";

fn paused(flags: &str) -> Value {
    planned(&format!("{LINE} {flags}"))["regions"][0]["pause_and_resume"].clone()
}

fn grams(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn a_costlier_pause_is_made_less_often() {
    let free = paused("");
    assert_eq!(free["method"], "cheapest_intervals");
    let mut before = (grams(&free["emissions_grams"]), free["pauses"].as_u64().unwrap());
    for energy in ["1Wh", "20Wh", "100Wh"] {
        let costly = paused(&format!("--pause-energy {energy} --pause-time 5min"));
        assert_eq!(costly["method"], "exact");
        let now = (grams(&costly["emissions_grams"]), costly["pauses"].as_u64().unwrap());
        assert!(now.0 >= before.0 && now.1 <= before.1, "{energy}: {now:?} after {before:?}");
        let costs = &costly["costs"];
        assert_eq!(costs["free_claim_emissions_grams"], free["emissions_grams"]);
        assert!(grams(&costs["honest_free_emissions_grams"]) >= now.0);
        assert!(grams(&costs["pause_emissions_grams"]) <= now.0);
        before = now;
    }
}

#[test]
fn a_job_is_not_paused_where_that_does_not_pay() {
    let start = &planned(LINE)["regions"][0]["flexible_start"]["emissions_grams"].clone();
    for flags in ["--pause-energy 1MWh", "--max-pauses 0", "--min-run 6h"] {
        let plan = paused(flags);
        assert_eq!(plan["pauses"], 0, "{flags}");
        assert_eq!(plan["costs"]["pausing_pays"], false, "{flags}");
        assert_eq!(&plan["emissions_grams"], start, "{flags}");
    }
    let text = plan(&format!("{LINE} --max-pauses 0")).out;
    assert!(text.contains("pausing does not pay here"), "{text}");
}

#[test]
fn limits_of_pauses_are_respected() {
    let plan = paused("--max-pauses 2 --min-run 1h --paused-power 30W");
    assert!(plan["pauses"].as_u64().unwrap() <= 2);
    for run in plan["intervals"].as_array().unwrap() {
        let at =
            |key: &str| chrono::DateTime::parse_from_rfc3339(run[key].as_str().unwrap()).unwrap();
        assert!((at("end") - at("start")).num_minutes() >= 60, "{run}");
    }
    let early = paused("--milestone 3h@2020-06-01T03:00:00Z");
    assert_eq!(early["intervals"][0]["start"], "2020-06-01T00:00:00Z", "no time to wait");
}

/// The best start is at 15:45, and half of the work must be done by 01:00.
#[test]
fn every_plan_meets_the_milestones() {
    let line = "--intensity sgip-sce-2020 --duration 1h --power 1kW";
    let limited = planned(&format!("{line} --milestone 30min@2020-06-01T01:00:00Z"));
    let (any, met) = (&planned(line)["regions"][0], &limited["regions"][0]);
    assert_eq!(any["flexible_start"]["start"], "2020-06-01T15:45:00Z");
    assert_eq!(met["flexible_start"]["start"], "2020-06-01T00:30:00Z");
    let paused = &met["pause_and_resume"];
    assert_eq!(paused["costs"]["pausing_pays"], true);
    assert_eq!(limited["shifts"]["all"]["emissions_grams"], paused["emissions_grams"]);
    let free = &any["pause_and_resume"]["emissions_grams"];
    assert_eq!(&paused["costs"]["free_claim_emissions_grams"], free);
    let text = plan(&format!("{line} --milestone 30min@2020-06-01T01:00:00Z")).out;
    assert!(!text.contains("pausing does not pay"), "{text}");
    assert!(text.contains("that plan emits 130 g, without the limits"), "{text}");
}

#[test]
fn a_milestone_that_cannot_be_met_is_rejected() {
    let outcome = plan(&format!("{LINE} --milestone 5h@2020-06-01T03:00:00Z"));
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.err.contains("a milestone asks for 18000 s of work"), "{}", outcome.err);
    let outcome = plan(&format!("{LINE} --milestone 5h"));
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.err.contains("12h@2020-06-02T00:00:00Z"), "{}", outcome.err);
}
