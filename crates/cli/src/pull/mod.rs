//! `gpu-carbon pull`: downloads the history of a zone from a service, as the CSV that the other commands read.

mod args;
mod destination;
mod findings;
mod partial;
mod service;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use gpu_carbon_core::{Interval, Quality};
use gpu_carbon_feeds::FeedError;
use gpu_carbon_feeds::csv::{self, HEADER};
use gpu_carbon_feeds::metadata::{Metadata, share};
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_feeds::unit::Unit;
use gpu_carbon_fetch::{FetchError, Query, Service};

use crate::clock;
use crate::output::{self, Value};
use crate::progress::Progress;
use crate::usage_error::UsageError;
pub use args::Args;
use findings::Findings;
use partial::{PartialFile, Row};
pub(crate) use service::{Wanted, client};

/// The time before the second attempt at a request that failed; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);

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
    let part = beside(&output, "part");
    let opened = PartialFile::open(&part, &title(&service, period));
    let mut partial = opened.map_err(|error| destination::unwritable(&part, error))?;
    let chunks = chunks(&service, period);
    let before = chunks.iter().filter(|chunk| chunk.end() <= partial.until()).count();
    let announcement = format!("periods to pull: {}", chunks.len() - before);
    let mut progress = Progress::of_requests(chunks.len(), before, "periods pulled", &announcement);
    let mut findings = Findings::new(args.skip_bad);
    for (number, chunk) in chunks.into_iter().skip(before).enumerate() {
        if number > 0 && args.base_url.is_none() {
            thread::sleep(Duration::from_micros(service.pause().as_micros()));
        }
        let rows = match ask(&mut service, chunk, &mut findings) {
            Ok(rows) => rows,
            Err(error) => return Err(interrupted(error, partial, chunk)),
        };
        partial.add(&rows, chunk.end())?;
        progress.step();
    }
    drop(progress);
    Ok(finish(partial, &service, period, &output)? + &findings.lines())
}

/// The error of a download that ended at a period: the cause first. The periods before it stay on the disk; a file without
/// any is removed.
fn interrupted(error: FetchError, partial: PartialFile, period: Interval) -> anyhow::Error {
    let cause = anyhow::Error::new(error);
    let start = rfc3339::format(period.start());
    match partial.keep() {
        Some(path) => {
            let path = path.display();
            anyhow!(
                "{cause:#}; the download ended at {start}, and all before is in {path}: run the command again to continue"
            )
        }
        None => anyhow!("{cause:#}; that was at {start}, and nothing was downloaded"),
    }
}

/// Asks for the history of one period, and again after errors that may pass.
fn ask(
    service: &mut Service,
    chunk: Interval,
    findings: &mut Findings,
) -> Result<Vec<Row>, FetchError> {
    let mut tries = 0;
    let published = loop {
        tries += 1;
        match service.fetch(Query::History(chunk), clock::now()) {
            Ok(published) => break published,
            Err(FetchError::Answer(error)) if has_no_value(&error, service) => {
                return Ok(Vec::new());
            }
            Err(FetchError::Answer(error)) if findings.skips_bad() && error.is_about_a_point() => {
                findings.add_bad_period();
                return Ok(Vec::new());
            }
            Err(error) if tries < TRIES && may_pass(&error) => {
                let wait = FIRST_WAIT * 2_u32.pow(tries - 1);
                let wait = wait.max(error.retry_after().unwrap_or_default());
                if wait > MOST_PATIENCE {
                    return Err(error);
                }
                thread::sleep(wait);
            }
            Err(error) => return Err(error),
        }
    };
    findings.add(&published);
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
        // Some publish no null: one is a mistake in their answers.
        FeedError::Null { .. } => !matches!(service, Service::WattTime(_) | Service::Sgip(_)),
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
    let (count, unmeasured) = (rows.len(), rows.iter().filter(|row| !row.measured).count());
    let table = output::csv::write(
        HEADER.split(','),
        rows.iter().map(|row| [Value::from(row.at), row.grams.into()]),
    );
    let text = metadata(service, unmeasured, count).write() + &table;
    let series = csv::parse(&text).context("the values of the service are not a series")?;
    let new = beside(output, "new");
    fs::write(&new, text)
        .and_then(|()| fs::rename(&new, output))
        .with_context(|| output.display().to_string())?;
    let gaps = series.gaps().count();
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

/// Describes the series, for the comment lines at the beginning of its file.
fn metadata(service: &Service, unmeasured: usize, count: usize) -> Metadata {
    let kind = service.kind();
    Metadata {
        signal: Some(kind.signal()),
        scope: Some(kind.scope()),
        source: Some(kind.title().to_owned()),
        zone: Some(service.resolved_zone().map_or_else(|| service.zone(), str::to_owned)),
        licence: Some(kind.attribution().to_owned()),
        estimated_share: Some(share(unmeasured, count)),
        unit: Some(Unit::GramsPerKilowattHour),
        offset_seconds: None,
    }
}

/// Divides a period into parts that one request each may ask for.
fn chunks(service: &Service, period: Interval) -> Vec<Interval> {
    let mut chunks = Vec::new();
    let mut start = period.start();
    while start < period.end() {
        let end = service.end_of_history(start).min(period.end());
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
