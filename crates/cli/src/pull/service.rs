//! The service that the command line names.

use std::path::Path;

use gpu_carbon_feeds::great_britain;
use gpu_carbon_fetch::{
    BaseUrl, Client, Credential, DEFAULT_TIMEOUT, ElectricityMaps, EnergyCharts, GreatBritain,
    Location, Service, Version, WattTime,
};

use super::args::{Args, ServiceName};
use crate::usage_error::UsageError;

/// Returns the service, after checking that its zone and its credentials are given.
///
/// # Errors
///
/// The first argument that is missing or cannot be used.
pub(super) fn of(args: &Args) -> Result<Service, UsageError> {
    let refuse = |why: String| UsageError::CommandLine(why);
    let zone = |such_as: &str| {
        args.zone.clone().ok_or_else(|| refuse(format!("--zone is missing: {such_as}")))
    };
    let coordinates = args.latitude.zip(args.longitude);
    if coordinates.is_some() && args.service != ServiceName::WattTime {
        return Err(refuse(
            "--latitude and --longitude are for watttime only: give --zone instead".to_owned(),
        ));
    }
    let public = match args.service {
        ServiceName::Gb => GreatBritain::BASE_URL,
        ServiceName::EnergyCharts => EnergyCharts::BASE_URL,
        ServiceName::ElectricityMaps => ElectricityMaps::BASE_URL,
        ServiceName::WattTime => WattTime::BASE_URL,
    };
    let base = args.base_url.as_deref().unwrap_or(public);
    let base = BaseUrl::new(base).map_err(|error| refuse(format!("--base-url: {error}")))?;
    let client = Client::new(base, DEFAULT_TIMEOUT);
    let credential = |file: &Option<std::path::PathBuf>, variable: &str| {
        let from_file = |path: &Path| Credential::File(path.to_owned());
        let credential =
            file.as_deref().map_or_else(|| Credential::Environment(variable.to_owned()), from_file);
        credential.read().map_err(|error| refuse(error.to_string()))?;
        Ok::<_, UsageError>(credential)
    };
    Ok(match args.service {
        ServiceName::Gb => {
            let zone = args.zone.as_deref().unwrap_or(great_britain::NATIONAL);
            let place = great_britain::Place::parse(zone).ok_or_else(|| {
                refuse(format!("--zone: `{zone}` is not GB, a region from 1 to 17, or the first part of a postcode"))
            })?;
            Service::GreatBritain(GreatBritain::new(client, place))
        }
        ServiceName::EnergyCharts => {
            Service::EnergyCharts(EnergyCharts::new(client, &zone("a country such as de")?))
        }
        ServiceName::ElectricityMaps => {
            let token = credential(&args.token_file, "ELECTRICITY_MAPS_TOKEN")?;
            let zone = zone("a zone such as US-CAL-CISO")?;
            Service::ElectricityMaps(ElectricityMaps::new(client, Version::V4, &zone, token))
        }
        ServiceName::WattTime => {
            let place = match coordinates {
                Some((latitude, longitude)) => Location::Coordinates { latitude, longitude },
                None => Location::Region(zone(
                    "a region such as CAISO_NORTH, or give --latitude and --longitude",
                )?),
            };
            let user = credential(&args.user_file, "WATTTIME_USER")?;
            let password = credential(&args.password_file, "WATTTIME_PASSWORD")?;
            Service::WattTime(WattTime::new(client, place, user, password))
        }
    })
}
