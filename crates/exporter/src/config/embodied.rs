//! The section `embodied`: the figures of manufacture, with their sources.

use std::fmt;
use std::time::Duration;

use gpu_carbon_core::embodied::{CountedFigure, CountedServer, FigureOrigin, LIFESPAN, SERVERS};
use gpu_carbon_core::{Mass, Span};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::check::{Checker, span};
use super::error::ConfigError;
use crate::accounting::EmbodiedSettings;

/// The longest text of a source, in bytes.
const LONGEST_SOURCE: usize = 200;

/// The word that stands for the published figure of a server.
const PUBLISHED: &str = "published";

/// The GPUs of the server whose figure is published.
const GPUS_OF_PUBLISHED: i64 = 8;

/// The most GPUs of a server.
const MOST_GPUS: u16 = 1024;

const KILOGRAMS: &str = "a finite number of kilograms, zero or more";

/// The figures of manufacture, and the lifetime over which they are spread.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EmbodiedSection {
    kilograms_per_gpu: Option<f64>,
    source: Option<String>,
    lifetime_years: Option<f64>,
    server: Option<ServerSection>,
}

/// The server around the GPUs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerSection {
    kilograms: ServerKilograms,
    gpus: Option<i64>,
    source: Option<String>,
}

/// `published` or a number.
#[derive(Debug, Clone, Copy)]
enum ServerKilograms {
    Published,
    Number(f64),
}

