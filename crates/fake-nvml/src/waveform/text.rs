//! A waveform's text form: `square 100 700 1s 25% phase 250ms`.

use super::{Shape, Waveform};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Why a waveform was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WaveformError {
    /// The text has another shape.
    #[error(
        "{text:?} is no waveform: want \"constant WATTS\", \"square LOW HIGH PERIOD DUTY%\", \"sine MEAN AMPLITUDE \
         PERIOD\" or \"trace STEP W1,W2,...\", each with an optional \"phase SPAN\" at its end"
    )]
    Form {
        /// What was written.
        text: String,
    },
    /// A word that should be a number.
    #[error("{word:?} is no number of watts: want one such as 250 or 99.5")]
    Number {
        /// What was written.
        word: String,
    },
    /// A word that should be a span of time.
    #[error("{word:?} is no span of time: want a number with ns, us, ms, s, m or h, such as 250ms")]
    SpanForm {
        /// What was written.
        word: String,
    },
    /// A power out of range.
    #[error("{watts} W is out of range: want 0 to 1000000")]
    Watts {
        /// The power, in watts.
        watts: f64,
    },
    /// A period or a step out of range.
    #[error("a span of {span} is out of range: want 1us to 366 days")]
    Span {
        /// The span.
        span: String,
    },
    /// A duty out of range.
    #[error("a duty of {percent}% is out of range: want 0% to 100%")]
    Duty {
        /// The duty, in percent.
        percent: f64,
    },
    /// A sine that dips below zero.
    #[error(
        "a sine of {mean_watts} W with an amplitude of {amplitude_watts} W is negative at times: want amplitude <= mean"
    )]
    NegativePower {
        /// The mean, in watts.
        mean_watts: f64,
        /// The amplitude, in watts.
        amplitude_watts: f64,
    },
    /// A trace without a value.
    #[error("a trace needs at least one value")]
    EmptyTrace,
}

impl FromStr for Waveform {
    type Err = WaveformError;

    fn from_str(text: &str) -> Result<Self, WaveformError> {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        let phase = match *words.as_slice() {
            [.., "phase", span] => {
                words.truncate(words.len() - 2);
                Some(duration(span)?)
            }
            _ => None,
        };
        let wave = match *words.as_slice() {
            ["constant", level] => Self::constant(number(level)?)?,
            ["square", low, high, period, duty] => {
                let percent = duty
                    .strip_suffix('%')
                    .ok_or_else(|| WaveformError::Form { text: text.to_owned() })?;
                Self::square(
                    number(low)?,
                    number(high)?,
                    duration(period)?,
                    number(percent)? / 100.0,
                )?
            }
            ["sine", mean, amplitude, period] => {
                Self::sine(number(mean)?, number(amplitude)?, duration(period)?)?
            }
            ["trace", step, values] => {
                let watts = values.split(',').map(number).collect::<Result<Vec<_>, _>>()?;
                Self::trace(duration(step)?, &watts)?
            }
            _ => return Err(WaveformError::Form { text: text.to_owned() }),
        };
        phase.map_or(Ok(wave.clone()), |phase| wave.with_phase(phase))
    }
}

impl fmt::Display for Waveform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Shape::Constant { level } => write!(f, "constant {}", level.as_watts())?,
            Shape::Square { low, high, period_nanos, high_nanos } => {
                let percent = 100.0 * super::seconds(*high_nanos) / super::seconds(*period_nanos);
                write!(
                    f,
                    "square {} {} {} {percent}%",
                    low.as_watts(),
                    high.as_watts(),
                    Span(*period_nanos)
                )?;
            }
            Shape::Sine { mean, amplitude, period_nanos } => {
                write!(
                    f,
                    "sine {} {} {}",
                    mean.as_watts(),
                    amplitude.as_watts(),
                    Span(*period_nanos)
                )?;
            }
            Shape::Trace { step_nanos, levels, .. } => {
                write!(f, "trace {} ", Span(*step_nanos))?;
                for (place, level) in levels.iter().enumerate() {
                    let comma = if place == 0 { "" } else { "," };
                    write!(f, "{comma}{}", level.as_watts())?;
                }
            }
        }
        if self.phase_nanos != 0 {
            write!(f, " phase {}", Span(self.phase_nanos))?;
        }
        Ok(())
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

/// Units of time, the longest first: name and nanoseconds.
const UNITS: [(&str, i64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Nanoseconds, written in the longest unit that divides them.
struct Span(i64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, nanos) =
            UNITS.into_iter().find(|(_, nanos)| self.0 % nanos == 0).unwrap_or(("ns", 1));
        write!(f, "{}{name}", self.0 / nanos)
    }
}

fn number(word: &str) -> Result<f64, WaveformError> {
    word.parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| WaveformError::Number { word: word.to_owned() })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "checked first"
)]
fn duration(word: &str) -> Result<Duration, WaveformError> {
    let refused = || WaveformError::SpanForm { word: word.to_owned() };
    let unit_at = word.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(refused)?;
    let (figures, unit) = word.split_at(unit_at);
    let nanos_per_unit = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(refused)?.1;
    let nanos = figures.parse::<f64>().map_err(|_| refused())? * nanos_per_unit as f64;
    if !(0.0..9e18).contains(&nanos) {
        return Err(WaveformError::Span { span: word.to_owned() });
    }
    Ok(Duration::from_nanos(nanos.round() as u64))
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
    fn a_refusal_says_what_is_wanted() {
        for (text, says) in [
            ("", "\"constant WATTS\""),
            ("constant", "is no waveform"),
            ("constant x", "\"x\" is no number of watts"),
            ("constant -3", "-3 W is out of range: want 0"),
            ("constant inf", "\"inf\" is no number"),
            ("square 1 2 1s 25", "is no waveform"),
            ("square 1 2 1s 125%", "a duty of 125% is out of range"),
            ("square 1 2 5 25%", "\"5\" is no span of time"),
            ("square 1 2 1ns 25%", "out of range: want 1us"),
            ("square 1 2 1d 25%", "want a number with ns"),
            ("sine 100 200 1s", "want amplitude <= mean"),
            ("trace 1s", "is no waveform"),
            ("trace 1s 1,,2", "\"\" is no number"),
        ] {
            let refusal = text.parse::<Waveform>().unwrap_err().to_string();
            assert!(refusal.contains(says), "{text}: {refusal}");
        }
    }
}
