//! Power as a function of the wall clock, with its integral in closed form.

mod text;

pub use text::WaveformError;

use crate::quantity::{Femtojoules, Microwatts};
use crate::time::UnixTime;
use std::f64::consts::TAU;
use std::time::Duration;

/// A power that depends on the wall clock alone: a constant, a square wave, a sine or a trace that repeats.
///
/// A period begins at the Unix epoch, or at the phase after it. Its text form is that of the script:
///
/// ```
/// use fake_nvml::Waveform;
///
/// let wave: Waveform = "square 100 700 1s 25%".parse()?;
/// // The high part comes first: a quarter of a second at 700 W, then three at 100 W.
/// assert_eq!(wave.watts_at(1_790_000_000.2), 700.0);
/// assert_eq!(wave.watts_at(1_790_000_000.3), 100.0);
/// assert_eq!(wave.joules_between(1_790_000_000.0, 1_790_000_001.0), 250.0);
/// # Ok::<(), fake_nvml::WaveformError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Waveform {
    shape: Shape,
    phase_nanos: i64,
}

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Constant { level: Microwatts },
    Square { low: Microwatts, high: Microwatts, period_nanos: i64, high_nanos: i64 },
    Sine { mean: Microwatts, amplitude: Microwatts, period_nanos: i64 },
    Trace { step_nanos: i64, levels: Vec<Microwatts>, sums: Vec<Femtojoules> },
}

impl Waveform {
    /// The same power for ever, in watts.
    ///
    /// # Errors
    /// Where the power is negative, not finite or over a megawatt. The other constructors have this limit, too.
    pub fn constant(watts: f64) -> Result<Self, WaveformError> {
        Ok(Shape::Constant { level: power(watts)? }.into())
    }

    /// `high_watts` for the first `duty` (0 to 1) of every period, `low_watts` for the rest.
    ///
    /// # Errors
    /// Where the period is under a microsecond or over a year, or the duty is not between 0 and 1.
    pub fn square(
        low_watts: f64,
        high_watts: f64,
        period: Duration,
        duty: f64,
    ) -> Result<Self, WaveformError> {
        if !(0.0..=1.0).contains(&duty) {
            return Err(WaveformError::Duty { percent: duty * 100.0 });
        }
        let period_nanos = span(period)?;
        let high_nanos = share(period_nanos, duty);
        Ok(Shape::Square {
            low: power(low_watts)?,
            high: power(high_watts)?,
            period_nanos,
            high_nanos,
        }
        .into())
    }

    /// `mean_watts` plus `amplitude_watts` times the sine: it rises through the mean where a period begins.
    ///
    /// # Errors
    /// Where the amplitude is over the mean (power would be negative), or the period out of range.
    pub fn sine(
        mean_watts: f64,
        amplitude_watts: f64,
        period: Duration,
    ) -> Result<Self, WaveformError> {
        let (mean, amplitude) = (power(mean_watts)?, power(amplitude_watts)?);
        if amplitude > mean {
            return Err(WaveformError::NegativePower { mean_watts, amplitude_watts });
        }
        Ok(Shape::Sine { mean, amplitude, period_nanos: span(period)? }.into())
    }

    /// Each of `watts` for one `step`, from the first again after the last.
    ///
    /// # Errors
    /// Where there is none, or the step times their number is out of range.
    pub fn trace(step: Duration, watts: &[f64]) -> Result<Self, WaveformError> {
        let step_nanos = span(step)?;
        let levels = watts.iter().map(|watts| power(*watts)).collect::<Result<Vec<_>, _>>()?;
        let steps = u32::try_from(levels.len())
            .ok()
            .filter(|steps| *steps > 0)
            .ok_or(WaveformError::EmptyTrace)?;
        span(step.checked_mul(steps).unwrap_or(Duration::MAX))?;
        let mut total = Femtojoules::ZERO;
        let sums = levels.iter().map(|level| {
            let before = total;
            total += level.for_nanos(step_nanos);
            before
        });
        Ok(Shape::Trace { step_nanos, sums: sums.collect(), levels }.into())
    }

    /// The same, with its periods beginning `phase` after the epoch instead of at it.
    ///
    /// # Errors
    /// Where the phase is over what the clock counts.
    pub fn with_phase(mut self, phase: Duration) -> Result<Self, WaveformError> {
        self.phase_nanos = i64::try_from(phase.as_nanos())
            .map_err(|_| WaveformError::Span { span: format!("{phase:?}") })?;
        Ok(self)
    }

