//! The script, which defines the fake GPUs and their behaviour.

mod error;
mod gpu;
mod instances;
mod meter;
mod process;
mod raw;
mod text_limit;

pub use error::ScriptError;
pub use gpu::Gpu;
pub use meter::{BadCounter, BadPower, CounterScope};
pub use process::{Process, ProcessSample, SampleFaults};

use crate::model::Model;
use crate::nvml_error::NvmlError;
use crate::time::boot_time;
use raw::RawScript;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use text_limit::text_fits;

/// A script with all defaults filled in.
///
/// ```
/// use fake_nvml::{Gpu, Model, Script};
///
/// let script = Script::new(vec![Gpu { power: "constant 300".parse()?, loaded_at: 1_790_000_000.0, ..Gpu::preset(Model::H100, 0) }]);
/// assert_eq!(script.gpus[0].counter_millijoules_at(1_790_000_010.0), Some(3_000_000));
/// assert_eq!(Script::parse(&script.to_toml()?)?, script);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Script {
    /// The driver's version, such as `550.54.15`.
    pub driver_version: String,
    /// The CUDA version of the driver, such as `12.4`.
    pub cuda_version: String,
    /// The result of `nvmlInit` and, while it is an error, of all other calls: `None` is success.
    #[serde(serialize_with = "raw::write_init")]
    pub init: Option<NvmlError>,
    /// The error of `nvmlInit` alone: sessions from before continue to work.
    pub refuse_init: Option<NvmlError>,
    /// The error of `nvmlDeviceGetCount` alone.
    pub refuse_count: Option<NvmlError>,
    /// The count of GPUs that is returned instead of that of the GPUs.
    pub count: Option<u32>,
    /// The time that `nvmlInit` takes, in milliseconds.
    pub init_hang_ms: u64,
    /// The time that `nvmlDeviceGetCount` takes, in milliseconds.
    pub count_hang_ms: u64,
    /// The time that `nvmlShutdown` takes, in milliseconds.
    pub shutdown_hang_ms: u64,
    /// The GPUs, ordered by index.
    #[serde(rename = "gpu")]
    pub gpus: Vec<Gpu>,
}

/// The allowed values of keys that identify a GPU.
const UNIQUE: &str = "a different one for each GPU";

impl Script {
    /// A script with these GPUs, and defaults for the rest.
    pub fn new(gpus: Vec<Gpu>) -> Self {
        Self {
            driver_version: "550.54.15".to_owned(),
            cuda_version: "12.4".to_owned(),
            init: None,
            refuse_init: None,
            refuse_count: None,
            count: None,
            init_hang_ms: 0,
            count_hang_ms: 0,
            shutdown_hang_ms: 0,
            gpus,
        }
    }

    /// Parses a script.
    ///
    /// # Errors
    /// When the text is not TOML, has an unknown key, or has a value that is out of range. The error names it.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let raw: RawScript = toml::from_str(text)?;
        let defaults = Self::new(Vec::new());
        let loaded_at = raw.loaded_at.unwrap_or_else(|| boot_time().as_seconds());
        let gpus = raw.gpu.into_iter().enumerate();
        let script = Self {
            driver_version: raw.driver_version.unwrap_or(defaults.driver_version),
            cuda_version: raw.cuda_version.unwrap_or(defaults.cuda_version),
            init: raw.init,
            refuse_init: raw.refuse_init,
            refuse_count: raw.refuse_count,
            count: raw.count,
            init_hang_ms: raw.init_hang_ms,
            count_hang_ms: raw.count_hang_ms,
            shutdown_hang_ms: raw.shutdown_hang_ms,
            gpus: gpus.map(|(index, gpu)| gpu.with_defaults(index, loaded_at)).collect(),
        };
        script.checked()
    }

    /// The script as text. [`Script::parse`] returns the same script.
    ///
    /// # Errors
    /// When a value is out of range, as for [`Script::parse`].
    pub fn to_toml(&self) -> Result<String, ScriptError> {
        Ok(toml::to_string(&self.clone().checked()?)?)
    }

    /// The CUDA version as NVML's number: 12040 for 12.4.
    pub(crate) fn cuda_number(&self) -> Option<i32> {
        let (major, minor) = self.cuda_version.split_once('.')?;
        let (major, minor): (u16, u16) = (major.parse().ok()?, minor.parse().ok()?);
        Some(i32::from(major) * 1_000 + i32::from(minor) * 10)
    }

    /// Reads a script from a file.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`Script::parse`].
    pub fn read(path: &Path) -> Result<Self, ScriptError> {
        let text = fs::read_to_string(path)
            .map_err(|error| ScriptError::File { path: path.to_owned(), error })?;
        Self::parse(&text)
            .map_err(|error| ScriptError::In { path: path.to_owned(), error: Box::new(error) })
    }

    /// Writes the script to a file in one step: a reader sees the old script or the new one, never a part.
    ///
    /// # Errors
    /// When the folder cannot be written, and as [`Script::to_toml`].
    pub fn write(&self, path: &Path) -> Result<(), ScriptError> {
        let text = self.to_toml()?;
        let draft = path.with_extension(format!("{}.draft", std::process::id()));
        fs::write(&draft, text)
            .and_then(|()| fs::rename(&draft, path))
            .map_err(|error| ScriptError::File { path: path.to_owned(), error })
    }

    /// The script, if each value is in its range.
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
        let mut bus_ids = BTreeSet::new();
        for (index, gpu) in self.gpus.iter().enumerate() {
            gpu.check().map_err(|error| error.in_gpu(index))?;
            if !bus_ids.insert(gpu.pci_bus_id) {
                let error = ScriptError::value("pci_bus_id", &gpu.pci_bus_id, UNIQUE);
                return Err(error.in_gpu(index));
            }
        }
        Ok(self)
    }
}

