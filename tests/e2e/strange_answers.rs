//! Answers of a driver that no one expects: names that are no text, UUIDs that change, counts that flap, calls that are slow.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

const QUICK: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 200ms, rescan_period: 200ms}\n";

/// The power of every GPU here, in watts.
const WATTS: f64 = 360.0;

/// A GPU at 360 W with a fast counter, and additional lines of its script.
fn gpu(uuid: &str, more: &str) -> String {
    format!(
        "[[gpu]]\nmodel = \"h100\"\nuuid = \"{uuid}\"\npower = \"constant 360\"\ncounter_step_ms = 20\n{more}\n"
    )
}

fn start(script: &str) -> (Machine, Exporter) {
    let machine = Machine::new(script).unwrap();
    machine.configure(QUICK).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    (machine, exporter)
}

/// The energy of the GPU with some labels in joules, and the time until which it is counted; an error if it is not up.
fn counted(scrape: &Scrape, labels: &[&str]) -> Result<(f64, f64)> {
    let value = |metric: &str| scrape.value(&format!("gpu_carbon_gpu_{metric}"), labels);
    ensure!(value("up")? == 1.0, "{labels:?} is not up");
    Ok((value("energy_joules_total")?, value("last_sample_timestamp_seconds")?))
}

/// Waits until a GPU was counted for some seconds since then, and checks the energy, to `tolerance` seconds of the power.
#[track_caller]
fn check_energy_for(
    exporter: &Exporter,
    labels: &[&str],
    begin: (f64, f64),
    seconds: f64,
    tolerance: f64,
) {
    let end = wait_for("more energy", || {
        let end = counted(&exporter.scrape()?, labels)?;
        ensure!(end.1 >= begin.1 + seconds, "{end:?}: {}", exporter.log());
        Ok(end)
    })
    .unwrap();
    let (joules, truth) = (end.0 - begin.0, WATTS * (end.1 - begin.1));
    assert!((joules - truth).abs() <= WATTS * tolerance, "{joules} J, truly {truth} J");
}

#[test]
fn names_that_are_no_text_harm_no_page_and_no_log() {
    let hidden = "errors = { nvmlDeviceGetPciInfo = \"not_supported\" }";
    let script = [
        gpu("GPU-1\\n\\u001B[2J", "name = \"NVIDIA\\n\\u0007 \\\"H100\\\"} 7\\n\\u009B<b>\""),
        // Bytes that are no UTF-8.
        gpu("GPU-\\uF7FF\\uF780", "name = \"\\uF7C3(\""),
        gpu("", "name = \"\\\\\""),
        gpu("", hidden),
        gpu("GPU-5", "errors = { nvmlDeviceGetUUID = \"not_supported\" }"),
    ];
    let count = script.len();
    let (_machine, exporter) = start(&script.concat());
    let indices: Vec<String> = (0..count).map(|index| format!("gpu=\"{index}\"")).collect();
    let all = || -> Result<(Scrape, Vec<(f64, f64)>)> {
        let scrape = exporter.scrape()?;
        let counted =
            indices.iter().map(|index| counted(&scrape, &[index])).collect::<Result<_>>()?;
        Ok((scrape, counted))
    };
    let (scrape, begin) = wait_for("every GPU", all).unwrap();
    let uuids: BTreeSet<String> = scrape
        .iter()
        .filter(|(series, _)| series.starts_with("gpu_carbon_gpu_up{"))
        .map(|(series, _)| series.split("uuid=").nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(uuids.len(), count, "{uuids:?}");
    for (index, begin) in indices.iter().zip(begin) {
        check_energy_for(&exporter, &[index], begin, 2.0, 0.05);
    }
    let openmetrics = "application/openmetrics-text;version=1.0.0";
    for accept in ["text/plain", openmetrics] {
        let (_, page) = exporter.get_as("/metrics", accept).unwrap();
        let is_odd = |character: char| character.is_control() && character != '\n';
        assert!(!page.contains(is_odd), "{page}");
    }
    let (_, landing) = exporter.get("/").unwrap();
    assert!(!landing.contains("<b>\u{fffd}") && landing.contains("&lt;b&gt;"), "{landing}");
    let log = exporter.log();
    assert!(log.lines().all(|line| line.starts_with("ts=")), "{log}");
    assert!(!log.contains(|character: char| character.is_control() && character != '\n'), "{log}");
}

#[test]
fn calls_that_take_half_a_second_lose_no_energy_and_delay_no_other_gpu() {
    let slow = gpu("GPU-1", "hang_ms = 500");
    let unmetered = gpu("GPU-2", "hang_ms = 500\ncounter = false");
    let (_machine, exporter) = start(&(gpu("GPU-0", "") + &slow + &unmetered));
    let labels = [["gpu=\"0\""], ["gpu=\"1\""], ["gpu=\"2\""]];
    let begin = labels
        .each_ref()
        .map(|labels| wait_for("the GPU", || counted(&exporter.scrape()?, labels)).unwrap());
    check_energy_for(&exporter, &labels[0], begin[0], 8.0, 0.05);
    for place in [1, 2] {
        check_energy_for(&exporter, &labels[place], begin[place], 8.0, 1.0);
    }
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.values("gpu_carbon_gpu_read_errors_total", &[]).count(), 0);
    assert_eq!(scrape.values("gpu_carbon_gpu_up", &[]).sum::<f64>(), 3.0, "{}", exporter.log());
}

