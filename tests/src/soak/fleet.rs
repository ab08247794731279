//! The GPUs, what each of them suffers, and what each of them truly uses.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use fake_nvml::{Gpu, Script};

/// A step of the counters, in milliseconds: the slowest that NVIDIA documents.
const COUNTER_STEP_MS: u32 = 100;

/// What a GPU suffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Calls do not return.
    Hangs,
    /// It has fallen off the bus: calls answer so.
    IsLost,
    /// The driver does not list it any more.
    Leaves,
}

/// One GPU. Its power is the same function of time throughout, so that what it uses is known.
#[derive(Debug)]
pub struct Member {
    /// Its model, as the fake's script names it.
    pub model: &'static str,
    /// Its power, as the fake's script writes it.
    power: &'static str,
    /// The most that it draws, in watts.
    pub most_watts: f64,
    /// What may befall it.
    pub troubles: &'static [Trouble],
    /// Whether its driver is loaded anew at times. Its power is steady then: a counter that begins anew
    /// stays below what it showed before, and so shows that it did.
    pub resets: bool,
    /// Whether it has an energy counter.
    pub counter: bool,
}

const STEADY: Member = Member {
    model: "h100",
    power: "square 100 700 1s 25%",
    most_watts: 700.0,
    troubles: &[],
    resets: false,
    counter: true,
};

/// All of them. Those that leave the list shift the places of those behind them.
pub const FLEET: [Member; 8] = [
    STEADY,
    Member { power: "sine 400 250 7s", most_watts: 650.0, troubles: &[Trouble::Hangs], ..STEADY },
    Member {
        model: "a100",
        power: "sine 250 100 3s",
        most_watts: 350.0,
        troubles: &[Trouble::IsLost],
        ..STEADY
    },
    Member { power: "trace 3s 50,280,120,700,60", troubles: &[Trouble::Leaves], ..STEADY },
    Member {
        model: "h200",
        power: "square 150 650 4s 50%",
        most_watts: 650.0,
        troubles: &[Trouble::Hangs, Trouble::IsLost, Trouble::Leaves],
        ..STEADY
    },
    Member { model: "a100", power: "constant 350", most_watts: 350.0, resets: true, ..STEADY },
    Member { model: "p40", power: "constant 150", most_watts: 150.0, counter: false, ..STEADY },
    Member { model: "v100", power: "constant 250", most_watts: 250.0, ..STEADY },
];

impl Member {
    /// What the energy counter grows by in one step, at most, in joules.
    #[must_use]
    pub fn step_joules(&self) -> f64 {
        self.most_watts * f64::from(COUNTER_STEP_MS) / 1e3
    }

    fn script(&self, place: usize, trouble: Option<Trouble>, resets: &[f64]) -> String {
        let more = match trouble {
            Some(Trouble::Hangs) => "hang_ms = 4000\n",
            Some(Trouble::IsLost) => "lost = true\n",
            Some(Trouble::Leaves) => return String::new(),
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

/// What has befallen whom.
#[derive(Debug, Clone, Default)]
pub struct Fleet {
    struck: BTreeMap<usize, Trouble>,
    resets: BTreeMap<usize, Vec<f64>>,
}

impl Fleet {
    /// Something befalls a GPU, or ends.
    pub fn strike(&mut self, place: usize, trouble: Option<Trouble>) {
        match trouble {
            Some(trouble) => self.struck.insert(place, trouble),
            None => self.struck.remove(&place),
        };
    }

    /// The driver of a GPU is loaded anew at a moment, in seconds since the epoch.
    pub fn reset(&mut self, place: usize, at: f64) {
        self.resets.entry(place).or_default().push(at);
    }

    /// When the driver of a GPU was loaded anew.
    #[must_use]
    pub fn resets(&self, place: usize) -> &[f64] {
        self.resets.get(&place).map_or(&[], Vec::as_slice)
    }

    /// As the fake reads it.
    #[must_use]
    pub fn script(&self) -> String {
        let all = FLEET.iter().enumerate();
        all.map(|(place, member)| {
            member.script(place, self.struck.get(&place).copied(), self.resets(place))
        })
        .collect()
    }
}

/// What the GPU at a place used between two moments, in joules: the integral of its power, whatever befell it.
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
    fn whatever_befalls_them_is_a_script() {
        let mut fleet = Fleet::default();
        assert_eq!(Script::parse(&fleet.script()).unwrap().gpus.len(), FLEET.len());
        fleet.strike(1, Some(Trouble::Hangs));
        fleet.strike(2, Some(Trouble::IsLost));
        fleet.strike(3, Some(Trouble::Leaves));
        fleet.reset(5, 1_795_441_200.5);
        let script = Script::parse(&fleet.script()).unwrap();
        assert_eq!(script.gpus.len(), FLEET.len() - 1);
        assert_eq!(script.gpus[1].hang_ms, 4_000);
        assert!(script.gpus[2].lost);
        assert_eq!(script.gpus[3].uuid, uuid(4), "the next one moves up");
        assert_eq!(script.gpus[4].resets, [1_795_441_200.5]);
        (1..4).for_each(|place| fleet.strike(place, None));
        assert_eq!(Script::parse(&fleet.script()).unwrap().gpus.len(), FLEET.len());
    }

    #[test]
    fn no_gpu_draws_more_than_is_said_of_it() {
        let script = Script::parse(&Fleet::default().script()).unwrap();
        for (gpu, member) in script.gpus.iter().zip(&FLEET) {
            let most = (0..84_000).map(|milli| gpu.power_watts_at(f64::from(milli) / 1e3));
            let most = most.fold(0.0, f64::max);
            assert!((most - member.most_watts).abs() < 0.1, "{}: {most} W", gpu.power);
        }
    }
}
