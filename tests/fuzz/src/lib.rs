//! Fuzz targets: readers of outside input, and the planner.
//!
//! A target is a file in `targets/` with a function `run`, which panics where its input finds a fault; its
//! name in the list below; and a folder of that name in `seeds/`, with a few small inputs to begin from.
//! `cargo xtask fuzz` runs the targets under libFuzzer, which searches for inputs that reach new code. An
//! input that found a fault becomes a seed: every seed of every target runs in the tests, too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a target panics where it finds a fault"
)]

use gpu_carbon_feeds::{FeedError, ServiceResponse};

/// A fuzz target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name of its file in `targets/` and of its folder in `seeds/`.
    pub name: &'static str,
    /// Takes an input, and panics where that finds a fault.
    pub run: fn(&[u8]),
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        mod targets {
            $(pub(crate) mod $name;)*
        }

        /// All targets.
        pub const TARGETS: &[Target] =
            &[$(Target { name: stringify!($name), run: targets::$name::run }),*];
    };
}

targets! {
    cgroup,
    command_line,
    configuration,
    devices,
    eia,
    electricity_maps,
    energy_charts,
    exporter_forecast,
    exporter_intensity,
    exporter_workload,
    forecasts,
    great_britain,
    host_meters,
    http,
    ieso,
    intensity_csv,
    intensity_file,
    job_files,
    jobs_csv,
    ledger,
    ledger_damage,
    openelectricity,
    pack,
    pjm,
    planner,
    profile_csv,
    prometheus_power,
    redfish,
    request,
    sgip,
    watttime,
    web_configuration,
}

/// Checks that an error is one line, so that a log or a terminal shows it whole.
fn is_one_line(error: &impl std::fmt::Display) {
    let text = error.to_string();
    assert!(!text.is_empty() && !text.contains(['\n', '\r']), "{text:?}");
}

/// Checks that a service's answer is either read as a series or refused in one line, also where the service is detected
/// from the text.
fn check_answer(input: &[u8], parse: impl Fn(&str) -> Result<ServiceResponse, FeedError>) {
    let Ok(text) = str::from_utf8(input) else { return };
    match parse(text) {
        Ok(response) => {
            let series = response.series().unwrap();
            assert_eq!(series.points().len(), response.points.len());
            assert!(response.points.is_sorted_by(|before, after| before.at < after.at));
        }
        Err(error) => is_one_line(&error),
    }
    if let Err(error) = gpu_carbon_feeds::parse_any_service(text) {
        is_one_line(&error);
    }
}
