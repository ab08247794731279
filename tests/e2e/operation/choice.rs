//! The choice of GPUs, and GPUs that are removed.

use std::time::{Duration, Instant};

use anyhow::ensure;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::wait_for;

use super::{QUICK, add_to_sysfs, check_energy, counted_after, counted_first, gpu, run, start, up};

fn gpus(choice: &str) -> String {
    format!("{QUICK}gpus: {choice}\n")
}

#[test]
fn an_excluded_gpu_is_never_opened() {
    // To open it would take an hour, and be reported as a hang.
    let hangs = "hangs = { nvmlDeviceGetHandleByIndex = 3600000, nvmlDeviceGetHandleByPciBusId = 3600000, \
        nvmlDeviceGetHandleByUUID = 3600000 }";
    let script = gpu(0, "") + &gpu(1, hangs) + &gpu(2, "");
    for choice in [
        "{exclude: [\"0000:18:00.0\"]}",
        "{exclude: [\"00000000:18:*\"]}",
        "{include: [\"17:00.0\", \"0000:19:00.?\"]}",
        "{exclude: [GPU-00000001-*]}",
    ] {
        let machine = Machine::new(&script).unwrap();
        machine.configure(&gpus(choice)).unwrap();
        (0..3).for_each(|index| add_to_sysfs(&machine, index));
        let information = machine.path("proc/driver/nvidia/gpus/0000:18:00.0");
        std::fs::create_dir_all(&information).unwrap();
        let uuid = "GPU UUID: \t GPU-00000001-0000-4000-8000-000000000000\n";
        std::fs::write(information.join("information"), uuid).unwrap();
        let exporter = run(&machine);
        for index in [0, 2] {
            wait_for("the others", || up(&exporter, index, true)).unwrap();
        }
        let begin = counted_first(&exporter, 2);
        std::thread::sleep(Duration::from_secs(7));
        let scrape = exporter.scrape().unwrap();
        assert_eq!(
            scrape.values("gpu_carbon_gpu_up", &[]).count(),
            2,
            "{choice}: {}",
            exporter.log()
        );
        check_energy(begin, counted_after(&exporter, 2, begin.until + 6.0));
    }
}

#[test]
fn a_gpu_that_the_kernel_does_not_show_is_excluded_once_it_is_known() {
    let script = gpu(0, "") + &gpu(1, "");
    let choice = gpus("{exclude: [\"0000:18:00.0\", GPU-ffffffff-*], include: [GPU-*]}");
    let (machine, exporter) = start(&script, &choice);
    wait_for("GPU 0", || up(&exporter, 0, true)).unwrap();
    std::thread::sleep(Duration::from_secs(7));
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.values("gpu_carbon_gpu_up", &[]).count(), 1, "{}", exporter.log());
    let unmatched =
        "no GPU of this host matches the pattern\" key=gpus.exclude pattern=GPU-ffffffff-*";
    assert_eq!(exporter.log().matches("matches the pattern").count(), 1, "{}", exporter.log());
    assert!(exporter.log().contains(unmatched), "{}", exporter.log());
    // The other one, without a restart.
    machine.configure(&gpus("{exclude: [GPU-00000000-*]}")).unwrap();
    exporter.signal("HUP").unwrap();
    wait_for("GPU 1", || up(&exporter, 1, true)).unwrap();
    wait_for("GPU 0 to be gone", || {
        ensure!(exporter.scrape()?.values("gpu_carbon_gpu_up", &[]).count() == 1, "it is there");
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_choice_that_matches_nothing_is_refused_or_is_the_reason() {
    let (_machine, exporter) = start(&gpu(0, ""), &gpus("{exclude: [\"*\"]}"));
    wait_for("the reason", || {
        let (status, why) = exporter.get("/-/ready")?;
        ensure!(status == 503 && why.contains("excludes all of its GPUs"), "{why}");
        Ok(())
    })
    .unwrap();
    std::thread::sleep(Duration::from_secs(2)); // some more scans
    let line =
        "the configuration excludes all GPUs of this host: change gpus.include or gpus.exclude";
    assert_eq!(exporter.log().matches(line).count(), 1, "{}", exporter.log());
    let stars = "*?".repeat(2000);
    for pattern in ["GPU-ffffffff-*", "ff:00.0", &stars] {
        let (_machine, exporter) =
            start(&gpu(0, ""), &gpus(&format!("{{include: [\"{pattern}\"]}}")));
        wait_for("the reason", || {
            let (status, why) = exporter.get("/-/ready")?;
            ensure!(status == 503 && why.contains("excludes all of its GPUs"), "{why}");
            Ok(())
        })
        .unwrap();
        wait_for("the warning", || {
            ensure!(exporter.log().contains("no GPU of this host matches the pattern"), "none");
            Ok(())
        })
        .unwrap();
    }
    let machine = Machine::new(&gpu(0, "")).unwrap();
    for pattern in
        ["0", "H100", "MIG-1", "", " ", "GPU-[0-9]*", "GPU-{0,1}", "**/", "GPU-é", "\\u0000"]
    {
        machine.configure(&gpus(&format!("{{include: [\"{pattern}\"]}}"))).unwrap();
        let command = gpu_carbon_tests::exporter::command(&machine).unwrap();
        let (status, message) = gpu_carbon_tests::exporter::startup_error(command).unwrap();
        assert_eq!(status, Some(2), "{message}");
        assert!(message.contains("gpus.include: `") && message.lines().count() == 1, "{message}");
    }
}

#[test]
fn a_gpu_that_was_removed_is_forgotten_and_continues_when_it_returns() {
    let configuration = format!(
        "{}ledger: {{path: ledger.db, commit_period: 100ms}}\n",
        gpus("{forget_after: 3s}")
    );
    let (machine, exporter) = start(&(gpu(0, "") + &gpu(1, "")), &configuration);
    wait_for("GPU 1", || up(&exporter, 1, true)).unwrap();
    let begin = counted_first(&exporter, 1);
    machine.set_script(&gpu(0, "")).unwrap();
    wait_for("its removal", || up(&exporter, 1, false)).unwrap();
    let removed = Instant::now();
    wait_for("it to be forgotten", || {
        ensure!(exporter.scrape()?.values("gpu_carbon_gpu_up", &[]).count() == 1, "it is there");
        Ok(())
    })
    .unwrap();
    assert!(removed.elapsed() > Duration::from_secs(1));
    up(&exporter, 0, true).unwrap();
    // Its totals are in the ledger, and go on there.
    exporter.terminate().unwrap();
    machine.set_script(&(gpu(0, "") + &gpu(1, ""))).unwrap();
    let exporter = run(&machine);
    wait_for("its return", || up(&exporter, 1, true)).unwrap();
    let again = counted_first(&exporter, 1);
    check_energy(begin, counted_after(&exporter, 1, again.until));
}
