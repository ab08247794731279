//! The run: the past, the present with a change in the middle, and what is measured then.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use super::conservation::{self, Sum};
use super::groups::Groups;
use super::panels::{self, Panel};
use super::schedule::STILL;
use super::steal::{Steal, Watch};
use super::targets::{Fleet, GPUS};
use super::template::Template;
use super::{groups, history, server};
use crate::bench::usage::{Cores, Memory};
use crate::machine::now;
use crate::prometheus::Prometheus;

/// The group whose minutes are summed up.
const SUMMING: &str = "gpu-carbon-sci";

/// The configuration but for the rules and the targets.
const GLOBAL: &str =
    "global: {scrape_interval: 15s, scrape_timeout: 10s, evaluation_interval: 15s}\n";

/// Value of `GOGC` for Prometheus, as deploy/README.md advises for a fleet: Go collects garbage when memory has grown by so many
/// percent. Prometheus' own value is 75 since version 2.53, and Go's 100 before.
pub const GOGC: &str = "200";

/// The rules in the configuration.
const RULES: &str = "rule_files: [rules/*.yml]\n";

/// The results.
#[derive(Debug)]
pub struct Measured {
    /// The number of hosts.
    pub hosts: usize,
    /// The number of GPUs at the start.
    pub gpus: usize,
    /// The number of samples of the past.
    pub past_samples: usize,
    /// Series of a GPU that no one holds: in the text format, and in OpenMetrics.
    pub series_per_gpu: (usize, usize),
    /// The evaluations of the groups.
    pub groups: Groups,
    /// The time from which all counters count, in seconds since the epoch. Until then, the groups are evaluated for the first
    /// times, and Prometheus makes the series that they record.
    pub counting: f64,
    /// The steal time meanwhile.
    pub steal: Steal,
    /// The recorded sums.
    pub sums: Vec<Sum>,
    /// The queries of the dashboard.
    pub panels: Vec<Panel>,
    /// Prometheus' memory after all evaluations, before the queries of the dashboard.
    pub memory: Memory,
    /// The version of Prometheus.
    pub version: String,
    /// Series in Prometheus' head.
    pub head_series: f64,
    /// Samples that were scraped in a second.
    pub samples_per_second: f64,
    /// The share of all cores that was busy meanwhile, from 0 to 1.
    pub busy: f64,
    /// Alerts that fire at the end, with their numbers.
    pub alerts: Vec<(String, f64)>,
}