#[test]
fn a_count_that_flaps_loses_no_energy_and_floods_no_log() {
    let both = gpu("GPU-a0", "") + &gpu("GPU-a1", "");
    let (machine, exporter) = start(&both);
    let labels = ["uuid=\"GPU-a0\""];
    let begin = wait_for("the GPU", || counted(&exporter.scrape()?, &labels)).unwrap();
    let other = wait_for("GPU 1", || counted(&exporter.scrape()?, &["uuid=\"GPU-a1\""])).unwrap();
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(12) {
        for script in [&gpu("GPU-a0", ""), &both] {
            machine.set_script(script).unwrap();
            std::thread::sleep(Duration::from_millis(350));
        }
    }
    check_energy_for(&exporter, &labels, begin, 12.0, 0.05);
    check_energy_for(&exporter, &["uuid=\"GPU-a1\""], other, 12.0, 0.05);
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.values("gpu_carbon_gpu_energy_resets_total", &[]).sum::<f64>(), 0.0);
    let log = exporter.log();
    assert!(log.lines().count() < 30, "{log}");
}

#[test]
fn a_uuid_that_changes_is_another_gpu() {
    let (machine, exporter) = start(&(gpu("GPU-a0", "") + &gpu("GPU-a1", "")));
    wait_for("the GPU", || counted(&exporter.scrape()?, &["uuid=\"GPU-a0\""])).unwrap();
    machine.set_script(&(gpu("GPU-a9", "") + &gpu("GPU-a1", ""))).unwrap();
    let begin =
        wait_for("the other", || counted(&exporter.scrape()?, &["uuid=\"GPU-a9\""])).unwrap();
    assert!(begin.0 < WATTS * 60.0, "the energy of a GPU of another name is not its own");
    check_energy_for(&exporter, &["uuid=\"GPU-a9\""], begin, 2.0, 0.05);
    wait_for("the one before to be down", || {
        let scrape = exporter.scrape()?;
        ensure!(scrape.value("gpu_carbon_gpu_up", &["uuid=\"GPU-a0\""])? == 0.0, "it is up");
        counted(&scrape, &["uuid=\"GPU-a1\""]).map(drop)
    })
    .unwrap();
}

#[test]
fn a_count_that_no_host_has_leaves_the_gpus_as_they_are_read() {
    let script = |count: &str| format!("{count}\n{}", gpu("GPU-a0", ""));
    let (machine, exporter) = start(&script(""));
    let begin = wait_for("the GPU", || counted(&exporter.scrape()?, &["uuid=\"GPU-a0\""])).unwrap();
    machine.set_script(&script("count = 4294967295")).unwrap();
    check_energy_for(&exporter, &["uuid=\"GPU-a0\""], begin, 3.0, 0.05);
    assert_eq!(exporter.scrape().unwrap().values("gpu_carbon_gpu_up", &[]).count(), 1);

    let (_machine, blind) = start(&script("count = 4294967295"));
    wait_for("the reason", || {
        let (status, why) = blind.get("/-/ready")?;
        ensure!(status == 503 && why.contains("4294967295 GPUs"), "{why}");
        Ok(())
    })
    .unwrap();
}
