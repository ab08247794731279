//! The file of NVML's library while the exporter runs: it is replaced, removed or broken, as by an update of the driver.

use std::fs;

use anyhow::ensure;
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::wait_for;

use super::steady_gpu::{check_energy, counted, counted_first, gpu, start, up};

const QUICK: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 200ms, rescan_period: 1s}\n";

/// Puts another file in the place of the library, or removes it.
fn replace_library(machine: &Machine, content: Option<&[u8]>) {
    match content {
        None => fs::remove_file(machine.library()).unwrap(),
        Some(content) => {
            let draft = machine.path("nvml/draft");
            fs::write(&draft, content).unwrap();
            fs::rename(draft, machine.library()).unwrap();
        }
    }
}

/// Loses the second GPU to the sessions that have begun, and waits until a new session could not begin.
fn wait_for_refusal(machine: &Machine, exporter: &Exporter) {
    let lost = format!("lost_to_sessions_before = {}", now());
    machine.set_script(&(gpu(0, "") + &gpu(1, &lost))).unwrap();
    wait_for("an attempt", || {
        let log = exporter.log();
        ensure!(log.contains("the present one stays"), "{log}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_library_that_cannot_be_loaded_any_more_leaves_the_session_in_place() {
    let text = b"not a library".to_vec();
    let beginning = sound(&Machine::new("").unwrap())[..4096].to_vec();
    let cases = [
        ("removed", None),
        ("a text", Some(text)),
        ("empty", Some(Vec::new())),
        ("a beginning", Some(beginning)),
    ];
    // Each mostly waits.
    std::thread::scope(|scope| {
        for (what, content) in cases {
            scope.spawn(move || lose_library(what, content.as_deref()));
        }
    });
}

fn sound(machine: &Machine) -> Vec<u8> {
    fs::read(machine.library()).unwrap()
}

/// Replaces the library by another file while a GPU is lost, and puts it back.
fn lose_library(what: &str, content: Option<&[u8]>) {
    let (machine, exporter) = start(&(gpu(0, "") + &gpu(1, "")), QUICK);
    wait_for("GPU 1", || up(&exporter, 1, true)).unwrap();
    let begin = counted_first(&exporter, 0);
    let sound = sound(&machine);
    replace_library(&machine, content);
    wait_for_refusal(&machine, &exporter);
    up(&exporter, 0, true).unwrap();
    assert_eq!(exporter.get("/-/ready").unwrap().0, 200, "{what}");
    // The next version of the driver is complete.
    replace_library(&machine, Some(&sound));
    wait_for("GPU 1", || up(&exporter, 1, true)).unwrap_or_else(|error| panic!("{what}: {error}"));
    check_energy(begin, counted(&exporter, 0).unwrap());
}
