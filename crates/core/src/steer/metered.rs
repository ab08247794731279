//! The energy of a steered job as meters counted it, in place of a declared power.

use alloc::vec::Vec;

use super::record::{Best, Emitted, Phase, Piece, Record};
use super::settings::Settings;
use crate::exposure::{CoverageError, Exposures};
use crate::job::Job;
use crate::schedule::{ExactError, Schedule};
use crate::time::{Interval, Span, Timestamp};
use crate::units::{Energy, Mass, Power};

/// The energy that one meter has counted by some times. Between two of them the power is taken as constant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EnergyCurve(Vec<(Timestamp, Energy)>);

impl EnergyCurve {
    /// Adds the energy that was counted by a time. One that is not after the last, or less energy than before, adds nothing.
    pub fn add(&mut self, at: Timestamp, energy: Energy) {
        if self.0.last().is_none_or(|&(last, before)| last < at && before <= energy) {
            self.0.push((at, energy));
        }
    }

    /// The times and the energies, in order.
    #[must_use]
    pub fn points(&self) -> &[(Timestamp, Energy)] {
        &self.0
    }

    /// The energy that was counted by a time: that of the first point before it, and that of the last after it.
    #[must_use]
    pub fn until(&self, at: Timestamp) -> Energy {
        let next = self.0.partition_point(|&(time, _)| time <= at);
        let before = next.checked_sub(1).and_then(|last| self.0.get(last));
        match (before, self.0.get(next)) {
            (Some(&(start, from)), Some(&(end, to))) => {
                let share = at.duration_since(start) / end.duration_since(start);
                from + to.saturating_sub(from) * share.unwrap_or_default()
            }
            (Some(&(_, energy)), None) | (None, Some(&(_, energy))) => energy,
            (None, None) => Energy::default(),
        }
    }
}

/// The energy of a job, as the sum of all its meters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeteredEnergy(Vec<EnergyCurve>);

/// A time of constant power.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    interval: Interval,
    energy: Energy,
}

impl FromIterator<EnergyCurve> for MeteredEnergy {
    fn from_iter<Curves: IntoIterator<Item = EnergyCurve>>(curves: Curves) -> MeteredEnergy {
        MeteredEnergy(curves.into_iter().collect())
    }
}

impl MeteredEnergy {
    /// The curve of each meter.
    #[must_use]
    pub fn curves(&self) -> &[EnergyCurve] {
        &self.0
    }

    /// The energy of an interval.
    #[must_use]
    pub fn over(&self, interval: Interval) -> Energy {
        let of = |curve: &EnergyCurve| {
            curve.until(interval.end()).saturating_sub(curve.until(interval.start()))
        };
        self.0.iter().map(of).sum()
    }

    /// The parts of an interval with constant power.
    fn stretches(&self, interval: Interval) -> Vec<Stretch> {
        let within = |at: &Timestamp| interval.start() < *at && *at < interval.end();
        let times = self.0.iter().flat_map(|curve| curve.0.iter().map(|&(at, _)| at));
        let mut bounds: Vec<Timestamp> = times.filter(within).collect();
        bounds.extend([interval.start(), interval.end()]);
        bounds.sort_unstable();
        bounds.dedup();
        let ends = bounds.iter().skip(1);
        let between = |(&start, &end): (&Timestamp, &Timestamp)| {
            let interval = Interval::new(start, end);
            Stretch { interval, energy: self.over(interval) }
        };
        bounds.iter().zip(ends).map(between).collect()
    }

    /// The emissions of an interval.
    fn emissions(
        &self,
        interval: Interval,
        exposures: &Exposures<'_>,
    ) -> Result<Mass, CoverageError> {
        self.stretches(interval).into_iter().try_fold(Mass::ZERO, |sum, stretch| {
            let exposure = exposures.over(stretch.interval)?;
            let mean = exposure.mean_over(stretch.interval.length()).unwrap_or_default();
            Ok(sum + stretch.energy * mean)
        })
    }
}

impl Record {
    /// The emissions of the job by its meters. The energy to save and restore the job at a pause is in that of its work and its
    /// pauses. Meters may count before the first start: those of a job that holds its devices while it waits.
    ///
    /// # Errors
    ///
    /// When the series does not cover the record.
    pub fn metered_emissions(
        &self,
        metered: &MeteredEnergy,
        exposures: &Exposures<'_>,
    ) -> Result<Emitted, CoverageError> {
        let mut emitted = Emitted::default();
        for &Piece { phase, interval } in self.pieces() {
            let mass = metered.emissions(interval, exposures)?;
            match phase {
                Phase::Waiting => emitted.waiting += mass,
                Phase::Working => emitted.working += mass,
                Phase::Restoring => emitted.restoring += mass,
                Phase::Paused | Phase::StoppedByUser => emitted.paused += mass,
            }
        }
        Ok(emitted)
    }

