//! The rules, by their own tests; the example configurations.

use std::collections::BTreeSet;
use std::fs::{File, copy, create_dir, read_to_string, write};
use std::path::Path;
use std::process::Command;

use gpu_carbon_tests::documents::blocks;
use gpu_carbon_tests::prometheus::program;
use serde_json::Value;

use crate::{deployed, files, run_checker};

fn promtool(arguments: &[&str]) -> Command {
    let mut promtool = Command::new(program("promtool", "prometheus").unwrap());
    promtool.args(arguments);
    promtool
}

/// Runs the tests of one file of `deploy/prometheus/tests`.
#[track_caller]
fn tested(name: &str) {
    let message = run_checker(
        promtool(&["test", "rules", &format!("{name}.yml")])
            .current_dir(deployed("prometheus/tests")),
    );
    assert!(message.contains("SUCCESS"), "{message}");
}

#[test]
fn the_alerts_of_the_intensity_fire_and_clear() {
    tested("intensity");
}

#[test]
fn the_alerts_of_a_feed_that_fails_fire_and_clear() {
    tested("feed");
}

#[test]
fn the_alerts_of_exporters_and_gpus_fire_and_clear() {
    tested("hosts");
}

#[test]
fn watts_and_grams_of_the_parts_add_up_to_the_whole() {
    tested("power");
}

#[test]
fn the_sci_of_jobs_and_tokens_loses_no_gram() {
    tested("sci");
}

#[test]
fn pods_pay_for_the_minutes_in_which_they_held_a_gpu() {
    tested("attribution");
}

#[test]
fn evaluations_that_are_missed_are_in_the_next_one() {
    tested("missed");
}

#[test]
fn sums_of_hosts_clusters_and_teams_are_those_of_their_gpus() {
    tested("fleet");
}

#[test]
fn a_workload_gets_no_more_than_its_gpu_over_a_gap_of_about_an_hour() {
    tested("hour");
}

#[test]
fn alerts_fire_for_hosts_that_are_scraped_every_five_minutes() {
    tested("slow");
}

#[test]
fn hosts_are_counted_whose_scrape_always_fails_before_an_evaluation() {
    tested("failing");
}

#[test]
fn every_file_of_tests_is_run() {
    let names = files("prometheus/tests", "yml");
    let names: Vec<_> = names.iter().filter_map(|path| path.file_stem()?.to_str()).collect();
    assert_eq!(
        names,
        [
            "attribution",
            "failing",
            "feed",
            "fleet",
            "hosts",
            "hour",
            "intensity",
            "missed",
            "power",
            "sci",
            "slow"
        ]
    );
}

#[test]
fn prometheus_accepts_the_rules_and_the_example() {
    let message = run_checker(
        promtool(&["check", "config", "prometheus.yml"]).current_dir(deployed("prometheus")),
    );
    for rules in files("prometheus/rules", "yml") {
        let name = rules.file_name().unwrap().to_string_lossy().into_owned();
        assert!(message.contains(&format!("Checking rules/{name}\n  SUCCESS")), "{message}");
    }
}

#[test]
fn prometheus_accepts_the_configurations_in_the_documents() {
    let blocks = blocks("yaml").unwrap();
    let blocks: Vec<_> =
        blocks.iter().filter(|block| block.text.contains("scrape_configs:\n")).collect();
    assert!(blocks.len() >= 2, "{}", blocks.len());
    for block in blocks {
        // Beside the rules that they name.
        let folder = tempfile::tempdir().unwrap();
        create_dir(folder.path().join("rules")).unwrap();
        for rules in files("prometheus/rules", "yml") {
            copy(&rules, folder.path().join("rules").join(rules.file_name().unwrap())).unwrap();
        }
        write(folder.path().join("prometheus.yml"), &block.text).unwrap();
        run_checker(promtool(&["check", "config", "prometheus.yml"]).current_dir(&folder));
    }
}

#[test]
fn alertmanager_accepts_the_example() {
    let amtool = program("amtool", "prometheus-alertmanager").unwrap();
    let mut check = Command::new(amtool);
    run_checker(check.arg("check-config").arg(deployed("prometheus/alertmanager.yml")));
}

#[test]
fn groups_of_rules_have_names_of_their_own() {
    let mut names = BTreeSet::new();
    for path in files("prometheus/rules", "yml") {
        for group in groups(&read_to_string(&path).unwrap()) {
            let name = group["name"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "{}: another group is {name}", path.display());
        }
    }
}

/// The groups of a file of rules.
pub(crate) fn groups(text: &str) -> Vec<Value> {
    let file: Value = serde_saphyr::from_str(text).unwrap();
    file["groups"].as_array().unwrap().clone()
}

/// The rules of the groups of a file.
pub(crate) fn rules(text: &str) -> Vec<Value> {
    let groups = groups(text);
    groups.iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

/// The number of tests that expect an alert, and of those that expect it not to fire.
fn expectations(name: &str) -> (usize, usize) {
    let mut counts = (0, 0);
    for path in files("prometheus/tests", "yml") {
        let file: Value = serde_saphyr::from_str(&read_to_string(path).unwrap()).unwrap();
        let tests = file["tests"].as_array().unwrap();
        let checks = tests.iter().filter_map(|test| test["alert_rule_test"].as_array());
        for check in checks.flatten().filter(|check| check["alertname"].as_str() == Some(name)) {
            match check["exp_alerts"].as_array().unwrap().len() {
                0 => counts.1 += 1,
                _ => counts.0 += 1,
            }
        }
    }
    counts
}

#[test]
fn every_alert_has_a_description_and_is_tested_firing_and_not_firing() {
    let mut names = BTreeSet::new();
    for rule in rules(&read_to_string(deployed("prometheus/rules/alerts.yml")).unwrap()) {
        let Some(name) = rule["alert"].as_str() else { continue };
        assert!(name.starts_with("GpuCarbon"), "{name}");
        assert!(names.insert(name.to_owned()), "{name} twice");
        let severity = rule["labels"]["severity"].as_str().unwrap();
        assert!(["critical", "warning", "info"].contains(&severity), "{name}: {severity}");
        for annotation in ["summary", "description"] {
            assert!(rule["annotations"][annotation].as_str().is_some(), "{name}: {annotation}");
        }
        let (fires, rests) = expectations(name);
        assert!(fires > 0 && rests > 1, "{name}: expected {fires} times, and {rests} times not");
    }
    assert!(names.len() >= 7, "{names:?}");
}

#[test]
fn the_linter_of_metrics_finds_nothing() {
    for name in ["metrics.txt", "metrics.nothing.txt"] {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
        let page = File::open(page).unwrap();
        assert_eq!(run_checker(promtool(&["check", "metrics"]).stdin(page)), "", "{name}");
    }
}
