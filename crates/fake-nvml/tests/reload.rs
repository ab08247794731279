//! Scripts that change while a program runs.
#![expect(clippy::disallowed_methods, reason = "the test measures how long a call takes")]
#![allow(clippy::unwrap_used, reason = "this is a test")]

mod common;

use common::{Fake, gpu};
use fake_nvml::{Gpu, Script, UnixTime};
use nvml_wrapper::error::NvmlError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

#[test]
fn gpus_are_lost_come_and_go() {
    let [one, two, three] = [0, 1, 2].map(|index| gpu(index, "constant 100"));
    let script = Script::new(vec![one.clone(), two.clone()]);
    Fake::run("gpus_are_lost_come_and_go", &script, |fake| {
        let nvml = fake.init().unwrap();
        let (first, second) = (nvml.device_by_index(0).unwrap(), nvml.device_by_index(1).unwrap());

        fake.change(&Script::new(vec![Gpu { lost: true, ..one.clone() }, two.clone()]));
        assert!(matches!(first.power_usage(), Err(NvmlError::GpuLost)));
        assert!(matches!(nvml.device_by_index(0), Err(NvmlError::GpuLost)));
        assert_eq!(nvml.device_count().unwrap(), 2);
        assert_eq!(second.power_usage().unwrap(), 100_000);

        fake.change(&Script::new(vec![two.clone(), three.clone()]));
        assert!(matches!(first.power_usage(), Err(NvmlError::GpuLost)));
        assert!(matches!(nvml.device_by_uuid(one.uuid.as_str()), Err(NvmlError::NotFound)));
        assert_eq!(nvml.device_by_index(1).unwrap().uuid().unwrap(), three.uuid);
        assert_eq!((second.index().unwrap(), second.uuid().unwrap()), (0, two.uuid.clone()));

        fake.change(&Script::new(vec![one.clone()]));
        assert_eq!(first.power_usage().unwrap(), 100_000);
        assert_eq!(nvml.device_by_uuid(one.uuid.as_str()).unwrap().index().unwrap(), 0);
    });
}

#[test]
fn the_counter_continues_with_a_new_waveform() {
    let of = |power| Script::new(vec![Gpu { counter_step_ms: 0, ..gpu(0, power) }]);
    let script = of("constant 700");
    Fake::run("the_counter_continues_with_a_new_waveform", &script, |fake| {
        let nvml = fake.init().unwrap();
        let device = nvml.device_by_index(0).unwrap();
        let energy = || device.total_energy_consumption().unwrap();
        let mut before = energy();
        for power in ["constant 10", "constant 400"] {
            let began = Instant::now();
            fake.change(&of(power));
            let after = energy();
            let most = 700 * u64::try_from(began.elapsed().as_millis() + 1).unwrap();
            assert!((before..=before + most).contains(&after), "{before} {after}");
            before = after;
        }
        assert_eq!(device.power_usage().unwrap(), 400_000);
    });
}

#[test]
fn a_reset_restarts_the_counter() {
    let script = Script::new(vec![gpu(0, "constant 500")]);
    Fake::run("a_reset_restarts_the_counter", &script, |fake| {
        let nvml = fake.init().unwrap();
        let device = nvml.device_by_index(0).unwrap();
        assert!(device.total_energy_consumption().unwrap() > 1_000_000);
        let now = UnixTime::now().as_seconds();
        fake.change(&Script::new(vec![Gpu { resets: vec![now], ..script.gpus[0].clone() }]));
        assert!(device.total_energy_consumption().unwrap() < 1_000_000);
    });
}

#[test]
fn the_driver_can_be_unloaded_and_loaded_again() {
    let up = Script::new(vec![gpu(0, "constant 100")]);
    let down = |error| Script { init: Some(error), ..up.clone() };
    Fake::run(
        "the_driver_can_be_unloaded_and_loaded_again",
        &down(fake_nvml::NvmlError::DriverNotLoaded),
        |fake| {
            assert!(matches!(fake.init(), Err(NvmlError::DriverNotLoaded)));
            fake.change(&up);
            let nvml = fake.init().unwrap();
            let device = nvml.device_by_index(0).unwrap();
            fake.change(&down(fake_nvml::NvmlError::LibRmVersionMismatch));
            assert!(matches!(device.power_usage(), Err(NvmlError::LibRmVersionMismatch)));
            assert!(matches!(nvml.device_count(), Err(NvmlError::LibRmVersionMismatch)));
            fake.change(&up);
            assert!(
                matches!(device.power_usage(), Err(NvmlError::Unknown)),
                "the old session does not work again"
            );
            drop(nvml);
            assert_eq!(
                fake.init().unwrap().device_by_index(0).unwrap().power_usage().unwrap(),
                100_000
            );
        },
    );
}

#[test]
fn a_broken_script_leaves_the_one_before_in_force() {
    let script = Script::new(vec![gpu(0, "constant 100")]);
    Fake::run("a_broken_script_leaves_the_one_before_in_force", &script, |fake| {
        let nvml = fake.init().unwrap();
        fake.overwrite("[[gpu]]\npower = \"steady\"");
        assert_eq!(nvml.device_by_index(0).unwrap().power_usage().unwrap(), 100_000);
        fake.change(&Script::new(vec![]));
        assert_eq!(nvml.device_count().unwrap(), 0);
    });
}

#[test]
fn a_script_missing_or_broken_from_the_start_is_an_unknown_error() {
    let script = Script::new(vec![gpu(0, "constant 100")]);
    Fake::run("a_script_missing_or_broken_from_the_start_is_an_unknown_error", &script, |fake| {
        fake.remove();
        assert!(matches!(fake.init(), Err(NvmlError::Unknown)));
        fake.overwrite("[[gpu]]\npower = \"steady\"");
        assert!(matches!(fake.init(), Err(NvmlError::Unknown)));
        fake.change(&script);
        assert_eq!(fake.init().unwrap().device_count().unwrap(), 1);
    });
}

#[test]
fn the_counter_never_decreases_for_any_thread_while_scripts_change() {
    let of = |power| Script::new(vec![Gpu { counter_step_ms: 0, ..gpu(0, power) }]);
    let name = "the_counter_never_decreases_for_any_thread_while_scripts_change";
    Fake::run(name, &of("constant 1000"), |fake| {
        let nvml = fake.init().unwrap();
        let (highest, done) = (AtomicU64::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let device = nvml.device_by_index(0).unwrap();
                    while !done.load(Ordering::SeqCst) {
                        let before = highest.load(Ordering::SeqCst);
                        let shown = device.total_energy_consumption().unwrap();
                        assert!(shown >= before, "{shown} after {before}");
                        highest.fetch_max(shown, Ordering::SeqCst);
                    }
                });
            }
            for power in ["constant 0", "square 0 900 7ms 50%", "sine 300 300 50ms"]
                .into_iter()
                .cycle()
                .take(12)
            {
                fake.change(&of(power));
            }
            done.store(true, Ordering::SeqCst);
        });
    });
}