    /// The work of the job with its power over its own time, as its meters counted it; `None` where it has done none.
    #[must_use]
    pub fn metered_job(&self, metered: &MeteredEnergy) -> Option<Job> {
        let (mut profile, mut worked) = (Vec::new(), Span::ZERO);
        for piece in self.pieces().iter().filter(|piece| piece.phase == Phase::Working) {
            for Stretch { interval, energy } in metered.stretches(piece.interval) {
                profile.push((worked, energy.over(interval.length())?));
                worked = worked + interval.length();
            }
        }
        Job::of_profile(worked, profile).ok()
    }

    /// The emissions of the same work, had it been started at the beginning of the record and never been paused.
    ///
    /// # Errors
    ///
    /// When the series does not cover that time.
    pub fn metered_at_once(
        &self,
        metered: &MeteredEnergy,
        exposures: &Exposures<'_>,
    ) -> Result<Mass, CoverageError> {
        let (Some(first), Some(job)) = (self.pieces().first(), self.metered_job(metered)) else {
            return Ok(Mass::ZERO);
        };
        Schedule::unbroken(first.interval.start(), job.duration()).emissions(&job, exposures)
    }

    /// The least emissions of the same work, as [`Record::best`]: a pause has the power that was metered in this job's pauses, if
    /// there were any.
    ///
    /// # Errors
    ///
    /// When the series does not cover that time, or the search would take too long.
    pub fn metered_best(
        &self,
        metered: &MeteredEnergy,
        settings: &Settings,
        exposures: &Exposures<'_>,
    ) -> Result<Option<Best>, ExactError> {
        let Some(job) = self.metered_job(metered) else { return Ok(None) };
        let mut settings = settings.clone();
        if let Some(power) = self.metered_power(metered, Phase::Paused) {
            settings.pauses.paused_power = power;
        }
        self.best_of(&job, &settings, exposures)
    }

    /// The mean power of the job in a phase, as its meters counted it; `None` where it was never in that phase.
    #[must_use]
    pub fn metered_power(&self, metered: &MeteredEnergy, phase: Phase) -> Option<Power> {
        let of_phase = self.pieces().iter().filter(|piece| piece.phase == phase);
        let energy: Energy = of_phase.map(|piece| metered.over(piece.interval)).sum();
        energy.over(self.time_in(phase))
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use proptest::prelude::*;

    use super::*;
    use crate::series::Series;
    use crate::steer::{PauseLimits, Policy, Unknown};
    use crate::time::SLOT;
    use crate::units::Intensity;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::EPOCH + Span::from_seconds(seconds)
    }

    fn joules(joules: f64) -> Energy {
        Energy::from_joules(joules).unwrap()
    }

    fn curve(points: &[(u64, f64)]) -> EnergyCurve {
        let mut curve = EnergyCurve::default();
        points.iter().for_each(|&(seconds, energy)| curve.add(at(seconds), joules(energy)));
        curve
    }

    fn record(pieces: &[(Phase, u64, u64)]) -> Record {
        let piece = |&(phase, from, to): &(Phase, u64, u64)| Piece {
            phase,
            interval: Interval::new(at(from), at(to)),
        };
        pieces.iter().map(piece).collect()
    }

    fn series(values: &[f64]) -> Series {
        let points = (0..).zip(values).map(|(slot, &grams)| {
            let intensity = Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
            (at(slot * 300), intensity)
        });
        Series::with_step(points.collect(), SLOT).unwrap()
    }

    #[test]
    fn a_curve_is_straight_between_its_points_and_flat_outside() {
        let found = curve(&[(10, 100.0), (20, 300.0), (20, 400.0), (15, 500.0), (30, 200.0)]);
        assert_eq!(found.points().len(), 2, "neither an earlier time nor less energy");
        let until = |seconds| found.until(at(seconds)).as_joules();
        assert_eq!([5, 10, 15, 20, 99].map(until), [100.0, 100.0, 200.0, 300.0, 300.0]);
        assert_eq!(EnergyCurve::default().until(at(7)), Energy::default());
    }

