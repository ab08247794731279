//! The shape of a waveform: power as a function of the time within a period.

use std::f64::consts::TAU;
use std::time::Duration;

use super::error::WaveformError;
use crate::quantity::{Femtojoules, Microwatts};
use crate::time::NANOS_PER_SECOND;

/// The shape of a waveform. All of its values are in range.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Constant {
        level: Microwatts,
    },
    /// The high part comes first.
    Square {
        low: Microwatts,
        high: Microwatts,
        period_nanos: i64,
        high_nanos: i64,
    },
    /// A sine, which rises through the mean at the start of a period.
    Sine {
        mean: Microwatts,
        amplitude: Microwatts,
        period_nanos: i64,
    },
    Trace {
        step_nanos: i64,
        levels: Vec<Microwatts>,
        /// The energy of a period before each step.
        sums: Vec<Femtojoules>,
    },
}

/// A time as a number of whole periods, and the nanoseconds since the last of them.
struct Position {
    periods: i64,
    nanos: i64,
}

impl Shape {
    /// A constant power, in watts.
    pub(super) fn constant(watts: f64) -> Result<Self, WaveformError> {
        Ok(Self::Constant { level: power(watts)? })
    }

    /// A square wave with the high part first.
    pub(super) fn square(
        low_watts: f64,
        high_watts: f64,
        period: Duration,
        duty: f64,
    ) -> Result<Self, WaveformError> {
        if !(0.0..=1.0).contains(&duty) {
            return Err(WaveformError::Duty { percent: duty * 100.0 });
        }
        let period_nanos = span_nanos(period)?;
        let high_nanos = share(period_nanos, duty);
        Ok(Self::Square {
            low: power(low_watts)?,
            high: power(high_watts)?,
            period_nanos,
            high_nanos,
        })
    }

    /// A sine around a mean.
    pub(super) fn sine(
        mean_watts: f64,
        amplitude_watts: f64,
        period: Duration,
    ) -> Result<Self, WaveformError> {
        let (mean, amplitude) = (power(mean_watts)?, power(amplitude_watts)?);
        if amplitude > mean {
            return Err(WaveformError::NegativePower { mean_watts, amplitude_watts });
        }
        Ok(Self::Sine { mean, amplitude, period_nanos: span_nanos(period)? })
    }

    /// A repeated list of levels, in watts.
    pub(super) fn trace(step: Duration, watts: &[f64]) -> Result<Self, WaveformError> {
        let step_nanos = span_nanos(step)?;
        let levels = watts.iter().map(|watts| power(*watts)).collect::<Result<Vec<_>, _>>()?;
        let steps = u32::try_from(levels.len())
            .ok()
            .filter(|steps| *steps > 0)
            .ok_or(WaveformError::EmptyTrace)?;
        span_nanos(step.checked_mul(steps).unwrap_or(Duration::MAX))?;
        let mut total = Femtojoules::ZERO;
        let sums = levels.iter().map(|level| {
            let before = total;
            total += level.for_nanos(step_nanos);
            before
        });
        Ok(Self::Trace { step_nanos, sums: sums.collect(), levels })
    }

    /// A constant power from the table of presets, in watts.
    pub(super) fn idle(watts: f64) -> Self {
        Self::Constant { level: Microwatts::from_float(watts * 1e6) }
    }

    /// The power at a time, in nanoseconds since the start of a period.
    pub(super) fn power_at(&self, time_nanos: i64) -> Microwatts {
        let Position { nanos, .. } = self.position(time_nanos);
        match self {
            Self::Constant { level } => *level,
            Self::Square { low, high, high_nanos, .. } => {
                if nanos < *high_nanos {
                    *high
                } else {
                    *low
                }
            }
            Self::Sine { mean, amplitude, period_nanos } => Microwatts::from_float(
                1e6 * (mean.as_watts() + amplitude.as_watts() * angle(nanos, *period_nanos).sin()),
            ),
            Self::Trace { step_nanos, levels, .. } => step_index(nanos, *step_nanos)
                .and_then(|step| levels.get(step).copied())
                .unwrap_or(Microwatts::from_float(0.0)),
        }
    }

    /// The energy since time 0, negative before it. It is exact, except for a sine, which is rounded to a femtojoule.
    pub(super) fn energy_until(&self, time_nanos: i64) -> Femtojoules {
        let Position { periods, nanos } = self.position(time_nanos);
        match self {
            Self::Constant { level } => level.for_nanos(time_nanos),
            Self::Square { low, high, period_nanos, high_nanos } => {
                let part = |nanos: i64| {
                    high.for_nanos(nanos.min(*high_nanos))
                        + low.for_nanos((nanos - *high_nanos).max(0))
                };
                part(*period_nanos).times(periods) + part(nanos)
            }
            Self::Sine { mean, amplitude, period_nanos } => {
                let swing = amplitude.as_watts() * seconds(*period_nanos) / TAU;
                mean.for_nanos(time_nanos)
                    + Femtojoules::from_joules(swing * (1.0 - angle(nanos, *period_nanos).cos()))
            }
            Self::Trace { step_nanos, levels, sums } => {
                let part = |step: usize, rest: i64| {
                    Some(*sums.get(step)? + levels.get(step)?.for_nanos(rest))
                };
                let whole = levels.len().checked_sub(1).and_then(|last| part(last, *step_nanos));
                let rest =
                    step_index(nanos, *step_nanos).and_then(|step| part(step, nanos % *step_nanos));
                let none = Femtojoules::ZERO;
                whole.unwrap_or(none).times(periods) + rest.unwrap_or(none)
            }
        }
    }

    fn position(&self, time_nanos: i64) -> Position {
        let period = match self {
            Self::Constant { .. } => return Position { periods: 0, nanos: 0 },
            Self::Square { period_nanos, .. } | Self::Sine { period_nanos, .. } => *period_nanos,
            Self::Trace { step_nanos, levels, .. } => {
                step_nanos.saturating_mul(i64::try_from(levels.len()).unwrap_or(i64::MAX))
            }
        };
        Position { periods: time_nanos.div_euclid(period), nanos: time_nanos.rem_euclid(period) }
    }
}

fn power(watts: f64) -> Result<Microwatts, WaveformError> {
    Microwatts::from_watts(watts).ok_or(WaveformError::Watts { watts })
}

/// The nanoseconds of a period or a step, which must be from a microsecond to 366 days.
fn span_nanos(span: Duration) -> Result<i64, WaveformError> {
    let range = Duration::from_micros(1)..=Duration::from_secs(366 * 86_400);
    match i64::try_from(span.as_nanos()) {
        Ok(nanos) if range.contains(&span) => Ok(nanos),
        _ => Err(WaveformError::Span { span: format!("{span:?}") }),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a share of at most a year"
)]
fn share(nanos: i64, share: f64) -> i64 {
    (nanos as f64 * share).round() as i64
}

fn step_index(nanos: i64, step_nanos: i64) -> Option<usize> {
    usize::try_from(nanos / step_nanos).ok()
}

/// Nanoseconds of at most a year, in seconds.
#[expect(clippy::cast_precision_loss, reason = "at most a year")]
pub(super) fn seconds(nanos: i64) -> f64 {
    nanos as f64 / NANOS_PER_SECOND as f64
}

fn angle(nanos: i64, period_nanos: i64) -> f64 {
    TAU * (seconds(nanos) / seconds(period_nanos))
}
