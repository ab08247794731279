//! The GPUs, their meters, and their true energy.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use fake_nvml::Script;

/// The time between two steps of a counter, in milliseconds: the slowest that NVIDIA documents.
const COUNTER_STEP_MS: u32 = 100;

/// The meter by which a GPU's energy is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meter {
    /// The counter: right within one of its steps.
    Counter,
    /// The integral of its power, which is constant.
    Integral,
    /// None: its energy is unknown.
    None,
}

/// One GPU.
#[derive(Debug)]
pub(super) struct Member {
    /// The fault in words.
    pub(super) what: &'static str,
    /// The model in the fake's script.
    model: &'static str,
    /// The power in the fake's script.
    power: &'static str,
    /// The power whose integral is to be counted.
    counted: &'static str,
    /// The greatest power that is to be counted, in watts.
    pub(super) most_watts: f64,
    /// Further lines of the fake's script.
    lines: &'static str,
    pub(super) meter: Meter,
    /// True if it has the same UUID as another GPU.
    is_twin: bool,
}

const H100: Member = Member {
    what: "none",
    model: "h100",
    power: "constant 300",
    counted: "constant 300",
    most_watts: 300.0,
    lines: "",
    meter: Meter::Counter,
    is_twin: false,
};

/// The place of the GPU whose counter calls fail at times.
pub(super) const FAILING: usize = 7;
/// The place of the GPU that is lost at times, and then answers only to a new session of the driver.
pub(super) const LOST: usize = 8;
/// The place of the GPU whose calls do not return at times.
pub(super) const HANGING: usize = 13;
/// The place of the GPU whose counter stops.
pub(super) const STOPPING: usize = 14;

/// All GPUs.
pub(super) const FLEET: [Member; 16] = [
    Member {
        power: "square 100 700 1s 25%",
        counted: "square 100 700 1s 25%",
        most_watts: 700.0,
        ..H100
    },
    Member {
        what: "power of 4 GW",
        power: "sine 400 250 7s",
        counted: "sine 400 250 7s",
        most_watts: 650.0,
        lines: "bad_power = { one_in = 100, milliwatts = 4294967295 }\n",
        ..H100
    },
    Member {
        what: "no counter, power of 4 GW",
        model: "p40",
        lines: "bad_power = { one_in = 100, milliwatts = 4294967295 }\n",
        meter: Meter::Integral,
        ..H100
    },
    Member { what: "dead", lines: "counter_factor = 0.0\n", meter: Meter::Integral, ..H100 },
    Member { what: "x1000", lines: "counter_factor = 1000.0\n", meter: Meter::Integral, ..H100 },
    Member { what: "/1000", lines: "counter_factor = 0.001\n", meter: Meter::Integral, ..H100 },
    Member {
        what: "a module's",
        model: "gh200",
        counted: "constant 900",
        most_watts: 900.0,
        lines: "module_power = \"constant 900\"\ncounter_scope = \"module\"\n",
        ..H100
    },
    Member { what: "fails", model: "a100", ..H100 },
    Member { what: "lost", model: "a100", ..H100 },
    Member {
        what: "twin",
        power: "square 80 400 3s 50%",
        counted: "square 80 400 3s 50%",
        most_watts: 400.0,
        is_twin: true,
        ..H100
    },
    Member { what: "twin", is_twin: true, ..H100 },
    Member { what: "no meter", model: "vgpu", meter: Meter::None, ..H100 },
    Member {
        what: "single wrong values",
        lines: "bad_counter = { one_in = 200, millijoules = 0 }\n",
        ..H100
    },
    Member { what: "hangs", model: "h200", ..H100 },
    Member { what: "stops", meter: Meter::Integral, ..H100 },
    Member { model: "v100", ..H100 },
];

impl Member {
    /// The largest step of its energy counter, in joules.
    pub(super) fn step_joules(&self) -> f64 {
        self.most_watts * f64::from(COUNTER_STEP_MS) / 1e3
    }

    /// The true energy between two times, in joules: the integral of the power that is to be counted.
    ///
    /// # Errors
    ///
    /// When its script is invalid.
    pub(super) fn truth(&self, from: f64, to: f64) -> Result<f64> {
        let script = Script::parse(&format!("[[gpu]]\npower = \"{}\"\n", self.counted))?;
        Ok(script.gpus.first().context("no GPU")?.energy_joules_between(from, to))
    }

