//! The configuration file as it is written: its keys, their types and their defaults.

use std::path::PathBuf;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) grid_zone: Option<String>,
    #[serde(default = "one")]
    pub(super) power_usage_effectiveness: f64,
    pub(super) intensity: Option<IntensitySection>,
    #[serde(default)]
    pub(super) sampling: SamplingSection,
    #[serde(default)]
    pub(super) embodied: EmbodiedSection,
    pub(super) ledger: Option<serde_norway::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntensitySection {
    pub(super) source: SourceName,
    pub(super) signal: Option<SignalName>,
    pub(super) path: Option<PathBuf>,
    #[serde(default)]
    pub(super) replay: bool,
    pub(super) grams_per_kilowatt_hour: Option<f64>,
    #[serde(default = "default_threshold")]
    pub(super) threshold_grams_per_kilowatt_hour: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SourceName {
    File,
    Constant,
    Embedded,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SignalName {
    Marginal,
    Average,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SamplingSection {
    pub(super) counter_period: String,
    pub(super) power_period: String,
    pub(super) rescan_period: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EmbodiedSection {
    pub(super) kilograms_per_gpu: Option<f64>,
    pub(super) lifetime_years: Option<f64>,
}

impl Default for SamplingSection {
    fn default() -> SamplingSection {
        SamplingSection {
            counter_period: "1s".to_owned(),
            power_period: "100ms".to_owned(),
            rescan_period: "10s".to_owned(),
        }
    }
}

const fn one() -> f64 {
    1.0
}

/// g/kWh: about the world's average of 2024 is 470; the operator of a cleaner grid sets it lower.
const fn default_threshold() -> f64 {
    400.0
}
