//! Whether a value is allowed.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gpu_carbon_core::units::MAX_GRID_GRAMS;
use gpu_carbon_core::{Intensity, Span};

use super::ConfigError;
use super::renamed::{self, RenamedKey};

/// Checks the values of one file.
pub(super) struct Check<'a> {
    pub(super) path: &'a Path,
}

impl Check<'_> {
    pub(super) fn refuse(
        &self,
        key: &'static str,
        value: impl Display,
        allowed: impl Display,
    ) -> ConfigError {
        let (value, allowed) = (in_one_line(&value.to_string()), allowed.to_string());
        ConfigError::Value { path: self.path.to_owned(), key, value, allowed }
    }

    /// The error of a text that is not the YAML of a configuration. A key with a former name is named with its
    /// present one.
    pub(super) fn yaml(&self, text: &str, error: &serde_norway::Error) -> ConfigError {
        if let Some(RenamedKey { former, present, since }) = renamed::find(text) {
            return ConfigError::Renamed { path: self.path.to_owned(), former, present, since };
        }
        let reason = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        ConfigError::Yaml { path: self.path.to_owned(), reason }
    }

    pub(super) fn grams(&self, key: &'static str, grams: f64) -> Result<Intensity, ConfigError> {
        Intensity::from_grid_grams(grams)
            .ok_or_else(|| self.refuse(key, grams, format!("a number from 0 to {MAX_GRID_GRAMS}")))
    }

    pub(super) fn duration(
        &self,
        key: &'static str,
        text: &str,
        range: RangeInclusive<Duration>,
    ) -> Result<Duration, ConfigError> {
        let duration = humantime::parse_duration(text).ok().filter(|it| range.contains(it));
        duration.ok_or_else(|| {
            let [least, most] = [range.start(), range.end()].map(|&end| in_days(end));
            self.refuse(key, format!("`{text}`"), format!("a duration from {least} to {most}"))
        })
    }

    /// A path of the file's, from its folder.
    pub(super) fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// A duration as it may be written. Whole days are said so: a month would be none of the calendar's.
fn in_days(duration: Duration) -> String {
    const DAY: u64 = 86_400;
    match duration.as_secs() {
        seconds if seconds >= DAY && seconds.is_multiple_of(DAY) => format!("{}d", seconds / DAY),
        _ => humantime::format_duration(duration).to_string(),
    }
}

/// YAML's texts may have many lines, and a refusal has one.
fn in_one_line(text: &str) -> String {
    let escaped = |char: char| match char.is_control() {
        true => char.escape_debug().to_string(),
        false => char.to_string(),
    };
    text.chars().map(escaped).collect()
}

pub(super) fn span(duration: Duration) -> Span {
    Span::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}
