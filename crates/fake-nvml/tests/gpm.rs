//! GPU performance monitoring, through the same binding that programs use.

mod common;

use common::{Fake, gpu};
use fake_nvml::{Gpu, Model, Process, Script};
use nvml_wrapper::enums::gpm::GpmMetricId;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::gpm::gpm_metrics_get;
use std::thread::sleep;
use std::time::Duration;

#[test]
fn the_use_of_each_mig_instance_is_that_of_its_processes() {
    let process = |pid, instance, percent| Process { instance, ..Process::new(pid, percent) };
    let divided = Gpu {
        mig: 2,
        mig_slices: vec![3, 1],
        processes: vec![process(7, 0, 30), process(8, 1, 10), process(9, 0, 3)],
        ..gpu(0, "constant 100")
    };
    let older = Gpu { mig: 1, ..Gpu::preset(Model::A100, 1) };
    let script = Script::new(vec![divided, older]);
    Fake::run("the_use_of_each_mig_instance_is_that_of_its_processes", &script, |fake| {
        let nvml = fake.init().unwrap();
        let [device, older] = [0, 1].map(|index| nvml.device_by_index(index).unwrap());
        assert!(device.gpm_support().unwrap() && !older.gpm_support().unwrap());
        assert!(matches!(older.gpm_mig_sample(1), Err(NvmlError::NotSupported)));
        assert!(matches!(device.gpm_mig_sample(3), Err(NvmlError::InvalidArg)));
        let sample = || {
            let [first, second] = [1, 2].map(|id| device.gpm_mig_sample(id).unwrap());
            [first, second, device.gpm_sample().unwrap()]
        };
        let before = sample();
        sleep(Duration::from_millis(50));
        let after = sample();
        let metrics = [GpmMetricId::SmUtil, GpmMetricId::DramBwUtil];
        for (number, expected) in [77.0, 70.0, 43.0].into_iter().enumerate() {
            let [before, after] = [&before[number], &after[number]];
            let found = gpm_metrics_get(&nvml, before, after, &metrics).unwrap();
            let percent = found[0].as_ref().unwrap().value;
            assert!((percent - expected).abs() < 0.01, "{percent} {expected}");
            assert!(matches!(found[1], Err(NvmlError::NotSupported)));
        }
        // Samples of different instances, and one sample twice.
        for pair in [[&before[0], &after[1]], [&after[0], &after[0]]] {
            let refused = gpm_metrics_get(&nvml, pair[0], pair[1], &metrics);
            assert!(matches!(refused, Err(NvmlError::InvalidArg)), "{refused:?}");
        }
        let slices = [0, 1].map(|number| {
            let instance = device.mig_device_by_index(number).unwrap();
            instance.attributes().unwrap().compute_instance_slice_count
        });
        assert_eq!(slices, [3, 1]);
    });
}