    /// The power at an instant, in watts.
    pub fn watts_at(&self, unix_seconds: f64) -> f64 {
        self.at(UnixTime::from_seconds(unix_seconds)).as_watts()
    }

    /// The energy between two instants, in joules; negative where the second is the earlier.
    pub fn joules_between(&self, from_unix_seconds: f64, to_unix_seconds: f64) -> f64 {
        let (from, to) =
            (UnixTime::from_seconds(from_unix_seconds), UnixTime::from_seconds(to_unix_seconds));
        (self.since_epoch(to) - self.since_epoch(from)).as_joules()
    }

    /// A constant that comes from a table of presets.
    pub(crate) fn idle(watts: f64) -> Self {
        Shape::Constant { level: Microwatts::from_float(watts * 1e6) }.into()
    }

    pub(crate) fn at(&self, time: UnixTime) -> Microwatts {
        let (_, into) = self.cycle(time);
        match &self.shape {
            Shape::Constant { level } => *level,
            Shape::Square { low, high, high_nanos, .. } => {
                if into < *high_nanos {
                    *high
                } else {
                    *low
                }
            }
            Shape::Sine { mean, amplitude, period_nanos } => Microwatts::from_float(
                1e6 * (mean.as_watts() + amplitude.as_watts() * angle(into, *period_nanos).sin()),
            ),
            Shape::Trace { step_nanos, levels, .. } => step_of(into, *step_nanos)
                .and_then(|step| levels.get(step).copied())
                .unwrap_or(Microwatts::from_float(0.0)),
        }
    }

    /// The antiderivative: the energy since the phase's start near the epoch (negative before it).
    ///
    /// Only differences mean anything. They are exact for all shapes but the sine, whose swing is rounded to a femtojoule.
    pub(crate) fn since_epoch(&self, time: UnixTime) -> Femtojoules {
        let (cycles, into) = self.cycle(time);
        match &self.shape {
            Shape::Constant { level } => level.for_nanos(time.as_nanos()),
            Shape::Square { low, high, period_nanos, high_nanos } => {
                let upto = |into: i64| {
                    high.for_nanos(into.min(*high_nanos))
                        + low.for_nanos((into - *high_nanos).max(0))
                };
                upto(*period_nanos).times(cycles) + upto(into)
            }
            Shape::Sine { mean, amplitude, period_nanos } => {
                let swing = amplitude.as_watts() * seconds(*period_nanos) / TAU;
                mean.for_nanos(time.as_nanos())
                    + Femtojoules::from_joules(swing * (1.0 - angle(into, *period_nanos).cos()))
            }
            Shape::Trace { step_nanos, levels, sums } => {
                let at = |step: usize| Some((*sums.get(step)?, *levels.get(step)?));
                let upto = |step: usize, rest: i64| {
                    at(step).map(|(sum, level)| sum + level.for_nanos(rest))
                };
                let whole = levels.len().checked_sub(1).and_then(|last| upto(last, *step_nanos));
                let part =
                    step_of(into, *step_nanos).and_then(|step| upto(step, into % *step_nanos));
                whole.unwrap_or(Femtojoules::ZERO).times(cycles) + part.unwrap_or(Femtojoules::ZERO)
            }
        }
    }

    /// How many whole periods lie before `time`, and the nanoseconds into the present one.
    fn cycle(&self, time: UnixTime) -> (i64, i64) {
        let since = time.as_nanos().saturating_sub(self.phase_nanos);
        let period = match &self.shape {
            Shape::Constant { .. } => return (0, 0),
            Shape::Square { period_nanos, .. } | Shape::Sine { period_nanos, .. } => *period_nanos,
            Shape::Trace { step_nanos, levels, .. } => {
                step_nanos.saturating_mul(i64::try_from(levels.len()).unwrap_or(i64::MAX))
            }
        };
        (since.div_euclid(period), since.rem_euclid(period))
    }
}

impl From<Shape> for Waveform {
    fn from(shape: Shape) -> Self {
        Self { shape, phase_nanos: 0 }
    }
}

fn power(watts: f64) -> Result<Microwatts, WaveformError> {
    Microwatts::from_watts(watts).ok_or(WaveformError::Watts { watts })
}

/// A period or a step, which must lie between a microsecond and a year.
fn span(span: Duration) -> Result<i64, WaveformError> {
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

fn step_of(into: i64, step_nanos: i64) -> Option<usize> {
    usize::try_from(into / step_nanos).ok()
}

#[expect(clippy::cast_precision_loss, reason = "at most a year")]
fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

fn angle(into: i64, period_nanos: i64) -> f64 {
    TAU * (seconds(into) / seconds(period_nanos))
}
