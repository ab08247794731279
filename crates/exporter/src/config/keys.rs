//! The keys that each source allows. A key that was meant for another source is an error.

use super::check::Checker;
use super::error::ConfigError;
use super::file::{IntensitySection, ServiceName, ServiceSection};

/// Checks that a service has no key but its own.
pub(super) fn check_service_keys(
    check: &Checker<'_>,
    section: &ServiceSection,
) -> Result<(), ConfigError> {
    let others: &[&str] = match section.source {
        ServiceName::WattTime => &["latitude", "longitude", "user", "password"],
        ServiceName::ElectricityMaps => &["token", "api_version"],
        ServiceName::Sgip => &["user", "password"],
        ServiceName::Eia | ServiceName::Pjm | ServiceName::OpenElectricity => &["key"],
        ServiceName::Gb | ServiceName::EnergyCharts | ServiceName::Ieso => &[],
    };
    let all = ["zone", "base_url", "poll_period", "timeout"];
    let allows = |key: &str| {
        let key = key.trim_start_matches("intensity.");
        let key = key.trim_end_matches("_file").trim_end_matches("_env");
        all.contains(&key) || others.contains(&key)
    };
    match section.keys_of_service().find(|key| !allows(key)) {
        Some(key) => {
            let allowed =
                format!("the source `{}` has no such key", section.source.service().name());
            Err(check.invalid(key, "the value", allowed))
        }
        None => Ok(()),
    }
}

/// Checks that no key of a service stands where no service is.
pub(super) fn check_no_service_keys(
    check: &Checker<'_>,
    section: &IntensitySection,
) -> Result<(), ConfigError> {
    let Some(key) = section.keys_of_service().next() else { return Ok(()) };
    let allowed = match section.sources {
        Some(_) => {
            "beside `sources`, only keys that all services share are allowed; move it into one of them"
        }
        None => "it is a key of a service, and the source is not one",
    };
    Err(check.invalid(key, "the value", allowed))
}
