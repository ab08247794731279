//! `gpu-carbon pull`: the history of a zone, from a service, as the CSV that everything reads.

mod args;
mod destination;
mod partial;
mod service;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use gpu_carbon_core::{Interval, Quality, Span, Timestamp};
use gpu_carbon_feeds::FeedError;
use gpu_carbon_feeds::csv::{self, HEADER};
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_fetch::{FetchError, Query, Service};

use crate::progress::Progress;
use crate::usage_error::UsageError;
pub use args::Args;
use partial::{PartialFile, Row};

/// Between two requests to a public service.
const PAUSE: Duration = Duration::from_secs(1);

/// How often a request is tried that fails by no fault of its own.
const TRIES: u32 = 5;

/// The longest that a service is waited for that asks for patience.
const MOST_PATIENCE: Duration = Duration::from_secs(120);

/// Pulls, and says what is there.
///
/// # Errors
///
/// A [`UsageError`] when what was given cannot be used; another error when the service does not answer, which
/// leaves what was pulled so far for the next run.
pub fn run(args: &Args) -> Result<String> {
    if args.end <= args.start {
        return Err(UsageError::CommandLine("--end must be after --start".to_owned()).into());
    }
    if args.end > now() {
        let now = rfc3339::format(now());
        let why = format!("--end must be in the past: history is pulled, and now is {now}");
        return Err(UsageError::CommandLine(why).into());
    }
    let mut service = service::of(args)?;
    let period = Interval::new(args.start, args.end);
    let output =
        destination::checked(args.output.clone().unwrap_or_else(|| usual_output(&service)))?;
    let mut kept = PartialFile::open(&beside(&output, "part"), &title(&service, period))?;
    let chunks = chunks(&service, period);
    let before = chunks.iter().filter(|chunk| chunk.end() <= kept.until()).count();
    let to_come = format!("periods to pull: {}", chunks.len() - before);
    let mut progress = Progress::of_others(chunks.len(), before, "periods pulled", &to_come);
    for (number, chunk) in chunks.into_iter().skip(before).enumerate() {
        if number > 0 && args.base_url.is_none() {
            thread::sleep(PAUSE);
        }
        let rows = ask(&mut service, chunk).with_context(|| {
            let part = beside(&output, "part");
            format!(
                "{}; what came so far is in {}: run it again to go on",
                rfc3339::format(chunk.start()),
                part.display()
            )
        })?;
        kept.add(&rows, chunk.end())?;
        progress.step();
    }
    drop(progress);
    finish(kept, &service, period, &output)
}

/// The history of one period, with patience.
fn ask(service: &mut Service, chunk: Interval) -> Result<Vec<Row>, FetchError> {
    let mut tries = 0;
    let published = loop {
        tries += 1;
        match service.fetch(Query::History(chunk), now()) {
            Ok(published) => break published,
            Err(FetchError::Answer(error)) if has_no_value(&error, service) => {
                return Ok(Vec::new());
            }
            Err(fault) if tries < TRIES && may_pass(&fault) => {
                let wait = PAUSE * 2_u32.pow(tries - 1);
                let wait = wait.max(fault.retry_after().unwrap_or_default());
                if wait > MOST_PATIENCE {
                    return Err(fault);
                }
                thread::sleep(wait);
            }
            Err(fault) => return Err(fault),
        }
    };
    // An answer may hold more than was asked for.
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

/// Whether a whole period is a gap, or before the first value there is.
fn has_no_value(error: &FeedError, service: &Service) -> bool {
    match error {
        FeedError::Empty => true,
        // WattTime refuses a single one: it leaves none out.
        FeedError::Null { .. } => service.kind() != gpu_carbon_feeds::Service::WattTime,
        _ => false,
    }
}

/// Whether asking again may help.
fn may_pass(fault: &FetchError) -> bool {
    matches!(
        fault,
        FetchError::Connection(_)
            | FetchError::Timeout(_)
            | FetchError::ServerError { .. }
            | FetchError::RateLimited { .. }
    )
}

fn finish(kept: PartialFile, service: &Service, period: Interval, output: &Path) -> Result<String> {
    let (name, rows) = (service.kind().title(), kept.rows());
    if rows.is_empty() {
        kept.remove();
        anyhow::bail!("{name} has no value of {} for that period", service.zone());
    }
    let mut text = format!("{HEADER}\n");
    for row in rows {
        text.push_str(&format!("{},{}\n", rfc3339::format(row.at), row.grams));
    }
    let series = csv::parse(&text).context("what was pulled is no series")?;
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
        _ => format!("; from {} to {} alone", rfc3339::format(from), rfc3339::format(until)),
    };
    let found = service.resolved_zone().map(|region| format!(" of {region}")).unwrap_or_default();
    let answer = format!(
        "{}: {count} values{found}, {unmeasured} of them estimated or forecast; {gaps} gaps{covered}\n{}\n",
        output.display(),
        service.kind().attribution()
    );
    kept.remove();
    Ok(answer)
}

/// Periods that one request each may ask for.
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

/// What a part that is kept must be of.
fn title(service: &Service, period: Interval) -> String {
    let (start, end) = (rfc3339::format(period.start()), rfc3339::format(period.end()));
    format!("{} {} from {start} to {end}", service.kind().name(), service.zone())
}

fn usual_output(service: &Service) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    format!("{}-{}.csv", service.kind().name(), service.zone())
        .chars()
        .map(plain)
        .collect::<String>()
        .into()
}

fn beside(output: &Path, extension: &str) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(format!(".{extension}"));
    name.into()
}

fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::EPOCH + Span::from_micros(u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX))
}
