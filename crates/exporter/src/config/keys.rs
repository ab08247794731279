//! Which keys go with which source. One that a source does not take was meant for another, and is refused.

use super::ConfigError;
use super::check::Check;
use super::file::{IntensitySection, ServiceName, ServiceSection};
use super::services::name;

impl Check<'_> {
    /// Refuses the first key that a service does not take.
    pub(super) fn keys_of(&self, section: &ServiceSection) -> Result<(), ConfigError> {
        let others: &[&str] = match section.source {
            ServiceName::WattTime => &["latitude", "longitude", "user", "password"],
            ServiceName::ElectricityMaps => &["token", "api_version"],
            ServiceName::Gb | ServiceName::EnergyCharts => &[],
        };
        let all = ["zone", "base_url", "poll_period", "timeout"];
        let takes = |key: &str| {
            let key = key.trim_start_matches("intensity.");
            let key = key.trim_end_matches("_file").trim_end_matches("_env");
            all.contains(&key) || others.contains(&key)
        };
        match section.keys_of_service().find(|key| !takes(key)) {
            Some(key) => {
                let allowed = format!("the source `{}` takes no such key", name(section.source));
                Err(self.refuse(key, "what stands there", allowed))
            }
            None => Ok(()),
        }
    }

    /// Refuses a service's key where no service stands.
    pub(super) fn no_keys_of_services(
        &self,
        section: &IntensitySection,
    ) -> Result<(), ConfigError> {
        let Some(key) = section.keys_of_service().next() else { return Ok(()) };
        let allowed = match section.sources {
            Some(_) => "beside `sources` stands what they share; this goes into one of them",
            None => "it is a key of a service, and the source is none",
        };
        Err(self.refuse(key, "what stands there", allowed))
    }
}
