//! The share of a server's power that its GPUs take, by which the energy of GPUs becomes that of their servers.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use crate::units::Ratio;

/// The share of a server's power that its GPUs take: the energy of the servers is that of the GPUs divided by it.
///
/// It is for plans and comparisons. The energy of a host that meters measure, or that its operator declares, has a
/// [boundary](super::Boundary) instead.
///
/// ```
/// use gpu_carbon_core::Energy;
/// use gpu_carbon_core::boundary::HostShare;
///
/// let gpus = Energy::from_kilowatt_hours(37.0)?;
/// assert_eq!((gpus * HostShare::PAPER.energy_factor()).as_kilowatt_hours(), 50.0);
/// assert_eq!(
///     HostShare::PAPER.sentence(),
///     "the servers, of whose power the GPUs take 74 % (Dodge et al. 2022, Table 1)"
/// );
/// assert_eq!(HostShare::own(0.5).unwrap_err().to_string(), "the share of a server's power must be a number of percent from 1 to 100, got 0.5");
/// # Ok::<(), gpu_carbon_core::UnitError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct HostShare(Kind);

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Kind {
    #[default]
    GpusOnly,
    Paper,
    /// A share in percent.
    Own(f64),
}

/// A number that is no share of a server's power.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("the share of a server's power must be {}, got {percent}", HostShare::ALLOWED)]
pub struct HostShareError {
    /// The number that was given, in percent.
    pub percent: f64,
}

impl HostShare {
    /// The GPUs alone: the rest of their servers is left out.
    pub const GPUS_ONLY: HostShare = HostShare(Kind::GpusOnly);

    /// The share in the paper, 74 %: one TITAN X, of the power of GPU, two CPUs and DRAM.
    pub const PAPER: HostShare = HostShare(Kind::Paper);

    /// The allowed numbers, in words for an error message.
    pub const ALLOWED: &str = "a number of percent from 1 to 100";

    const PAPER_PERCENT: f64 = 74.0;

    /// A share of one's own, in percent.
    ///
    /// # Errors
    ///
    /// When it is not from 1 to 100.
    pub fn own(percent: f64) -> Result<HostShare, HostShareError> {
        if (1.0..=100.0).contains(&percent) {
            Ok(HostShare(Kind::Own(percent)))
        } else {
            Err(HostShareError { percent })
        }
    }

    /// The share in percent; `None` where the rest of the servers is left out.
    #[must_use]
    pub const fn percent(self) -> Option<f64> {
        match self.0 {
            Kind::GpusOnly => None,
            Kind::Paper => Some(HostShare::PAPER_PERCENT),
            Kind::Own(percent) => Some(percent),
        }
    }

    /// The energy within the boundary, for each unit of energy of the GPUs, from 1 to 100.
    #[must_use]
    pub fn energy_factor(self) -> Ratio {
        self.percent().map_or(Ratio::ONE, |percent| Ratio::saturating(100.0 / percent))
    }

    /// The boundary in words, without the full stop.
    #[must_use]
    pub fn sentence(self) -> String {
        let source = match self.0 {
            Kind::GpusOnly => {
                return "the GPUs alone, without the rest of their servers".to_owned();
            }
            Kind::Paper => "Dodge et al. 2022, Table 1",
            Kind::Own(_) => "as entered",
        };
        let percent = self.percent().unwrap_or_default();
        format!("the servers, of whose power the GPUs take {percent} % ({source})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gpus_take_their_share_of_the_energy_of_the_servers() {
        assert_eq!(HostShare::default(), HostShare::GPUS_ONLY);
        assert_eq!(HostShare::GPUS_ONLY.energy_factor(), Ratio::ONE);
        assert!(HostShare::GPUS_ONLY.sentence().contains("the GPUs alone"));
        for percent in [1.0, 33.3, 62.5, 74.0, 100.0] {
            let own = HostShare::own(percent).unwrap();
            let whole = own.energy_factor().as_number() * percent;
            assert!((whole - 100.0).abs() < 1e-12, "{percent}: {whole}");
        }
        let own = HostShare::own(62.5).unwrap().sentence();
        assert!(own.ends_with("take 62.5 % (as entered)"), "{own}");
        for percent in [0.0, 0.99, 100.01, -5.0, f64::NAN, f64::INFINITY] {
            assert!(HostShare::own(percent).is_err(), "{percent}");
        }
    }
}
