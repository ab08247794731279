//! An exposure: intensity times time, exact.

use core::ops::{Add, AddAssign, Sub};

use crate::time::Span;
use crate::units::{Intensity, MAX_GRID_GRAMS, Mass, Power};

/// The integral of intensity over time: the emissions of a constant power of one kilowatt, in grams, are this integral
/// with the time in hours.
///
/// It is stored as an integer, in units of 2^-50 g/kWh times a microsecond. Sums and differences are exact in any
/// order, whereas sums of floating-point numbers would make equal choices differ. An intensity is rounded once, to
/// 5e-16 g/kWh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exposure(i128);

const UNITS_PER_GRAM: f64 = (1_u64 << 50) as f64;
const MICROS_PER_HOUR: f64 = 3.6e9;

impl Exposure {
    /// An exposure of zero.
    pub const ZERO: Exposure = Exposure(0);

    /// The exposure of an intensity that holds for a span.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "under 2^70, by the bound"
    )]
    pub fn new(intensity: Intensity, span: Span) -> Exposure {
        let grams = intensity.as_grams_per_kilowatt_hour();
        let grams = if grams < MAX_GRID_GRAMS { grams } else { MAX_GRID_GRAMS }; // `min` is a call in wasm
        // Rounded half up, without a function that `no_std` lacks.
        let units = grams * UNITS_PER_GRAM + 0.5;
        let micros = span.as_micros();
        // Below 8192 g/kWh, as every grid is, in 64 bits: the processor's own conversion, and a product below 2^127.
        let in_64_bits = units < (1_u64 << 63) as f64;
        Exposure(match u32::try_from(micros) {
            // Within 71 minutes, as a slot is, in two products of 64 bits: wasm has no wider ones.
            Ok(micros) if in_64_bits => {
                let (units, micros) = (units as i64 as u64, u64::from(micros));
                let (high, low) = (units >> 32, units & u64::from(u32::MAX));
                (i128::from(high * micros) << 32) + i128::from(low * micros)
            }
            _ if in_64_bits => i128::from(units as u64).wrapping_mul(i128::from(micros)),
            _ => (units as i128).saturating_mul(i128::from(micros)),
        })
    }

    /// The rest after an earlier part of the same sum: as `-`, where nothing can overflow.
    pub(crate) const fn after(self, part: Exposure) -> Exposure {
        Exposure(self.0.wrapping_sub(part.0))
    }

    /// The sum with a later part: as `+`, where nothing can overflow.
    pub(crate) const fn with(self, part: Exposure) -> Exposure {
        Exposure(self.0.wrapping_add(part.0))
    }

    /// The exposure over another length at the same mean intensity, rounded down.
    pub(crate) fn at_length(self, span: Span, length: Span) -> Exposure {
        let [span, length] = [span, length].map(|it| i128::from(it.as_micros()).max(1));
        Exposure(self.0.saturating_mul(length).div_euclid(span))
    }

    /// The exposure as a number, for ranking.
    pub(crate) const fn as_units(self) -> u128 {
        self.0.unsigned_abs()
    }

    /// The emissions of a constant power over this exposure.
    #[must_use]
    pub fn emissions_of(self, power: Power) -> Mass {
        let gram_hours_per_kilowatt_hour = self.0 as f64 / (UNITS_PER_GRAM * MICROS_PER_HOUR);
        Mass::saturating(power.as_watts() / 1000.0 * gram_hours_per_kilowatt_hour)
    }

    /// The mean intensity over a span; `None` over a span of zero.
    #[must_use]
    pub fn mean_over(self, span: Span) -> Option<Intensity> {
        let micros = span.as_micros() as f64;
        let grams = || Intensity::saturating(self.0 as f64 / micros / UNITS_PER_GRAM);
        (span > Span::ZERO).then(grams)
    }

    /// The ratio to a whole; `None` if the whole is zero.
    #[must_use]
    pub fn share_of(self, whole: Exposure) -> Option<f64> {
        (whole != Exposure::ZERO).then(|| self.0 as f64 / whole.0 as f64)
    }
}

impl Add for Exposure {
    type Output = Exposure;
    fn add(self, other: Exposure) -> Exposure {
        Exposure(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Exposure {
    fn add_assign(&mut self, other: Exposure) {
        *self = *self + other;
    }
}

impl Sub for Exposure {
    type Output = Exposure;
    fn sub(self, other: Exposure) -> Exposure {
        Exposure(self.0.saturating_sub(other.0))
    }
}
