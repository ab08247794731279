//! The configuration file: YAML, every key checked before anything starts.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gpu_carbon_core::{Intensity, Mass, Ratio, Signal, Span, embodied};
use gpu_carbon_feeds::shipped;
use serde::Deserialize;

use crate::intensity::{self, SourceKind};
use crate::{books, sampler};

/// A configuration that was checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// What to price by.
    pub intensity: intensity::Settings,
    /// What the books go by.
    pub books: books::Settings,
    /// How to read the GPUs.
    pub sampling: sampler::Settings,
}

/// A configuration that cannot be used, in one line: the key, the value, and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {error}; give --config.file a file that holds at least `intensity: {{source: embedded}}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is no YAML, or has a key or a type that it must not have.
    #[error("{}: {reason}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What and where.
        reason: String,
    },
    /// A value is not allowed.
    #[error("{}: {key}: {value} is not allowed: {allowed}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key, from the top.
        key: &'static str,
        /// What stands there.
        value: String,
        /// What may stand there.
        allowed: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    grid_zone: Option<String>,
    #[serde(default = "one")]
    power_usage_effectiveness: f64,
    intensity: Option<IntensitySection>,
    #[serde(default)]
    sampling: SamplingSection,
    #[serde(default)]
    embodied: EmbodiedSection,
    ledger: Option<serde_norway::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IntensitySection {
    source: SourceName,
    signal: Option<SignalName>,
    path: Option<PathBuf>,
    #[serde(default)]
    replay: bool,
    grams_per_kilowatt_hour: Option<f64>,
    #[serde(default = "default_threshold")]
    threshold_grams_per_kilowatt_hour: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SourceName {
    File,
    Constant,
    Embedded,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SignalName {
    Marginal,
    Average,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SamplingSection {
    counter_period: String,
    power_period: String,
    rescan_period: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct EmbodiedSection {
    kilograms_per_gpu: Option<f64>,
    lifetime_years: Option<f64>,
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

const MILLIS: fn(u64) -> Duration = Duration::from_millis;
const SECONDS: fn(u64) -> Duration = Duration::from_secs;

/// A reading stays good for three periods, and at least so long.
const LEAST_STALE: Duration = Duration::from_secs(5);

impl Config {
    /// Reads and checks a configuration. `nvml_library` comes from the command line.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn read(path: &Path, nvml_library: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Read { path: path.to_owned(), error })?;
        Config::parse(&text, path, nvml_library)
    }

    /// Checks a configuration's text; `path` names it in errors, and is where its own paths start from.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn parse(text: &str, path: &Path, nvml_library: &Path) -> Result<Config, ConfigError> {
        let check = Check { path };
        let file: File = serde_norway::from_str(text).map_err(|error| check.yaml(&error))?;
        if file.ledger.is_some() {
            let allowed = "this version keeps no ledger, and its totals start at zero with the process; leave the key out";
            return Err(check.refuse("ledger", "a ledger", allowed));
        }
        let section = file.intensity.as_ref().ok_or_else(|| {
            check.refuse(
                "intensity",
                "nothing",
                "at least `intensity: {source: embedded}` is needed",
            )
        })?;
        let counter_period = check.duration(
            "sampling.counter_period",
            &file.sampling.counter_period,
            MILLIS(100)..=SECONDS(60),
        )?;
        Ok(Config {
            intensity: check.intensity(section, file.grid_zone.as_deref())?,
            books: books::Settings {
                pue: check.pue(file.power_usage_effectiveness)?,
                threshold: check.grams(
                    "intensity.threshold_grams_per_kilowatt_hour",
                    section.threshold_grams_per_kilowatt_hour,
                )?,
                stale_after: span((counter_period * 3).max(LEAST_STALE)),
                manufacture: check.manufacture(file.embodied.kilograms_per_gpu)?,
                lifespan: check.lifespan(file.embodied.lifetime_years)?,
            },
            sampling: sampler::Settings {
                library: nvml_library.to_owned(),
                counter_period,
                power_period: check.duration(
                    "sampling.power_period",
                    &file.sampling.power_period,
                    MILLIS(10)..=SECONDS(1),
                )?,
                rescan_period: check.duration(
                    "sampling.rescan_period",
                    &file.sampling.rescan_period,
                    MILLIS(100)..=SECONDS(3600),
                )?,
            },
        })
    }
}

/// Checks the values of one file.
struct Check<'a> {
    path: &'a Path,
}

impl Check<'_> {
    fn refuse(&self, key: &'static str, value: impl Display, allowed: impl Display) -> ConfigError {
        let (value, allowed) = (value.to_string(), allowed.to_string());
        ConfigError::Value { path: self.path.to_owned(), key, value, allowed }
    }

    fn yaml(&self, error: &serde_norway::Error) -> ConfigError {
        let reason = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        ConfigError::Yaml { path: self.path.to_owned(), reason }
    }

    fn intensity(
        &self,
        section: &IntensitySection,
        zone: Option<&str>,
    ) -> Result<intensity::Settings, ConfigError> {
        let signal = match section.signal {
            Some(SignalName::Average) => Signal::Average,
            Some(SignalName::Marginal) | None => Signal::Marginal,
        };
        let kind = match section.source {
            SourceName::Embedded if signal == Signal::Average => {
                let allowed = "the embedded series is marginal";
                return Err(self.refuse("intensity.signal", "average", allowed));
            }
            SourceName::Embedded => SourceKind::Embedded,
            SourceName::Constant => {
                let key = "intensity.grams_per_kilowatt_hour";
                let grams = section.grams_per_kilowatt_hour.ok_or_else(|| {
                    self.refuse(key, "nothing", "the source `constant` needs a number, such as 400")
                })?;
                SourceKind::Constant(self.grams(key, grams)?)
            }
            SourceName::File => {
                let path = section.path.as_ref().ok_or_else(|| {
                    let allowed = "the source `file` needs the path of a CSV file";
                    self.refuse("intensity.path", "nothing", allowed)
                })?;
                let beside = self.path.parent().unwrap_or(Path::new(""));
                SourceKind::File { path: beside.join(path), replay: section.replay }
            }
        };
        let default_zone = match section.source {
            SourceName::Embedded => shipped::ZONE,
            SourceName::Constant | SourceName::File => "unspecified",
        };
        let zone = match zone {
            Some(blank) if blank.trim().is_empty() || blank.chars().any(char::is_control) => {
                let allowed = "a name such as CAISO_NORTH, or leave the key out";
                return Err(self.refuse("grid_zone", format!("{blank:?}"), allowed));
            }
            zone => zone.unwrap_or(default_zone).to_owned(),
        };
        Ok(intensity::Settings { zone, signal, kind })
    }

    fn grams(&self, key: &'static str, grams: f64) -> Result<Intensity, ConfigError> {
        Intensity::from_grams_per_kilowatt_hour(grams)
            .map_err(|_| self.refuse(key, grams, "a finite number, zero or more"))
    }

    fn pue(&self, pue: f64) -> Result<Ratio, ConfigError> {
        let allowed = "a number from 1 (no overhead) to 10";
        let ratio = Ratio::from_number(pue).ok().filter(|_| (1.0..=10.0).contains(&pue));
        ratio.ok_or_else(|| self.refuse("power_usage_effectiveness", pue, allowed))
    }

    fn manufacture(&self, kilograms: Option<f64>) -> Result<Option<Mass>, ConfigError> {
        let key = "embodied.kilograms_per_gpu";
        let known = kilograms.map(|kilograms| {
            Mass::from_kilograms(kilograms).map_err(|_| {
                self.refuse(key, kilograms, "a finite number of kilograms, zero or more")
            })
        });
        known.transpose()
    }

    fn lifespan(&self, years: Option<f64>) -> Result<Span, ConfigError> {
        match years {
            None => Ok(embodied::LIFESPAN),
            Some(years) if (0.1..=100.0).contains(&years) => {
                Ok(span(Duration::from_secs_f64(years * 365.0 * 86_400.0)))
            }
            Some(years) => {
                Err(self.refuse("embodied.lifetime_years", years, "a number from 0.1 to 100"))
            }
        }
    }

    fn duration(
        &self,
        key: &'static str,
        text: &str,
        range: RangeInclusive<Duration>,
    ) -> Result<Duration, ConfigError> {
        let duration = humantime::parse_duration(text).ok().filter(|it| range.contains(it));
        duration.ok_or_else(|| {
            let [least, most] =
                [range.start(), range.end()].map(|&end| humantime::format_duration(end));
            self.refuse(key, format!("`{text}`"), format!("a duration from {least} to {most}"))
        })
    }
}

fn span(duration: Duration) -> Span {
    Span::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("/etc/x/c.yaml"), Path::new("nvml.so"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_least_configuration_is_enough() {
        let config = parse("intensity: {source: embedded}").unwrap();
        assert_eq!(config.intensity.zone, "SGIP_CAISO_PGE");
        assert_eq!(config.intensity.signal, Signal::Marginal);
        assert_eq!(config.books.pue, Ratio::ONE);
        assert_eq!(config.sampling.counter_period, Duration::from_secs(1));
        assert_eq!(config.books.stale_after, Span::from_seconds(5));
    }

    #[test]
    fn every_key_is_taken() {
        let config = parse(
            "grid_zone: CAISO_NORTH\npower_usage_effectiveness: 1.17\nintensity:\n  source: file\n  signal: average\n  \
             path: prices/a.csv\n  replay: true\n  grams_per_kilowatt_hour: 400\n  \
             threshold_grams_per_kilowatt_hour: 0\nsampling:\n  counter_period: 10s\n  power_period: 50ms\n  \
             rescan_period: 1m\nembodied:\n  kilograms_per_gpu: 200\n  lifetime_years: 5\n",
        )
        .unwrap();
        assert_eq!(
            config.intensity,
            intensity::Settings {
                zone: "CAISO_NORTH".to_owned(),
                signal: Signal::Average,
                kind: SourceKind::File { path: "/etc/x/prices/a.csv".into(), replay: true },
            }
        );
        assert_eq!(config.books.threshold, Intensity::ZERO);
        assert_eq!(config.books.stale_after, Span::from_seconds(30));
        assert_eq!(config.books.manufacture.unwrap().as_kilograms(), 200.0);
        assert_eq!(config.books.lifespan, Span::from_days(5 * 365));
        assert_eq!(config.sampling.power_period, Duration::from_millis(50));
    }

    #[test]
    fn an_error_names_the_key_the_value_and_what_is_allowed() {
        let with = |more: &str| format!("intensity: {{source: embedded}}\n{more}");
        for (text, expected) in [
            (
                String::new(),
                "intensity: nothing is not allowed: at least `intensity: {source: embedded}` is needed",
            ),
            (
                with("power_usage_effectiveness: 0.9"),
                "power_usage_effectiveness: 0.9 is not allowed: a number from 1 (no overhead) to 10",
            ),
            (
                with("power_usage_effectiveness: .nan"),
                "power_usage_effectiveness: NaN is not allowed: a number from 1 (no overhead) to 10",
            ),
            (
                with("power_usage_effectiveness: lots"),
                "power_usage_effectiveness: invalid type: string \"lots\", expected f64 at line 2 column 28",
            ),
            (
                with("pue: 1.2"),
                "unknown field `pue`, expected one of `grid_zone`, `power_usage_effectiveness`, `intensity`, `sampling`, `embodied`, `ledger` at line 2 column 1",
            ),
            (
                with("sampling: {counter_period: 1}"),
                "sampling.counter_period: `1` is not allowed: a duration from 100ms to 1m",
            ),
            (
                with("sampling: {power_period: 2s}"),
                "sampling.power_period: `2s` is not allowed: a duration from 10ms to 1s",
            ),
            (
                with("embodied: {lifetime_years: 0}"),
                "embodied.lifetime_years: 0 is not allowed: a number from 0.1 to 100",
            ),
            (
                with("embodied: {kilograms_per_gpu: -1}"),
                "embodied.kilograms_per_gpu: -1 is not allowed: a finite number of kilograms, zero or more",
            ),
            (
                with("grid_zone: ''"),
                "grid_zone: \"\" is not allowed: a name such as CAISO_NORTH, or leave the key out",
            ),
            (
                with("ledger: {path: x.db}"),
                "ledger: a ledger is not allowed: this version keeps no ledger, and its totals start at zero with the process; leave the key out",
            ),
            (
                "intensity: {source: coal}".to_owned(),
                "intensity.source: unknown variant `coal`, expected one of `file`, `constant`, `embedded` at line 1 column 21",
            ),
            (
                "intensity: {source: file}".to_owned(),
                "intensity.path: nothing is not allowed: the source `file` needs the path of a CSV file",
            ),
            (
                "intensity: {source: constant}".to_owned(),
                "intensity.grams_per_kilowatt_hour: nothing is not allowed: the source `constant` needs a number, such as 400",
            ),
            (
                "intensity: {source: constant, grams_per_kilowatt_hour: -4}".to_owned(),
                "intensity.grams_per_kilowatt_hour: -4 is not allowed: a finite number, zero or more",
            ),
            (
                "intensity: {source: embedded, signal: average}".to_owned(),
                "intensity.signal: average is not allowed: the embedded series is marginal",
            ),
        ] {
            let error = parse(&text).unwrap_err();
            assert_eq!(error, format!("/etc/x/c.yaml: {expected}"), "{text}");
        }
        assert!(!parse("intensity: [\n").unwrap_err().contains('\n'), "one line");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-z_:{} \n0-9.-]{0,200}") {
            let _ = parse(&text);
            let _ = parse(&format!("intensity: {{source: embedded}}\n{text}"));
        }
    }
}