/// The script that is in force without a script file: an H100 with a training load, and an A100 with a serving load.
impl Default for Script {
    fn default() -> Self {
        let wave = |text: &str, model: Model, index| {
            let mut gpu = Gpu::preset(model, index);
            gpu.power = text.parse().unwrap_or(gpu.power);
            gpu
        };
        Self::new(vec![
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
    fn the_example_is_a_script_with_the_defaults_of_each_key() {
        let mut example = Script::parse(include_str!("../example.toml")).unwrap();
        let mut gpu = example.gpus.remove(0);
        let preset = Gpu::preset(Model::H100, 0);
        assert_eq!(example.refuse_init.take(), Some(NvmlError::Unknown));
        assert_eq!(example.refuse_count.take(), Some(NvmlError::Unknown));
        assert_eq!(example.count.take(), Some(2));
        assert_eq!(example, Script::new(vec![]));
        assert_eq!(gpu.loaded_at, 1_790_000_000.0);
        gpu.hangs.clear();
        let expected = Gpu {
            power: gpu.power.clone(),
            module_power: gpu.module_power.clone(),
            lost_to_sessions_before: Some(1_790_000_000.0),
            counter_stops_at: Some(1_790_000_200.0),
            bad_counter: Some(BadCounter { one_in: 100, millijoules: 0 }),
            bad_power: Some(BadPower { one_in: 100, milliwatts: u32::MAX }),
            loaded_at: gpu.loaded_at,
            resets: gpu.resets.clone(),
            processes: gpu.processes.clone(),
            sample_faults: Some(SampleFaults::Zombies),
            memory_used_mib: Some(1_000),
            utilization_percent: Some(80),
            memory_utilization_percent: Some(40),
            temperature_celsius: Some(60),
            fan_percent: Some(50),
            ..preset
        };
        assert_eq!(gpu, expected);
    }

    #[test]
    fn an_empty_script_has_no_gpu() {
        assert_eq!(Script::parse("").unwrap(), Script::new(vec![]));
    }

    #[test]
    fn an_error_names_key_value_and_allowed_values() {
        for (text, expected) in [
            ("gpus = 3", "unknown field `gpus`"),
            ("[[gpu]]\nwatts = 3", "unknown field `watts`"),
            ("[[gpu]]\nmodel = \"h9\"", "unknown variant `h9`, expected one of `h100`"),
            ("init = \"broken\"", "expected one of `uninitialized`"),
            ("cuda_version = \"12\"", "cuda_version = \"12\": want major.minor"),
            ("[[gpu]]\npower = \"constant\"", "is not a waveform"),
            ("[[gpu]]\n[[gpu]]\nmodel = \"t4\"\nmig = 2", "gpu 1: mig = \"2\": want 0 for a t4"),
            ("[[gpu]]\nmig = 8", "want at most 7"),
            ("[[gpu]]\nmig = 2\nmig_slices = [4]", "want 1 or more for each of the 2 instances"),
            ("[[gpu]]\nmig = 2\nmig_slices = [4, 4]", "mig_slices = \"[4, 4]\": want"),
            (
                "[[gpu]]\nerrors = { nvmlDeviceGetPower = \"unknown\" }",
                "errors = \"nvmlDeviceGetPower\": want a function",
            ),
            (
                "[[gpu]]\nfield_errors = { x = \"unknown\" }",
                "field_errors = \"x\": want the number of a field",
            ),
            ("[[gpu]]\nresets = [nan]", "resets = \"NaN\""),
            ("[[gpu]]\nprocesses = [{pid = 1, until = inf}]", "processes.until = \"inf\""),
            ("[[gpu]]\nsample_faults = \"x\"", "unknown variant `x`, expected `zombies`"),
            ("[[gpu]]\ncounter_factor = -1.0", "counter_factor = \"-1\": want 0 to 1000000"),
            (
                "[[gpu]]\ncounter_scope = \"module\"",
                "counter_scope = \"module\": want gpu, or module beside a module_power",
            ),
            (
                "[[gpu]]\npci_bus_id = \"1:0.0\"\n[[gpu]]\npci_bus_id = \"1:0.0\"",
                "gpu 1: pci_bus_id = \"00000000:01:00.0\": want a different one for each GPU",
            ),
            ("[[gpu]]\nutilization_percent = 101", "utilization_percent = \"101\": want 0 to 100"),
            ("[[gpu]]\nname = \"\"", "name = \"\": want 1 to 95 characters"),
        ] {
            let error = Script::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}\n{error}");
        }
    }

    #[test]
    fn a_written_script_is_read_again() {
        let path = std::env::temp_dir().join(format!("fake-nvml-file-{}.toml", std::process::id()));
        let script = Script::default();
        script.write(&path).unwrap();
        assert_eq!(Script::read(&path).unwrap(), script);
        fs::write(&path, "init = 3").unwrap();
        let error = Script::read(&path).unwrap_err().to_string();
        assert!(error.contains("fake-nvml-file-") && error.contains("init = 3"), "{error}");
        fs::remove_file(&path).unwrap();
        let error = Script::read(&path).unwrap_err().to_string();
        assert!(error.contains("fake-nvml-file-"), "{error}");
    }
}
