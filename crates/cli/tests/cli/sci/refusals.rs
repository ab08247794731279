//! Disclosures that are refused, with the reason and the remedy.

use super::{folder, run};
use crate::harness::{Outcome, gpu_carbon};
use crate::report::ledgers::{CALM, Load, gpu, gpus, ledger};

#[test]
fn what_is_missing_is_named_with_the_remedy() {
    let folder = folder();
    for (line, expected) in [
        ("--count 1", "the functional unit is missing: give --unit"),
        ("--unit token", "the functional units (R) are missing: give --count"),
        (
            "--unit token --count 1",
            "functional_unit.source is missing, and a disclosure requires it: say where the count comes from",
        ),
        (
            "--unit token --count 0 --count-source log",
            "the functional units (R) are 0, and must be a number above 0",
        ),
        (
            "--unit token --persona provider --count 1 --count-source log",
            "a provider's score is for one of FLOP, training token and parameter",
        ),
        (
            "--unit flop --persona consumer --count 1 --count-source log",
            "a consumer's score is not for one FLOP",
        ),
        (
            "--unit token --stage development --count 1 --count-source log",
            "the stage development is not one of a consumer",
        ),
        (
            "--unit token --workload slurm:9 --count 1 --count-source log",
            "has no workload slurm:9: it has slurm:123, slurm:124, pod:serving/llm-0",
        ),
        ("--unit token --count missing.csv", "missing.csv: cannot be read"),
        ("--unit token --count 1 --from 2027-01-01", "it has no rows in that time"),
        ("--unit token --count -1", "expected a number of zero or more, or a file"),
        ("--unit token --count 1 --scale 0", "expected a number above 0"),
        ("--unit token --count 1 --embodied 5", "--embodied-source"),
        ("--per 5e4 --count 1", "--per"),
        ("--unit token --prometheus http://localhost:1", "--server"),
    ] {
        let outcome = run(&folder, line);
        assert_eq!((outcome.status, outcome.out.as_str()), (Some(2), ""), "{line}");
        assert!(outcome.err.contains(expected), "{line}: {}", outcome.err);
        assert_eq!(outcome.err.lines().count(), 1, "{}", outcome.err);
    }
    // A file about the software that is empty misses everything that it could say.
    let path = folder.path().join("jobs.db");
    let words = [
        "sci",
        "--unit",
        "token",
        "--count",
        "1",
        "--count-source",
        "log",
        "--ledger",
        path.to_str().unwrap(),
    ];
    let found = gpu_carbon(words).err;
    for field in [
        "application.name",
        "application.version",
        "application.description",
        "organization.name",
        "accountable.person",
        "accountable.contact",
    ] {
        assert!(found.contains(&format!("{field} is missing")), "{found}");
    }
}

#[test]
fn units_of_ones_own_need_a_reason() {
    let folder = folder();
    let path = folder.path().join("jobs.db");
    let words = [
        "sci",
        "--ledger",
        path.to_str().unwrap(),
        "--about",
        "about.yaml",
        "--per",
        "5e4 pages",
        "--count-source",
        "log",
    ];
    let found = gpu_carbon(words);
    assert!(found.err.contains("functional_unit.rationale is missing"), "{}", found.err);
    let found = gpu_carbon(words.into_iter().chain(["--rationale", "Customers pay for pages."]));
    assert!(found.out.contains("g CO2e per page`"), "{}{}", found.out, found.err);
}

/// A disclosure of a million tokens from a ledger, with more words of the command line.
fn sci(ledger: &std::path::Path, more: &[&str]) -> Outcome {
    let words = "sci --unit token --count 1e6 --count-source log --about about.yaml --ledger";
    let ledger = ledger.to_str().unwrap();
    gpu_carbon(words.split(' ').chain([ledger]).chain(more.iter().copied()))
}

#[test]
fn energy_that_no_intensity_covers_and_both_signals_are_refused() {
    let (_folder, path, _ledger) = ledger(gpus());
    // 4.2 % is pending: it is left out, and named; of the last hours, it is more.
    let found = sci(&path, &[]);
    assert!(found.out.contains("no intensity covers it yet: 729 Wh (4.2 %)"), "{}", found.err);
    let found = sci(&path, &["--from", "2026-11-24T09:00:00Z"]);
    assert_eq!(found.status, Some(2));
    assert!(
        found.err.contains("has no intensity yet, and a score may leave out 5.0 % at most"),
        "{}",
        found.err
    );
    let marginal = Load {
        signal: gpu_carbon_core::Signal::Marginal,
        from: "2026-11-24T08:00:00Z",
        to: "2026-11-24T10:00:00Z",
        ..CALM
    };
    let (_folder, path, _ledger) = ledger(vec![gpu(0, "NVIDIA H100 80GB HBM3", &[CALM, marginal])]);
    let found = sci(&path, &[]);
    assert_eq!(found.status, Some(2));
    assert!(found.err.contains("no score mixes the two: give --from and --to"), "{}", found.err);
    let found = sci(&path, &["--to", "2026-11-24T08:00:00Z"]);
    assert_eq!(found.status, Some(0), "{}", found.err);
}

#[test]
fn a_manufacture_that_nobody_knows_is_refused_or_declared() {
    let mut gpu = gpu(0, "NVIDIA L40S", &[CALM]);
    gpu.presence.iter_mut().for_each(|it| it.embodied_grams = None);
    gpu.totals.embodied_grams = 0.0;
    let (_folder, path, _ledger) = ledger(vec![gpu]);
    let found = sci(&path, &[]);
    assert_eq!(found.status, Some(2));
    assert!(
        found.err.contains(
            "embodied (M) is missing, and a disclosure requires it: configure the manufacture"
        ),
        "{}",
        found.err
    );
    let declared = [
        "--embodied",
        "100",
        "--embodied-source",
        "a guess",
        "--lifespan",
        "5y",
        "--format",
        "json",
    ];
    let found = sci(&path, &declared);
    let document: serde_json::Value = serde_json::from_str(&found.out).expect(&found.err);
    // 34 hours of five years.
    super::near(&document["emissions"]["embodied_grams"], 100_000.0 * 34.0 / (5.0 * 365.0 * 24.0));
    let coefficients = document["coefficients"].to_string();
    assert!(coefficients.contains("\"source\":\"a guess\""), "{coefficients}");
}

#[test]
fn a_report_yaml_needs_a_guid() {
    let folder = folder();
    let about = "application: {name: a, version: '1', description: d}\norganization: {name: o}\naccountable: {person: p, contact: p@example.org}\n";
    let path = folder.path().join("short.yaml");
    std::fs::write(&path, about).unwrap();
    let ledger = folder.path().join("jobs.db");
    let words = [
        "sci",
        "--ledger",
        ledger.to_str().unwrap(),
        "--about",
        path.to_str().unwrap(),
        "--unit",
        "token",
        "--count",
        "1",
        "--count-source",
        "log",
        "--format",
        "yaml",
    ];
    let found = gpu_carbon(words);
    assert_eq!(found.status, Some(2));
    assert!(
        found.err.contains("metadata/guid is missing, and report.yaml requires it"),
        "{}",
        found.err
    );
    for (text, expected) in [
        ("guid: 12\n", "guid: expected a GUID of RFC 4122"),
        ("guidd: x\n", "guidd"),
        ("application: 1\n", "line 1"),
    ] {
        std::fs::write(&path, text).unwrap();
        let found = gpu_carbon(words);
        assert_eq!((found.status, found.err.lines().count()), (Some(2), 1), "{}", found.err);
        assert!(found.err.contains(expected), "{}", found.err);
    }
}
