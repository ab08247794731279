//! The arguments of `pull`.

use std::path::PathBuf;

use clap::ValueEnum;
use gpu_carbon_core::Timestamp;

use crate::value_parsers;

/// A service, a zone, and a period.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  \
        gpu-carbon pull gb --start 2024-01-01T00:00:00Z --end 2025-01-01T00:00:00Z\n  \
        gpu-carbon pull energy-charts --zone de --start 2024-01-01T00:00:00Z --end 2025-01-01T00:00:00Z --output regions/DE.csv\n  \
        WATTTIME_USER=ada gpu-carbon pull watttime --password-file password --zone CAISO_NORTH --start 2024-01-01T00:00:00Z --end 2025-01-01T00:00:00Z")]
pub struct Args {
    /// Service to ask; gb and energy-charts need no account
    #[arg(value_enum)]
    pub service: ServiceName,

    /// Zone, as the service names it: for gb, GB, a region from 1 to 17 or the first part of a postcode [default: GB]; for
    /// energy-charts, a country such as de; for electricity-maps, a zone such as FR; for watttime, a region such as CAISO_NORTH
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

    /// Start of the history, with its offset from UTC, as 2024-01-01T00:00:00Z
    #[arg(long, value_parser = value_parsers::time)]
    pub start: Timestamp,

    /// End of the history, itself excluded, written as --start is; it must be in the past
    #[arg(long, value_parser = value_parsers::time)]
    pub end: Timestamp,

    /// CSV file to write [default: SERVICE-ZONE.csv]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Base URL of a proxy or a copy of the service [default: the service's own]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,

    /// File with the user name at WattTime [default: the environment variable WATTTIME_USER]
    #[arg(long, value_name = "FILE")]
    pub user_file: Option<PathBuf>,

    /// File with the password at WattTime [default: the environment variable WATTTIME_PASSWORD]
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// File with the token of Electricity Maps [default: the environment variable ELECTRICITY_MAPS_TOKEN]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
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
}
