//! The manufacture of the servers around the GPUs, which is added only where it is asked for.

use gpu_carbon_core::Mass;
use gpu_carbon_core::embodied::{Lifetime, SERVERS};
use gpu_carbon_core::{Span, format};
use gpu_carbon_ledger::report::Totals;

use super::manufacture::GpuManufacture;
use crate::output::Record;
use crate::usage_error::UsageError;

/// The word that stands for the published figure of a server.
const PUBLISHED: &str = "published";

/// The manufacture of a server, and the GPUs and years over which it is spread.
#[derive(Debug, Clone, clap::Args)]
pub struct ServerArgs {
    /// Adds the manufacture of the servers around the GPUs: kilograms of CO2e for one server without its GPUs, or `published`, for the
    /// 5,700 kg of a server of 8 H100 (EcoLogits, 2025)
    #[arg(long, value_name = "KILOGRAMS", conflicts_with_all = ["backup", "labels"], value_parser = server)]
    pub server: Option<ServerFigure>,

    /// GPUs of one such server
    #[arg(long, value_name = "COUNT", default_value = "8", requires = "server", value_parser = clap::value_parser!(u16).range(1..))]
    pub server_gpus: u16,

    /// Years over which the manufacture of the server is spread: 3, 4, 5 and 6 are in use
    #[arg(long, value_name = "YEARS", default_value = "4", requires = "server", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub server_lifetime_years: u16,
}

/// A figure for one server without its GPUs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServerFigure {
    kilograms: f64,
    /// The source, if it is published.
    source: Option<&'static str>,
}

/// The share of servers in the manufacture for the time of some GPUs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ServerShare {
    pub(super) grams: f64,
    /// The figure, its source, and the lifetime.
    pub(super) basis: String,
    kilograms: f64,
    gpus: u16,
    lifetime_years: u16,
    source: Option<&'static str>,
}

impl ServerArgs {
    /// Checks that the embodied emissions of a ledger do not contain the servers already.
    ///
    /// # Errors
    ///
    /// When they do, and the servers are asked for.
    pub(super) fn check(&self, manufactures: &[GpuManufacture<'_>]) -> Result<(), UsageError> {
        if self.server.is_none() || !manufactures.iter().any(GpuManufacture::contains_server) {
            return Ok(());
        }
        Err(UsageError::CommandLine("the embodied emissions of that time contain the servers already (embodied.server in the exporter's configuration): leave --server out".to_owned()))
    }

    /// Returns the share of the servers for the time of some GPUs; `None` where it is not asked for.
    pub(super) fn share(&self, totals: &Totals) -> Option<ServerShare> {
        let ServerFigure { kilograms, source } = self.server?;
        let (gpus, years) = (self.server_gpus, self.server_lifetime_years);
        let lifespan = Span::from_days(365 * u64::from(years));
        let grams = kilograms * 1e3 / f64::from(gpus) * totals.gpu_seconds / lifespan.as_seconds();
        let origin = source.unwrap_or("as given");
        let lifetime = Lifetime::of(lifespan).map(|it| format!(" ({})", it.source));
        let basis = format!(
            "{} for a server of {gpus} GPUs without them ({origin}), over {years} years{}",
            format::mass(Mass::from_kilograms(kilograms).unwrap_or_default()),
            lifetime.unwrap_or_default(),
        );
        Some(ServerShare { grams, basis, kilograms, gpus, lifetime_years: years, source })
    }
}

impl ServerShare {
    /// Returns the share as an object.
    pub(super) fn record(&self) -> Record {
        Record::default()
            .with("embodied_emissions_grams", self.grams)
            .with("kilograms_per_server", self.kilograms)
            .with("gpus_per_server", i32::from(self.gpus))
            .with("lifetime_years", i32::from(self.lifetime_years))
            .with("source", self.source)
    }
}

fn server(text: &str) -> Result<ServerFigure, String> {
    let [published] = SERVERS;
    if text == PUBLISHED {
        let kilograms = published.mass().as_kilograms();
        return Ok(ServerFigure { kilograms, source: Some(published.source) });
    }
    let kilograms = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    kilograms.map(|kilograms| ServerFigure { kilograms, source: None }).ok_or_else(|| {
        format!("expected kilograms of CO2e, zero or more, such as 5700, or {PUBLISHED}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_shared_by_its_gpus_over_its_lifetime() {
        let of = |text, gpus, years| ServerArgs {
            server: Some(server(text).unwrap()),
            server_gpus: gpus,
            server_lifetime_years: years,
        };
        let mut hour = Totals::default();
        hour.gpu_seconds = 3600.0;
        let share = of(PUBLISHED, 8, 3).share(&hour).unwrap();
        assert!((share.grams - 5700e3 / 8.0 / (3.0 * 8760.0)).abs() < 1e-9);
        assert!(share.basis.contains("EcoLogits"), "{}", share.basis);
        let share = of("800", 1, 4).share(&hour).unwrap();
        assert!((share.grams - 800e3 / (4.0 * 8760.0)).abs() < 1e-9);
        assert!(share.basis.contains("as given"), "{}", share.basis);
        let none = ServerArgs { server: None, server_gpus: 8, server_lifetime_years: 4 };
        assert_eq!(none.share(&hour), None);
        for bad in ["", "-1", "NaN", "inf", "5700kg", "Published"] {
            assert!(server(bad).unwrap_err().contains("5700"), "{bad}");
        }
    }
}
