//! The built library, used by the real `nvml-wrapper`.
#![expect(clippy::disallowed_methods, reason = "the test measures how long a call takes")]
#![allow(clippy::unwrap_used, reason = "this is a test")]

mod common;

use common::{Fake, gpu};
use fake_nvml::{Gpu, Model, Process, Script, UnixTime};
use nvml_wrapper::Device;
use nvml_wrapper::enums::device::{DeviceArchitecture, SampleValue};
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::structs::device::FieldId;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn the_counter_is_the_integral_of_the_power() {
    let script = Script::new(vec![gpu(0, "square 100 700 300ms 25%"), gpu(1, "sine 300 200 1s")]);
    Fake::run("the_counter_is_the_integral_of_the_power", &script, |fake| {
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
fn a_hanging_gpu_does_not_block_others() {
    let script =
        Script::new(vec![Gpu { hang_ms: 1_000, ..gpu(0, "constant 100") }, gpu(1, "constant 200")]);
    Fake::run("a_hanging_gpu_does_not_block_others", &script, |fake| {
        let nvml = fake.init().unwrap();
        thread::scope(|scope| {
            let hanging = scope.spawn(|| {
                let start = Instant::now();
                let power = nvml.device_by_index(0).unwrap().power_usage();
                (power.unwrap(), start.elapsed())
            });
            thread::sleep(Duration::from_millis(20));
            let other = nvml.device_by_index(1).unwrap();
            for _ in 0..100 {
                assert_eq!(other.power_usage().unwrap(), 200_000);
            }
            assert!(!hanging.is_finished(), "the other GPU was read meanwhile");
            let (power, took) = hanging.join().unwrap();
            assert_eq!(power, 100_000);
            assert!(took >= Duration::from_millis(1_000), "{took:?}");
        });
    });
}

#[test]
fn missing_features_are_not_supported() {
    let [pascal, guest] =
        [(Model::P40, 0), (Model::Vgpu, 1)].map(|(model, index)| Gpu::preset(model, index));
    Fake::run("missing_features_are_not_supported", &Script::new(vec![pascal, guest]), |fake| {
        let nvml = fake.init().unwrap();
        let (pascal, guest) = (nvml.device_by_index(0).unwrap(), nvml.device_by_index(1).unwrap());
        assert_eq!(pascal.power_usage().unwrap(), 10_000);
        assert_eq!(pascal.architecture().unwrap(), DeviceArchitecture::Pascal);
        assert!(matches!(pascal.total_energy_consumption(), Err(NvmlError::NotSupported)));
        assert!(matches!(guest.total_energy_consumption(), Err(NvmlError::NotSupported)));
        assert!(matches!(guest.power_usage(), Err(NvmlError::NotSupported)));
        assert!(matches!(guest.enforced_power_limit(), Err(NvmlError::NotSupported)));
        assert!(matches!(pascal.mig_mode(), Err(NvmlError::NotSupported)));
        for error in fields(&guest, &[83, 185, 186]) {
            assert!(matches!(error, Err(NvmlError::NotSupported)));
        }
    });
}

#[test]
fn fields_return_energy_and_both_powers() {
    let script = Script::new(vec![Gpu {
        field_errors: [("186".to_owned(), fake_nvml::NvmlError::NoPermission)].into(),
        power_window_ms: 1_000,
        ..gpu(0, "square 100 500 100ms 50%")
    }]);
    Fake::run("fields_return_energy_and_both_powers", &script, |fake| {
        let nvml = fake.init().unwrap();
        let device = nvml.device_by_index(0).unwrap();
        let before = device.total_energy_consumption().unwrap();
        let values = fields(&device, &[83, 185, 186, 1]);
        assert!(
            matches!(values[0], Ok(SampleValue::U64(energy)) if (before..before + 100_000).contains(&energy))
        );
        assert!(matches!(values[1], Ok(SampleValue::U32(300_000))));
        assert!(matches!(values[2], Err(NvmlError::NoPermission)));
        assert!(matches!(values[3], Err(NvmlError::NotSupported)));
        assert_eq!(device.power_usage().unwrap(), 300_000);
    });
}

#[test]
fn mig_instances_have_memory_and_processes_but_no_energy() {
    let process = |pid, instance| Process { memory_mib: 100, instance, ..Process::new(pid, 50) };
    let whole = Gpu {
        mig: 2,
        processes: vec![process(7, 0), process(8, 1)],
        ..Gpu::preset(Model::A100, 0)
    };
    Fake::run(
        "mig_instances_have_memory_and_processes_but_no_energy",
        &Script::new(vec![whole.clone()]),
        |fake| {
            let nvml = fake.init().unwrap();
            let parent = nvml.device_by_index(0).unwrap();
            assert_eq!(
                (parent.mig_mode().unwrap().current, parent.mig_device_count().unwrap()),
                (1, 7)
            );
            assert!(matches!(parent.mig_device_by_index(2), Err(NvmlError::NotFound)));
            assert!(parent.total_energy_consumption().is_ok());
            assert_eq!(parent.running_compute_processes().unwrap().len(), 2);
            for (number, pid) in [(0, 7), (1, 8)] {
                let instance = parent.mig_device_by_index(number).unwrap();
                assert_eq!(instance.uuid().unwrap(), whole.mig_uuid(number));
                assert_eq!(
                    nvml.device_by_uuid(whole.mig_uuid(number)).unwrap().uuid().unwrap(),
                    whole.mig_uuid(number)
                );
                assert!(instance.mig_is_mig_device_handle().unwrap());
                assert_eq!(instance.mig_parent_device().unwrap().uuid().unwrap(), whole.uuid);
                assert!(matches!(
                    instance.total_energy_consumption(),
                    Err(NvmlError::NotSupported)
                ));
                assert!(matches!(instance.power_usage(), Err(NvmlError::NotSupported)));
                assert_eq!(instance.memory_info().unwrap().used, 100 << 20);
                let processes = instance.running_compute_processes().unwrap();
                assert_eq!(
                    (processes.len(), processes[0].pid, processes[0].gpu_instance_id),
                    (1, pid, Some(number + 1))
                );
            }
        },
    );
}

#[test]
fn a_single_function_can_fail_or_hang() {
    let script = Script::new(vec![Gpu {
        errors: [(
            "nvmlDeviceGetTotalEnergyConsumption".to_owned(),
            fake_nvml::NvmlError::ResetRequired,
        )]
        .into(),
        hangs: [("nvmlDeviceGetHandleByIndex".to_owned(), 150)].into(),
        ..gpu(0, "constant 100")
    }]);
    Fake::run("a_single_function_can_fail_or_hang", &script, |fake| {
        let nvml = fake.init().unwrap();
        let start = Instant::now();
        let device = nvml.device_by_index(0).unwrap();
        assert!(start.elapsed() >= Duration::from_millis(150));
        assert!(matches!(device.total_energy_consumption(), Err(NvmlError::ResetRequired)));
        assert_eq!(device.power_usage().unwrap(), 100_000);
    });
}

/// The values of some fields, or their errors.
fn fields(device: &Device<'_>, ids: &[u32]) -> Vec<Result<SampleValue, NvmlError>> {
    let requests: Vec<_> = ids.iter().map(|id| FieldId(*id)).collect();
    let answers = device.field_values_for(&requests).unwrap();
    answers.into_iter().map(|answer| answer.and_then(|sample| sample.value)).collect()
}
