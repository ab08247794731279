//! The fit of the predictor's weights, and of the persistence of its errors, to a series' own past.

use alloc::vec::Vec;

use super::history::{DAYS, FORTNIGHT, History, mean};
use super::policy::SLOTS_PER_DAY;
use super::predict::{
    Departures, HorizonWeights, Known, PLAIN, Recent, Table, departures_of, known, recent, weighted,
};

/// The slots of the past that are used: half a year.
const REACH: usize = 180 * SLOTS_PER_DAY;

/// The distance between two times that are learned from, in slots: 65 minutes, so that every time of day occurs.
const STRIDE: usize = 13;

/// The weight of the general weights, as a number of times with departures of the usual size.
const PRIOR: f64 = 500.0;

/// The factor by which the fitted weights must reduce the squared errors of the general ones, up to [`EARLY_HORIZON`]:
/// otherwise the general ones are used. On SGIP's and WattTime's series of five minutes they reduce them by three
/// hundredths at most, and save no more; on hourly averages of 2022 (Electricity Maps) by a fifth to a half, and by
/// about a tenth in the south of Norway.
const WORTH: f64 = 0.9;

/// Six hours. The persistence is fitted to the part of an error at this horizon that is left at [`LATE_HORIZON`].
const EARLY_HORIZON: usize = 72;
/// Eight hours.
const LATE_HORIZON: usize = 96;

/// The result of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fit {
    /// The weights of predictions without a forecast.
    pub(super) weights: Table,
    /// The part of a prediction error that is left one slot later.
    pub(super) persistence: f64,
}

/// Fits the weights, starting with the general weights and this persistence, and returns those if the fit is not
/// clearly better. A past of up to a fortnight changes nothing.
pub(super) fn fit(past: &[f64], persistence: f64) -> Fit {
    let past = past.get(past.len().saturating_sub(REACH + FORTNIGHT)..).unwrap_or(past);
    let lessons = Lessons::of(past);
    let prior = PRIOR * mean(lessons.departures.iter().map(|by| by * by));
    let untaught = Fit { weights: PLAIN, persistence };
    if prior <= 0.0 {
        return untaught;
    }
    let mut learned = PLAIN.map(|row| Learner::new(row.weights, prior));
    let (mut early, mut late): (Vec<_>, Vec<_>) = learned
        .iter_mut()
        .zip(&PLAIN)
        .partition(|(_, HorizonWeights { horizon, .. })| *horizon <= EARLY_HORIZON);
    // The squared errors of the general weights and of the fitted ones, each before it was learned from.
    let (mut general, mut own) = (0.0, 0.0);
    let mut last_errors = Vec::new();
    for (slot, recent) in lessons.times() {
        for (learner, HorizonWeights { horizon, weights }) in &mut early {
            let Some(lesson) = lessons.at(slot, *horizon, recent) else { break };
            let by_general = lesson.departure - weighted(weights, &lesson.known);
            general += by_general * by_general;
            let error = learner.learn(&lesson.known, lesson.departure);
            own += error * error;
            if *horizon == EARLY_HORIZON {
                last_errors.push(error);
            }
        }
    }
    if own >= WORTH * general {
        return untaught; // whatever the later horizons would teach
    }
    let (mut same, mut left) = (prior, prior * power(persistence, LATE_HORIZON - EARLY_HORIZON));
    for ((slot, recent), early) in lessons.times().zip(last_errors) {
        for (learner, HorizonWeights { horizon, .. }) in &mut late {
            let Some(lesson) = lessons.at(slot, *horizon, recent) else { break };
            let error = learner.learn(&lesson.known, lesson.departure);
            if *horizon == LATE_HORIZON {
                same += early * early;
                left += early * error;
            }
        }
    }
    let mut table = PLAIN;
    table.iter_mut().zip(learned).for_each(|(row, learner)| row.weights = learner.weights);
    Fit { weights: table, persistence: root(left / same, LATE_HORIZON - EARLY_HORIZON) }
}

/// The past that is learned from.
struct Lessons<'a> {
    history: History<'a>,
    /// The usual intensity of each slot, known a slot before, and the departures from it, the latest first.
    usual: Vec<f64>,
    departures: Vec<f64>,
}

/// The departures at a slot, and the departure that followed after some slots.
struct Lesson {
    known: Departures,
    departure: f64,
}

