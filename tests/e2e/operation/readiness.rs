//! `/-/ready` gives the last failure, its age and what to do, and the log does not repeat it.

use std::time::{Duration, Instant};

use anyhow::ensure;
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::wait_for;

use super::{QUICK, gpu, start, up};

fn wait_for_reason(exporter: &Exporter, parts: &[&str]) -> String {
    wait_for("the reason", || {
        let (status, why) = exporter.get("/-/ready")?;
        ensure!(status == 503, "status {status}");
        for part in parts {
            ensure!(why.contains(part), "{why}\n{}", exporter.log());
        }
        Ok(why)
    })
    .unwrap()
}

#[test]
fn an_initialization_that_hangs_is_the_reason() {
    let (machine, exporter) = start(&format!("init_hang_ms = 600000\n{}", gpu(0, "")), QUICK);
    let started = Instant::now();
    let parts =
        ["not ready: NVML (", "the initialization has not returned yet (", " s ago)", "dmesg"];
    wait_for_reason(&exporter, &parts);
    assert!(started.elapsed() < Duration::from_secs(8));
    wait_for_reason(&exporter, &["the initialization did not return within 20 s ("]);
    machine.set_script(&gpu(0, "")).unwrap();
    wait_for("the GPU", || up(&exporter, 0, true)).unwrap();
    assert!(exporter.log().lines().count() < 15, "{}", exporter.log());
}

#[test]
fn a_count_that_fails_or_hangs_is_the_reason_and_is_logged_once() {
    let (machine, exporter) = start(&format!("refuse_count = \"unknown\"\n{}", gpu(0, "")), QUICK);
    wait_for_reason(
        &exporter,
        &["not ready: NVML (", " s ago)", "no GPU was read yet", "container"],
    );
    std::thread::sleep(Duration::from_secs(10));
    assert_eq!(exporter.log().matches("level=warn").count(), 1, "{}", exporter.log());
    machine.set_script(&gpu(0, "")).unwrap();
    wait_for("the GPU", || up(&exporter, 0, true)).unwrap();
}

#[test]
fn a_count_that_hangs_leaves_the_gpus_as_they_are_read() {
    let (machine, exporter) = start(&gpu(0, ""), QUICK);
    wait_for("the GPU", || up(&exporter, 0, true)).unwrap();
    machine.set_script(&format!("count_hang_ms = 600000\n{}", gpu(0, ""))).unwrap();
    for _ in 0..12 {
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(exporter.get("/-/ready").unwrap().0, 200, "{}", exporter.log());
    }
    let (_hanging_machine, hanging) =
        start(&format!("count_hang_ms = 600000\n{}", gpu(0, "")), QUICK);
    wait_for_reason(&hanging, &["not returned yet", "no GPU was read yet"]);
}

#[test]
fn gpus_that_all_fail_are_the_reason() {
    let (_machine, exporter) = start(&gpu(0, "lost = true"), QUICK);
    wait_for_reason(&exporter, &["GPU 0: gpu_lost (", "no GPU was read yet", "dmesg"]);
}
