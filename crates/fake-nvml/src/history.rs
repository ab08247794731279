//! The power that a running library has reported: one waveform after another.

use crate::load::Draw;
use crate::power_source::PowerSource;
use crate::quantity::{Femtojoules, Microwatts};
use crate::time::UnixTime;

/// The waveforms of a GPU since the library was loaded. With them, the energy counter continues where a new script changes
/// the waveform.
#[derive(Clone, Debug)]
pub(crate) struct PowerHistory {
    past: Vec<Segment>,
    present: Segment,
}

/// A waveform that is in force from `start` on.
#[derive(Clone, Debug)]
struct Segment {
    start: UnixTime,
    /// The constant that makes the antiderivative of the whole history continuous.
    offset: Femtojoules,
    draw: Draw,
}

impl PowerHistory {
    /// A history of one waveform.
    pub(crate) fn new(draw: Draw) -> Self {
        let start = UnixTime::from_nanos(i64::MIN);
        Self { past: Vec::new(), present: Segment { start, offset: Femtojoules::ZERO, draw } }
    }

    /// The same history with another waveform from `start` on; unchanged if that is the present waveform.
    pub(crate) fn followed_by(&self, draw: Draw, start: UnixTime) -> Self {
        let mut next = self.clone();
        if draw != next.present.draw {
            let start = start.max(next.present.start);
            let offset = next.present.cumulative_energy(start) - draw.cumulative_energy(start);
            let present = Segment { start, offset, draw };
            next.past.push(std::mem::replace(&mut next.present, present));
        }
        next
    }

    fn segment_at(&self, time: UnixTime) -> &Segment {
        if time >= self.present.start {
            return &self.present;
        }
        let after = self.past.partition_point(|segment| segment.start <= time);
        after.checked_sub(1).and_then(|index| self.past.get(index)).unwrap_or(&self.present)
    }
}

impl Segment {
    fn cumulative_energy(&self, time: UnixTime) -> Femtojoules {
        self.draw.cumulative_energy(time) + self.offset
    }
}

impl PowerSource for PowerHistory {
    fn power_at(&self, time: UnixTime) -> Microwatts {
        self.segment_at(time).draw.power_at(time)
    }

    fn cumulative_energy(&self, time: UnixTime) -> Femtojoules {
        self.segment_at(time).cumulative_energy(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waveform::Waveform;

    fn joules(history: &PowerHistory, from: f64, to: f64) -> f64 {
        (history.cumulative_energy(UnixTime::from_seconds(to))
            - history.cumulative_energy(UnixTime::from_seconds(from)))
        .as_joules()
    }

    #[test]
    fn a_new_waveform_continues_where_the_old_one_ends() {
        let wave = |watts| Draw::from(Waveform::constant(watts).unwrap());
        let first = PowerHistory::new(wave(100.0));
        let second = first.followed_by(wave(500.0), UnixTime::from_seconds(1_000.0));
        let third = second.followed_by(wave(10.0), UnixTime::from_seconds(1_010.0));
        assert_eq!(joules(&third, 900.0, 1_000.0), 10_000.0);
        assert_eq!(joules(&third, 990.0, 1_005.0), 1_000.0 + 2_500.0);
        assert_eq!(joules(&third, 990.0, 1_020.0), 1_000.0 + 5_000.0 + 100.0);
        assert_eq!(third.power_at(UnixTime::from_seconds(1_009.0)).as_watts(), 500.0);
        assert_eq!(third.power_at(UnixTime::from_seconds(1_011.0)).as_watts(), 10.0);
        assert_eq!(third.followed_by(wave(10.0), UnixTime::from_seconds(1_015.0)).past.len(), 2);
    }
}
