//! GPUs and drivers that fail: no other GPU is blocked, no energy is invented, and all come back.

use std::time::Duration;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::wait_for;

const QUICK: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 200ms, rescan_period: 200ms}\n";

/// A GPU at 360 W with a fast counter, and additional lines of its script.
fn gpu(index: u8, more: &str) -> String {
    format!(
        "[[gpu]]\nmodel = \"h100\"\nuuid = \"GPU-0000000{index}-0000-4000-8000-000000000000\"\n\
         power = \"constant 360\"\ncounter_step_ms = 20\n{more}\n"
    )
}

fn start(script: &str) -> (Machine, Exporter) {
    let machine = Machine::new(script).unwrap();
    machine.configure(QUICK).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    (machine, exporter)
}

fn up(exporter: &Exporter, gpu: usize, expected: bool) -> Result<()> {
    let up = exporter.scrape()?.gpu(gpu, "up")?;
    ensure!(up == f64::from(u8::from(expected)), "up is {up}");
    Ok(())
}

fn ready(exporter: &Exporter, expected: u16) -> Result<String> {
    let (status, why) = exporter.get("/-/ready")?;
    ensure!(status == expected, "{status}: {why}");
    Ok(why)
}

/// Joules, and the time up to which they are counted.
fn counted(exporter: &Exporter, gpu: usize) -> Result<(f64, f64)> {
    let scrape = exporter.scrape()?;
    let until = scrape.gpu(gpu, "last_sample_timestamp_seconds")?;
    Ok((scrape.gpu(gpu, "energy_joules_total")?, until))
}

/// Energy at a constant 360 W, to two steps of the counter.
#[track_caller]
fn check_360_watts((before, from): (f64, f64), (after, to): (f64, f64)) {
    let (counted, truth) = (after - before, 360.0 * (to - from));
    assert!((counted - truth).abs() <= 360.0 * 0.05, "{counted} J, truly {truth} J");
}

#[test]
fn a_gpu_that_hangs_blocks_no_other() {
    let script = |hang: &str| gpu(0, hang) + &gpu(1, "");
    let (machine, exporter) = start(&script(""));
    let before = wait_for("GPU 0", || counted(&exporter, 0)).unwrap();
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
        ensure!(counted(&exporter, 1)?.1 > other.1 + 0.5, "it stands still");
        Ok(())
    })
    .unwrap();

    machine.set_script(&script("")).unwrap();
    wait_for("the end of the hang", || up(&exporter, 0, true)).unwrap();
    check_360_watts(before, counted(&exporter, 0).unwrap());
    assert_eq!(error(&exporter.scrape().unwrap()).unwrap(), 1.0, "one hang counts once");
}

#[test]
fn a_lost_gpu_comes_back_with_its_energy() {
    let script = |lost: bool| gpu(0, &format!("lost = {lost}")) + &gpu(1, "");
    let (machine, exporter) = start(&script(false));
    let before = wait_for("GPU 0", || counted(&exporter, 0)).unwrap();
    machine.set_script(&script(true)).unwrap();
    wait_for("the loss", || up(&exporter, 0, false)).unwrap();
    let scrape = exporter.scrape().unwrap();
    assert!(
        scrape.value("gpu_carbon_gpu_read_errors_total", &["error=\"gpu_lost\""]).unwrap() >= 1.0
    );
    assert_eq!(scrape.gpu(1, "up").unwrap(), 1.0);
    machine.set_script(&script(false)).unwrap();
    wait_for("the return", || up(&exporter, 0, true)).unwrap();
    check_360_watts(before, counted(&exporter, 0).unwrap());
}

#[test]
fn gpus_that_never_answered_are_absent_not_zero() {
    let (_machine, exporter) = start(&(gpu(0, "lost = true") + "[[gpu]]\nmodel = \"vgpu\"\n"));
    wait_for("both to fail", || up(&exporter, 0, false).and(up(&exporter, 1, false))).unwrap();
    let scrape = exporter.scrape().unwrap();
    for metric in ["power_watts", "energy_joules_total", "emissions_grams_total"] {
        assert_eq!(scrape.values(&format!("gpu_carbon_gpu_{metric}"), &[]).count(), 0, "{metric}");
    }
    for (gpu, error) in
        [("gpu=\"0\"", "error=\"gpu_lost\""), ("gpu=\"1\"", "error=\"not_supported\"")]
    {
        assert!(scrape.value("gpu_carbon_gpu_read_errors_total", &[gpu, error]).unwrap() >= 1.0);
    }
    assert!(ready(&exporter, 503).unwrap().contains("no GPU was read yet"));
}

#[test]
fn gpus_appear_and_disappear() {
    let (machine, exporter) = start(&gpu(0, ""));
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
    assert!(joules >= before.0, "{joules} J after {} J", before.0);
}

#[test]
fn a_driver_that_is_reloaded_is_a_reset_and_invents_no_energy() {
    let (machine, exporter) = start(&gpu(0, ""));
    let before = wait_for("GPU 0", || counted(&exporter, 0)).unwrap();
    let reset_at = now() + 1.0;
    machine.set_script(&gpu(0, &format!("resets = [{reset_at}]"))).unwrap();
    wait_for("the reset", || {
        ensure!(exporter.scrape()?.gpu(0, "energy_resets_total")? == 1.0, "none yet");
        Ok(())
    })
    .unwrap();
    let (after, to) = counted(&exporter, 0).unwrap();
    let (counted, truth) = (after - before.0, 360.0 * (to - before.1));
    // The energy between the last reading and the reset, at most a period and its jitter, was not read.
    assert!(counted <= truth + 18.0 && counted >= truth - 360.0 * 0.3, "{counted} J of {truth} J");
}

#[test]
fn a_driver_that_comes_late_or_goes_for_a_while_is_waited_for() {
    let script = |init: &str| format!("init = \"{init}\"\n{}", gpu(0, ""));
    let (machine, exporter) = start(&script("driver_not_loaded"));
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
    check_360_watts(before, counted(&exporter, 0).unwrap());
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
    let (_machine, exporter) = start(&(gpu(0, "") + &gpu(1, hangs)));
    wait_for("GPU 0", || up(&exporter, 0, true)).unwrap();
    wait_for("the hang", || up(&exporter, 1, false)).unwrap();
    up(&exporter, 0, true).unwrap();
    wait_for("the end of the hang", || up(&exporter, 1, true)).unwrap();
    let scrape = exporter.scrape().unwrap();
    let rows = scrape.values("gpu_carbon_gpu_up", &["gpu=\"1\""]).count();
    assert_eq!(rows, 1, "the one without a name has made way");
}
