//! GPUs and drivers that fail: no other GPU is blocked, no energy is invented, and all come back.

use std::time::Duration;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::wait_for;

use super::steady_gpu::{WATTS, check_energy, counted, counted_first, gpu, start, up};

const QUICK: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 200ms, rescan_period: 200ms}\n";

fn ready(exporter: &Exporter, expected: u16) -> Result<String> {
    let (status, why) = exporter.get("/-/ready")?;
    ensure!(status == expected, "{status}: {why}");
    Ok(why)
}

#[test]
fn a_gpu_that_hangs_blocks_no_other() {
    let script = |hang: &str| gpu(0, hang) + &gpu(1, "");
    let (machine, exporter) = start(&script(""), QUICK);
    let before = counted_first(&exporter, 0);
    wait_for("GPU 1", || up(&exporter, 1, true)).unwrap();
    machine.set_script(&script("hang_ms = 9000")).unwrap();
    wait_for("the hang", || up(&exporter, 0, false)).unwrap();

    let scrape = exporter.scrape().unwrap();
    assert!(scrape.gpu(0, "power_watts").is_err(), "absent, not 0");
    assert!(scrape.gpu(0, "energy_joules_total").is_ok(), "what was counted stays");
    let error = |scrape: &gpu_carbon_tests::scrape::Scrape| {
        scrape.value("gpu_carbon_gpu_read_errors_total", &["gpu=\"0\"", "error=\"hang\""])
    };
    assert_eq!(error(&scrape).unwrap(), 1.0);
    assert_eq!(scrape.gpu(1, "up").unwrap(), 1.0);
    assert_eq!(ready(&exporter, 200).unwrap(), "ready\n", "the host is still read");
    let other = counted(&exporter, 1).unwrap();
    wait_for("GPU 1 to go on", || {
        ensure!(counted(&exporter, 1)?.until > other.until + 0.5, "it stands still");
        Ok(())
    })
    .unwrap();

    machine.set_script(&script("")).unwrap();
    wait_for("the end of the hang", || up(&exporter, 0, true)).unwrap();
    check_energy(before, counted(&exporter, 0).unwrap());
    assert_eq!(error(&exporter.scrape().unwrap()).unwrap(), 1.0, "one hang counts once");
}

#[test]
fn a_lost_gpu_comes_back_with_its_energy() {
    let script = |lost: bool| gpu(0, &format!("lost = {lost}")) + &gpu(1, "");
    let (machine, exporter) = start(&script(false), QUICK);
    let before = counted_first(&exporter, 0);
    machine.set_script(&script(true)).unwrap();
    wait_for("the loss", || up(&exporter, 0, false)).unwrap();
    let scrape = exporter.scrape().unwrap();
    assert!(
        scrape.value("gpu_carbon_gpu_read_errors_total", &["error=\"gpu_lost\""]).unwrap() >= 1.0
    );
    assert_eq!(scrape.gpu(1, "up").unwrap(), 1.0);
    machine.set_script(&script(false)).unwrap();
    wait_for("the return", || up(&exporter, 0, true)).unwrap();
    check_energy(before, counted(&exporter, 0).unwrap());
}

