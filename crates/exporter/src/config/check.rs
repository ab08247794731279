//! Checks of single values.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gpu_carbon_core::units::MAX_GRID_GRAMS;
use gpu_carbon_core::{Intensity, Span};

use super::error::ConfigError;
use super::renamed::{self, RenamedKey};
use crate::config_file_error::ConfigFileError;
use crate::yaml::YamlError;

/// The checks of one file, whose path is in every error.
pub(super) struct Checker<'a> {
    pub(super) path: &'a Path,
}

impl Checker<'_> {
    /// The error of a value that is not allowed.
    pub(super) fn invalid(
        &self,
        key: &'static str,
        value: impl Display,
        allowed: impl Display,
    ) -> ConfigError {
        let (value, allowed) = (in_one_line(&value.to_string()), allowed.to_string());
        ConfigError::Value { path: self.path.to_owned(), key, value, allowed }
    }

    /// The error of a key that is missing.
    pub(super) fn missing(&self, key: &'static str, needed: impl Into<String>) -> ConfigError {
        ConfigError::Missing { path: self.path.to_owned(), key, needed: needed.into() }
    }

    /// The error of a text that is not the YAML of a configuration. A key with a former name is named with its
    /// present one.
    pub(super) fn yaml_error(&self, text: &str, error: YamlError) -> ConfigError {
        if let Some(RenamedKey { former, present, since }) = renamed::find(text) {
            return ConfigError::Renamed { path: self.path.to_owned(), former, present, since };
        }
        ConfigFileError::Yaml { path: self.path.to_owned(), error }.into()
    }

    /// An intensity of a grid in g/kWh.
    pub(super) fn intensity(
        &self,
        key: &'static str,
        grams: f64,
    ) -> Result<Intensity, ConfigError> {
        Intensity::from_grid_grams(grams)
            .ok_or_else(|| self.invalid(key, grams, format!("a number from 0 to {MAX_GRID_GRAMS}")))
    }

    /// A duration within a range, as humantime reads it: `1h 30m`.
    pub(super) fn duration(
        &self,
        key: &'static str,
        text: &str,
        range: RangeInclusive<Duration>,
    ) -> Result<Duration, ConfigError> {
        let duration = humantime::parse_duration(text).ok().filter(|it| range.contains(it));
        duration.ok_or_else(|| {
            let [least, most] = [range.start(), range.end()].map(|&end| duration_text(end));
            self.invalid(key, format!("`{text}`"), format!("a duration from {least} to {most}"))
        })
    }

    /// A path in the file: it is relative to the folder of the file.
    pub(super) fn resolve(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// A duration as it may be written in the file. Whole days stay days: humantime's months are not the calendar's.
fn duration_text(duration: Duration) -> String {
    const DAY: u64 = 86_400;
    match duration.as_secs() {
        seconds if seconds >= DAY && seconds.is_multiple_of(DAY) => format!("{}d", seconds / DAY),
        _ => humantime::format_duration(duration).to_string(),
    }
}

/// A text of the file in one line: in YAML it may have several.
fn in_one_line(text: &str) -> String {
    let escaped = |char: char| match char.is_control() {
        true => char.escape_debug().to_string(),
        false => char.to_string(),
    };
    text.chars().map(escaped).collect()
}

/// The same duration as a span of the core.
pub(super) fn span(duration: Duration) -> Span {
    Span::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}
