//! What may be asked of `pull`.

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
    /// Whom to ask; gb and energy-charts need no account
    #[arg(value_enum)]
    pub service: ServiceName,

    /// The zone, as the service names it: GB, a region's number or a postcode; a country; a region
    #[arg(long)]
    pub zone: Option<String>,

    /// In place of WattTime's region: a latitude in it, north of the equator
    #[arg(
        long,
        value_name = "DEGREES",
        allow_hyphen_values = true,
        requires = "longitude",
        conflicts_with = "zone",
        value_parser = value_parsers::latitude
    )]
    pub latitude: Option<f64>,

    /// And a longitude, east of Greenwich
    #[arg(
        long,
        value_name = "DEGREES",
        allow_hyphen_values = true,
        requires = "latitude",
        conflicts_with = "zone",
        value_parser = value_parsers::longitude
    )]
    pub longitude: Option<f64>,

    /// From when, as 2024-01-01T00:00:00Z
    #[arg(long, value_parser = value_parsers::moment)]
    pub start: Timestamp,

    /// Until when, that moment left out
    #[arg(long, value_parser = value_parsers::moment)]
    pub end: Timestamp,

    /// The CSV to write [default: the service and the zone]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Where the service is, for a proxy or a copy
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,

    /// A file with WattTime's user [default: the environment's `WATTTIME_USER`]
    #[arg(long, value_name = "FILE")]
    pub user_file: Option<PathBuf>,

    /// A file with WattTime's password [default: the environment's `WATTTIME_PASSWORD`]
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// A file with the token of Electricity Maps [default: the environment's `ELECTRICITY_MAPS_TOKEN`]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// Whom to ask.
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
