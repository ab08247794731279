//! Embodied emissions: those of manufacturing hardware, and their share for a time of use.
//!
//! A figure says little without its boundary and its method: two published figures of one card differ by half, and the eighth of
//! a baseboard holds more than a card. So each row of the [catalogue](MANUFACTURES) has both, with its year, its source, and the
//! range of the published figures. Of hardware without a row the emissions are unknown, not zero.

mod basis;
mod catalogue;
mod lifetime;
mod provenance;

use crate::sci::EmbodiedShare;
use crate::time::Span;
use crate::units::{Mass, Ratio};

pub use basis::{CountedFigure, CountedServer, EmbodiedBasis, FigureOrigin};
pub use catalogue::{MANUFACTURES, Manufacture, SERVERS};
pub use lifetime::{LIFESPAN, LIFETIMES, Lifetime};
pub use provenance::{Boundary, HardwareUnit, Method};

/// The share of one GPU's manufacture for the time that it was reserved; zero for a lifespan of zero.
///
/// A part of a GPU reserves a part of its time: a MIG instance its slices of the time, each of several holders of a GPU an equal
/// part. So the parts of all holders add up to the whole.
#[must_use]
pub fn of_one_gpu(total: Mass, reserved: Span, lifespan: Span) -> Mass {
    let share = EmbodiedShare { total, reserved, lifespan, resources: Ratio::ONE };
    share.mass().unwrap_or(Mass::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_has_the_whole_and_an_hour_its_share() {
        let total = Mass::from_kilograms(1000.0).unwrap();
        assert_eq!(of_one_gpu(total, LIFESPAN, LIFESPAN), total);
        let hour = of_one_gpu(total, Span::from_seconds(3600), LIFESPAN).as_grams();
        assert!((hour - 28.538_812_785).abs() < 1e-9);
    }

    /// An H100 and its eighth of a server, in grams an hour: the GPU alone, with the server over four years, and over the three
    /// years of EcoLogits.
    #[test]
    fn the_server_around_a_gpu_weighs_more_than_the_gpu() {
        let gpu = Manufacture::of("NVIDIA H100 80GB HBM3").unwrap().mass();
        let hour = |total, years: u64| {
            of_one_gpu(total, Span::from_seconds(3600), Span::from_days(365 * years)).as_grams()
        };
        let [server] = SERVERS;
        let eighth = Mass::from_kilograms(server.mass().as_kilograms() / 8.0).unwrap();
        assert_eq!((gpu + eighth).as_kilograms(), 876.5);
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 0.05, "{found}");
        close(hour(gpu, 4), 4.68);
        close(hour(gpu + eighth, 4), 25.0);
        close(hour(gpu + eighth, 3), 33.4);
    }
}
