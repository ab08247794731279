//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, ValueEnum};

use crate::web::ListenAddress;

/// The default path of the configuration.
pub const DEFAULT_CONFIG: &str = "/etc/gpu-carbon/exporter.yaml";

/// Energy and carbon emissions of the GPUs of this host, for Prometheus.
///
/// Reads every NVIDIA GPU through NVML, converts its energy to emissions by the carbon intensity of the grid at the
/// time of use, and serves joules and grams of CO2e at /metrics.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "gpu-carbon-exporter",
    version,
    after_help = "Example: gpu-carbon-exporter --config.file=exporter.yaml --web.listen-address=:9877\n\n\
        The smallest configuration:\n\n    intensity:\n      source: embedded   # or: file, with path; constant, with grams_per_kilowatt_hour"
)]
pub struct Args {
    /// Configuration file, in YAML
    #[arg(long = "config.file", value_name = "FILE", default_value = DEFAULT_CONFIG)]
    pub config_file: PathBuf,

    /// Check the configuration and the intensity that it names, report the first error, and exit
    #[arg(long = "config.check")]
    pub config_check: bool,

    /// Address to listen on: :PORT for every interface, HOST:PORT, [IPV6]:PORT, or unix:PATH. It may be given several
    /// times
    #[arg(
        long = "web.listen-address",
        value_name = "ADDRESS",
        default_value = ":9877",
        value_delimiter = ',',
        value_parser = ListenAddress::from_str
    )]
    pub listen_addresses: Vec<ListenAddress>,

    /// Listen on the sockets that systemd passes, instead of on addresses
    #[arg(long = "web.systemd-socket")]
    pub systemd_socket: bool,

    /// Path of the metrics
    #[arg(long = "web.telemetry-path", value_name = "PATH", default_value = "/metrics", value_parser = telemetry_path)]
    pub telemetry_path: String,

    /// Serve the series `_created` in OpenMetrics: the time from which each series of a counter counts
    #[arg(long = "web.openmetrics-created")]
    pub openmetrics_created: bool,

    /// Web configuration file, in YAML: TLS, authentication and limits, in the format of exporter-toolkit
    #[arg(long = "web.config.file", value_name = "FILE")]
    pub web_config_file: Option<PathBuf>,

    /// Shared library of NVML, by path or name
    #[arg(long = "nvml.library", value_name = "FILE", default_value = "libnvidia-ml.so.1")]
    pub nvml_library: PathBuf,

    /// Lowest level of log messages
    #[arg(long = "log.level", value_name = "LEVEL", value_enum, default_value_t = LogLevel::Info)]
    pub log_level: LogLevel,

    /// Format of log messages
    #[arg(long = "log.format", value_name = "FORMAT", value_enum, default_value_t = LogFormat::Logfmt)]
    pub log_format: LogFormat,
}

/// The lowest level of log messages that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// All messages.
    Debug,
    /// Changes of state.
    Info,
    /// Problems that a person should look at.
    Warn,
    /// Errors that stop the work.
    Error,
}

/// The format of log messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// `key=value` pairs.
    Logfmt,
    /// One JSON object a line.
    Json,
}

fn telemetry_path(text: &str) -> Result<String, String> {
    let reserved = ["/", "/-/healthy", "/-/ready"].contains(&text);
    let valid = text.starts_with('/')
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'?' && b != b'#');
    if valid && !reserved {
        Ok(text.to_owned())
    } else {
        Err("expected a path such as /metrics, other than /, /-/healthy and /-/ready".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_valid() {
        use clap::CommandFactory;
        Args::command().debug_assert();
        assert!(telemetry_path("/-/ready").is_err());
        assert!(telemetry_path("metrics").is_err());
        assert!(telemetry_path("/gpu/metrics").is_ok());
    }
}
