//! A folder that looks like sysfs.

use std::fs;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_host::{Choice, Meters, Moment, Outcome};
use tempfile::TempDir;

/// The range that most servers have.
pub(crate) const RANGE: u64 = 262_143_328_850;

/// The choice of every interface but psys.
pub(crate) const USUAL: Choice = Choice { rapl: true, psys: false, hwmon: true };

/// A folder that looks like sysfs.
pub(crate) struct Tree(TempDir);

impl Tree {
    pub(crate) fn new() -> Tree {
        Tree(tempfile::tempdir().unwrap())
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file under `class`, with the folders that contain it.
    pub(crate) fn write(&self, path: &str, text: &str) -> &Tree {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join("class").join(path)
    }

    /// Adds a zone of RAPL, such as `intel-rapl:0`.
    pub(crate) fn zone(&self, folder: &str, name: &str, microjoules: u64) -> &Tree {
        self.write(&format!("powercap/{folder}/name"), &format!("{name}\n"));
        self.write(&format!("powercap/{folder}/max_energy_range_uj"), &format!("{RANGE}\n"));
        self.count(folder, microjoules)
    }

    /// Sets the counter of a zone.
    pub(crate) fn count(&self, folder: &str, microjoules: u64) -> &Tree {
        self.write(&format!("powercap/{folder}/energy_uj"), &format!("{microjoules}\n"))
    }

    /// Adds a power meter, such as `hwmon1`.
    pub(crate) fn power_meter(&self, folder: &str, oem_info: &str, microwatts: u64) -> &Tree {
        self.write(&format!("hwmon/{folder}/name"), "power_meter\n");
        self.write(&format!("hwmon/{folder}/power1_oem_info"), oem_info);
        self.write(&format!("hwmon/{folder}/power1_average"), &format!("{microwatts}\n"))
    }

    pub(crate) fn find(&self, choice: Choice) -> Meters {
        Meters::find(self.root(), choice)
    }
}

/// The time at so many milliseconds after boot.
pub(crate) fn moment(millis: u64) -> Moment {
    let uptime = Span::from_micros(millis * 1000);
    Moment { at: Timestamp::from_unix_seconds(1_800_000_000) + uptime, uptime }
}

/// The component, the name and the file of each meter, and the names of those that are refused with the reason.
pub(crate) fn names(meters: &Meters) -> (Vec<String>, Vec<String>) {
    let used = meters.meters().iter();
    let used = used.map(|it| format!("{} = {}", it.component.name(), it.title()));
    let refused = meters.refused().iter().map(|it| format!("{}: {}", it.meter, it.reason));
    (used.collect(), refused.collect())
}

/// The joules of an outcome.
pub(crate) fn joules(outcome: &Outcome) -> f64 {
    match outcome {
        Outcome::Read(reading) => reading.flows.iter().map(|flow| flow.energy.as_joules()).sum(),
        _ => 0.0,
    }
}
