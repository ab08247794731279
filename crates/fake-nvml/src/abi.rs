//! The C functions. Each is declared with `exports!`, in the file of its subject.

mod board;
mod call;
mod device;
mod exports;
mod gpm;
mod identity;
mod mig;
mod pointers;
mod power;
mod processes;
mod samples;
mod session;
mod struct_version;
mod telemetry;
mod unsupported;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device_functions::DEVICE_FUNCTIONS;

    #[test]
    fn the_listed_functions_of_devices_are_those_that_are_exported() {
        let files = [
            board::NAMES,
            gpm::NAMES,
            identity::NAMES,
            mig::NAMES,
            power::NAMES,
            processes::NAMES,
            samples::NAMES,
            session::NAMES,
            telemetry::NAMES,
            unsupported::NAMES,
        ];
        let gpm = ["nvmlGpmMigSampleGet", "nvmlGpmQueryDeviceSupport", "nvmlGpmSampleGet"];
        let is_of_device = |name: &&str| name.starts_with("nvmlDevice") || gpm.contains(name);
        let mut names: Vec<&str> =
            files.into_iter().flatten().copied().filter(is_of_device).collect();
        names.sort_unstable();
        assert_eq!(names, DEVICE_FUNCTIONS);
    }
}
