//! Numbers as both formats write them.

use std::io::Write as _;

use crate::format::Format;
use crate::openmetrics::Number;

/// Appends a number: the fewest digits that stand for it alone, and never an exponent.
pub(crate) fn push_number(value: f64, format: Format, page: &mut Vec<u8>) {
    // Most of the numbers that never change.
    if value == 1.0 {
        return page.push(b'1');
    }
    if has_no_tie(value) {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value);
        if !text.as_bytes().contains(&b'e') {
            return page.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
        }
    }
    // Writing to memory cannot fail.
    let _ = match format {
        Format::Text => write!(page, "{value}"),
        Format::OpenMetrics | Format::OpenMetricsWithCreated => write!(page, "{}", Number(value)),
    };
}

/// The least number of bits after the binary point with which a number has 19 decimal digits or more, as many as 5^26.
const BITS_OF_19_DIGITS: i32 = 26;

/// True if the fewest digits that stand for a number are the same by every rule for rounding. Up to 17 digits stand for a
/// number, and two texts of them are equally near only if it has exactly one more; 2^53 or a smaller whole number has all of its
/// digits in the text. The standard library then takes the greater text, and `zmij` the even one.
fn has_no_tie(value: f64) -> bool {
    const MANTISSA_BITS: i32 = 52;
    const BIAS: i32 = 1023;
    let bits = value.to_bits();
    let exponent = i32::try_from(bits >> MANTISSA_BITS & 0x7ff).unwrap_or_default();
    if exponent == 0 || exponent == 0x7ff {
        return value == 0.0; // neither a number below the normal ones nor one that is not finite
    }
    let mantissa = bits | 1 << MANTISSA_BITS;
    let zeros = i32::try_from(mantissa.trailing_zeros()).unwrap_or_default();
    let bits_after_point = BIAS + MANTISSA_BITS - exponent - zeros;
    let is_whole = bits_after_point <= 0 && exponent <= BIAS + MANTISSA_BITS;
    is_whole || bits_after_point >= BITS_OF_19_DIGITS
}
