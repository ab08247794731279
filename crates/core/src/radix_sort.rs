//! A radix sort of floating-point numbers: one pass for each byte.

use alloc::vec::Vec;

/// The bytes of a number.
const DIGITS: usize = 8;
/// The values of a byte.
const VALUES: usize = 256;

/// The length below which the standard library's sort is used.
const FEW: usize = 1000;

/// The numbers in the order of [`f64::total_cmp`].
///
/// The wasm is built with a standard library that is optimised for size. Its sort took more than half of the time of a
/// year's study, which has a hundred thousand starts.
#[expect(clippy::cast_possible_truncation, reason = "to a byte, on purpose")]
pub(crate) fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    if values.len() < FEW {
        values.sort_unstable_by(f64::total_cmp);
        return values;
    }
    let mut keys: Vec<u64> = values.iter().map(|&value| key(value)).collect();
    let mut counts = [[0_usize; VALUES]; DIGITS];
    for &key in &keys {
        for (count, digit) in counts.iter_mut().zip(key.to_le_bytes()) {
            if let Some(count) = count.get_mut(usize::from(digit)) {
                *count += 1;
            }
        }
    }
    let mut sorted = alloc::vec![0; keys.len()];
    for (at, mut places) in counts.into_iter().enumerate() {
        if places.contains(&keys.len()) {
            continue; // the same byte in all of them
        }
        let mut next = 0;
        for place in &mut places {
            next += core::mem::replace(place, next);
        }
        for &key in &keys {
            let digit = usize::from((key >> (8 * at)) as u8);
            let Some(place) = places.get_mut(digit) else { continue };
            if let Some(sorted) = sorted.get_mut(*place) {
                *sorted = key;
            }
            *place += 1;
        }
        core::mem::swap(&mut keys, &mut sorted);
    }
    keys.into_iter().map(value).collect()
}

const SIGN: u64 = 1 << 63;

/// The bits of a number, mapped so that they are ordered as the numbers are: of a negative number all bits are
/// flipped, of others the sign.
fn key(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

fn value(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_standard_library(
            any in prop::collection::vec(any::<u64>().prop_map(f64::from_bits), FEW..2 * FEW),
            near in prop::collection::vec((-3..3_i8).prop_map(f64::from), 0..2 * FEW),
            shares in prop::collection::vec(-1.0..1.0_f64, 0..2 * FEW),
        ) {
            for values in [any, near, shares] {
                let mut expected = values.clone();
                expected.sort_by(f64::total_cmp);
                prop_assert_eq!(bits(&sorted(values.clone())), bits(&expected));
            }
        }
    }

    #[test]
    fn zeros_infinities_and_nans_are_ordered() {
        let values = [0.0, f64::INFINITY, -0.0, f64::NAN, f64::NEG_INFINITY, -f64::NAN];
        let expected = [-f64::NAN, f64::NEG_INFINITY, -0.0, 0.0, f64::INFINITY, f64::NAN];
        let found = sorted(values.repeat(FEW));
        let expected = expected.map(|value| [value].repeat(FEW)).concat();
        assert_eq!(bits(&found), bits(&expected));
    }
}
