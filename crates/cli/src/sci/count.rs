//! The functional units that were delivered: R, from a number, a file or a Prometheus.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use gpu_carbon_core::Interval;
use gpu_carbon_core::disclosure::{Method, UnitKind};
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_fetch::{BaseUrl, Client, Prometheus};

use super::args::Args;
use super::count_args::{CountArg, Tokens};
use crate::usage_error::UsageError;
use crate::{clock, input};

/// The time that a Prometheus has to begin its answer. A person waits for it.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The header of a file of counts.
const HEADER: &str = "time,count";

/// Units that were counted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counted {
    pub(super) count: f64,
    /// The origin, in words.
    pub(super) source: String,
    pub(super) method: Method,
    /// The counters of a server, those that do not count towards R included.
    pub(super) counters: Vec<Counter>,
}

/// A counter of a server.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counter {
    /// The name of what it counts, such as generated tokens.
    pub(super) name: &'static str,
    pub(super) query: String,
    /// The growth in the measurement; `None` where Prometheus has no such series.
    pub(super) count: Option<f64>,
}

/// Counts the units of a measurement.
///
/// # Errors
///
/// A [`UsageError`] where no source is given, or a file cannot be used; another error where Prometheus does not answer.
pub(super) fn count(args: &Args, time: Interval) -> Result<Counted> {
    let declared = |count| Counted {
        count,
        source: args.count_source.clone().unwrap_or_default(),
        method: Method::Declared,
        counters: Vec::new(),
    };
    if let Some(per) = &args.per {
        return Ok(declared(per.amount));
    }
    match (&args.count, &args.prometheus) {
        (Some(CountArg::Number(count)), _) => Ok(declared(*count)),
        (Some(CountArg::File(path)), _) => {
            let count = in_file(path, time)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let source = args.count_source.clone();
            let source = source.unwrap_or_else(|| format!("the counts over time in {name}"));
            Ok(Counted { source, ..declared(count) })
        }
        (None, Some(url)) => from_prometheus(args, url, time),
        (None, None) => Err(UsageError::CommandLine(
            "the functional units (R) are missing: give --count with a number or a file, --prometheus with --server or --query, or --per"
                .to_owned(),
        )
        .into()),
    }
}

/// Adds up the rows of a file whose times are in a measurement.
fn in_file(path: &Path, time: Interval) -> Result<f64, UsageError> {
    let text = input::text(path)?;
    let wrong = |line: usize, reason: String| {
        UsageError::CommandLine(format!("{}: line {line}: {reason}", path.display()))
    };
    let mut lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let header = lines.next().map_or("", |(line, _)| line.trim());
    if header != HEADER {
        return Err(wrong(1, format!("the header must be `{HEADER}`, got `{header}`")));
    }
    let (mut sum, mut rows) = (0.0, 0);
    for (line, number) in lines {
        let Some((at, count)) = line.split_once(',') else {
            return Err(wrong(number, format!("expected two fields, `{HEADER}`, got `{line}`")));
        };
        let at = rfc3339::parse(at.trim()).map_err(|error| wrong(number, error.to_string()))?;
        let count: Option<f64> = count.trim().parse().ok();
        let count = count.filter(|it| it.is_finite() && *it >= 0.0).ok_or_else(|| {
            wrong(number, "the count must be a number of zero or more".to_owned())
        })?;
        if (time.start()..time.end()).contains(&at) {
            sum += count;
            rows += 1;
        }
    }
    if rows == 0 {
        return Err(UsageError::CommandLine(format!(
            "{}: no row is within the measurement, {} to {}: give the counts of that time, or other --from and --to",
            path.display(),
            rfc3339::format(time.start()),
            rfc3339::format(time.end())
        )));
    }
    Ok(sum)
}

