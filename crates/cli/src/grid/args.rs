//! The arguments that name a grid.

use std::path::PathBuf;

use clap::ArgGroup;
use gpu_carbon_core::Signal;
use gpu_carbon_feeds::regions::CloudRegion;

use crate::flag_enums::SignalArg;
use crate::gaps::{self, GapsArg};
use crate::value_parsers;

/// A cloud region, a file or an exporter.
#[derive(Debug, Clone, clap::Args)]
#[command(group = ArgGroup::new("place").args(["region", "intensity", "from"]).required(true))]
pub struct GridArgs {
    /// Cloud region, as aws:us-east-1, by the live values and the forecast of a service where one can be asked, else by a recorded
    /// year; --below needs a service
    #[arg(long, value_name = "PROVIDER:REGION", value_parser = value_parsers::cloud_region)]
    pub region: Option<CloudRegion>,

    /// Intensity in g/kWh: a file as `plan` reads it, with one series, or a bundled series such as sgip-pge-2020
    #[arg(long, value_name = "FILE")]
    pub intensity: Option<PathBuf>,

    /// Address of an exporter, as http://gpu-host:9877, whose forecast is used
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,

    /// Asks no service: a region is answered for by its recorded year alone
    #[arg(long, requires = "region")]
    pub offline: bool,

    /// Address on this machine that stands for every service, for tests
    #[arg(long, value_name = "URL", hide = true, value_parser = value_parsers::loopback_url)]
    pub base_url: Option<String>,

    /// Kind of intensity [default: what the file says, else marginal; for --region the best that there is]
    #[arg(long, value_enum)]
    pub signal: Option<SignalArg>,

    /// Gaps of --intensity: refuse, hold:TIME or same-hour, as in `plan`
    #[arg(long, value_name = "RULE", default_value = "refuse", value_parser = gaps::parse)]
    pub gaps: GapsArg,
}

impl GridArgs {
    /// The kind of intensity that is asked for.
    pub(super) fn asked_signal(&self) -> Option<Signal> {
        self.signal.map(Signal::from)
    }
}
