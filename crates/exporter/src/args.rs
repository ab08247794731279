//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{CommandFactory, Parser, ValueEnum};

use crate::build;
use crate::sampler::KernelFiles;
use crate::web::ListenAddress;

/// The default path of the configuration.
pub const DEFAULT_CONFIG: &str = "/etc/gpu-carbon/exporter.yaml";

const AFTER_HELP: &str = "\
Each flag may have one dash or two, and may be set by the environment variable at its end instead. The command line has \
precedence.

Example: gpu-carbon-exporter --config.file=exporter.yaml --web.listen-address=:9877

The smallest configuration:

    intensity: {source: gb}   # another source: file, with path; constant, with grams_per_kilowatt_hour";

/// Energy and carbon emissions of the GPUs of this host, for Prometheus.
///
/// Reads every NVIDIA GPU through NVML, converts its energy to emissions by the carbon intensity of the grid at the
/// time of use, and serves joules and grams of CO2e at /metrics.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "gpu-carbon-exporter",
    version = build::DESCRIPTION,
    after_help = AFTER_HELP
)]
pub struct Args {
    /// Configuration file, in YAML
    #[arg(
        long = "config.file",
        env = "GPU_CARBON_CONFIG_FILE",
        value_name = "FILE",
        default_value = DEFAULT_CONFIG,
    )]
    pub config_file: PathBuf,

    /// Check the configuration, the files that it names and the ledger, report the first error, and exit
    #[arg(
        long = "config.check",
        env = "GPU_CARBON_CONFIG_CHECK",
        value_parser = boolean,
    )]
    pub config_check: bool,

    /// Address to listen on: :PORT for every interface, HOST:PORT, `[IPV6]:PORT` or unix:PATH; several times, or
    /// several separated by commas
    #[arg(
        long = "web.listen-address",
        env = "GPU_CARBON_WEB_LISTEN_ADDRESS",
        value_name = "ADDRESS",
        default_value = ":9877",
        value_delimiter = ',',
        value_parser = ListenAddress::from_str,
    )]
    pub listen_addresses: Vec<ListenAddress>,

    /// Listen on the sockets that systemd passes, instead of on addresses
    #[arg(
        long = "web.systemd-socket",
        env = "GPU_CARBON_WEB_SYSTEMD_SOCKET",
        value_parser = boolean,
    )]
    pub systemd_socket: bool,

    /// Path of the metrics
    #[arg(
        long = "web.telemetry-path",
        env = "GPU_CARBON_WEB_TELEMETRY_PATH",
        value_name = "PATH",
        default_value = "/metrics",
        value_parser = telemetry_path,
    )]
    pub telemetry_path: String,

    /// Serve the series `_created` in OpenMetrics: the time from which each series of a counter counts
    #[arg(
        long = "web.openmetrics-created",
        env = "GPU_CARBON_WEB_OPENMETRICS_CREATED",
        value_parser = boolean,
    )]
    pub openmetrics_created: bool,

    /// Web configuration file, in YAML: TLS, authentication and limits, in the format of exporter-toolkit
    #[arg(long = "web.config.file", env = "GPU_CARBON_WEB_CONFIG_FILE", value_name = "FILE")]
    pub web_config_file: Option<PathBuf>,

    /// Shared library of NVML, by path or name
    #[arg(
        long = "nvml.library",
        env = "GPU_CARBON_NVML_LIBRARY",
        value_name = "FILE",
        default_value = "libnvidia-ml.so.1"
    )]
    pub nvml_library: PathBuf,

    /// Folder where sysfs is mounted
    #[arg(
        long = "path.sysfs",
        env = "GPU_CARBON_PATH_SYSFS",
        value_name = "FOLDER",
        default_value = "/sys"
    )]
    pub sysfs: PathBuf,

    /// Folder where procfs is mounted: the driver's files about GPUs and, for attribution, the cgroups of processes
    #[arg(
        long = "path.procfs",
        env = "GPU_CARBON_PATH_PROCFS",
        value_name = "FOLDER",
        default_value = "/proc"
    )]
    pub procfs: PathBuf,

    /// Lowest level of log messages
    #[arg(
        long = "log.level",
        env = "GPU_CARBON_LOG_LEVEL",
        ignore_case = true,
        value_name = "LEVEL",
        value_enum,
        default_value_t = LogLevel::Info,
    )]
    pub log_level: LogLevel,

    /// Format of log messages
    #[arg(
        long = "log.format",
        env = "GPU_CARBON_LOG_FORMAT",
        ignore_case = true,
        value_name = "FORMAT",
        value_enum,
        default_value_t = LogFormat::Logfmt,
    )]
    pub log_format: LogFormat,
}

