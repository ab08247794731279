//! A log that is not read, and errors that repeat: neither stops the counting.

use std::time::Duration;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::{Exporter, command};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

const QUICK: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 200ms, rescan_period: 200ms}\n";

/// The functions that read a GPU.
const FUNCTIONS: [&str; 4] = [
    "nvmlDeviceGetUUID",
    "nvmlDeviceGetTotalEnergyConsumption",
    "nvmlDeviceGetPowerUsage",
    "nvmlDeviceGetFieldValues",
];

/// A GPU at 360 W with a fast counter, and additional lines of its script.
fn gpu(more: &str) -> String {
    format!("[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\ncounter_step_ms = 20\n{more}\n")
}

fn dropped_lines(scrape: &Scrape) -> f64 {
    scrape.value("gpu_carbon_exporter_log_dropped_total", &[]).unwrap()
}

/// Sends a request that is none, which is a line of the log at the level debug.
fn flood(exporter: &Exporter, requests: usize) {
    for _ in 0..requests {
        exporter.send(b"\x00\r\n\r\n").unwrap();
    }
}

#[test]
fn a_log_that_is_not_read_stops_neither_the_counting_nor_the_end() {
    let machine = Machine::new(&gpu("")).unwrap();
    machine.configure(QUICK).unwrap();
    let mut command = command(&machine).unwrap();
    command.arg("--log.level=debug");
    let exporter = Exporter::run_with_unread_log(command).unwrap();
    let read = || -> Result<(Scrape, f64, f64)> {
        let scrape = exporter.scrape()?;
        let at = scrape.gpu(0, "last_sample_timestamp_seconds")?;
        let joules = scrape.gpu(0, "energy_joules_total")?;
        Ok((scrape, at, joules))
    };
    let (scrape, ..) = wait_for("the GPU", read).unwrap();
    assert_eq!(dropped_lines(&scrape), 0.0);
    let drops = || {
        flood(&exporter, 100);
        let (scrape, at, joules) = read()?;
        ensure!(dropped_lines(&scrape) > 0.0, "no line was dropped");
        Ok((at, joules))
    };
    let (from, before) = wait_for("lines to be dropped", drops).unwrap();

    let counted = || {
        flood(&exporter, 1);
        let (scrape, at, joules) = read()?;
        ensure!(at > from + 2.0, "the counting stands still");
        Ok((scrape, at, joules))
    };
    let (scrape, to, after) = wait_for("the counting to go on", counted).unwrap();
    let (counted, truth) = (after - before, 360.0 * (to - from));
    assert!((counted - truth).abs() <= 360.0 * 0.05, "{counted} J, truly {truth} J");
    assert_eq!(scrape.gpu(0, "up").unwrap(), 1.0);
    assert!(dropped_lines(&scrape) > 1.0);

    let (status, time) = exporter.terminate().unwrap();
    assert_eq!(status, Some(0));
    assert!(time < Duration::from_secs(5), "{time:?}");
}

#[test]
fn a_log_whose_reader_is_gone_loses_one_line_for_each_event() {
    let machine = Machine::new(&gpu("")).unwrap();
    machine.configure(QUICK).unwrap();
    let mut command = command(&machine).unwrap();
    command.arg("--log.level=debug");
    let mut exporter = Exporter::run_with_unread_log(command).unwrap();
    wait_for("the GPU", || exporter.scrape()?.gpu(0, "up")).unwrap();
    exporter.close_unread_log();
    let drops = || {
        flood(&exporter, 10);
        let dropped = dropped_lines(&exporter.scrape()?);
        ensure!(dropped >= 10.0, "{dropped} lines were dropped");
        Ok(dropped)
    };
    let before = wait_for("lines to be dropped", drops).unwrap();
    // The requests of a scrape are not logged.
    std::thread::sleep(Duration::from_secs(2));
    let after = dropped_lines(&exporter.scrape().unwrap());
    assert!(after - before <= 10.0, "{before} and then {after} lines");
    assert_eq!(exporter.terminate().unwrap().0, Some(0));
}

#[test]
fn errors_that_alternate_are_logged_once_each() {
    let machine = Machine::new(&gpu("")).unwrap();
    machine.configure(QUICK).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let errors = |kind: &str| -> Result<f64> {
        let labels = ["gpu=\"0\"", &format!("error=\"{kind}\"")];
        Ok(exporter.scrape()?.value("gpu_carbon_gpu_read_errors_total", &labels).unwrap_or(0.0))
    };
    let mut counts = [0.0; 2];
    for round in 0..3 {
        for (count, kind) in counts.iter_mut().zip(["no_permission", "unknown"]) {
            let failing = FUNCTIONS.map(|function| format!("{function} = \"{kind}\"")).join(", ");
            machine.set_script(&gpu(&format!("errors = {{ {failing} }}"))).unwrap();
            // Three failures are tolerated before one is logged.
            let more = || {
                let now = errors(kind)?;
                ensure!(now >= *count + 4.0, "round {round}: {now} errors of kind {kind}");
                Ok(now)
            };
            *count = wait_for("errors", more).unwrap();
        }
        machine.set_script(&gpu("")).unwrap();
        wait_for("the GPU", || {
            ensure!(exporter.scrape()?.gpu(0, "up")? == 1.0, "it is down");
            Ok(())
        })
        .unwrap();
    }
    let log = exporter.log();
    for kind in ["no_permission", "unknown"] {
        let lines = log.lines().filter(|line| line.contains(&format!("error={kind}"))).count();
        assert_eq!(lines, 1, "{log}");
    }
    assert_eq!(log.matches("reading the GPU").count(), 1, "{log}");
}
