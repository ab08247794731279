//! The power of a GPU without work, learnt from minutes in which no workload held it.

use gpu_carbon_core::{Energy, Flow, Power, Span};

/// The least time without a holder whose mean power is learnt.
const QUIET: Span = Span::from_seconds(60);

/// The power of a GPU without work: the lowest mean of a minute in which no workload held it.
#[derive(Debug, Default)]
pub(super) struct IdlePower {
    lowest: Option<Power>,
    quiet: Quiet,
}

/// A time without a holder.
#[derive(Debug, Default)]
struct Quiet {
    energy: Energy,
    length: Span,
}

impl IdlePower {
    /// Records the energy of a time in which no workload held the GPU, or in which one may have.
    pub(super) fn record(&mut self, flow: Flow, is_quiet: bool) {
        if !is_quiet {
            self.quiet = Quiet::default();
            return;
        }
        let Quiet { energy, length } = &mut self.quiet;
        *energy += flow.energy;
        *length = *length + flow.interval.length();
        if *length >= QUIET {
            let mean = energy.over(*length);
            let is_lower = |mean: &Power| self.lowest.is_none_or(|lowest| *mean < lowest);
            self.lowest = mean.filter(is_lower).or(self.lowest);
            self.quiet = Quiet::default();
        }
    }

    /// The power; zero as long as it is not known, so that all energy is divided by use.
    pub(super) fn power(&self) -> Power {
        self.lowest.unwrap_or(Power::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use gpu_carbon_core::{Interval, Timestamp};

    use super::*;

    fn record(idle: &mut IdlePower, seconds: i64, watts: f64, is_quiet: bool) {
        let interval = Interval::new(Timestamp::EPOCH, Timestamp::from_unix_seconds(seconds));
        let energy = Power::from_watts(watts).unwrap() * interval.length();
        idle.record(Flow { interval, energy }, is_quiet);
    }

    #[test]
    fn the_lowest_quiet_minute_counts() {
        let mut idle = IdlePower::default();
        record(&mut idle, 59, 70.0, true);
        record(&mut idle, 1, 300.0, false);
        record(&mut idle, 59, 70.0, true);
        assert_eq!(idle.power(), Power::ZERO, "no quiet minute yet");
        record(&mut idle, 1, 130.0, true);
        assert_eq!(idle.power().as_watts(), 71.0);
        record(&mut idle, 600, 90.0, true); // not cooled down yet
        assert_eq!(idle.power().as_watts(), 71.0);
        record(&mut idle, 60, 68.0, true);
        assert_eq!(idle.power().as_watts(), 68.0);
    }
}