impl Args {
    /// The roots of the kernel's files.
    #[must_use]
    pub fn kernel_files(&self) -> KernelFiles {
        KernelFiles { sysfs: self.sysfs.clone(), procfs: self.procfs.clone() }
    }

    /// The flags of a command line, whose first element is the program. The process ends where they cannot be used, and
    /// after `--help` and `--version`.
    #[must_use]
    pub fn from_command_line(arguments: impl IntoIterator<Item = OsString>) -> Args {
        Args::parse_from(with_two_dashes(arguments))
    }
}

/// The arguments, with two dashes before each flag that had one, as Go's programs allow.
fn with_two_dashes(
    arguments: impl IntoIterator<Item = OsString>,
) -> impl Iterator<Item = OsString> {
    let command = Args::command();
    let flags = command.get_arguments().filter_map(|argument| argument.get_long());
    let flags: Vec<String> = flags.chain(["help", "version"]).map(str::to_owned).collect();
    arguments.into_iter().map(move |argument| {
        let text = argument.to_string_lossy();
        let name = text.strip_prefix('-').and_then(|rest| rest.split('=').next());
        if !name.is_some_and(|name| flags.iter().any(|flag| flag == name)) {
            return argument;
        }
        let mut long = OsString::from("-");
        long.push(&argument);
        long
    })
}

/// The lowest level of log messages that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// All messages.
    Debug,
    /// Changes.
    Info,
    /// Problems that need attention.
    Warn,
    /// Errors that stop the work.
    Error,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// `key=value` pairs.
    Logfmt,
    /// One JSON object a line.
    Json,
}

/// The value of a flag without one, which only an environment variable has.
fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "t" | "1" => Ok(true),
        "false" | "no" | "off" | "n" | "f" | "0" => Ok(false),
        _ => Err("expected true or false".to_owned()),
    }
}

fn telemetry_path(text: &str) -> Result<String, String> {
    let reserved = text == "/" || text.starts_with("/-/");
    let valid = text.starts_with('/')
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'?' && b != b'#');
    if valid && !reserved {
        Ok(text.to_owned())
    } else {
        Err("expected a path such as /metrics, other than / and those below /-/".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    #[test]
    fn a_flag_has_one_dash_or_two_and_a_level_any_case() {
        let parse = |line: &str| {
            let arguments = line.split(' ').map(OsString::from);
            Args::try_parse_from(with_two_dashes(arguments)).map_err(|error| error.kind())
        };
        for line in [
            "x --config.file=a.yaml --log.level=WARN --log.format=JSON --config.check",
            "x -config.file=a.yaml -log.level=Warn -log.format json -config.check",
            "x -config.file a.yaml -log.level warn -log.format Json --config.check",
        ] {
            let args = parse(line).unwrap();
            assert_eq!(args.config_file, PathBuf::from("a.yaml"), "{line}");
            assert_eq!((args.log_level, args.log_format), (LogLevel::Warn, LogFormat::Json));
            assert!(args.config_check);
        }
        for (line, expected) in [
            ("x -help", ErrorKind::DisplayHelp),
            ("x -h", ErrorKind::DisplayHelp),
            ("x -version", ErrorKind::DisplayVersion),
            ("x -V", ErrorKind::DisplayVersion),
            ("x -config.fil=a", ErrorKind::UnknownArgument),
            ("x -log.level=loud", ErrorKind::InvalidValue),
        ] {
            assert_eq!(parse(line).unwrap_err(), expected, "{line}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
        assert!(telemetry_path("/-/ready").is_err());
        assert!(telemetry_path("metrics").is_err());
        assert!(telemetry_path("/gpu/metrics").is_ok());
    }
}
