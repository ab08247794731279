//! A process that is stopped for a while, as by SIGSTOP or a debugger.

use std::time::Duration;

use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::now;

use super::{TWO, both_read, machine, report};

#[test]
fn a_process_that_was_stopped_counts_what_the_counter_shows_and_the_rest_as_unseen() {
    let machine = machine(TWO);
    let exporter = Exporter::start(&machine).unwrap();
    let before = both_read(&exporter, now());
    exporter.signal("STOP").unwrap();
    std::thread::sleep(Duration::from_secs(15));
    exporter.signal("CONT").unwrap();
    let after = both_read(&exporter, now() + 1.0);
    let since = |gpu: usize, metric: &str| {
        after.gpu(gpu, metric).unwrap() - before.gpu(gpu, metric).unwrap()
    };
    let passed = [0, 1].map(|gpu| since(gpu, "last_sample_timestamp_seconds"));
    assert!(passed.iter().all(|&passed| passed > 15.0), "{passed:?}");
    let joules = since(0, "energy_joules_total");
    assert!((joules - 360.0 * passed[0]).abs() <= 360.0 * 0.1, "{joules} J in {passed:?} s");
    let known = since(1, "energy_joules_total") / 100.0 + since(1, "unseen_seconds_total");
    assert!((known - passed[1]).abs() <= 0.3, "{known} s of {passed:?}");
    assert_eq!(after.value("gpu_carbon_exporter_clock_jumps_total", &[]).unwrap(), 0.0);
    assert_eq!(after.values("gpu_carbon_gpu_up", &[]).sum::<f64>(), 2.0, "{}", exporter.log());
    assert_eq!(exporter.get("/-/ready").unwrap().0, 200);
    assert_eq!(exporter.terminate().unwrap().0, Some(0));
    let stored = report(&machine).unwrap()["total"]["energy_kilowatt_hours"].as_f64().unwrap();
    let published: f64 = (0..2).map(|gpu| after.gpu(gpu, "energy_joules_total").unwrap()).sum();
    assert!(stored * 3.6e6 >= published * (1.0 - 1e-9), "{stored} kWh, {published} J");
}
