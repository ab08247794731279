//! The release of all GPUs: no handle stays, and the energy of that time is counted afterwards.

use std::time::{Duration, Instant};

use anyhow::ensure;
use gpu_carbon_tests::exporter::{Exporter, command};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::wait_for;

use super::{QUICK, check_energy, counted_after, counted_first, gpu, start, up};

/// True if the process has the fake library loaded, from its file or from a copy.
fn has_library(exporter: &Exporter) -> bool {
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", exporter.pid())).unwrap();
    maps.contains("libnvidia-ml") || maps.contains("libfake_nvml") || maps.contains("memfd:nvml")
}

fn released(exporter: &Exporter) -> f64 {
    exporter.scrape().unwrap().value("gpu_carbon_exporter_released", &[]).unwrap()
}

#[test]
fn a_release_unloads_the_library_for_its_time() {
    let (_machine, exporter) = start(&(gpu(0, "") + &gpu(1, "")), QUICK);
    wait_for("GPU 1", || up(&exporter, 1, true)).unwrap();
    let begin = counted_first(&exporter, 0);
    assert!(has_library(&exporter) && released(&exporter) == 0.0);
    let (status, text) = exporter.post("/-/release?for=5s").unwrap();
    let since = Instant::now();
    assert_eq!(status, 200, "{text}");
    assert!(text.starts_with("all GPUs are released until 2"), "{text}");
    assert!(!has_library(&exporter), "{}", exporter.log());
    let (status, why) = exporter.get("/-/ready").unwrap();
    assert!(status == 503 && why.contains("the GPUs are released until 2"), "{why}");
    assert_eq!(released(&exporter), 1.0);
    up(&exporter, 0, false).unwrap();
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.values("gpu_carbon_gpu_read_errors_total", &[]).count(), 0);
    wait_for("the end of the release", || up(&exporter, 0, true)).unwrap();
    assert!(since.elapsed() > Duration::from_secs(4));
    assert_eq!(released(&exporter), 0.0);
    let end = counted_after(&exporter, 0, begin.until + 5.0);
    check_energy(begin, end);
    assert!(exporter.log().contains("all GPUs are released, and NVML is unloaded"));
}

#[test]
fn a_release_that_is_requested_again_and_again_floods_no_log() {
    let (_machine, exporter) = start(&gpu(0, ""), QUICK);
    counted_first(&exporter, 0);
    for _ in 0..30 {
        assert_eq!(exporter.post("/-/release?for=10m").unwrap().0, 200);
    }
    let log = exporter.log();
    assert!((1..=2).contains(&log.matches("all GPUs are released").count()), "{log}");
}

#[test]
fn a_signal_releases_and_a_request_ends_it() {
    let (_machine, exporter) = start(&gpu(0, ""), QUICK);
    let begin = counted_first(&exporter, 0);
    exporter.signal("USR1").unwrap();
    wait_for("the release", || {
        ensure!(!has_library(&exporter), "it is loaded");
        Ok(())
    })
    .unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert!(!has_library(&exporter) && released(&exporter) == 1.0);
    assert_eq!(exporter.post("/-/resume").unwrap().0, 200);
    wait_for("the GPU", || up(&exporter, 0, true)).unwrap();
    check_energy(begin, counted_after(&exporter, 0, begin.until + 2.0));
}

#[test]
fn a_second_signal_extends_the_release() {
    let (_machine, exporter) = start(&gpu(0, ""), QUICK);
    let begin = counted_first(&exporter, 0);
    assert_eq!(exporter.post("/-/release?for=4s").unwrap().0, 200);
    for _ in 0..2 {
        exporter.signal("USR1").unwrap();
    }
    // The first release would have ended.
    std::thread::sleep(Duration::from_secs(6));
    assert!(!has_library(&exporter) && released(&exporter) == 1.0, "{}", exporter.log());
    assert_eq!(exporter.post("/-/resume").unwrap().0, 200);
    assert_eq!(exporter.post("/-/resume").unwrap().0, 200, "there is nothing to end");
    wait_for("the GPU", || up(&exporter, 0, true)).unwrap();
    check_energy(begin, counted_after(&exporter, 0, begin.until + 6.0));
}

