//! Boards of one UUID: told apart by their PCI addresses, in metrics and in the ledger.

use std::time::Duration;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::wait_for;

use super::{QUICK, gpu, run};

const BLANK: &str = "GPU-00000000-0000-0000-0000-000000000000";

/// The joules of the GPU whose `uuid` is this, and the time until which they are counted.
fn counted(exporter: &Exporter, uuid: &str) -> Result<(f64, f64)> {
    let scrape = exporter.scrape()?;
    let label = format!("uuid=\"{uuid}\"");
    let value = |metric: &str| scrape.value(&format!("gpu_carbon_gpu_{metric}"), &[&label]);
    ensure!(value("up")? == 1.0, "not up: {}", exporter.log());
    Ok((value("energy_joules_total")?, value("last_sample_timestamp_seconds")?))
}

#[test]
fn boards_of_one_uuid_are_told_apart_without_any_reload() {
    let same = "uuid = \"GPU-11111111-0000-4000-8000-000000000000\"\n";
    for (uuid, watts) in [(format!("uuid = \"{BLANK}\"\n"), 100.0), (same.to_owned(), 200.0)] {
        let twin = |watts: f64| gpu(0, &uuid).replace("constant 360", &format!("constant {watts}"));
        let machine = Machine::new(&(twin(watts) + &twin(360.0) + &gpu(2, ""))).unwrap();
        machine
            .configure(&format!("{QUICK}ledger: {{path: ledger.db, commit_period: 100ms}}\n"))
            .unwrap();
        let uuid = uuid.split('"').nth(1).unwrap();
        let names = [0x17, 0x18].map(|bus| format!("{uuid}@00000000:{bus:02X}:00.0"));
        let mut begin = None;
        for turn in 0..3 {
            let exporter = run(&machine);
            let all =
                || names.each_ref().map(|name| counted(&exporter, name)).into_iter().collect();
            let first: Vec<(f64, f64)> = wait_for("both", all).unwrap();
            let begin = begin.get_or_insert(first);
            std::thread::sleep(Duration::from_secs(if turn == 0 { 12 } else { 2 }));
            let end: Vec<(f64, f64)> = all().unwrap();
            for ((begin, end), watts) in begin.iter().zip(&end).zip([watts, 360.0]) {
                let (joules, truth) = (end.0 - begin.0, watts * (end.1 - begin.1));
                assert!(
                    (joules - truth).abs() <= watts * 0.1,
                    "turn {turn}: {joules} J of {truth} J"
                );
            }
            let scrape = exporter.scrape().unwrap();
            assert_eq!(scrape.values("gpu_carbon_gpu_up", &[]).count(), 3, "{}", exporter.log());
            assert_eq!(scrape.value("gpu_carbon_exporter_driver_reloads_total", &[]).unwrap(), 0.0);
            let lines = exporter.log().lines().count();
            assert!(lines < 20, "{}", exporter.log());
            exporter.terminate().unwrap();
        }
    }
}

#[test]
fn one_board_at_two_indices_is_counted_once() {
    let uuid = format!("uuid = \"{BLANK}\"\n");
    // Both report no PCI address at all.
    let hidden = "errors = { nvmlDeviceGetPciInfo = \"not_supported\" }";
    let machine =
        Machine::new(&(gpu(0, &format!("{uuid}{hidden}")) + &gpu(1, &format!("{uuid}{hidden}"))))
            .unwrap();
    machine.configure(QUICK).unwrap();
    let exporter = run(&machine);
    for index in 0..2 {
        wait_for("the GPU", || counted(&exporter, &format!("{BLANK}@gpu{index}"))).unwrap();
    }
}