/// Asks a Prometheus for the growth of counters in a measurement.
fn from_prometheus(args: &Args, url: &str, time: Interval) -> Result<Counted> {
    let base = BaseUrl::new(url).map_err(|error| {
        // The address may have a password, which is refused.
        let shown = if url.contains('@') { String::new() } else { format!(" {url}") };
        UsageError::CommandLine(format!("--prometheus{shown}: {error}"))
    })?;
    let mut client = Prometheus::new(Client::new(base, TIMEOUT));
    let range = format!("{}s", time.length().as_seconds().ceil());
    let mut ask = |name: &'static str, query: String| -> Result<Counter> {
        let count = client
            .query(&query, time.end(), clock::now())
            .with_context(|| format!("--prometheus {url}: {query}"))?;
        Ok(Counter { name, query, count })
    };
    let growth = |metric: &str| format!("sum(increase({metric}[{range}]))");
    let (counters, counted) = match (args.server, args.unit.map(UnitKind::from)) {
        (Some(server), Some(UnitKind::Token)) => {
            if args.tokens.contains(&Tokens::Prompt) && args.tokens.contains(&Tokens::Cached) {
                let text =
                    "--tokens prompt contains the cached ones: give one of prompt and cached";
                return Err(UsageError::CommandLine(text.to_owned()).into());
            }
            let known = Tokens::ALL.into_iter().filter_map(|it| Some((it, server.tokens(it)?)));
            let counters: Vec<Counter> = known
                .map(|(tokens, metric)| ask(tokens.name(), growth(metric)))
                .collect::<Result<_>>()?;
            (counters, args.tokens.iter().map(|it| it.name()).collect())
        }
        (Some(server), unit) => {
            let counter = unit.and_then(|unit| server.counter(unit));
            let (name, metric) = counter.ok_or_else(|| {
                UsageError::CommandLine(
                    "--server has no counter of that --unit: give --unit token or request, or a --query".to_owned(),
                )
            })?;
            (vec![ask(name, growth(metric))?], vec![name])
        }
        (None, _) => {
            let query = args.query.clone().unwrap_or_default().replace("$range", &range);
            (vec![ask("units", query)?], vec!["units"])
        }
    };
    let mut count = 0.0;
    for name in &counted {
        let counter = counters.iter().find(|it| it.name == *name);
        count += counter.and_then(|it| it.count).ok_or_else(|| {
            let query = counter.map_or("the server has no such counter", |it| it.query.as_str());
            UsageError::CommandLine(format!(
                "--prometheus {url}: nothing counts the {name} in that time ({query}): give another --query, --tokens or time"
            ))
        })?;
    }
    let queries = counters.iter().filter(|it| counted.contains(&it.name));
    let queries: Vec<&str> = queries.map(|it| it.query.as_str()).collect();
    let source = format!(
        "Prometheus, {} over the measurement: {}",
        counted.join(" and "),
        queries.join(" + ")
    );
    Ok(Counted { count, source, method: Method::Counter, counters })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_the_measurement_are_added_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.csv");
        let at = |hour| rfc3339::parse(&format!("2026-11-24T{hour:02}:00:00Z")).unwrap();
        let sum = |text: &str, from, to| {
            std::fs::write(&path, text).unwrap();
            in_file(&path, Interval::new(at(from), at(to))).map_err(|error| error.to_string())
        };
        let rows = "time,count\n2026-11-24T06:00:00Z,1\n2026-11-24T07:00:00Z,2.5\n\n2026-11-24T08:00:00Z,4\n";
        assert_eq!(sum(rows, 6, 8), Ok(3.5));
        assert_eq!(sum(rows, 7, 9), Ok(6.5));
        for (text, expected) in [
            (rows, "no row is within the measurement"),
            ("at,count\n", "line 1: the header must be `time,count`"),
            ("time,count\n2026-11-24T06:00:00Z\n", "line 2: expected two fields"),
            ("time,count\nyesterday,1\n", "line 2: "),
            ("time,count\n2026-11-24T06:00:00Z,-1\n", "line 2: the count must be"),
        ] {
            let error = sum(text, 10, 12).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
