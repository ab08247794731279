//! The pack, a compact file for one series: a gzip file (RFC 1952), whose checksum detects damage.
//!
//! The content of the gzip file, with all integers little-endian:
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 5 | `GCIP1` |
//! | 5 | 1 | decimals, 0 to 6: a quantum is 10^-decimals g/kWh |
//! | 6 | 8 | the first time, signed Unix time in microseconds |
//! | 14 | 8 | the step in microseconds, not 0 |
//! | 22 | n | the low byte of each slot |
//! | 22 + n | n | the high byte of each slot |
//!
//! A slot is a step long and holds a number of quanta, 0 to 65,534, or 65,535 for a gap. The high bytes hardly change from slot
//! to slot: stored together they compress so well that the file is a sixth smaller.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use gpu_carbon_core::{Intensity, Series, SeriesError, Span, Timestamp, UnitError};

const MAGIC: &[u8] = b"GCIP1";
const HEADER_BYTES: usize = 22;
const GAP: u16 = u16::MAX;

/// The greatest number of slots, about 20 years of five minutes. It limits the memory that a damaged file can allocate.
const MAX_SLOTS: usize = 1 << 21;

/// The number of quanta in 1 g/kWh, by decimals. Powers of ten this small are exact, so that a whole number divided by one is the
/// `f64` nearest to the decimal.
const SCALES: [f64; 7] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

/// The reason why a series cannot be packed, or a pack cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The bytes are not a complete gzip file.
    #[error("not a complete gzip file: {0}")]
    Gzip(#[from] io::Error),
    /// The content of the gzip file is not a pack.
    #[error("not an intensity pack of version 1")]
    NotAPack,
    /// The number of decimals is greater than the format allows.
    #[error("{0} decimals, at most 6 can be packed")]
    Decimals(u8),
    /// A time is not a whole number of steps after the first one.
    #[error("the value at {} s Unix time is not a whole number of steps after the first", .0.as_unix_seconds())]
    Grid(Timestamp),
    /// The series has more slots than the format allows.
    #[error("at most {MAX_SLOTS} steps can be packed: split the series")]
    Long,
    /// A value is above the largest number of quanta.
    #[error("{0} g/kWh is over 65534 quanta: use fewer decimals")]
    Value(f64),
    /// A value is not an intensity.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// The values are not a series.
    #[error(transparent)]
    Series(#[from] SeriesError),
}

/// Packs a series whose times are whole steps apart, its values rounded (half up) to `decimals` decimals of 1 g/kWh. The
/// same input gives the same bytes.
///
/// # Errors
///
/// When the times are not whole steps apart, the series is too long, or a value is over 65,534 quanta.
///
/// ```
/// use gpu_carbon_feeds::{csv, pack};
///
/// let series = csv::parse("timestamp_utc,gco2_per_kwh\n2020-01-01T00:00:00Z,351.26\n2020-01-01T00:05:00Z,0\n")?;
/// let read = pack::decode(&pack::encode(&series, 1)?)?;
/// assert_eq!(read.points()[0].1.as_grams_per_kilowatt_hour(), 351.3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn encode(series: &Series, decimals: u8) -> Result<Vec<u8>, PackError> {
    let scale = scale(decimals)?;
    let (start, step) = (series.extent().start(), series.step());
    if let Some(change) = series.step_changes().iter().find(|change| change.step != step) {
        return Err(PackError::Grid(change.from));
    }
    let mut slots = Vec::new();
    for &(time, intensity) in series.points() {
        let elapsed = time.duration_since(start).as_micros();
        if elapsed.checked_rem(step.as_micros()) != Some(0) {
            return Err(PackError::Grid(time));
        }
        let slot = usize::try_from(elapsed / step.as_micros()).unwrap_or(usize::MAX);
        if slot >= MAX_SLOTS {
            return Err(PackError::Long);
        }
        slots.resize(slot, GAP);
        slots.push(quanta(intensity, scale)?);
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(MAGIC)?;
    gzip.write_all(&[decimals])?;
    gzip.write_all(&start.as_unix_micros().to_le_bytes())?;
    gzip.write_all(&step.as_micros().to_le_bytes())?;
    let (low, high): (Vec<u8>, Vec<u8>) =
        slots.into_iter().map(u16::to_le_bytes).map(<(u8, u8)>::from).unzip();
    gzip.write_all(&low)?;
    gzip.write_all(&high)?;
    Ok(gzip.finish()?)
}

/// Decodes a pack; each value is the nearest `f64` to a short decimal.
///
/// # Errors
///
/// When the bytes are not a complete pack.
pub fn decode(pack: &[u8]) -> Result<Series, PackError> {
    decode_inflated(&inflate(pack)?)
}

/// Inflates the content of a pack's gzip file, as far as the format allows.
///
/// # Errors
///
/// When the bytes are not a complete gzip file.
pub(crate) fn inflate(pack: &[u8]) -> Result<Vec<u8>, PackError> {
    let mut bytes = Vec::new();
    let limit = HEADER_BYTES + 2 * MAX_SLOTS;
    MultiGzDecoder::new(pack).take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Decodes the content of a pack's gzip file, for programs with an inflater of their own, such as a browser.
///
/// # Errors
///
/// When the bytes are not the content of a pack.
pub fn decode_inflated(bytes: &[u8]) -> Result<Series, PackError> {
    let content = Content::of(bytes)?;
    let mut points = Vec::with_capacity(content.low.len());
    for point in content.points() {
        points.push(point?);
    }
    Ok(Series::with_step(points, content.step)?)
}

/// The content of a pack, whose values are decoded one by one.
#[derive(Clone, Copy)]
pub(crate) struct Content<'a> {
    scale: f64,
    start: Timestamp,
    step: Span,
    /// The low byte of each slot.
    low: &'a [u8],
    /// The high byte of each slot.
    high: &'a [u8],
}

impl<'a> Content<'a> {
    /// Reads the header of the inflated bytes.
    ///
    /// # Errors
    ///
    /// When the bytes are not the content of a pack.
    pub(crate) fn of(bytes: &'a [u8]) -> Result<Content<'a>, PackError> {
        if bytes.len() > HEADER_BYTES + 2 * MAX_SLOTS {
            return Err(PackError::Long);
        }
        let Fields { decimals, start, step, slots } = fields(bytes).ok_or(PackError::NotAPack)?;
        let (low, high) = slots.split_at(slots.len() / 2);
        Ok(Content { scale: scale(decimals)?, start, step, low, high })
    }

    /// The time for which each value holds.
    pub(crate) const fn step(&self) -> Span {
        self.step
    }

    /// The values with their times, in order of time.
    pub(crate) fn points(
        &self,
    ) -> impl DoubleEndedIterator<Item = Result<(Timestamp, Intensity), PackError>> + Clone + use<'a>
    {
        let Content { scale, start, step, low, high } = *self;
        let quanta =
            low.iter().zip(high).map(|(&low, &high)| u16::from_le_bytes([low, high])).enumerate();
        quanta.filter(|&(_, quanta)| quanta != GAP).map(move |(slot, quanta)| {
            let since = step.as_micros().saturating_mul(slot as u64);
            let intensity = Intensity::from_grams_per_kilowatt_hour(f64::from(quanta) / scale)?;
            Ok((start + Span::from_micros(since), intensity))
        })
    }
}

/// The fields of a pack.
struct Fields<'a> {
    decimals: u8,
    start: Timestamp,
    step: Span,
    /// Two bytes each: the low bytes of all slots, then the high bytes.
    slots: &'a [u8],
}

/// The fields of a pack; `None` where one is missing, the step is zero, or a slot is after the last [`Timestamp`].
fn fields(bytes: &[u8]) -> Option<Fields<'_>> {
    let (&[decimals], bytes) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
    let (&start, bytes) = bytes.split_first_chunk()?;
    let (&step, slots) = bytes.split_first_chunk()?;
    let (start, step) = (i64::from_le_bytes(start), u64::from_le_bytes(step));
    let count = u64::try_from(slots.len() / 2).ok()?;
    start.checked_add_unsigned(step.checked_mul(count)?)?;
    let (start, step) = (Timestamp::from_unix_micros(start), Span::from_micros(step));
    let is_valid = step > Span::ZERO && slots.len() % 2 == 0;
    is_valid.then_some(Fields { decimals, start, step, slots })
}