impl<'a> Lessons<'a> {
    fn of(past: &'a [f64]) -> Lessons<'a> {
        let history = History::of(past);
        let usual = history.usual_of_all();
        let departures =
            past.iter().zip(&usual).rev().map(|(value, usual)| value - usual).collect();
        Lessons { history, usual, departures }
    }

    /// The slots that are learned from, with the departures before them.
    fn times(&self) -> impl Iterator<Item = (usize, Recent)> {
        let slots = self.history.len();
        (DAYS * SLOTS_PER_DAY..slots)
            .step_by(STRIDE)
            .map(move |slot| (slot, recent(self.departures.get(slots - 1 - slot..).unwrap_or(&[]))))
    }

    /// The lesson of a slot after some others; `None` if that is not known.
    fn at(&self, slot: usize, ahead: usize, recent: Recent) -> Option<Lesson> {
        let value = self.history.value(slot + ahead)?;
        // Up to a day ahead the usual intensity is the one that is known a slot before.
        let Known { usual, departures } = match self.usual.get(slot + ahead) {
            Some(&usual) if ahead <= SLOTS_PER_DAY => {
                let latest = self.history.latest(slot, ahead);
                Known { usual, departures: departures_of(usual, latest, recent, 0.0) }
            }
            _ => known(&self.history, slot, ahead, recent, 0.0),
        };
        Some(Lesson { known: departures, departure: value - usual })
    }
}

/// Recursive least squares: the ridge regression on all that was learned, towards the first weights.
#[derive(Debug, Clone, Copy)]
struct Learner {
    weights: Departures,
    /// The inverse of the sum of squares of the departures.
    inverse: [Departures; 6],
}

impl Learner {
    /// A learner whose first weights count as much as departures with this sum of squares each.
    fn new(weights: Departures, squares: f64) -> Learner {
        let mut inverse = [[0.0; 6]; 6];
        for (index, row) in inverse.iter_mut().enumerate() {
            row.iter_mut().skip(index).take(1).for_each(|cell| *cell = 1.0 / squares);
        }
        Learner { weights, inverse }
    }

    /// Learns from departures and the departure that followed, and returns the error of the prediction before it.
    fn learn(&mut self, known: &Departures, departs: f64) -> f64 {
        let error = departs - weighted(&self.weights, known);
        let gain = self.inverse.map(|row| weighted(&row, known));
        let scale = 1.0 + weighted(&gain, known);
        for (row, by) in self.inverse.iter_mut().zip(gain) {
            row.iter_mut().zip(gain).for_each(|(cell, other)| *cell -= by * other / scale);
        }
        self.weights.iter_mut().zip(gain).for_each(|(weight, by)| *weight += by * error / scale);
        error
    }
}

/// A number to the power of a count.
fn power(number: f64, count: usize) -> f64 {
    (0..count).fold(1.0, |power, _| power * number)
}

/// The number from zero to one whose power is this, or the nearest to it.
fn root(of: f64, count: usize) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        *(if power(middle, count) < of { &mut low } else { &mut high }) = middle;
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::online::predict::predict_by;
    use crate::online::tests::wavering;
    use proptest::prelude::*;
    use std::vec;

    #[test]
    fn a_fortnight_or_a_flat_past_changes_no_weights() {
        let general = Fit { weights: PLAIN, persistence: 0.9 };
        for past in [vec![], wavering(0.99, 14), vec![0.0; 30 * SLOTS_PER_DAY]] {
            let found = fit(&past, 0.9);
            assert_eq!(found.weights, general.weights, "{}", past.len());
            assert!((found.persistence - 0.9).abs() < 1e-9, "{found:?}");
        }
    }

    #[test]
    fn persistent_departures_are_predicted_to_persist() {
        let values = wavering(0.999, 150);
        let learned = fit(&values[..100 * SLOTS_PER_DAY], 0.943_874);
        assert!(learned.persistence > 0.97, "{}", learned.persistence);
        // Over fifty days that were not learned from, at horizons of one to six hours.
        let squares = |weights| -> f64 {
            (100..149)
                .map(|day| day * SLOTS_PER_DAY)
                .flat_map(|now| {
                    let predicted = predict_by(weights, &values[..=now], &[], 72);
                    [12, 36, 72].map(|ahead| predicted[ahead - 1] - values[now + ahead])
                })
                .map(|error| error * error)
                .sum()
        };
        let (general, own) = (squares(&PLAIN), squares(&learned.weights));
        assert!(own < 0.8 * general, "{own}, {general}");
    }

    #[test]
    fn a_small_improvement_changes_no_weights() {
        let general = Fit { weights: PLAIN, persistence: 0.9 };
        assert_eq!(fit(&wavering(0.95, 100), 0.9), general);
        assert_ne!(fit(&wavering(0.99, 100), 0.9), general);
    }

    #[test]
    fn a_root_inverts_a_power() {
        for number in [0.0, 0.3, 0.943_874, 1.0] {
            assert!((root(power(number, 24), 24) - number).abs() < 1e-9, "{number}");
        }
        assert_eq!(root(-0.2, 24), 0.0);
    }

    proptest! {
        /// The gradient of the ridge regression is zero at the minimum: the distance of the weights from the first
        /// ones, times the prior, balances the unexplained rest.
        #[test]
        fn the_weights_are_those_of_the_ridge_regression(
            before in prop::array::uniform6(-1.0..1.0_f64), prior in 0.1..100.0_f64,
            seen in prop::collection::vec((prop::array::uniform6(-10.0..10.0_f64), -50.0..50.0_f64), 0..60),
        ) {
            let mut learner = Learner::new(before, prior);
            for (known, departs) in &seen {
                let expected = departs - weighted(&learner.weights, known);
                prop_assert_eq!(learner.learn(known, *departs), expected);
            }
            for (index, weight) in learner.weights.iter().enumerate() {
                let unexplained: f64 = seen
                    .iter()
                    .map(|(known, departs)| known[index] * (departs - weighted(&learner.weights, known)))
                    .sum();
                let gradient = prior * (weight - before[index]) - unexplained;
                prop_assert!(gradient.abs() < 1e-5, "{}: {}", index, gradient);
            }
        }
    }
}
