//! Power as a function of the wall clock, with an exact integral.

mod error;
mod shape;
mod text;

pub use error::WaveformError;

use crate::power_source::PowerSource;
use crate::quantity::{Femtojoules, Microwatts};
use crate::time::UnixTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use shape::Shape;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Power that depends only on the wall clock: a constant, a square wave, a sine or a repeated trace.
///
/// Periods start at the Unix epoch, or a phase after it. The text form is that of the script:
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
    /// The start of a period.
    phase: UnixTime,
}

impl Waveform {
    /// A constant power, in watts.
    ///
    /// # Errors
    /// When the power is negative, not finite or above a megawatt. The other constructors have this limit, too.
    pub fn constant(watts: f64) -> Result<Self, WaveformError> {
        Shape::constant(watts).map(Self::from)
    }

    /// A square wave: `high_watts` for the first part `duty` (0 to 1) of each period, then `low_watts`.
    ///
    /// # Errors
    /// When the period is below a microsecond or above 366 days, or the duty is not between 0 and 1.
    pub fn square(
        low_watts: f64,
        high_watts: f64,
        period: Duration,
        duty: f64,
    ) -> Result<Self, WaveformError> {
        Shape::square(low_watts, high_watts, period, duty).map(Self::from)
    }

    /// A sine: `mean_watts` plus `amplitude_watts` times the sine, which rises through the mean at the start of a period.
    ///
    /// # Errors
    /// When the amplitude is above the mean, which would make the power negative, or the period is out of range.
    pub fn sine(
        mean_watts: f64,
        amplitude_watts: f64,
        period: Duration,
    ) -> Result<Self, WaveformError> {
        Shape::sine(mean_watts, amplitude_watts, period).map(Self::from)
    }

    /// A trace: each of `watts` for one `step`. After the last, the first follows again.
    ///
    /// # Errors
    /// When there is no value, or the step or the whole trace is out of range.
    pub fn trace(step: Duration, watts: &[f64]) -> Result<Self, WaveformError> {
        Shape::trace(step, watts).map(Self::from)
    }

    /// The same waveform with periods that start `phase` after the epoch.
    ///
    /// # Errors
    /// When the phase is above 292 years, the range of nanoseconds in 64 bits.
    pub fn with_phase(mut self, phase: Duration) -> Result<Self, WaveformError> {
        let nanos = i64::try_from(phase.as_nanos())
            .map_err(|_| WaveformError::Span { span: format!("{phase:?}") })?;
        self.phase = UnixTime::from_nanos(nanos);
        Ok(self)
    }

    /// The power at a time, in watts.
    pub fn watts_at(&self, unix_seconds: f64) -> f64 {
        self.power_at(UnixTime::from_seconds(unix_seconds)).as_watts()
    }

    /// The energy between two times, in joules; negative if the second is earlier.
    pub fn joules_between(&self, from_unix_seconds: f64, to_unix_seconds: f64) -> f64 {
        let (from, to) =
            (UnixTime::from_seconds(from_unix_seconds), UnixTime::from_seconds(to_unix_seconds));
        (self.cumulative_energy(to) - self.cumulative_energy(from)).as_joules()
    }

    /// A constant power from the table of presets, in watts.
    pub(crate) fn idle(watts: f64) -> Self {
        Shape::idle(watts).into()
    }

    /// The nanoseconds from the phase to a time.
    fn nanos_since_phase(&self, time: UnixTime) -> i64 {
        time.as_nanos().saturating_sub(self.phase.as_nanos())
    }
}

impl PowerSource for Waveform {
    fn power_at(&self, time: UnixTime) -> Microwatts {
        self.shape.power_at(self.nanos_since_phase(time))
    }

    fn cumulative_energy(&self, time: UnixTime) -> Femtojoules {
        self.shape.energy_until(self.nanos_since_phase(time))
    }
}

impl From<Shape> for Waveform {
    fn from(shape: Shape) -> Self {
        Self { shape, phase: UnixTime::EPOCH }
    }
}

impl FromStr for Waveform {
    type Err = WaveformError;

    fn from_str(text: &str) -> Result<Self, WaveformError> {
        let parsed = text::parse(text)?;
        let waveform = Self::from(parsed.shape);
        parsed.phase.map_or(Ok(waveform.clone()), |phase| waveform.with_phase(phase))
    }
}

impl fmt::Display for Waveform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write(f, &self.shape, self.phase.as_nanos())
    }
}

impl Serialize for Waveform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Waveform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_a_round_trip() {
        for text in [
            "constant 0",
            "constant 99.5",
            "square 100 700 1s 25%",
            "square 0 1000000 3ms 33.3333%",
            "sine 300 120 90m phase 250ms",
            "trace 20ms 1,2.5,3",
            "trace 1s 100",
        ] {
            let wave: Waveform = text.parse().unwrap();
            assert_eq!(wave.to_string().parse::<Waveform>().as_ref(), Ok(&wave), "{text}");
        }
        assert_eq!(
            "square 100 700 1000ms 25%".parse::<Waveform>().unwrap().to_string(),
            "square 100 700 1s 25%"
        );
    }

    #[test]
    fn an_error_names_the_allowed_form() {
        for (text, expected) in [
            ("", "\"constant WATTS\""),
            ("constant", "is not a waveform"),
            ("constant x", "\"x\" is not a number of watts"),
            ("constant -3", "-3 W is out of range: want 0"),
            ("constant inf", "\"inf\" is not a number"),
            ("square 1 2 1s 25", "is not a waveform"),
            ("square 1 2 1s 125%", "a duty of 125% is out of range"),
            ("square 1 2 5 25%", "\"5\" is not a span of time"),
            ("square 1 2 1ns 25%", "out of range: want 1us"),
            ("square 1 2 1d 25%", "want a number with ns"),
            ("sine 100 200 1s", "want amplitude <= mean"),
            ("trace 1s", "is not a waveform"),
            ("trace 1s 1,,2", "\"\" is not a number"),
        ] {
            let error = text.parse::<Waveform>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
