//! The power of a GPU as a sum: a waveform, and more for what its processes do.

use crate::power_source::PowerSource;
use crate::quantity::{Femtojoules, Microwatts};
use crate::time::UnixTime;
use crate::waveform::Waveform;

/// The power of a GPU: that of its waveform, and of its processes above it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draw {
    base: Waveform,
    loads: Vec<Load>,
}

/// The power of a process, as long as it runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Load {
    /// The utilization of the SMs in percent, as if it were watts.
    percent: Waveform,
    /// The number of watts for each percent.
    watts_per_percent: f64,
    from: UnixTime,
    until: UnixTime,
}

impl Draw {
    /// The sum of a waveform and of loads.
    pub(crate) fn new(base: Waveform, loads: Vec<Load>) -> Self {
        Self { base, loads }
    }
}

impl From<Waveform> for Draw {
    fn from(base: Waveform) -> Self {
        Self::new(base, Vec::new())
    }
}

impl Load {
    /// The power of a process between two times.
    pub(crate) fn new(
        percent: Waveform,
        watts_per_percent: f64,
        from: UnixTime,
        until: UnixTime,
    ) -> Self {
        Self { percent, watts_per_percent, from, until: until.max(from) }
    }
}

impl PowerSource for Draw {
    fn power_at(&self, time: UnixTime) -> Microwatts {
        let loads = self.loads.iter().map(|load| load.power_at(time));
        loads.fold(self.base.power_at(time), Microwatts::plus)
    }

    fn cumulative_energy(&self, time: UnixTime) -> Femtojoules {
        let loads = self.loads.iter().map(|load| load.cumulative_energy(time));
        loads.fold(self.base.cumulative_energy(time), |sum, energy| sum + energy)
    }
}

impl PowerSource for Load {
    fn power_at(&self, time: UnixTime) -> Microwatts {
        let runs = self.from <= time && time < self.until;
        let percent = if runs { self.percent.power_at(time).as_watts() } else { 0.0 };
        Microwatts::from_float(percent * self.watts_per_percent * 1e6)
    }

    fn cumulative_energy(&self, time: UnixTime) -> Femtojoules {
        let percent = self.percent.cumulative_energy(time.clamp(self.from, self.until))
            - self.percent.cumulative_energy(self.from);
        percent.scaled(self.watts_per_percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_adds_to_the_power_as_long_as_it_runs() {
        let load = |from, until| {
            let percent = "square 0 80 2s 50%".parse().unwrap();
            let [from, until] = [from, until].map(UnixTime::from_seconds);
            Load::new(percent, 5.0, from, until)
        };
        let base = Waveform::constant(100.0).unwrap();
        let draw = Draw::new(base, vec![load(1_000.5, 1_003.0), load(1_002.0, 9_000.0)]);
        let watts = |at| draw.power_at(UnixTime::from_seconds(at)).as_watts();
        assert_eq!(
            [1_000.0, 1_000.5, 1_001.5, 1_002.5, 1_003.5].map(watts),
            [100.0, 500.0, 100.0, 900.0, 100.0]
        );
        let until = |at| draw.cumulative_energy(UnixTime::from_seconds(at));
        let joules = |from, to| (until(to) - until(from)).as_joules();
        assert_eq!(joules(1_000.0, 1_001.0), 100.0 + 200.0);
        assert_eq!(joules(1_001.0, 1_003.0), 200.0 + 800.0);
        assert_eq!(joules(1_003.0, 1_005.0), 200.0 + 400.0);
    }
}
