//! `gpu-carbon report --regime`: each sheet adds up to the report, and names what it does not know.

use std::fs;
use std::path::Path;

use gpu_carbon_core::{Quality, Scope, Signal};
use proptest::prelude::*;
use serde_json::Value;

use super::ledgers::{CALM, Load, gpu, gpus, ledger, write_jobs};
use super::{near, number, report, reported};

const REGIMES: [&str; 5] = ["ghg-scope2", "esrs", "ai-act", "l1801", "checklist"];

pub(super) const PHASES: &str =
    "training: ['slurm:123']\nexploration: ['slurm:124']\ninference: ['pod:*']\n";

/// The sum of a column over the rows of a sheet.
pub(super) fn sum(sheet: &Value, name: &str) -> f64 {
    let rows = sheet["rows"].as_array().unwrap();
    rows.iter().map(|row| row[name].as_f64().unwrap_or(0.0)).sum()
}

/// A ledger of two GPUs, whose energy is divided among workloads, with the phases of some beside it.
pub(super) fn jobs() -> (tempfile::TempDir, std::path::PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.db");
    write_jobs(&path);
    let phases = folder.path().join("phases.yaml");
    fs::write(&phases, PHASES).unwrap();
    let lifecycle = format!("--lifecycle {}", phases.display());
    (folder, path, lifecycle)
}