#[test]
fn releases_reloads_and_scrapes_at_once_lose_no_energy() {
    let (machine, exporter) = start(&(gpu(0, "") + &gpu(1, "")), QUICK);
    wait_for("GPU 1", || up(&exporter, 1, true)).unwrap();
    let begin = counted_first(&exporter, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..10 {
                let status = exporter.post("/-/release?for=1s").unwrap().0;
                assert!([200, 202].contains(&status), "a release: {status}");
                if round % 2 == 0 {
                    assert_eq!(exporter.post("/-/resume").unwrap().0, 200);
                }
            }
        });
        scope.spawn(|| {
            for round in 0..30 {
                let period = ["rescan_period: 300ms", "rescan_period: 500ms"][round % 2];
                machine.configure(&QUICK.replace("rescan_period: 500ms", period)).unwrap();
                let (status, text) = exporter.post("/-/reload").unwrap();
                assert_eq!(status, 200, "{text}");
                exporter.signal("HUP").unwrap();
            }
        });
        for _ in 0..200 {
            let scrape = exporter.scrape().unwrap();
            let shown = scrape.values("gpu_carbon_gpu_energy_joules_total", &[]).count();
            assert_eq!(shown, 2, "what was counted stays");
        }
    });
    assert_eq!(exporter.post("/-/resume").unwrap().0, 200);
    for gpu in [0, 1] {
        wait_for("the GPU", || up(&exporter, gpu, true)).unwrap();
    }
    check_energy(begin, counted_after(&exporter, 0, begin.until + 2.0));
}

#[test]
fn a_release_beside_a_call_that_hangs_says_so() {
    let (machine, exporter) = start(&(gpu(0, "") + &gpu(1, "")), QUICK);
    wait_for("GPU 1", || up(&exporter, 1, true)).unwrap();
    machine.set_script(&(gpu(0, "") + &gpu(1, "hang_ms = 15000"))).unwrap();
    wait_for("the hang", || up(&exporter, 1, false)).unwrap();
    // One that ends before the call may have returned, and a longer one.
    for time in ["1s", "1m"] {
        let (status, text) = exporter.post(&format!("/-/release?for={time}")).unwrap();
        assert_eq!(status, 202, "{text}");
    }
    wait_for("the reason", || {
        let (_, why) = exporter.get("/-/ready")?;
        ensure!(why.contains("calls to the driver do not return"), "{why}");
        Ok(())
    })
    .unwrap();
    wait_for("the call's return", || {
        ensure!(!has_library(&exporter), "it is loaded");
        Ok(())
    })
    .unwrap();
    wait_for("the completion", || {
        let (_, why) = exporter.get("/-/ready")?;
        ensure!(!why.contains("do not return"), "{why}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_release_is_refused_where_anyone_could_ask_for_it() {
    let machine = Machine::new(&gpu(0, "")).unwrap();
    machine.configure(QUICK).unwrap();
    let mut command = command(&machine).unwrap();
    command.arg("--web.listen-address=0.0.0.0:0");
    // The first of its addresses is the open one.
    let open = Exporter::run(command).unwrap();
    assert!(open.address.ip().is_unspecified());
    for path in ["/-/release?for=10m", "/-/resume", "/-/reload"] {
        let (status, text) = open.post(path).unwrap();
        assert!(status == 403 && text.contains("loopback") && text.contains("password"), "{text}");
    }
    assert_eq!(released(&open), 0.0);

    let (_machine, private) = start(&gpu(0, ""), QUICK);
    for time in ["never", "0s", "-1s", "1000h", "1e9s", "10", "", "18446744073709551616s"] {
        let (status, text) = private.post(&format!("/-/release?for={time}")).unwrap();
        assert!(status == 400 && text.lines().count() == 1, "{time}: {status} {text}");
    }
    assert_eq!(private.get("/-/release").unwrap().0, 405);
    let from_browser =
        "POST /-/release HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nConnection: close\r\n\r\n";
    assert!(private.send(from_browser.as_bytes()).unwrap().starts_with("HTTP/1.1 403"));
    assert_eq!(released(&private), 0.0);
}