impl<'de> Deserialize<'de> for ServerKilograms {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ServerKilograms, D::Error> {
        struct KilogramsVisitor;
        impl Visitor<'_> for KilogramsVisitor {
            type Value = ServerKilograms;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a number of kilograms, or `published`")
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<ServerKilograms, E> {
                match word {
                    PUBLISHED => Ok(ServerKilograms::Published),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<ServerKilograms, E> {
                Ok(ServerKilograms::Number(number))
            }
            #[expect(clippy::cast_precision_loss, reason = "no server has 2^53 kilograms")]
            fn visit_i64<E: Error>(self, number: i64) -> Result<ServerKilograms, E> {
                Ok(ServerKilograms::Number(number as f64))
            }
            #[expect(clippy::cast_precision_loss, reason = "no server has 2^53 kilograms")]
            fn visit_u64<E: Error>(self, number: u64) -> Result<ServerKilograms, E> {
                Ok(ServerKilograms::Number(number as f64))
            }
        }
        deserializer.deserialize_any(KilogramsVisitor)
    }
}

/// Checks the figures of the section.
pub(super) fn settings(
    check: &Checker<'_>,
    section: &EmbodiedSection,
) -> Result<EmbodiedSettings, ConfigError> {
    let key = "embodied.source";
    let source = source(check, key, section.source.as_deref())?;
    let gpu = match section.kilograms_per_gpu {
        Some(kilograms) => {
            let mass = mass(check, "embodied.kilograms_per_gpu", kilograms)?;
            Some(CountedFigure { mass, origin: FigureOrigin::Operator(source) })
        }
        None if source.is_some() => {
            let allowed = "the source of `embodied.kilograms_per_gpu`: give that, too, or leave the key out; a published figure has a source of its own";
            return Err(check.invalid(key, "a text without a figure", allowed));
        }
        None => None,
    };
    let server = section.server.as_ref().map(|section| server(check, section)).transpose()?;
    Ok(EmbodiedSettings { gpu, server })
}

/// The lifetime over which the figures are spread.
pub(super) fn lifespan(
    check: &Checker<'_>,
    section: &EmbodiedSection,
) -> Result<Span, ConfigError> {
    match section.lifetime_years {
        None => Ok(LIFESPAN),
        Some(years) if (0.1..=100.0).contains(&years) => {
            Ok(span(Duration::from_secs_f64(years * 365.0 * 86_400.0)))
        }
        Some(years) => {
            Err(check.invalid("embodied.lifetime_years", years, "a number from 0.1 to 100"))
        }
    }
}

fn server(check: &Checker<'_>, section: &ServerSection) -> Result<CountedServer, ConfigError> {
    let key = "embodied.server.source";
    let source = source(check, key, section.source.as_deref())?;
    let figure = match section.kilograms {
        ServerKilograms::Number(kilograms) => {
            let mass = mass(check, "embodied.server.kilograms", kilograms)?;
            CountedFigure { mass, origin: FigureOrigin::Operator(source) }
        }
        ServerKilograms::Published if source.is_some() => {
            let allowed =
                "the source of a number of kilograms; the published figure has one of its own";
            return Err(check.invalid(key, "a text beside `published`", allowed));
        }
        ServerKilograms::Published => {
            let [published] = SERVERS;
            CountedFigure::published(&published)
        }
    };
    let gpus = section.gpus.unwrap_or(GPUS_OF_PUBLISHED);
    let count = u16::try_from(gpus).ok().filter(|count| (1..=MOST_GPUS).contains(count));
    let gpus = count.ok_or_else(|| {
        let allowed = format!("a whole number from 1 to {MOST_GPUS}");
        check.invalid("embodied.server.gpus", gpus, allowed)
    })?;
    Ok(CountedServer { figure, gpus })
}

fn mass(check: &Checker<'_>, key: &'static str, kilograms: f64) -> Result<Mass, ConfigError> {
    Mass::from_kilograms(kilograms).map_err(|_| check.invalid(key, kilograms, KILOGRAMS))
}

/// The text of a source, which becomes a label of a metric and a part of documents.
fn source(
    check: &Checker<'_>,
    key: &'static str,
    text: Option<&str>,
) -> Result<Option<String>, ConfigError> {
    let Some(text) = text else { return Ok(None) };
    let is_readable = !text.trim().is_empty() && !text.chars().any(char::is_control);
    if is_readable && text.len() <= LONGEST_SOURCE {
        return Ok(Some(text.to_owned()));
    }
    let found =
        if is_readable { format!("a text of {} bytes", text.len()) } else { format!("{text:?}") };
    let allowed = format!(
        "one line of at most {LONGEST_SOURCE} bytes, such as the name of a study with its year"
    );
    Err(check.invalid(key, found, allowed))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn read(section: &str) -> Result<EmbodiedSettings, String> {
        let text = format!("intensity: {{source: embedded}}\nembodied: {section}\n");
        let read = Config::parse(&text, Path::new("/etc/x.yaml"), Path::new("nvml.so"));
        read.map(|config| config.accounting.embodied).map_err(|error| error.to_string())
    }

    #[test]
    fn figures_have_their_sources() {
        assert_eq!(read("{lifetime_years: 3}").unwrap(), EmbodiedSettings::default());
        let operator = |kilograms, source: Option<&str>| CountedFigure {
            mass: Mass::from_kilograms(kilograms).unwrap(),
            origin: FigureOrigin::Operator(source.map(str::to_owned)),
        };
        let named = read("{kilograms_per_gpu: 143.5, source: 'A study, 2026'}").unwrap();
        assert_eq!(named.gpu, Some(operator(143.5, Some("A study, 2026"))));
        let [server] = SERVERS;
        let published = read("{server: {kilograms: published}}").unwrap();
        let expected = CountedServer { figure: CountedFigure::published(&server), gpus: 8 };
        assert_eq!((published.gpu, published.server), (None, Some(expected)));
        for kilograms in ["1000", "1000.0", "1e3"] {
            let own = format!("{{server: {{kilograms: {kilograms}, gpus: 4, source: ours}}}}");
            let expected = CountedServer { figure: operator(1000.0, Some("ours")), gpus: 4 };
            assert_eq!(read(&own).unwrap().server, Some(expected), "{kilograms}");
        }
    }

    #[test]
    fn a_wrong_figure_is_refused_with_its_key() {
        let long = format!("{{kilograms_per_gpu: 1, source: {}}}", "x".repeat(201));
        for (section, expected) in [
            ("{source: a study}", "embodied.source: a text without a figure is not allowed: "),
            (
                "{kilograms_per_gpu: 1, source: ' '}",
                "embodied.source: \" \" is not allowed: one line of at most 200 bytes",
            ),
            (&long, "embodied.source: a text of 201 bytes is not allowed: one line of at most"),
            ("{server: {kilograms: heavy}}", "a number of kilograms, or `published`"),
            (
                "{server: {kilograms: -5}}",
                "embodied.server.kilograms: -5 is not allowed: a finite number of kilograms",
            ),
            (
                "{server: {kilograms: .inf}}",
                "embodied.server.kilograms: value `.inf` is not a finite",
            ),
            (
                "{server: {kilograms: published, source: mine}}",
                "embodied.server.source: a text beside `published` is not allowed: ",
            ),
            (
                "{server: {kilograms: published, gpus: 0}}",
                "embodied.server.gpus: 0 is not allowed: a whole number from 1 to 1024",
            ),
            (
                "{server: {kilograms: published, gpus: 70000}}",
                "embodied.server.gpus: 70000 is not allowed: a whole number from 1 to 1024",
            ),
            (
                "{server: {kilograms: published, gpus: -8}}",
                "embodied.server.gpus: -8 is not allowed: a whole number from 1 to 1024",
            ),
            ("{server: {gpus: 8}}", "kilograms"),
            ("{server: {kilogram: 8}}", "kilogram"),
        ] {
            let error = read(section).unwrap_err();
            assert!(error.starts_with("/etc/x.yaml: ") && error.contains(expected), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