/// Compares every sheet with the report of the same time. `lifecycle` may be empty.
pub(super) fn assert_closed(path: &Path, line: &str, lifecycle: &str) {
    let whole = reported(path, line);
    let total = &whole["total"];
    let of = |name: &str| total[name].as_f64().unwrap_or(0.0);
    let energy = of("energy_kilowatt_hours");
    let facility: f64 = whole["factors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| number(it, "energy_kilowatt_hours") * number(it, "power_usage_effectiveness"))
        .sum();
    let sheet =
        |regime: &str, more: &str| reported(path, &format!("{line} --regime {regime} {more}"));
    let check = |what: &str, one: f64, other: f64| {
        assert!(near(one, other), "{line} {what}: {one} is not {other}");
    };

    let scope2 = sheet("ghg-scope2", "");
    check("scope 2", number(&scope2, "it_kilowatt_hours"), energy);
    check("scope 2, rows", sum(&scope2, "it_kilowatt_hours"), energy);
    check("scope 2, PUE", sum(&scope2, "facility_kilowatt_hours"), facility);
    check("scope 2, location", sum(&scope2, "location_based_grams"), of("average_emissions_grams"));
    check("scope 2, marginal", sum(&scope2, "consequential_grams"), of("marginal_emissions_grams"));
    check(
        "scope 2, pending",
        number(&scope2, "pending_kilowatt_hours"),
        of("pending_kilowatt_hours"),
    );
    for (name, in_total) in [
        ("location_based_grams", "average_emissions_grams"),
        ("consequential_grams", "marginal_emissions_grams"),
    ] {
        assert_eq!(scope2[name].is_null(), total[in_total].is_null(), "{line} {name}");
    }

    let esrs = sheet("esrs", "");
    check("ESRS", sum(&esrs, "it_megawatt_hours") * 1e3, energy);
    check("ESRS, PUE", number(&esrs, "facility_megawatt_hours") * 1e3, facility);
    check(
        "ESRS, location",
        sum(&esrs, "location_based_tonnes") * 1e6,
        of("average_emissions_grams"),
    );

    let form = sheet("ai-act", "");
    check("AI Act", number(&form, "training_energy_megawatt_hours") * 1e3, energy);
    check("AI Act, days", number(&form, "training_hardware_days") * 24.0, of("gpu_hours"));

    for lifecycle in ["", lifecycle] {
        let stages = sheet("l1801", lifecycle);
        check("L.1801", sum(&stages, "energy_kilowatt_hours"), energy);
        check(
            "L.1801, average",
            sum(&stages, "average_emissions_grams"),
            of("average_emissions_grams"),
        );
        check(
            "L.1801, marginal",
            sum(&stages, "marginal_emissions_grams"),
            of("marginal_emissions_grams"),
        );
        check(
            "L.1801, embodied",
            sum(&stages, "embodied_emissions_grams"),
            of("embodied_emissions_grams"),
        );
        let list = sheet("checklist", lifecycle);
        check("checklist", number(&list, "total_energy_kilowatt_hours"), energy);
        check("checklist, hours", number(&list, "total_gpu_hours"), of("gpu_hours"));
        if !lifecycle.is_empty() {
            let both = number(&list, "reported_gpu_hours") + number(&list, "beyond_gpu_hours");
            check("checklist, parts", both, of("gpu_hours"));
            let names = ["reported_energy_kilowatt_hours", "beyond_energy_kilowatt_hours"];
            check("checklist, energy", names.iter().map(|name| number(&list, name)).sum(), energy);
        }
    }
}

#[test]
fn every_sheet_adds_up_to_the_report() {
    let (_folder, path, _ledger) = ledger(gpus());
    for line in [
        "",
        "--from 2026-11-23T10:01:40Z",
        "--to 2026-10-10T07:20:00Z",
        "--time-zone Asia/Kathmandu",
    ] {
        assert_closed(&path, line, "");
    }
    let (_folder, path, lifecycle) = jobs();
    for line in ["", "--from 2026-11-24T09:07:00Z --to 2026-11-24T14:11:00Z"] {
        assert_closed(&path, line, &lifecycle);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random powers, intensities, signals and bounds.
    #[test]
    fn sheets_of_random_ledgers_add_up(
        watts in proptest::array::uniform4(1.0..1500.0_f64),
        intensity in proptest::array::uniform4(0.0..900.0_f64),
        is_marginal in proptest::array::uniform4(any::<bool>()),
        is_pending in proptest::array::uniform4(any::<bool>()),
        minutes in 1_u32..59,
    ) {
        let times = ["2026-11-24T06:00:00Z", "2026-11-24T07:20:00Z", "2026-11-24T09:35:00Z", "2026-11-24T10:00:00Z", "2026-11-24T12:15:00Z"];
        let load = |place: usize| Load {
            from: times[place],
            to: times[place + 1],
            watts: watts[place],
            intensity: (!is_pending[place]).then_some((intensity[place], Quality::Measured)),
            signal: if is_marginal[place] { Signal::Marginal } else { Signal::Average },
            ..CALM
        };
        let one = gpu(0, "NVIDIA H100 80GB HBM3", &[load(0), load(1), load(2), load(3)]);
        let other = gpu(1, "Tesla P40", &[load(1), load(3)]);
        let (_folder, path, _ledger) = ledger(vec![one, other]);
        assert_closed(&path, "", "");
        assert_closed(&path, &format!("--from 2026-11-24T06:{minutes:02}:30Z --to 2026-11-24T11:{minutes:02}:00Z"), "");
    }
}

/// A marginal figure is consequential: it is in no total of Scope 2, and is not called one.
#[test]
fn a_marginal_figure_is_no_scope_2_figure() {
    let marginal = Load { signal: Signal::Marginal, ..CALM };
    let (_folder, path, _ledger) = ledger(vec![gpu(0, "Tesla P40", &[marginal])]);
    let sheet = reported(&path, "--regime ghg-scope2");
    assert!(sheet["location_based_grams"].is_null(), "{sheet}");
    assert!(number(&sheet, "consequential_grams") > 0.0);
    assert_eq!(sheet["rows"][0]["factor_kind"], "consequential_marginal");
    let text = report(&path, "--regime ghg-scope2").out;
    assert!(text.contains("location-based") && text.contains("unknown"), "{text}");
    assert!(text.contains("consequential, not a Scope 2 figure"), "{text}");
    let esrs = reported(&path, "--regime esrs");
    assert!(esrs["location_based_tonnes"].is_null(), "{esrs}");
}

/// Every sheet, in every format, names what it does not know; what is unknown is null, an empty field, or the word.
#[test]
fn every_sheet_names_what_it_does_not_know() {
    let mut unknown = gpu(0, "Tesla P40", &[CALM]);
    unknown.presence.iter_mut().for_each(|presence| presence.embodied_grams = None);
    unknown.totals.embodied_grams = 0.0;
    let (_folder, path, _ledger) = ledger(vec![unknown]);
    for regime in REGIMES {
        let sheet = reported(&path, &format!("--regime {regime}"));
        let missing = sheet["not_known"].as_array().unwrap();
        assert!(!missing.is_empty() && sheet["regime"] == regime, "{sheet}");
        let csv = report(&path, &format!("--regime {regime} --format csv"));
        let [text, markdown] = ["text", "markdown"]
            .map(|format| report(&path, &format!("--regime {regime} --format {format}")).out);
        for one in missing {
            let [name, reason] = ["field", "reason"].map(|key| one[key].as_str().unwrap());
            assert!(
                csv.out.contains(name) || csv.err.contains(name),
                "{regime} {name}: {}",
                csv.err
            );
            for page in [&text, &markdown] {
                assert!(page.contains(reason), "{regime} {name}: {page}");
            }
        }
        assert!(text.contains("Boundary: GPUs alone"), "{text}");
        assert!(markdown.starts_with("# "), "{markdown}");
        let wide: Vec<usize> = csv.out.lines().map(fields).collect();
        assert!(wide.iter().all(|&count| count == wide[0]), "{regime}: {wide:?}");
    }
    for regime in ["l1801", "checklist"] {
        let sheet = reported(&path, &format!("--regime {regime}"));
        let name = if regime == "l1801" {
            "embodied_emissions_grams"
        } else {
            "total_embodied_emissions_grams"
        };
        assert!(
            sheet[name].is_null() && near(number(&sheet, "embodied_known_ratio") + 1.0, 1.0),
            "{sheet}"
        );
        let text = report(&path, &format!("--regime {regime}")).out;
        assert!(text.contains("unknown") && text.contains("0.0 % of the GPU-hours"), "{text}");
    }
    let csv = report(&path, "--regime checklist --format csv").out;
    assert!(csv.contains("\ntotal_embodied_emissions_grams,,\n"), "{csv}");
}

/// The number of fields of a line of CSV.
fn fields(line: &str) -> usize {
    let mut is_quoted = false;
    1 + line
        .chars()
        .filter(|&letter| {
            is_quoted ^= letter == '"';
            letter == ',' && !is_quoted
        })
        .count()
}

#[test]
fn the_form_of_the_ai_act_has_the_training_alone() {
    let (_folder, path, lifecycle) = jobs();
    let form = reported(&path, &format!("--regime ai-act {lifecycle}"));
    // slurm:123 held one GPU from 8:00 to 10:30, and the other at the same time.
    let kilowatt_hours = 0.65 * 2.0 + 0.08 * 0.5 + 0.65 * 2.5;
    assert!(near(number(&form, "training_energy_megawatt_hours") * 1e3, kilowatt_hours), "{form}");
    assert!(near(number(&form, "training_wall_clock_days"), 2.5 / 24.0), "{form}");
    assert!(near(number(&form, "training_hardware_days"), 5.0 / 24.0), "{form}");
    assert_eq!(form["training_hardware"], "2 NVIDIA H100 80GB HBM3");
    let missing = form["not_known"].to_string();
    assert!(missing.contains("training_flops") && missing.contains("inference_flops"), "{missing}");
    assert!(form["training_flops"].is_null() && form["inference_flops"].is_null());
    let method = form["training_energy_method"].as_str().unwrap();
    let words = method.split_whitespace().count();
    assert!((60..=160).contains(&words), "{words} words: {method}");
    let text = report(&path, &format!("--regime ai-act {lifecycle}")).out;
    assert!(text.contains("0.00296 MWh (measured)"), "{text}");

    let line = format!(
        "{lifecycle} --regime ai-act --training-flops 5e22 --training-flops-method counted --inference-flops 3e15 --inference-task tokens"
    );
    let form = reported(&path, &line);
    assert_eq!(
        (form["training_flops"].as_f64(), form["inference_flops"].as_f64()),
        (Some(5e22), Some(3e15))
    );
    assert!(!form["not_known"].to_string().contains("flops"), "{form}");
    let without = format!("--regime ai-act --to 2026-11-24T07:00:00Z {lifecycle}");
    let outcome = report(&path, &without);
    assert_eq!(outcome.status, Some(2));
    assert!(
        outcome.err.contains("no workload of the ledger is of the phase training"),
        "{}",
        outcome.err
    );
}

#[test]
fn the_paragraph_has_gpu_hours_models_and_the_compute_beyond_the_runs() {
    let (_folder, path, lifecycle) = jobs();
    let sheet = reported(&path, &format!("--regime checklist {lifecycle}"));
    let paragraph = sheet["paragraph"].as_str().unwrap();
    for words in [
        "2 NVIDIA H100 80GB HBM3",
        "Training took 5.00 GPU-hours and 2.96 kWh (1 run, failed ones included)",
        "Inference took 3.50 GPU-hours",
        "Beyond the reported runs, the GPUs used 3.50 GPU-hours and 1.40 kWh (exploration)",
        "(unallocated)",
        "24.0 GPU-hours and 6.43 kWh",
        "a PUE of 1.25",
    ] {
        assert!(paragraph.contains(words), "{words}: {paragraph}");
    }
}

#[test]
fn stages_without_workloads_are_not_assessed() {
    let (_folder, path, lifecycle) = jobs();
    let sheet = reported(&path, &format!("--regime l1801 {lifecycle}"));
    let rows = sheet["rows"].as_array().unwrap();
    let state = |stage: &str| {
        let row = rows
            .iter()
            .find(|row| row["stage"] == stage)
            .unwrap_or_else(|| panic!("{stage}: {sheet}"));
        (row["state"].as_str().unwrap(), row["energy_kilowatt_hours"].is_null())
    };
    assert_eq!(state("production: data"), ("not assessed", true));
    assert_eq!(state("end of life"), ("not assessed", true));
    assert_eq!(state("production: training and tuning"), ("partly assessed", false));
    assert_eq!(state("use: inference"), ("partly assessed", false));
    let undivided = reported(&path, "--regime l1801");
    assert_eq!(undivided["rows"][3]["state"], "not assessed");
}

#[test]
fn flags_that_do_not_fit_are_rejected() {
    let (_folder, path, _ledger) =
        ledger(vec![gpu(0, "Tesla P40", &[Load { scope: Some(Scope::Co2Direct), ..CALM }])]);
    for line in [
        "--format markdown",
        "--regime esrs --format openmetrics",
        "--regime esrs --by month",
        "--regime scope3",
        "--site Leeds",
        "--contracts x.yaml",
        "--training-flops 1e3",
        "--regime ai-act --training-flops 0",
        "--regime ai-act --training-flops NaN",
        "--regime ai-act --inference-flops 1e3",
        "--server-gpus 4",
        "--server -3",
        "--server published --server-gpus 0",
        "--server published --format openmetrics",
        "--regime esrs --to 2020-01-01",
    ] {
        let outcome = report(&path, line);
        assert_eq!(
            (outcome.status, outcome.out.as_str()),
            (Some(2), ""),
            "{line}: {}",
            outcome.err
        );
        assert!(!outcome.err.is_empty(), "{line}");
    }
}
