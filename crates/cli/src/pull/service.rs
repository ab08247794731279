//! The service that the command line names.

use std::path::Path;
use std::time::Duration;

use gpu_carbon_feeds::{self as feeds, BadPoints, great_britain, ieso};
use gpu_carbon_fetch::{
    BaseUrl, Client, DEFAULT_TIMEOUT, Eia, ElectricityMaps, EnergyCharts, GreatBritain, Ieso,
    Location, OpenElectricity, Pjm, Service, Sgip, Version, WattTime,
};

use super::args::Args;
use crate::credentials::CredentialPlace;
use crate::usage_error::UsageError;

/// A zone of a service, and the places of its credentials.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted<'a> {
    /// The zone, as the service names it.
    pub(crate) zone: Option<&'a str>,
    /// Latitude and longitude, instead of the zone.
    pub(crate) coordinates: Option<(f64, f64)>,
    /// The address, instead of the service's own.
    pub(crate) base_url: Option<&'a str>,
    /// True where the command has the flags that name files of credentials.
    pub(crate) has_flags: bool,
    /// Files of credentials; else they are in the environment.
    pub(crate) user_file: Option<&'a Path>,
    pub(crate) password_file: Option<&'a Path>,
    pub(crate) token_file: Option<&'a Path>,
    pub(crate) key_file: Option<&'a Path>,
    /// The treatment of points that cannot be used.
    pub(crate) bad_points: BadPoints,
}

/// Returns the service that the command line names.
///
/// # Errors
///
/// As [`client`].
pub(super) fn of(args: &Args) -> Result<Service, UsageError> {
    let wanted = Wanted {
        zone: args.zone.as_deref(),
        coordinates: args.latitude.zip(args.longitude),
        base_url: args.base_url.as_deref(),
        has_flags: true,
        user_file: args.user_file.as_deref(),
        password_file: args.password_file.as_deref(),
        token_file: args.token_file.as_deref(),
        key_file: args.key_file.as_deref(),
        bad_points: if args.skip_bad { BadPoints::Skip } else { BadPoints::Refuse },
    };
    client(args.service.into(), &wanted, DEFAULT_TIMEOUT)
}

/// Returns the client of a zone of a service, after checking that the zone and the credentials are given.
///
/// # Errors
///
/// The first thing that is missing or cannot be used.
pub(crate) fn client(
    service: feeds::Service,
    wanted: &Wanted<'_>,
    timeout: Duration,
) -> Result<Service, UsageError> {
    let refuse = |why: String| UsageError::CommandLine(why);
    let zone =
        |such_as: &str| wanted.zone.ok_or_else(|| refuse(format!("--zone is missing: {such_as}")));
    if wanted.coordinates.is_some() && service != feeds::Service::WattTime {
        return Err(refuse(
            "--latitude and --longitude are for watttime only: give --zone instead".to_owned(),
        ));
    }
    let base = BaseUrl::new(wanted.base_url.unwrap_or(Service::base_url(service)))
        .map_err(|error| refuse(format!("--base-url: {error}")))?;
    let client = Client::new(base, timeout).with_bad_points(wanted.bad_points);
    let credential = |file: Option<&Path>, flag: &'static str, variable: &'static str| {
        let flag = Some(flag).filter(|_| wanted.has_flags);
        CredentialPlace { variable, file, flag }.read().map_err(UsageError::CommandLine)
    };
    let account = |user, password| {
        let user = credential(wanted.user_file, "--user-file", user);
        let password = credential(wanted.password_file, "--password-file", password);
        match (user, password) {
            (Ok(user), Ok(password)) => Ok((user, password)),
            (Err(user), Err(password)) => Err(refuse(format!("{user}; {password}"))),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
        }
    };
    Ok(match service {
        feeds::Service::GreatBritain => {
            let zone = wanted.zone.unwrap_or(great_britain::NATIONAL);
            let place = great_britain::Place::parse(zone).ok_or_else(|| {
                refuse(format!("--zone: `{zone}` is not GB, a region from 1 to 17, or the first part of a postcode"))
            })?;
            Service::GreatBritain(GreatBritain::new(client, place))
        }
        feeds::Service::EnergyCharts => {
            Service::EnergyCharts(EnergyCharts::new(client, zone("a country such as de")?))
        }
        feeds::Service::ElectricityMaps => {
            let token = credential(wanted.token_file, "--token-file", "ELECTRICITY_MAPS_TOKEN")?;
            let zone = zone("a zone such as US-CAL-CISO")?;
            Service::ElectricityMaps(ElectricityMaps::new(client, Version::V4, zone, token))
        }
        feeds::Service::WattTime => {
            let place = match wanted.coordinates {
                Some((latitude, longitude)) => Location::Coordinates { latitude, longitude },
                None => Location::Region(
                    zone("a region such as CAISO_NORTH, or give --latitude and --longitude")?
                        .to_owned(),
                ),
            };
            let (user, password) = account("WATTTIME_USER", "WATTTIME_PASSWORD")?;
            Service::WattTime(WattTime::new(client, place, user, password))
        }
        feeds::Service::Eia => {
            let key = credential(wanted.key_file, "--key-file", "EIA_API_KEY")?;
            Service::Eia(Eia::new(client, zone("a balancing authority such as PJM")?, key))
        }
        feeds::Service::Sgip => {
            let (user, password) = account("SGIP_USER", "SGIP_PASSWORD")?;
            let region = zone("a region such as SGIP_CAISO_PGE")?;
            Service::Sgip(Sgip::new(client, region, user, password))
        }
        feeds::Service::Pjm => {
            let key = credential(wanted.key_file, "--key-file", "PJM_API_KEY")?;
            let zone = zone("the number of a pricing node, 1 for the whole of PJM")?;
            let node = zone.parse().map_err(|_| {
                refuse(format!("--zone: `{zone}` is not the number of a pricing node of PJM, such as 1 for the whole"))
            })?;
            Service::Pjm(Pjm::new(client, node, key))
        }
        feeds::Service::OpenElectricity => {
            let key = credential(wanted.key_file, "--key-file", "OPENELECTRICITY_API_KEY")?;
            let region = zone("a region such as NSW1, or WEM")?;
            Service::OpenElectricity(OpenElectricity::new(client, region, key))
        }
        feeds::Service::Ieso => match wanted.zone {
            None | Some(ieso::ZONE) => Service::Ieso(Ieso::new(client)),
            Some(other) => {
                let only = ieso::ZONE;
                return Err(refuse(format!(
                    "--zone: `{other}` is not {only} (Ontario), the only zone of ieso"
                )));
            }
        },
    })
}
