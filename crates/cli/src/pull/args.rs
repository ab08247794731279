//! The arguments of `pull`.

use std::path::PathBuf;

use clap::ValueEnum;
use gpu_carbon_core::Timestamp;
use gpu_carbon_feeds as feeds;

use crate::value_parsers;

/// A service, a zone, and a period.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  \
        gpu-carbon pull gb --start 2024-01-01T00:00:00Z --end 2025-01-01T00:00:00Z\n  \
        gpu-carbon pull energy-charts --zone de --start 2024-01-01T00:00:00Z --end 2025-01-01T00:00:00Z --output regions/DE.csv\n  \
        WATTTIME_USER=ada gpu-carbon pull watttime --password-file password --zone CAISO_NORTH --start 2024-01-01T00:00:00Z --end 2025-01-01T00:00:00Z")]
pub struct Args {
    /// Service to ask; gb, energy-charts and ieso need no account
    #[arg(value_enum)]
    pub service: ServiceName,

    /// Zone, as the service names it: for gb, GB, a region from 1 to 17 or the first part of a postcode [default: GB]; for
    /// energy-charts, a country such as de; for electricity-maps, a zone such as FR; for watttime, a region such as CAISO_NORTH;
    /// for eia, a balancing authority such as PJM; for sgip, a region such as SGIP_CAISO_PGE; for pjm, the number of a pricing
    /// node, 1 for the whole; for openelectricity, a region such as NSW1; for ieso, ON [default: ON]
    #[arg(long)]
    pub zone: Option<String>,

    /// Latitude of a place in the region of WattTime, instead of --zone: degrees north, from -90 to 90
    #[arg(
        long,
        value_name = "DEGREES",
        allow_hyphen_values = true,
        requires = "longitude",
        conflicts_with = "zone",
        value_parser = value_parsers::latitude
    )]
    pub latitude: Option<f64>,

    /// Longitude of that place: degrees east, from -180 to 180
    #[arg(
        long,
        value_name = "DEGREES",
        allow_hyphen_values = true,
        requires = "latitude",
        conflicts_with = "zone",
        value_parser = value_parsers::longitude
    )]
    pub longitude: Option<f64>,

    /// Start of the history, with its offset from UTC, such as 2024-01-01T00:00:00Z
    #[arg(long, value_parser = value_parsers::time)]
    pub start: Timestamp,

    /// End of the history, itself excluded, written as --start is; it must be in the past
    #[arg(long, value_parser = value_parsers::time)]
    pub end: Timestamp,

    /// CSV file to write [default: SERVICE-ZONE.csv]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Leaves out points that cannot be used, such as a negative intensity, and counts them, instead of ending with an error
    #[arg(long)]
    pub skip_bad: bool,

    /// Base URL of a proxy or a copy of the service [default: the service's own]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,

    /// File with the user name at WattTime or the SGIP signal [default: the environment variable WATTTIME_USER or SGIP_USER, or the
    /// file that WATTTIME_USER_FILE or SGIP_USER_FILE names]
    #[arg(long, value_name = "FILE")]
    pub user_file: Option<PathBuf>,

    /// File with the password at WattTime or the SGIP signal [default: the environment variable WATTTIME_PASSWORD or
    /// SGIP_PASSWORD, or the file that WATTTIME_PASSWORD_FILE or SGIP_PASSWORD_FILE names]
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// File with the token of Electricity Maps [default: the environment variable ELECTRICITY_MAPS_TOKEN, or the file that
    /// ELECTRICITY_MAPS_TOKEN_FILE names]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// File with the key of EIA, PJM or OpenElectricity [default: the environment variable EIA_API_KEY, PJM_API_KEY or
    /// OPENELECTRICITY_API_KEY, or the file that the variable of that name with _FILE names]
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

/// The service to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ServiceName {
    /// carbonintensity.org.uk: Great Britain and its regions, no account
    Gb,
    /// Energy-Charts: countries of Europe, no account
    EnergyCharts,
    /// Electricity Maps: the world, with a token that has history
    ElectricityMaps,
    /// WattTime: marginal intensity; a free account has CAISO_NORTH
    #[value(name = "watttime")]
    WattTime,
    /// EIA: 60 balancing authorities of the United States by their generation, with a free key
    Eia,
    /// SGIP signal: marginal intensity of California and its neighbours, with a free account
    Sgip,
    /// PJM Data Miner 2: marginal intensity of a pricing node, with a free key, for your own use
    Pjm,
    /// OpenElectricity: regions of Australia, with a free key, not for commercial use
    #[value(name = "openelectricity")]
    OpenElectricity,
    /// IESO: Ontario by its generation, no account
    Ieso,
}

impl From<ServiceName> for feeds::Service {
    fn from(name: ServiceName) -> feeds::Service {
        match name {
            ServiceName::Gb => feeds::Service::GreatBritain,
            ServiceName::EnergyCharts => feeds::Service::EnergyCharts,
            ServiceName::ElectricityMaps => feeds::Service::ElectricityMaps,
            ServiceName::WattTime => feeds::Service::WattTime,
            ServiceName::Eia => feeds::Service::Eia,
            ServiceName::Sgip => feeds::Service::Sgip,
            ServiceName::Pjm => feeds::Service::Pjm,
            ServiceName::OpenElectricity => feeds::Service::OpenElectricity,
            ServiceName::Ieso => feeds::Service::Ieso,
        }
    }
}