/// Runs a fleet.
///
/// # Errors
///
/// When a program does not start, or a query fails.
pub fn measure(hosts: usize, progress: &dyn Fn(&str)) -> Result<Measured> {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").canonicalize()?;
    // A copy, which does not change in the middle of the run. Its path is relative to the configuration, so that the groups of one
    // run overlap as those of another.
    let (folder, mut rules) = (tempfile::tempdir()?, String::new());
    let copies = folder.path().join("rules");
    std::fs::create_dir(&copies)?;
    for entry in std::fs::read_dir(deploy.join("prometheus/rules"))? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        std::fs::write(copies.join(path.file_name().context("no name")?), &text)?;
        rules.push_str(&text);
    }
    progress("the exporter shows its series; the last one after about a minute");
    let fleet = Arc::new(Fleet::new(hosts, Template::read()?, now()));
    let flags = ["--web.enable-remote-write-receiver", "--web.enable-lifecycle"];
    let prometheus = Prometheus::start_with(folder, GLOBAL, &flags, &[("GOGC", GOGC)])?;
    let past_samples = history::write(&fleet, &prometheus.url, &rules, progress)?;

    // From here on, so that a host whose first scrape fails has missed nothing.
    fleet.schedule().still.push((now(), f64::INFINITY));
    progress("Prometheus moves the past from its memory to its disk");
    let begun = now();
    while own(&prometheus, "prometheus_tsdb_head_min_time_seconds")? < now() - 4.0 * 3600.0
        && now() < begun + 600.0
    {
        std::thread::sleep(Duration::from_secs(3));
    }

    let server = server::start(Arc::clone(&fleet))?;
    let configuration =
        |changed| format!("{GLOBAL}{RULES}{}", fleet.scrape_configs(server, changed));
    prometheus.reload(&configuration(false))?;
    let (mut groups, cores, watch) = (Groups::default(), Cores::now()?, Watch::start());
    progress("the first evaluations of each group, while all counters stand still");
    let count = rules.matches("- name: ").count();
    // A group that sums up what another has read may have nothing to read at first. Some groups are evaluated less often.
    wait(&mut groups, &prometheus, |groups| {
        groups.evaluations.len() == count && groups.count(SUMMING) >= 4
    })?;

    let counting = now();
    if let Some(still) = fleet.schedule().still.last_mut() {
        still.1 = counting;
    }
    let change = counting + STILL + 5.0;
    fleet.schedule().change = Some(change);
    progress("all counters count; in the middle, hosts and GPUs change");
    wait(&mut groups, &prometheus, |_| now() >= change)?;
    prometheus.reload(&configuration(true))?;
    wait(&mut groups, &prometheus, |_| now() >= change + STILL + 70.0)?;
    let still = now();
    fleet.schedule().still.push((still, f64::INFINITY));
    wait(&mut groups, &prometheus, |_| now() >= still + 25.0)?;
    let before: Vec<(String, usize)> =
        groups.evaluations.iter().map(|(name, seen)| (name.clone(), seen.len())).collect();
    wait(&mut groups, &prometheus, |groups| {
        before.iter().all(|(name, seen)| groups.count(name) >= seen + 2)
    })?;
    let (busy, steal) = (Cores::now()?.busy_since(cores), watch.end()?);

    progress("the sums, and the queries of the dashboard");
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "of some minutes")]
    let minutes = ((now() - counting) / 60.0) as u32 + 5;
    let sums = conservation::check(&prometheus, counting, minutes)?;
    let memory = Memory::of(prometheus.pid())?;
    let head_series = own(&prometheus, "prometheus_tsdb_head_series")?;
    let version = prometheus.version()?;
    let scraped = prometheus.value("sum(scrape_samples_scraped)", None)?;
    let firing = prometheus.query("count by (alertname) (ALERTS{alertstate=\"firing\"})", None)?;
    let alerts = firing.as_array().context("a vector")?.iter().filter_map(|alert| {
        let value = alert["value"][1].as_str()?.parse().ok()?;
        Some((alert["metric"]["alertname"].as_str()?.to_owned(), value))
    });
    let alerts = alerts.collect();
    let dashboard = std::fs::read_to_string(deploy.join("grafana/dashboards/gpu-carbon.json"))?;
    let panels = panels::measure(&dashboard, &prometheus)?;
    let (rules, at) = (groups::rules(&prometheus)?, groups.last(SUMMING)?);
    prometheus.reload(GLOBAL)?;
    std::thread::sleep(Duration::from_secs(5));
    groups.measure_processor(&prometheus, &rules, at)?;
    Ok(Measured {
        hosts,
        gpus: hosts * GPUS,
        past_samples,
        series_per_gpu: fleet.template.series_per_gpu,
        groups,
        counting,
        steal,
        sums,
        memory,
        version,
        head_series,
        samples_per_second: scraped / history::SCRAPE,
        busy,
        alerts,
        panels,
    })
}

/// The value of one of Prometheus' own metrics without labels.
fn own(prometheus: &Prometheus, metric: &str) -> Result<f64> {
    let page = ureq::get(format!("{}/metrics", prometheus.url)).call()?;
    let page = page.into_body().read_to_string()?;
    let value = page.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '));
    Ok(value.with_context(|| format!("Prometheus has no {metric}"))?.parse()?)
}

/// Polls the groups until a condition holds.
fn wait(
    groups: &mut Groups,
    prometheus: &Prometheus,
    condition: impl Fn(&Groups) -> bool,
) -> Result<()> {
    loop {
        groups.poll(prometheus)?;
        if condition(groups) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_secs(3));
    }
}
