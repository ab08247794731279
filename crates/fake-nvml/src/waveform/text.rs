//! The text form of a waveform, such as `square 100 700 1s 25% phase 250ms`.

use super::error::WaveformError;
use super::shape::{Shape, seconds};
use std::fmt;
use std::time::Duration;

/// A waveform that was read from text.
pub(super) struct ParsedWaveform {
    pub(super) shape: Shape,
    pub(super) phase: Option<Duration>,
}

/// Reads a waveform.
pub(super) fn parse(text: &str) -> Result<ParsedWaveform, WaveformError> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let phase = match *words.as_slice() {
        [.., "phase", span] => {
            words.truncate(words.len() - 2);
            Some(duration(span)?)
        }
        _ => None,
    };
    let form_error = || WaveformError::Form { text: text.to_owned() };
    let shape = match *words.as_slice() {
        ["constant", level] => Shape::constant(number(level)?)?,
        ["square", low, high, period, duty] => {
            let percent = duty.strip_suffix('%').ok_or_else(form_error)?;
            let duty = number(percent)? / 100.0;
            Shape::square(number(low)?, number(high)?, duration(period)?, duty)?
        }
        ["sine", mean, amplitude, period] => {
            Shape::sine(number(mean)?, number(amplitude)?, duration(period)?)?
        }
        ["trace", step, values] => {
            let watts = values.split(',').map(number).collect::<Result<Vec<_>, _>>()?;
            Shape::trace(duration(step)?, &watts)?
        }
        _ => return Err(form_error()),
    };
    Ok(ParsedWaveform { shape, phase })
}

/// Writes a waveform, so that [`parse`] reads the same.
pub(super) fn write(f: &mut fmt::Formatter<'_>, shape: &Shape, phase_nanos: i64) -> fmt::Result {
    match shape {
        Shape::Constant { level } => write!(f, "constant {}", level.as_watts())?,
        Shape::Square { low, high, period_nanos, high_nanos } => {
            let percent = 100.0 * seconds(*high_nanos) / seconds(*period_nanos);
            let (low, high, period) = (low.as_watts(), high.as_watts(), Span(*period_nanos));
            write!(f, "square {low} {high} {period} {percent}%")?;
        }
        Shape::Sine { mean, amplitude, period_nanos } => {
            let (mean, amplitude) = (mean.as_watts(), amplitude.as_watts());
            write!(f, "sine {mean} {amplitude} {}", Span(*period_nanos))?;
        }
        Shape::Trace { step_nanos, levels, .. } => {
            write!(f, "trace {} ", Span(*step_nanos))?;
            for (index, level) in levels.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                write!(f, "{comma}{}", level.as_watts())?;
            }
        }
    }
    if phase_nanos != 0 {
        write!(f, " phase {}", Span(phase_nanos))?;
    }
    Ok(())
}

/// The units of time with their nanoseconds, the longest first.
const UNITS: [(&str, i64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// A number of nanoseconds, written in the longest unit that divides it.
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
    reason = "the range is checked first"
)]
fn duration(word: &str) -> Result<Duration, WaveformError> {
    let error = || WaveformError::SpanForm { word: word.to_owned() };
    let unit_at = word.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(error)?;
    let (figures, unit) = word.split_at(unit_at);
    let nanos_per_unit = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(error)?.1;
    let nanos = figures.parse::<f64>().map_err(|_| error())? * nanos_per_unit as f64;
    if !(0.0..9e18).contains(&nanos) {
        return Err(WaveformError::Span { span: word.to_owned() });
    }
    Ok(Duration::from_nanos(nanos.round() as u64))
}
