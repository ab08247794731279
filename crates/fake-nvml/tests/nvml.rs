//! The built library under the real `nvml-wrapper`.

mod common;

use common::Fake;
use fake_nvml::{Gpu, Model, Script, UnixTime};
use nvml_wrapper::error::NvmlError;
use std::thread;
use std::time::{Duration, Instant};

fn gpu(index: usize, power: &str) -> Gpu {
    Gpu {
        power: power.parse().unwrap(),
        loaded_at: 1_790_000_000.0,
        ..Gpu::preset(Model::H100, index)
    }
}

#[test]
fn the_counter_is_the_integral() {
    let script = Script::of(vec![gpu(0, "square 100 700 300ms 25%"), gpu(1, "sine 300 200 1s")]);
    Fake::run("the_counter_is_the_integral", &script, |fake| {
        let nvml = fake.init().unwrap();
        assert_eq!(nvml.device_count().unwrap(), 2);
        for _ in 0..200 {
            for (index, gpu) in (0..).zip(&script.gpus) {
                let device = nvml.device_by_index(index).unwrap();
                let before = gpu.counter_millijoules_at_time(UnixTime::now()).unwrap();
                let shown = device.total_energy_consumption().unwrap();
                let after = gpu.counter_millijoules_at_time(UnixTime::now()).unwrap();
                assert!((before..=after).contains(&shown), "{before} {shown} {after}");
            }
            thread::sleep(Duration::from_millis(3));
        }
    });
}

#[test]
fn a_hanging_gpu_stops_no_other() {
    let script =
        Script::of(vec![Gpu { hang_ms: 400, ..gpu(0, "constant 100") }, gpu(1, "constant 200")]);
    Fake::run("a_hanging_gpu_stops_no_other", &script, |fake| {
        let nvml = fake.init().unwrap();
        thread::scope(|scope| {
            let hanging = scope.spawn(|| {
                let began = Instant::now();
                let power = nvml.device_by_index(0).unwrap().power_usage();
                (power.unwrap(), began.elapsed())
            });
            thread::sleep(Duration::from_millis(20));
            let began = Instant::now();
            let other = nvml.device_by_index(1).unwrap();
            for _ in 0..100 {
                assert_eq!(other.power_usage().unwrap(), 200_000);
            }
            assert!(began.elapsed() < Duration::from_millis(200), "{:?}", began.elapsed());
            let (power, took) = hanging.join().unwrap();
            assert_eq!(power, 100_000);
            assert!(took >= Duration::from_millis(400), "{took:?}");
        });
    });
}

#[test]
fn a_lost_gpu_answers_so() {
    let script = Script::of(vec![gpu(0, "constant 100")]);
    Fake::run("a_lost_gpu_answers_so", &script, |fake| {
        let nvml = fake.init().unwrap();
        let device = nvml.device_by_index(0).unwrap();
        fake.change(&Script::of(vec![Gpu { lost: true, ..script.gpus[0].clone() }]));
        assert!(matches!(device.power_usage(), Err(NvmlError::GpuLost)));
        assert!(matches!(nvml.device_by_index(0), Err(NvmlError::GpuLost)));
        assert_eq!(nvml.device_count().unwrap(), 1);
    });
}
