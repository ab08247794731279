//! The GPUs, their faults, and their true energy.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use fake_nvml::{Gpu, Script};

/// A step of the counters, in milliseconds: the slowest that NVIDIA documents.
const COUNTER_STEP_MS: u32 = 100;

/// A fault of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GpuFault {
    /// Calls do not return.
    Hangs,
    /// A GPU that has fallen off the bus, as calls report.
    Lost,
    /// The driver lists it no longer.
    Unlisted,
}

/// One GPU. Its power is the same function of time throughout, so its true energy is known.
#[derive(Debug)]
pub struct Member {
    /// The model in the fake's script.
    pub model: &'static str,
    /// The power in the fake's script.
    power: &'static str,
    /// The most that it draws, in watts.
    pub most_watts: f64,
    /// The faults that it may have.
    pub faults: &'static [GpuFault],
    /// True where its driver is reloaded at times. Its power is steady then, so that a counter that restarts stays below
    /// its last value, which shows the reset.
    pub resets: bool,
    /// True where it has an energy counter.
    pub counter: bool,
}

const STEADY: Member = Member {
    model: "h100",
    power: "square 100 700 1s 25%",
    most_watts: 700.0,
    faults: &[],
    resets: false,
    counter: true,
};

/// All GPUs. One that is no longer listed shifts the indices of those behind it.
pub const FLEET: [Member; 8] = [
    STEADY,
    Member { power: "sine 400 250 7s", most_watts: 650.0, faults: &[GpuFault::Hangs], ..STEADY },
    Member {
        model: "a100",
        power: "sine 250 100 3s",
        most_watts: 350.0,
        faults: &[GpuFault::Lost],
        ..STEADY
    },
    Member { power: "trace 3s 50,280,120,700,60", faults: &[GpuFault::Unlisted], ..STEADY },
    Member {
        model: "h200",
        power: "square 150 650 4s 50%",
        most_watts: 650.0,
        faults: &[GpuFault::Hangs, GpuFault::Lost, GpuFault::Unlisted],
        ..STEADY
    },
    Member { model: "a100", power: "constant 350", most_watts: 350.0, resets: true, ..STEADY },
    Member { model: "p40", power: "constant 150", most_watts: 150.0, counter: false, ..STEADY },
    Member { model: "v100", power: "constant 250", most_watts: 250.0, ..STEADY },
];

impl Member {
    /// The largest step of its energy counter, in joules.
    #[must_use]
    pub fn step_joules(&self) -> f64 {
        self.most_watts * f64::from(COUNTER_STEP_MS) / 1e3
    }

    fn script(&self, place: usize, fault: Option<GpuFault>, resets: &[f64]) -> String {
        let more = match fault {
            Some(GpuFault::Hangs) => "hang_ms = 4000\n",
            Some(GpuFault::Lost) => "lost = true\n",
            Some(GpuFault::Unlisted) => return String::new(),
            None => "",
        };
        let (model, power, uuid) = (self.model, self.power, uuid(place));
        let bus = format!("00000000:{:02x}:00.0", 0x10 + place);
        format!(
            "[[gpu]]\nmodel = \"{model}\"\nuuid = \"{uuid}\"\npci_bus_id = \"{bus}\"\npower = \"{power}\"\n\
             counter_step_ms = {COUNTER_STEP_MS}\nresets = {resets:?}\n{more}"
        )
    }
}

/// The UUID of the member at a place.
#[must_use]
pub fn uuid(place: usize) -> String {
    format!("GPU-{place:08x}-5000-4000-8000-000000000000")
}

/// The present faults of the GPUs, and their resets so far.
#[derive(Debug, Clone, Default)]
pub struct Fleet {
    active: BTreeMap<usize, GpuFault>,
    resets: BTreeMap<usize, Vec<f64>>,
}

impl Fleet {
    /// Sets or ends the fault of a GPU.
    pub fn set_fault(&mut self, place: usize, fault: Option<GpuFault>) {
        match fault {
            Some(fault) => self.active.insert(place, fault),
            None => self.active.remove(&place),
        };
    }

    /// Reloads the driver of a GPU at a time, in seconds since the epoch.
    pub fn reset(&mut self, place: usize, at: f64) {
        self.resets.entry(place).or_default().push(at);
    }

    /// The times at which the driver of a GPU was reloaded, in seconds since the epoch.
    #[must_use]
    pub fn resets(&self, place: usize) -> &[f64] {
        self.resets.get(&place).map_or(&[], Vec::as_slice)
    }

    /// The script for the fake.
    #[must_use]
    pub fn script(&self) -> String {
        let all = FLEET.iter().enumerate();
        all.map(|(place, member)| {
            member.script(place, self.active.get(&place).copied(), self.resets(place))
        })
        .collect()
    }
}

/// The true energy of the GPU at a place between two times, in joules: the integral of its power, whatever its faults.
///
/// # Errors
///
/// When there is no such GPU.
pub fn truth(place: usize, from: f64, to: f64) -> Result<f64> {
    let member = FLEET.get(place).context("no such GPU")?;
    let script = Script::parse(&member.script(place, None, &[]))?;
    let gpu: &Gpu = script.gpus.first().context("no GPU")?;
    Ok(gpu.energy_joules_between(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_makes_a_valid_script() {
        let mut fleet = Fleet::default();
        assert_eq!(Script::parse(&fleet.script()).unwrap().gpus.len(), FLEET.len());
        fleet.set_fault(1, Some(GpuFault::Hangs));
        fleet.set_fault(2, Some(GpuFault::Lost));
        fleet.set_fault(3, Some(GpuFault::Unlisted));
        fleet.reset(5, 1_795_441_200.5);
        let script = Script::parse(&fleet.script()).unwrap();
        assert_eq!(script.gpus.len(), FLEET.len() - 1);
        assert_eq!(script.gpus[1].hang_ms, 4_000);
        assert!(script.gpus[2].lost);
        assert_eq!(script.gpus[3].uuid, uuid(4), "the next one moves up");
        assert_eq!(script.gpus[4].resets, [1_795_441_200.5]);
        (1..4).for_each(|place| fleet.set_fault(place, None));
        assert_eq!(Script::parse(&fleet.script()).unwrap().gpus.len(), FLEET.len());
    }

    #[test]
    fn no_gpu_draws_more_than_its_most_watts() {
        let script = Script::parse(&Fleet::default().script()).unwrap();
        for (gpu, member) in script.gpus.iter().zip(&FLEET) {
            let most = (0..84_000).map(|milli| gpu.power_watts_at(f64::from(milli) / 1e3));
            let most = most.fold(0.0, f64::max);
            assert!((most - member.most_watts).abs() < 0.1, "{}: {most} W", gpu.power);
        }
    }
}