    fn script(&self, place: usize) -> String {
        let (model, power, lines) = (self.model, self.power, self.lines);
        let (uuid, bus) = (self.uuid(place), bus(place));
        format!(
            "[[gpu]]\nmodel = \"{model}\"\nuuid = \"{uuid}\"\npci_bus_id = \"{bus}\"\npower = \"{power}\"\n\
             counter_step_ms = {COUNTER_STEP_MS}\n{lines}"
        )
    }

    fn uuid(&self, place: usize) -> String {
        let number = if self.is_twin { 0 } else { place + 1 };
        format!("GPU-{number:08x}-0000-0000-0000-000000000000")
    }

    /// The UUID in the metrics of the member at a place: with the PCI address where another GPU has the same.
    pub(super) fn published_uuid(&self, place: usize) -> String {
        let uuid = self.uuid(place);
        if self.is_twin { format!("{uuid}@{}", bus(place)) } else { uuid }
    }
}

fn bus(place: usize) -> String {
    format!("00000000:{:02X}:00.0", 0x10 + place)
}

/// A fault of the driver, beside those of the GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DriverFault {
    /// Sessions do not end.
    ShutdownHangs,
    /// New sessions are refused, since the driver was upgraded under the running process (code 18).
    VersionMismatch,
    /// New sessions are refused, since the devices of a container were revoked (code 999).
    Revoked,
    /// New sessions do not begin.
    InitHangs,
    /// The GPUs cannot be counted.
    CountFails,
    /// The count of the GPUs does not return.
    CountHangs,
    /// The driver is unloaded, and sessions from before do not work afterwards.
    Unloaded,
}

impl DriverFault {
    const fn line(self) -> &'static str {
        match self {
            DriverFault::ShutdownHangs => "shutdown_hang_ms = 600000\n",
            DriverFault::VersionMismatch => "refuse_init = \"lib_rm_version_mismatch\"\n",
            DriverFault::Revoked => "refuse_init = \"unknown\"\n",
            DriverFault::InitHangs => "init_hang_ms = 600000\n",
            DriverFault::CountFails => "refuse_count = \"unknown\"\n",
            DriverFault::CountHangs => "count_hang_ms = 600000\n",
            DriverFault::Unloaded => "init = \"driver_not_loaded\"\n",
        }
    }
}

/// The present faults of the driver and the GPUs.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    pub(super) driver: Option<DriverFault>,
    /// Further lines of the GPUs at places.
    faults: BTreeMap<usize, String>,
}

impl Fleet {
    /// Sets further lines of a GPU, or removes them.
    pub(super) fn set(&mut self, place: usize, lines: Option<String>) {
        match lines {
            Some(lines) => self.faults.insert(place, lines),
            None => self.faults.remove(&place),
        };
    }

    /// The script for the fake.
    pub(super) fn script(&self) -> String {
        let driver = self.driver.map_or("", DriverFault::line).to_owned();
        let gpus = FLEET.iter().enumerate().map(|(place, member)| {
            member.script(place) + self.faults.get(&place).map_or("", String::as_str)
        });
        gpus.fold(driver, |script, gpu| script + &gpu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_makes_a_valid_script() {
        use DriverFault as Fault;
        let faults = [
            Fault::ShutdownHangs,
            Fault::VersionMismatch,
            Fault::Revoked,
            Fault::InitHangs,
            Fault::CountFails,
            Fault::CountHangs,
            Fault::Unloaded,
        ];
        for driver in [None].into_iter().chain(faults.map(Some)) {
            let mut fleet = Fleet { driver, ..Fleet::default() };
            fleet.set(HANGING, Some("hang_ms = 4000\n".to_owned()));
            let script = Script::parse(&fleet.script()).unwrap();
            assert_eq!((script.gpus.len(), script.gpus[HANGING].hang_ms), (FLEET.len(), 4000));
            fleet.set(HANGING, None);
            assert_eq!(Script::parse(&fleet.script()).unwrap().gpus[HANGING].hang_ms, 0);
        }
    }

    #[test]
    fn only_twins_share_a_uuid_and_no_gpu_draws_more_than_its_most_watts() {
        let script = Script::parse(&Fleet::default().script()).unwrap();
        let uuids: std::collections::BTreeSet<_> =
            script.gpus.iter().map(|gpu| &gpu.uuid).collect();
        assert_eq!(uuids.len(), FLEET.len() - 1);
        for member in &FLEET {
            let second = |at: u32| member.truth(f64::from(at), f64::from(at + 1)).unwrap();
            let most = (0..84).map(second).fold(0.0, f64::max);
            assert!(most <= member.most_watts + 0.1, "{}: {most} J in a second", member.what);
        }
    }
}
