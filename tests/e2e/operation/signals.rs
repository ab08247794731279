//! Signals that end the process: all commit first.

use gpu_carbon_tests::wait_for;

use super::{counted, run, start};

/// A GPU without a counter: what is not committed is lost.
const GPU: &str = "[[gpu]]\nmodel = \"p40\"\nuuid = \"GPU-00000001-0000-4000-8000-000000000000\"\npower = \"constant 360\"\n";

#[test]
fn any_signal_that_ends_the_process_commits_first() {
    let configuration = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
        sampling: {power_period: 50ms}\nledger: {path: ledger.db, commit_period: 60s}\n";
    for signal in ["INT", "QUIT", "USR2", "ALRM", "XCPU", "PWR", "34", "64"] {
        let (machine, exporter) = start(GPU, configuration);
        // With a ledger, only committed energy is published: the time shows how much is read.
        wait_for("the GPU", || exporter.scrape()?.gpu(0, "power_watts")).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1500));
        let (status, taken) = exporter.end_by(signal).unwrap();
        assert_eq!(status, Some(0), "{signal}");
        assert!(taken < std::time::Duration::from_secs(5), "{signal}: {taken:?}");
        // The next one publishes soon.
        machine.configure(&configuration.replace("60s", "100ms")).unwrap();
        let exporter = run(&machine);
        let after = wait_for("the ledger", || counted(&exporter, 0)).unwrap();
        assert!(after.joules >= 360.0, "{signal}: {after:?}");
    }
}

#[test]
fn a_hangup_ends_nothing() {
    let (_machine, exporter) = start(GPU, super::QUICK);
    for _ in 0..20 {
        exporter.signal("HUP").unwrap();
    }
    wait_for("the GPU", || exporter.scrape()?.gpu(0, "power_watts")).unwrap();
    assert!(
        exporter.log().matches("the configuration was read again").count() <= 2,
        "{}",
        exporter.log()
    );
}
