//! GPUs that are suspended at runtime: they are not woken, and not lost.

use std::time::Duration;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::wait_for;

use super::{
    QUICK, add_to_sysfs, check_energy, counted_after, counted_first, gpu, run, set_runtime_status,
    up,
};

/// Calls that would wake the GPU, and be reported as a hang.
const ASLEEP: &str = "hang_ms = 3600000\nhangs = { nvmlDeviceGetHandleByIndex = 3600000, \
    nvmlDeviceGetHandleByPciBusId = 3600000 }";

fn suspended(exporter: &Exporter, gpu: usize, expected: bool) -> Result<()> {
    let scrape = exporter.scrape()?;
    // Where no GPU is suspended, there is no series of it.
    let suspended = scrape.gpu(gpu, "suspended").unwrap_or_default();
    ensure!(suspended == f64::from(u8::from(expected)), "{suspended}: {}", exporter.log());
    Ok(())
}

fn errors(exporter: &Exporter) -> usize {
    exporter.scrape().unwrap().values("gpu_carbon_gpu_read_errors_total", &[]).count()
}

#[test]
fn a_suspended_gpu_is_not_woken_and_its_energy_is_counted_when_it_wakes() {
    let machine = Machine::new(&(gpu(0, "") + &gpu(1, ""))).unwrap();
    machine.configure(QUICK).unwrap();
    (0..2).for_each(|index| add_to_sysfs(&machine, index));
    let exporter = run(&machine);
    wait_for("GPU 1", || up(&exporter, 1, true)).unwrap();
    let begin = counted_first(&exporter, 1);
    set_runtime_status(&machine, 1, "suspended");
    wait_for("its suspension", || suspended(&exporter, 1, true)).unwrap();
    machine.set_script(&(gpu(0, "") + &gpu(1, ASLEEP))).unwrap();
    std::thread::sleep(Duration::from_secs(8));
    suspended(&exporter, 1, true).unwrap();
    suspended(&exporter, 0, false).unwrap();
    assert_eq!(errors(&exporter), 0, "{}", exporter.log());
    machine.set_script(&(gpu(0, "") + &gpu(1, ""))).unwrap();
    set_runtime_status(&machine, 1, "active");
    wait_for("its return", || suspended(&exporter, 1, false).and(up(&exporter, 1, true))).unwrap();
    check_energy(begin, counted_after(&exporter, 1, begin.until + 7.0));
}

#[test]
fn a_gpu_that_is_suspended_at_the_start_is_not_opened() {
    let machine = Machine::new(&gpu(0, ASLEEP)).unwrap();
    machine.configure(QUICK).unwrap();
    add_to_sysfs(&machine, 0);
    set_runtime_status(&machine, 0, "suspended");
    let exporter = run(&machine);
    wait_for("its suspension", || suspended(&exporter, 0, true)).unwrap();
    std::thread::sleep(Duration::from_secs(7));
    assert_eq!(errors(&exporter), 0, "{}", exporter.log());
    assert_eq!(exporter.get("/-/ready").unwrap().0, 200, "there is nothing to read");
    machine.set_script(&gpu(0, "")).unwrap();
    set_runtime_status(&machine, 0, "active");
    wait_for("the GPU", || up(&exporter, 0, true)).unwrap();
}

#[test]
fn a_suspended_gpu_is_woken_where_the_configuration_says_so() {
    let machine = Machine::new(&gpu(0, "")).unwrap();
    machine.configure(&QUICK.replace("rescan", "wake_suspended: true, rescan")).unwrap();
    add_to_sysfs(&machine, 0);
    set_runtime_status(&machine, 0, "suspended");
    let exporter = run(&machine);
    wait_for("the GPU", || up(&exporter, 0, true)).unwrap();
    suspended(&exporter, 0, false).unwrap();
}
