//! The past: an hour of the raw series that the rules read, and a day of the recorded series that the dashboard reads.

use anyhow::Result;

use super::host::{Host, Source};
use super::remote_write::WriteRequest;
use super::schedule::Schedule;
use super::targets::{Fleet, Target};
use crate::machine::now;

/// The seconds between two scrapes.
pub const SCRAPE: f64 = 15.0;
/// The seconds of raw series.
const RAW: f64 = 65.0 * 60.0;
/// The seconds of recorded series.
const RECORDED: f64 = 24.0 * 3_600.0;
/// The seconds of one request, and of one step of all hosts.
const STEP: f64 = 15.0 * 60.0;
/// The mark of a series that ended.
const STALE: u64 = 0x7ff0_0000_0000_0002;

/// Writes the past until the present, and returns the number of samples. `rules` is the text of all rules: raw series that they
/// do not name are left out.
///
/// # Errors
///
/// When Prometheus refuses a sample.
pub fn write(fleet: &Fleet, url: &str, rules: &str, progress: &dyn Fn(&str)) -> Result<usize> {
    let begun = now();
    let (mut written, mut at) = (0, begun - RAW - RECORDED);
    // Prometheus' head takes samples that are an hour older than its newest, so all hosts go on together.
    while at < now() - SCRAPE {
        let raw = at >= begun - RAW;
        let until = if raw { (at + STEP).min(now()) } else { (at + STEP).min(begun - RAW) };
        let half = fleet.hosts.len() / 2;
        let halves = [&fleet.hosts[..half], &fleet.hosts[half..]];
        let sent = std::thread::scope(|scope| {
            let of_hosts = |hosts: &'_ [Host]| -> Result<usize> {
                let sent = hosts.iter().map(|host| {
                    let mut request = WriteRequest::default();
                    if raw {
                        raw_series(fleet, host, rules, (at, until), &mut request);
                    } else {
                        recorded_series(host, (at, until), &mut request);
                    }
                    let samples = request.samples();
                    request.send(url).map(|()| samples)
                });
                sent.sum()
            };
            let other = scope.spawn(move || of_hosts(halves[1]));
            let sent = of_hosts(halves[0]);
            let other = other.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a writer panicked")));
            anyhow::Ok(sent? + other?)
        })?;
        written += sent;
        if raw || (at / STEP).rem_euclid(24.0) < 1.0 {
            let hours = (begun - until) / 3600.0;
            progress(&format!("{hours:.1} hours before the present: {written} samples"));
        }
        at = until;
    }
    Ok(written)
}

/// The times of a grid between two times.
fn grid((from, until): (f64, f64), step: f64) -> impl Iterator<Item = f64> {
    let first = (from / step).ceil();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "of some hours")]
    let count = ((until / step).ceil() - first).max(0.0) as u32;
    (0..count).map(move |n| (first + f64::from(n)) * step)
}

fn raw_series(
    fleet: &Fleet,
    host: &Host,
    rules: &str,
    time: (f64, f64),
    request: &mut WriteRequest,
) {
    let schedule = Schedule::default();
    for target in Target::ALL {
        let sources = fleet.sources(target, host, &schedule, time);
        if sources.is_empty() {
            continue;
        }
        let own = target.labels(host, false);
        request.push(&labels("up", &own), grid(time, SCRAPE).map(|at| (at, 1.0)));
        for source in sources.iter().filter(|source| rules.contains(&source.name)) {
            let mut series = labels(&source.name, &own);
            let renamed: Vec<(String, &str)> = source
                .labels
                .iter()
                .map(|(name, value)| {
                    let is_taken = own.iter().any(|(own, _)| own == name);
                    let name = if is_taken { format!("exported_{name}") } else { name.clone() };
                    (name, value.as_str())
                })
                .collect();
            series.extend(renamed.iter().map(|(name, value)| (name.as_str(), *value)));
            request.push(&series, samples(source, &schedule, time));
        }
    }
}

fn labels<'a>(metric: &'a str, own: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    let own = own.iter().map(|(name, value)| (*name, value.as_str()));
    std::iter::once(("__name__", metric)).chain(own).collect()
}

/// The samples of a series between two times; at its end, the mark.
fn samples(
    source: &Source,
    schedule: &Schedule,
    time: (f64, f64),
) -> impl Iterator<Item = (f64, f64)> {
    grid(time, SCRAPE).filter_map(move |at| {
        if source.is_alive(at) {
            Some((at, source.at(at, schedule)))
        } else if source.is_alive(at - SCRAPE) {
            Some((at, f64::from_bits(STALE)))
        } else {
            None
        }
    })
}

/// The recorded series by which a day is shown: of each GPU and host, and of pods of two hours.
fn recorded_series(host: &Host, time: (f64, f64), request: &mut WriteRequest) {
    let own = Target::Exporter.labels(host, false);
    let minutes = |watts: f64| {
        grid(time, 60.0).map(move |at| (at, watts * 60.0 * (1.0 + 0.1 * (at / 900.0).sin())))
    };
    let emissions = [("signal", "marginal"), ("scope", "unspecified")];
    for (amount, factor, with_signal) in [
        ("energy_joules", 300.0, 0),
        ("emissions_grams", 0.03, 2),
        ("embodied_emissions_grams", 0.003, 0),
    ] {
        let name = format!("instance:gpu_carbon_{amount}:increase1m");
        let mut series = labels(&name, &own);
        series.extend(&emissions[..with_signal]);
        request.push(&series, minutes(factor * 8.0));
        let name = format!("gpu:gpu_carbon_{amount}:increase1m");
        for gpu in host.gpus.iter().take(super::targets::GPUS) {
            let index = gpu.index.to_string();
            let mut series = labels(&name, &own);
            series.extend(&emissions[..with_signal.min(1)]);
            series.extend([("gpu", index.as_str()), ("uuid", gpu.uuid.as_str())]);
            request.push(&series, minutes(factor));
        }
    }
    for (name, factor) in [
        ("instance:gpu_carbon_watts:rate5m", 5.0),
        ("instance:gpu_carbon_grams_per_hour:rate5m", 5.0),
    ] {
        request.push(&labels(name, &own), minutes(factor));
    }
    for gpu in &host.gpus {
        // A fresh pod each four hours.
        let number = (time.0 / 14_400.0).floor() % 100_000.0;
        let workload = format!("team-{}/past-{}-{number}", gpu.seed % 60, &gpu.uuid[4..17]);
        let own = [("cluster", host.cluster.as_str()), ("workload", workload.as_str())];
        for (name, signal) in [("sci_grams", 1), ("energy_joules", 0)] {
            let name = format!("workload:gpu_carbon_{name}:increase1m");
            let mut series = vec![("__name__", name.as_str())];
            series.extend(own);
            series.extend(&emissions[..signal]);
            request.push(&series, minutes(0.03));
        }
    }
}