fn scale(decimals: u8) -> Result<f64, PackError> {
    SCALES.get(usize::from(decimals)).copied().ok_or(PackError::Decimals(decimals))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number within the range of u16"
)]
fn quanta(intensity: Intensity, scale: f64) -> Result<u16, PackError> {
    let grams = intensity.as_grams_per_kilowatt_hour();
    let quanta = (grams * scale).round();
    if quanta < f64::from(GAP) { Ok(quanta as u16) } else { Err(PackError::Value(grams)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::SLOT;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::from_unix_seconds(-300);

    /// A series of five-minute slots, `None` for a gap.
    fn series(values: &[Option<f64>]) -> Series {
        let times = (0..).map(|slot| START + Span::from_seconds(300 * slot));
        let points = times.zip(values).filter_map(|(time, value)| {
            Some((time, Intensity::from_grams_per_kilowatt_hour((*value)?).unwrap()))
        });
        Series::with_step(points.collect(), SLOT).unwrap()
    }

    fn small() -> Series {
        series(&[Some(351.3), None, None, Some(0.0), Some(663.8), Some(6553.4), None, Some(0.1)])
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    /// The content of a pack's gzip file, for tests that damage it.
    fn inflate(pack: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        MultiGzDecoder::new(pack).read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn no_damage_changes_a_value() {
        let pack = encode(&small(), 1).unwrap();
        assert_eq!(decode(&pack).unwrap(), small());
        for length in 0..pack.len() {
            assert!(decode(&pack[..length]).is_err(), "{length} bytes");
        }
        assert!(decode(&[&pack[..], b"x"].concat()).is_err(), "a byte too many");
        for at in 0..pack.len() {
            for change in 1..=u8::MAX {
                let mut damaged = pack.clone();
                damaged[at] ^= change;
                // A few header fields of gzip, such as the time of compression, do not affect the content.
                if let Ok(read) = decode(&damaged) {
                    assert_eq!(read, small(), "byte {at} changed by {change:#04x}");
                }
            }
        }
    }

    #[test]
    fn damaged_fields_are_errors() {
        let good = inflate(&encode(&small(), 1).unwrap());
        let forged = |at: usize, bytes: &[u8]| {
            let mut forged = good.clone();
            forged.splice(at..at + bytes.len(), bytes.iter().copied());
            decode(&gzip(&forged))
        };
        assert_eq!(forged(0, b"GCIP1").unwrap(), small());
        assert!(matches!(forged(4, b"2"), Err(PackError::NotAPack)));
        assert!(matches!(forged(5, &[7]), Err(PackError::Decimals(7))));
        assert!(matches!(forged(14, &[0; 8]), Err(PackError::NotAPack)), "a step of zero");
        for length in 0..HEADER_BYTES {
            assert!(matches!(decode(&gzip(&good[..length])), Err(PackError::NotAPack)));
        }
        assert!(matches!(
            decode(&gzip(&good[..HEADER_BYTES])),
            Err(PackError::Series(SeriesError::Empty))
        ));
        assert!(
            matches!(decode(&gzip(&good[..=HEADER_BYTES])), Err(PackError::NotAPack)),
            "half a slot"
        );
        assert!(
            matches!(forged(6, &i64::MAX.to_le_bytes()), Err(PackError::NotAPack)),
            "past the end of time"
        );
        let endless = [&good[..HEADER_BYTES], &vec![0; 2 * MAX_SLOTS + 2]].concat();
        assert!(matches!(decode(&gzip(&endless)), Err(PackError::Long)));
    }

    #[test]
    fn series_beyond_the_format_are_errors() {
        assert!(matches!(encode(&small(), 7), Err(PackError::Decimals(7))));
        assert!(matches!(encode(&small(), 2), Err(PackError::Value(663.8))));
        assert!(encode(&series(&[Some(6553.44)]), 1).is_ok());
        assert!(matches!(encode(&series(&[Some(6553.45)]), 1), Err(PackError::Value(_))));
        let points = |seconds: u64| vec![START, START + Span::from_seconds(seconds)];
        let with_step = |times: Vec<Timestamp>, step| {
            let points = times.into_iter().map(|time| (time, Intensity::ZERO)).collect();
            encode(&Series::with_step(points, step).unwrap(), 1)
        };
        assert!(matches!(with_step(points(301), SLOT), Err(PackError::Grid(_))));
        assert!(matches!(with_step(points(300), Span::ZERO), Err(PackError::Grid(_))));
        let minutes = [0, 60, 120, 135, 150, 165].map(|it| Timestamp::from_unix_seconds(60 * it));
        let changing = Series::new(minutes.map(|time| (time, Intensity::ZERO)).to_vec()).unwrap();
        assert!(matches!(encode(&changing, 1), Err(PackError::Grid(_))));
        let most = u64::try_from(MAX_SLOTS).unwrap();
        assert!(with_step(points(most - 1), Span::from_seconds(1)).is_ok());
        assert!(matches!(with_step(points(most), Span::from_seconds(1)), Err(PackError::Long)));
    }

    proptest! {
        #[test]
        fn a_series_of_short_decimals_is_decoded_as_the_same(
            first in 0..GAP,
            quanta in prop::collection::vec(prop::option::of(0..GAP), 0..200),
            decimals in 0_u8..7,
        ) {
            let scale = scale(decimals)?;
            let values: Vec<_> = [Some(first)].into_iter().chain(quanta)
                .map(|quanta| quanta.map(|quanta| f64::from(quanta) / scale)).collect();
            let read = decode(&encode(&series(&values), decimals)?)?;
            prop_assert_eq!(&read, &series(&values));
            let digits = usize::from(decimals);
            for value in read.points().iter().map(|(_, value)| value.as_grams_per_kilowatt_hour()) {
                prop_assert_eq!(format!("{value:.digits$}").parse(), Ok(value), "the nearest to its decimal");
            }
        }

        #[test]
        fn no_value_moves_by_more_than_half_a_quantum(value in 0.0..655.0, decimals in 0_u8..3) {
            let read = decode(&encode(&series(&[Some(value)]), decimals)?)?;
            let moved = (read.points()[0].1.as_grams_per_kilowatt_hour() - value).abs();
            prop_assert!(moved <= 0.5 / scale(decimals)? + 1e-12, "{} moved by {}", value, moved);
        }

        #[test]
        fn any_bytes_are_a_series_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode(&bytes);
            let _ = decode(&gzip(&bytes));
            let _ = decode(&gzip(&[MAGIC, &[1], &bytes].concat()));
            let header = &inflate(&encode(&small(), 1)?)[..HEADER_BYTES];
            if let Ok(read) = decode(&gzip(&[header, &bytes].concat())) {
                prop_assert_eq!(decode(&encode(&read, 1)?)?, read);
            }
        }
    }
}
