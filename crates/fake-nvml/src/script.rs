//! The script: what the fake GPUs are and do.

mod check;
mod error;
mod file;
mod gpu;
mod raw;

pub use error::ScriptError;
pub(crate) use gpu::unversioned;
pub use gpu::{Gpu, Process};

use crate::model::Model;
use crate::nvml_error::NvmlError;
use check::text_fits;
use serde::Serialize;
use std::collections::BTreeSet;

/// A whole script, with every default filled in.
///
/// ```
/// use fake_nvml::{Gpu, Model, Script};
///
/// let script = Script::of(vec![Gpu { power: "constant 300".parse()?, loaded_at: 1_790_000_000.0, ..Gpu::preset(Model::H100, 0) }]);
/// assert_eq!(script.gpus[0].counter_millijoules_at(1_790_000_010.0), Some(3_000_000));
/// assert_eq!(Script::parse(&script.to_toml()?)?, script);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Script {
    /// The driver's version, such as `550.54.15`.
    pub driver_version: String,
    /// The CUDA version that the driver brings, such as `12.4`.
    pub cuda_version: String,
    /// What `nvmlInit` answers, and while the program runs every other call: `None` is success.
    #[serde(serialize_with = "raw::write_init")]
    pub init: Option<NvmlError>,
    /// The GPUs in the order of their indices.
    #[serde(rename = "gpu")]
    pub gpus: Vec<Gpu>,
}

impl Script {
    /// A script of these GPUs and defaults for the rest.
    pub fn of(gpus: Vec<Gpu>) -> Self {
        Self {
            driver_version: "550.54.15".to_owned(),
            cuda_version: "12.4".to_owned(),
            init: None,
            gpus,
        }
    }

    /// Reads a script's text.
    ///
    /// # Errors
    /// Where the text is no TOML, names a key that there is none, or a value is out of range. The error says which.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        raw::parse(text)?.checked()
    }

    /// The script as text, which [`Script::parse`] reads back to the same.
    ///
    /// # Errors
    /// Where a value cannot be: what [`Script::parse`] would refuse.
    pub fn to_toml(&self) -> Result<String, ScriptError> {
        Ok(toml::to_string(&self.clone().checked()?)?)
    }

    /// The CUDA version as NVML writes it: 12040 for 12.4.
    pub(crate) fn cuda_number(&self) -> Option<i32> {
        let (major, minor) = self.cuda_version.split_once('.')?;
        let (major, minor): (u16, u16) = (major.parse().ok()?, minor.parse().ok()?);
        Some(i32::from(major) * 1_000 + i32::from(minor) * 10)
    }

    fn checked(self) -> Result<Self, ScriptError> {
        if self.cuda_number().is_none() {
            return Err(ScriptError::value(
                "cuda_version",
                &self.cuda_version,
                "major.minor, such as 12.4",
            ));
        }
        if !text_fits(&self.driver_version, 79) {
            return Err(ScriptError::value(
                "driver_version",
                &self.driver_version,
                "1 to 79 characters",
            ));
        }
        let (mut uuids, mut places) = (BTreeSet::new(), BTreeSet::new());
        for (index, gpu) in self.gpus.iter().enumerate() {
            gpu.check().map_err(|error| error.in_gpu(index))?;
            if !uuids.insert(&gpu.uuid) {
                return Err(ScriptError::value("uuid", &gpu.uuid, "one of its own for each GPU")
                    .in_gpu(index));
            }
            if !places.insert(gpu.pci_bus_id) {
                let place = gpu.pci_bus_id.to_string();
                return Err(ScriptError::value(
                    "pci_bus_id",
                    &place,
                    "one of its own for each GPU",
                )
                .in_gpu(index));
            }
        }
        Ok(self)
    }
}

/// What runs where no script is named: an H100 that trains and an A100 that serves.
impl Default for Script {
    fn default() -> Self {
        let wave = |text: &str, model: Model, index| {
            let mut gpu = Gpu::preset(model, index);
            gpu.power = text.parse().unwrap_or(gpu.power);
            gpu
        };
        Self::of(vec![
            wave("square 180 640 20s 80%", Model::H100, 0),
            wave("sine 210 130 5m", Model::A100, 1),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_script_survives_a_round_trip() {
        let script = Script::default();
        assert_eq!(script.gpus.len(), 2);
        assert_eq!(script.gpus[0].power.to_string(), "square 180 640 20s 80%");
        let text = script.to_toml().unwrap();
        assert_eq!(Script::parse(&text).unwrap(), script, "{text}");
    }

    #[test]
    fn the_example_is_a_script_and_its_defaults_are_true() {
        let mut example = Script::parse(include_str!("../example.toml")).unwrap();
        let mut gpu = example.gpus.remove(0);
        let preset = Gpu::preset(Model::H100, 0);
        assert_eq!(example, Script::of(vec![]));
        assert_eq!(gpu.loaded_at, 1_790_000_000.0);
        gpu.hangs.clear();
        let told = Gpu {
            power: gpu.power.clone(),
            module_power: gpu.module_power.clone(),
            loaded_at: gpu.loaded_at,
            resets: gpu.resets.clone(),
            processes: gpu.processes.clone(),
            memory_used_mib: Some(1_000),
            utilization_percent: Some(80),
            memory_utilization_percent: Some(40),
            temperature_celsius: Some(60),
            fan_percent: Some(50),
            ..preset
        };
        assert_eq!(gpu, told);
    }

    #[test]
    fn an_empty_script_has_no_gpu() {
        assert_eq!(Script::parse("").unwrap(), Script::of(vec![]));
    }

    #[test]
    fn a_refusal_names_key_value_and_what_is_allowed() {
        for (text, says) in [
            ("gpus = 3", "unknown field `gpus`"),
            ("[[gpu]]\nwatts = 3", "unknown field `watts`"),
            ("[[gpu]]\nmodel = \"h9\"", "unknown variant `h9`, expected one of `h100`"),
            ("init = \"broken\"", "expected one of `uninitialized`"),
            ("cuda_version = \"12\"", "cuda_version = \"12\": want major.minor"),
            ("[[gpu]]\npower = \"constant\"", "is no waveform"),
            ("[[gpu]]\n[[gpu]]\nmodel = \"t4\"\nmig = 2", "gpu 1: mig = \"2\": want 0 for a t4"),
            ("[[gpu]]\nmig = 8", "want at most 7"),
            (
                "[[gpu]]\nerrors = { nvmlDeviceGetPower = \"unknown\" }",
                "errors = \"nvmlDeviceGetPower\": want a function",
            ),
            (
                "[[gpu]]\nfield_errors = { x = \"unknown\" }",
                "field_errors = \"x\": want a field's number",
            ),
            ("[[gpu]]\nresets = [nan]", "resets = \"NaN\""),
            (
                "[[gpu]]\nuuid = \"a\"\n[[gpu]]\nuuid = \"a\"",
                "gpu 1: uuid = \"a\": want one of its own",
            ),
            ("[[gpu]]\nutilization_percent = 101", "utilization_percent = \"101\": want 0 to 100"),
            ("[[gpu]]\nname = \"\"", "name = \"\": want 1 to 95 characters"),
        ] {
            let refusal = Script::parse(text).unwrap_err().to_string();
            assert!(refusal.contains(says), "{text}\n{refusal}");
        }
    }
}
