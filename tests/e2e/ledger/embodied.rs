//! The figures of embodied emissions: the counters follow the configuration, and the ledger has each with its source and its time.

use std::process::Command;

use anyhow::ensure;
use gpu_carbon_tests::exporter::{Exporter, build};
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::wait_for;
use serde_json::Value;

use super::{LEDGER, TWO, both_read, machine, report};

const CONFIGURED: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    embodied:\n  kilograms_per_gpu: 150\n  source: A study, 2026\n  lifetime_years: 3\n\
    \x20 server: {kilograms: published, gpus: 8}\n";

/// The origin of each figure in the ledger, by the index of the GPU, with its kilograms and those of the server.
fn figures(machine: &Machine) -> Vec<(u64, String, Option<f64>, Option<f64>)> {
    let report = report(machine).unwrap();
    let figure = |it: &Value| {
        let kilograms = |name: &str| it[name].as_f64();
        let basis = it["basis"].as_str().unwrap().to_owned();
        (it["gpu"].as_u64().unwrap(), basis, kilograms("kilograms"), kilograms("server_kilograms"))
    };
    report["manufactures"].as_array().unwrap().iter().map(figure).collect()
}

#[test]
fn each_figure_is_in_the_ledger_with_its_source_and_its_time() {
    let machine = machine(TWO);
    let exporter = Exporter::start(&machine).unwrap();
    let before = both_read(&exporter, now());
    let labels = ["name=\"NVIDIA H100 80GB HBM3\"", "hardware_unit=\"baseboard_eighth\""];
    let manufacture = "gpu_carbon_gpu_manufacture_grams";
    assert_eq!(before.value(manufacture, &labels).unwrap(), 164e3);
    machine.configure(&format!("{CONFIGURED}{LEDGER}")).unwrap();
    exporter.signal("HUP").unwrap();
    let server = ["name=\"Tesla P40\"", "hardware_unit=\"server_without_gpus\""];
    wait_for("the server", || {
        let scrape = exporter.scrape()?;
        ensure!(scrape.value(manufacture, &server)? == 712.5e3, "{}", exporter.log());
        Ok(())
    })
    .unwrap();
    let own = ["name=\"NVIDIA H100 80GB HBM3\"", "source=\"A study, 2026\""];
    assert_eq!(exporter.scrape().unwrap().value(manufacture, &own).unwrap(), 150e3);
    let from = both_read(&exporter, now() + 0.5);
    let until = both_read(&exporter, now() + 2.0);
    for gpu in [0, 1] {
        let since = |metric: &str| until.gpu(gpu, metric).unwrap() - from.gpu(gpu, metric).unwrap();
        let seconds = since("last_sample_timestamp_seconds");
        let grams = since("embodied_emissions_grams_total");
        let expected = 862.5e3 / (3.0 * 365.0 * 86_400.0) * seconds;
        assert!((grams / expected - 1.0).abs() < 1e-3, "{grams} g, not {expected} in {seconds} s");
    }
    assert_eq!(exporter.terminate().unwrap().0, Some(0));
    let expected = [
        (0, "published".to_owned(), Some(164.0), None),
        (0, "configured".to_owned(), Some(150.0), Some(5700.0)),
        (1, "unknown".to_owned(), None, None),
        (1, "configured".to_owned(), Some(150.0), Some(5700.0)),
    ];
    assert_eq!(figures(&machine), expected);
    let stored = report(&machine).unwrap();
    let sources = stored["manufactures"].to_string();
    assert!(sources.contains("HGX H100") && sources.contains("A study, 2026"), "{sources}");
    assert!(sources.contains("EcoLogits"), "{sources}");
    let total = stored["total"]["embodied_emissions_grams"].as_f64().unwrap();
    let published: f64 =
        (0..2).map(|gpu| until.gpu(gpu, "embodied_emissions_grams_total").unwrap()).sum();
    assert!(total >= published * (1.0 - 1e-9), "{total} g, and {published} g were published");

    // The same configuration adds none, whatever runs it; and the servers are not counted a second time.
    let again = Exporter::start(&machine).unwrap();
    both_read(&again, now());
    assert_eq!(again.terminate().unwrap().0, Some(0));
    assert_eq!(figures(&machine), expected);
    let refused = Command::new(build("gpu-carbon-cli", "gpu-carbon").unwrap())
        .args(["report", "--server", "published", "--ledger"])
        .arg(machine.path("ledger.db"))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{error}");
    assert!(error.contains("contain the servers already"), "{error}");
}