#[test]
fn gpus_that_never_answered_are_absent_not_zero() {
    let refusing = ["nvmlDeviceGetTotalEnergyConsumption", "nvmlDeviceGetPowerUsage"]
        .map(|function| format!("{function} = \"no_permission\""))
        .join(", ");
    let refusing = gpu(1, &format!("errors = {{ {refusing} }}"));
    let (_machine, exporter) = start(&(gpu(0, "lost = true") + &refusing), QUICK);
    wait_for("both to fail", || up(&exporter, 0, false).and(up(&exporter, 1, false))).unwrap();
    let scrape = exporter.scrape().unwrap();
    for metric in ["power_watts", "energy_joules_total", "emissions_grams_total"] {
        assert_eq!(scrape.values(&format!("gpu_carbon_gpu_{metric}"), &[]).count(), 0, "{metric}");
    }
    for (gpu, error) in
        [("gpu=\"0\"", "error=\"gpu_lost\""), ("gpu=\"1\"", "error=\"no_permission\"")]
    {
        assert!(scrape.value("gpu_carbon_gpu_read_errors_total", &[gpu, error]).unwrap() >= 1.0);
    }
    assert!(ready(&exporter, 503).unwrap().contains("no GPU was read yet"));
    let names = ["gpu=\"1\"", "name=\"NVIDIA H100 80GB HBM3\"", "energy_method=\"none\""];
    assert_eq!(scrape.value("gpu_carbon_gpu_info", &names).unwrap(), 1.0, "it has a name");
    wait_for("the line of the log", || {
        let log = exporter.log();
        ensure!(log.contains("GPU is lost (15)"), "{log}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn gpus_that_fail_together_are_one_line_of_the_log() {
    let refusing = ["nvmlDeviceGetTotalEnergyConsumption", "nvmlDeviceGetPowerUsage"]
        .map(|function| format!("{function} = \"unknown\""))
        .join(", ");
    let host = |lines: &str| (0..8).map(|index| gpu(index, lines)).collect::<String>();
    let (machine, exporter) = start(&host(""), QUICK);
    wait_for("the last GPU", || up(&exporter, 7, true)).unwrap();
    machine.set_script(&host(&format!("errors = {{ {refusing} }}"))).unwrap();
    wait_for("all to fail", || (0..8).try_for_each(|index| up(&exporter, index, false))).unwrap();
    wait_for("the line of the log", || {
        let log = exporter.log();
        ensure!(log.contains("the GPUs do not answer"), "{log}");
        Ok(())
    })
    .unwrap();
    let log = exporter.log();
    // Not all are read in the same quarter of a second where the machine is busy.
    assert!(log.matches("not answer\"").count() < 4, "{log}");
}

#[test]
fn a_gpu_without_a_meter_is_named_and_is_not_lost() {
    let (_machine, exporter) = start("[[gpu]]\nmodel = \"vgpu\"\n", QUICK);
    wait_for("the GPU", || up(&exporter, 0, true)).unwrap();
    std::thread::sleep(Duration::from_secs(12));
    let scrape = exporter.scrape().unwrap();
    let labels = ["name=\"GRID A100-40C\"", "energy_method=\"none\""];
    assert_eq!(scrape.value("gpu_carbon_gpu_info", &labels).unwrap(), 1.0);
    assert_eq!(scrape.gpu(0, "up").unwrap(), 1.0, "no alert");
    for metric in
        ["power_watts", "energy_joules_total", "unseen_seconds_total", "read_errors_total"]
    {
        assert_eq!(scrape.values(&format!("gpu_carbon_gpu_{metric}"), &[]).count(), 0, "{metric}");
    }
    let heard = scrape.value("gpu_carbon_exporter_last_sample_timestamp_seconds", &[]).unwrap();
    assert!(now() - heard < 5.0, "the exporter is not blind");
    ready(&exporter, 200).unwrap();
    let log = exporter.log();
    assert_eq!(log.matches("neither an energy counter nor a power reading").count(), 1, "{log}");
}

#[test]
fn gpus_appear_and_disappear() {
    let (machine, exporter) = start(&gpu(0, ""), QUICK);
    wait_for("GPU 0", || up(&exporter, 0, true)).unwrap();
    machine.set_script(&(gpu(0, "") + &gpu(1, ""))).unwrap();
    wait_for("GPU 1 to appear", || up(&exporter, 1, true)).unwrap();
    let before = counted(&exporter, 1).unwrap();
    machine.set_script(&gpu(0, "")).unwrap();
    wait_for("GPU 1 to disappear", || up(&exporter, 1, false)).unwrap();
    up(&exporter, 0, true).unwrap();
    // It comes back at another place: its index changes, its UUID and its totals stay.
    machine.set_script(&(gpu(1, "") + &gpu(0, ""))).unwrap();
    let uuid = ["gpu=\"0\"", "uuid=\"GPU-00000001"];
    wait_for("GPU 1 at place 0", || {
        ensure!(exporter.scrape()?.value("gpu_carbon_gpu_up", &uuid)? == 1.0, "not up");
        Ok(())
    })
    .unwrap();
    let joules =
        exporter.scrape().unwrap().value("gpu_carbon_gpu_energy_joules_total", &uuid).unwrap();
    assert!(joules >= before.joules, "{joules} J after {before:?}");
}

#[test]
fn a_driver_that_is_reloaded_is_a_reset_and_invents_no_energy() {
    let (machine, exporter) = start(&gpu(0, ""), QUICK);
    let before = counted_first(&exporter, 0);
    let reset_at = now() + 1.0;
    machine.set_script(&gpu(0, &format!("resets = [{reset_at}]"))).unwrap();
    wait_for("the reset", || {
        ensure!(exporter.scrape()?.gpu(0, "energy_resets_total")? == 1.0, "none yet");
        Ok(())
    })
    .unwrap();
    let after = counted(&exporter, 0).unwrap();
    let (counted, truth) = (after.joules - before.joules, WATTS * (after.until - before.until));
    // The energy between the last reading and the reset, at most a period and its jitter, was not read.
    assert!(counted <= truth + 18.0 && counted >= truth - 360.0 * 0.3, "{counted} J of {truth} J");
}

#[test]
fn a_driver_that_comes_late_or_goes_for_a_while_is_waited_for() {
    let script = |init: &str| format!("init = \"{init}\"\n{}", gpu(0, ""));
    let (machine, exporter) = start(&script("driver_not_loaded"), QUICK);
    let why = wait_for("the reason", || {
        ready(&exporter, 503).and_then(|why| {
            ensure!(why.contains("driver"), "{why}");
            Ok(why)
        })
    });
    assert!(why.unwrap().starts_with("not ready: NVML ("));
    assert_eq!(exporter.get("/-/healthy").unwrap(), (200, "healthy\n".to_owned()));

    machine.set_script(&script("ok")).unwrap();
    wait_for("the driver", || ready(&exporter, 200)).unwrap();
    let before = counted(&exporter, 0).unwrap();

    machine.set_script(&script("driver_not_loaded")).unwrap();
    wait_for("the driver's end", || up(&exporter, 0, false)).unwrap();
    machine.set_script(&script("ok")).unwrap();
    wait_for("the driver's return", || up(&exporter, 0, true)).unwrap();
    check_energy(before, counted(&exporter, 0).unwrap());
}

#[test]
fn a_host_without_nvml_is_reported() {
    let machine = Machine::new(&gpu(0, "")).unwrap();
    std::fs::remove_file(machine.library()).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let why = wait_for("the reason", || ready(&exporter, 503)).unwrap();
    wait_for("the library's name", || {
        let why = ready(&exporter, 503)?;
        ensure!(why.contains("libnvidia-ml.so.1"), "{why}");
        Ok(())
    })
    .unwrap_or_else(|error| panic!("{why}: {error}"));
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(exporter.scrape().unwrap().values("gpu_carbon_gpu_up", &[]).count(), 0);
}

#[test]
fn a_gpu_that_hangs_before_it_is_identified_is_published() {
    let hangs = "hangs = { nvmlDeviceGetHandleByIndex = 9000 }";
    let (_machine, exporter) = start(&(gpu(0, "") + &gpu(1, hangs)), QUICK);
    wait_for("GPU 0", || up(&exporter, 0, true)).unwrap();
    wait_for("the hang", || up(&exporter, 1, false)).unwrap();
    up(&exporter, 0, true).unwrap();
    wait_for("the end of the hang", || up(&exporter, 1, true)).unwrap();
    let scrape = exporter.scrape().unwrap();
    let rows = scrape.values("gpu_carbon_gpu_up", &["gpu=\"1\""]).count();
    assert_eq!(rows, 1, "the one without a name has made way");
}