    #[test]
    fn each_phase_has_the_energy_that_was_counted_in_it() {
        // 3.6 kJ a second and a third of that while paused: a kilowatt-hour in 1,000 s of work.
        let metered: MeteredEnergy =
            [curve(&[(0, 0.0), (300, 1.08e6), (600, 1.44e6), (900, 2.52e6)])].into_iter().collect();
        let record = record(&[
            (Phase::Working, 0, 300),
            (Phase::Paused, 300, 600),
            (Phase::Working, 600, 900),
        ]);
        let series = series(&[100.0, 1000.0, 200.0]);
        let exposures = Exposures::of(&series);
        let emitted = record.metered_emissions(&metered, &exposures).unwrap();
        assert!((emitted.working.as_grams() - 0.3 * 300.0).abs() < 1e-9, "{emitted:?}");
        assert!((emitted.paused.as_grams() - 0.1 * 1000.0).abs() < 1e-9, "{emitted:?}");
        assert_eq!(emitted.restoring + emitted.waiting, Mass::ZERO);
        let job = record.metered_job(&metered).unwrap();
        assert_eq!(job.constant_power().unwrap().as_watts(), 3600.0);
        let paused = record.metered_power(&metered, Phase::Paused).unwrap();
        assert_eq!(paused.as_watts(), 1200.0);
        assert_eq!(record.metered_power(&metered, Phase::Restoring), None);
        // At once it would have worked in the first two slots.
        let once = record.metered_at_once(&metered, &exposures).unwrap();
        assert!((once.as_grams() - 0.3 * 1100.0).abs() < 1e-9, "{once:?}");
    }

    #[test]
    fn a_job_that_has_not_worked_has_no_profile() {
        let waiting = record(&[(Phase::Waiting, 0, 300)]);
        let metered: MeteredEnergy = [curve(&[(0, 0.0), (300, 5.0)])].into_iter().collect();
        assert_eq!(waiting.metered_job(&metered), None);
        let series = series(&[100.0]);
        let exposures = Exposures::of(&series);
        let emitted = waiting.metered_emissions(&metered, &exposures).unwrap();
        assert!((emitted.total().as_grams() - 5.0 / 3.6e6 * 100.0).abs() < 1e-12);
        assert_eq!(waiting.metered_at_once(&metered, &exposures), Ok(Mass::ZERO));
    }

    proptest! {
        /// The phases add up to the whole, by energy and by emissions; and meters of constant power are as a declared power.
        #[test]
        fn phases_add_up_and_constant_power_is_as_if_it_were_declared(
            lengths in prop::collection::vec(1_u64..400, 1..8), watts in 1.0..2000.0_f64,
            values in prop::collection::vec(0.0..900.0_f64, 12), looks in prop::collection::vec(1_u64..600, 1..8),
        ) {
            let mut begin = 0;
            let phases = [Phase::Working, Phase::Paused];
            let mut pieces = vec![];
            for (phase, length) in phases.into_iter().cycle().zip(lengths) {
                pieces.push((phase, begin, begin + length));
                begin += length;
            }
            let record = record(&pieces);
            let mut points = vec![(0, 0.0)];
            for look in looks {
                let last = points.last().unwrap().0;
                points.push((last + look, (last + look) as f64 * watts));
            }
            points.push((5000, 5000.0 * watts));
            let whole = curve(&points);
            let metered: MeteredEnergy = [whole.clone(), whole].into_iter().collect();
            let energy = metered.over(Interval::new(at(0), at(begin))).as_joules();
            prop_assert!((energy - 2.0 * watts * begin as f64).abs() < 1e-6 * energy);
            let series = series(&values);
            let exposures = Exposures::of(&series);
            let emitted = record.metered_emissions(&metered, &exposures).unwrap();
            let power = Power::from_watts(2.0 * watts).unwrap();
            let settings = Settings {
                policy: Policy::Plan,
                promise: None,
                power,
                pauses: PauseLimits { paused_power: power, ..Default::default() },
                unknown: Unknown::Run,
                lateness: Settings::LATENESS,
            };
            let declared = record.emitted(&settings, &exposures).unwrap();
            let near = |a: Mass, b: Mass| (a.as_grams() - b.as_grams()).abs() <= 1e-6 * b.as_grams().max(1e-9);
            prop_assert!(near(emitted.working, declared.working), "{emitted:?} {declared:?}");
            prop_assert!(near(emitted.paused, declared.paused), "{emitted:?} {declared:?}");
            let at_once = record.metered_at_once(&metered, &exposures).unwrap();
            prop_assert!(near(at_once, record.at_once(&settings, &exposures).unwrap()));
        }
    }
}
