//! `gpu-carbon pull`: downloads the history of a zone from a service, as the CSV that the other commands read.

mod args;
mod destination;
mod partial;
mod service;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use gpu_carbon_core::{Interval, Quality};
use gpu_carbon_feeds::FeedError;
use gpu_carbon_feeds::csv::{self, HEADER};
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_fetch::{FetchError, Query, Service};

use crate::clock;
use crate::output::{self, Value};
use crate::progress::Progress;
use crate::usage_error::UsageError;
pub use args::Args;
use partial::{PartialFile, Row};

/// The time between two requests to a public service.
const PAUSE: Duration = Duration::from_secs(1);

/// The number of attempts at a request that fails for a reason that may pass.
const TRIES: u32 = 5;

/// The longest `Retry-After` of a service that is waited for.
const MOST_PATIENCE: Duration = Duration::from_secs(120);

/// Downloads the history, and describes the file that was written.
///
/// # Errors
///
/// A [`UsageError`] when an argument cannot be used; another error when the service does not answer, which leaves the
/// complete periods for the next run.
pub fn run(args: &Args) -> Result<String> {
    if args.end <= args.start {
        return Err(UsageError::CommandLine("--end must be after --start".to_owned()).into());
    }
    if args.end > clock::now() {
        let now = rfc3339::format(clock::now());
        let why = format!("--end must be in the past, and it is {now} now");
        return Err(UsageError::CommandLine(why).into());
    }
    let mut service = service::of(args)?;
    let period = Interval::new(args.start, args.end);
    let output =
        destination::checked(args.output.clone().unwrap_or_else(|| default_output(&service)))?;
    let mut partial = PartialFile::open(&beside(&output, "part"), &title(&service, period))?;
    let chunks = chunks(&service, period);
    let before = chunks.iter().filter(|chunk| chunk.end() <= partial.until()).count();
    let announcement = format!("periods to pull: {}", chunks.len() - before);
    let mut progress = Progress::of_requests(chunks.len(), before, "periods pulled", &announcement);
    for (number, chunk) in chunks.into_iter().skip(before).enumerate() {
        if number > 0 && args.base_url.is_none() {
            thread::sleep(PAUSE);
        }
        let rows = ask(&mut service, chunk).with_context(|| {
            let part = beside(&output, "part");
            format!(
                "{}; the download so far is in {}: run the command again to continue",
                rfc3339::format(chunk.start()),
                part.display()
            )
        })?;
        partial.add(&rows, chunk.end())?;
        progress.step();
    }
    drop(progress);
    finish(partial, &service, period, &output)
}

/// Asks for the history of one period, and again after errors that may pass.
fn ask(service: &mut Service, chunk: Interval) -> Result<Vec<Row>, FetchError> {
    let mut tries = 0;
    let published = loop {
        tries += 1;
        match service.fetch(Query::History(chunk), clock::now()) {
            Ok(published) => break published,
            Err(FetchError::Answer(error)) if has_no_value(&error, service) => {
                return Ok(Vec::new());
            }
            Err(error) if tries < TRIES && may_pass(&error) => {
                let wait = PAUSE * 2_u32.pow(tries - 1);
                let wait = wait.max(error.retry_after().unwrap_or_default());
                if wait > MOST_PATIENCE {
                    return Err(error);
                }
                thread::sleep(wait);
            }
            Err(error) => return Err(error),
        }
    };
    // An answer may contain more than the period.
    let points =
        published.points.iter().filter(|point| point.at >= chunk.start() && point.at < chunk.end());
    Ok(points
        .map(|point| Row {
            at: point.at,
            grams: point.intensity.as_grams_per_kilowatt_hour(),
            measured: point.quality == Quality::Measured,
        })
        .collect())
}

/// Returns true where the service has no value in the whole period.
fn has_no_value(error: &FeedError, service: &Service) -> bool {
    match error {
        FeedError::NoValues => true,
        // WattTime publishes no null: one is a mistake in its answer.
        FeedError::Null { .. } => service.kind() != gpu_carbon_feeds::Service::WattTime,
        _ => false,
    }
}

/// Returns true where another attempt may succeed.
fn may_pass(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::Connection(_)
            | FetchError::Timeout(_)
            | FetchError::ServerError { .. }
            | FetchError::RateLimited { .. }
    )
}

/// Writes the series in place of the output file, and describes it.
fn finish(
    partial: PartialFile,
    service: &Service,
    period: Interval,
    output: &Path,
) -> Result<String> {
    let (name, rows) = (service.kind().title(), partial.rows());
    if rows.is_empty() {
        partial.remove();
        anyhow::bail!("{name} has no value of {} for that period", service.zone());
    }
    let text = output::csv::write(
        HEADER.split(','),
        rows.iter().map(|row| [Value::from(row.at), row.grams.into()]),
    );
    let series = csv::parse(&text).context("the values of the service are not a series")?;
    let new = beside(output, "new");
    fs::write(&new, text)
        .and_then(|()| fs::rename(&new, output))
        .with_context(|| output.display().to_string())?;
    let (count, unmeasured) = (rows.len(), rows.iter().filter(|row| !row.measured).count());
    let longer =
        |pair: &&[Row]| matches!(pair, [a, b] if b.at.duration_since(a.at) > series.step());
    let gaps = rows.windows(2).filter(longer).count();
    let (from, until) = (series.extent().start(), series.extent().end());
    let covered = match (from <= period.start(), until >= period.end()) {
        (true, true) => String::new(),
        _ => format!("; only from {} to {}", rfc3339::format(from), rfc3339::format(until)),
    };
    let found = service.resolved_zone().map(|region| format!(" of {region}")).unwrap_or_default();
    let answer = format!(
        "{}: {count} values{found}, {unmeasured} of them estimated or forecast; {gaps} gaps{covered}\n{}\n",
        output.display(),
        service.kind().attribution()
    );
    partial.remove();
    Ok(answer)
}

/// Divides a period into parts that one request each may ask for.
fn chunks(service: &Service, period: Interval) -> Vec<Interval> {
    let longest = service.longest_history();
    let mut chunks = Vec::new();
    let mut start = period.start();
    while start < period.end() {
        let end = (start + longest).min(period.end());
        chunks.push(Interval::new(start, end));
        start = end;
    }
    chunks
}

/// Returns the title of a download, which identifies its partial file.
fn title(service: &Service, period: Interval) -> String {
    let (start, end) = (rfc3339::format(period.start()), rfc3339::format(period.end()));
    format!("{} {} from {start} to {end}", service.kind().name(), service.zone())
}

/// Returns the default output: the service and the zone.
fn default_output(service: &Service) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    format!("{}-{}.csv", service.kind().name(), service.zone())
        .chars()
        .map(plain)
        .collect::<String>()
        .into()
}

/// Returns the path of a file beside the output.
fn beside(output: &Path, extension: &str) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(format!(".{extension}"));
    name.into()
}
