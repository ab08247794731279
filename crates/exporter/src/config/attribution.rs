//! The section `attribution`: who holds a GPU.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gpu_carbon_core::Power;
use serde::Deserialize;

use super::check::{Checker, span};
use super::error::ConfigError;
use crate::holders::{GpuNumbers, JobFolder, Settings, Source};

/// The folder that the prolog in `deploy/slurm` writes to.
const JOBS: &str = "/run/gpu-carbon/jobs";

/// The socket of the kubelet's service PodResources.
const KUBELET: &str = "/var/lib/kubelet/pod-resources/kubelet.sock";

/// The folder of the kubelet's logs.
const POD_LOGS: &str = "/var/log/pods";

/// The most watts that a GPU may draw without work: less than any draws with it.
const MOST_IDLE_WATTS: f64 = 1000.0;

/// The most workloads that may be published: each makes four series for each GPU.
const MOST_WORKLOADS: usize = 10_000;

/// The sources of holders, and the workloads that are published.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AttributionSection {
    holders: Vec<HolderName>,
    #[serde(default)]
    slurm: SlurmSection,
    #[serde(default)]
    kubelet: KubeletSection,
    #[serde(default)]
    processes: ProcessesSection,
    idle_watts: Option<f64>,
    #[serde(default = "two_hundred")]
    series: usize,
    #[serde(default = "fifteen_minutes")]
    keep_ended: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HolderName {
    Slurm,
    Kubelet,
    Processes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SlurmSection {
    jobs: Option<PathBuf>,
    dcgm_mapping: Option<PathBuf>,
    numbers: Option<NumberName>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NumberName {
    Minor,
    Index,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct KubeletSection {
    socket: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ProcessesSection {
    pod_logs: Option<PathBuf>,
}

/// Checks the section.
pub(super) fn settings(
    check: &Checker<'_>,
    section: &AttributionSection,
) -> Result<Settings, ConfigError> {
    let mut sources = Vec::new();
    for name in &section.holders {
        let source = match name {
            HolderName::Slurm => Source::Slurm,
            HolderName::Kubelet => Source::Kubelet,
            HolderName::Processes => Source::Processes,
        };
        if sources.contains(&source) {
            let value = format!("`{}`, again,", source.name());
            return Err(check.invalid("attribution.holders", value, "each source once"));
        }
        sources.push(source);
    }
    if sources.is_empty() {
        let allowed =
            "give at least one of slurm, kubelet and processes, or leave out `attribution`";
        return Err(check.missing("attribution.holders", allowed));
    }
    let SlurmSection { jobs, dcgm_mapping, numbers } = &section.slurm;
    let default_jobs = dcgm_mapping.is_none().then(|| Path::new(JOBS));
    let prolog =
        jobs.as_deref().or(default_jobs).map(|path| JobFolder::Prolog(check.resolve(path)));
    let dcgm = dcgm_mapping.as_deref().map(|path| JobFolder::Dcgm(check.resolve(path)));
    if !(1..=MOST_WORKLOADS).contains(&section.series) {
        let allowed = format!("a number from 1 to {MOST_WORKLOADS}");
        return Err(check.invalid("attribution.series", section.series, allowed));
    }
    let kept = Duration::from_secs(60)..=Duration::from_secs(7 * 86_400);
    let keep_ended = check.duration("attribution.keep_ended", &section.keep_ended, kept)?;
    let idle = section.idle_watts.map(|watts| {
        let power = Power::from_watts(watts).ok().filter(|_| watts <= MOST_IDLE_WATTS);
        let allowed = format!("a number from 0 to {MOST_IDLE_WATTS}");
        power.ok_or_else(|| check.invalid("attribution.idle_watts", watts, allowed))
    });
    let socket = section.kubelet.socket.as_deref().unwrap_or(Path::new(KUBELET));
    let pod_logs = section.processes.pod_logs.as_deref().unwrap_or(Path::new(POD_LOGS));
    Ok(Settings {
        sources,
        job_folders: prolog.into_iter().chain(dcgm).collect(),
        numbers: match numbers {
            Some(NumberName::Index) => GpuNumbers::Index,
            Some(NumberName::Minor) | None => GpuNumbers::Minor,
        },
        kubelet_socket: check.resolve(socket),
        pod_logs: check.resolve(pod_logs),
        idle: idle.transpose()?,
        most_workloads: section.series,
        keep_ended: span(keep_ended),
    })
}

const fn two_hundred() -> usize {
    200
}

fn fifteen_minutes() -> String {
    "15m".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn read(section: &str) -> Result<Option<Settings>, String> {
        let text = format!("intensity: {{source: embedded}}\n{section}\n");
        let read = Config::parse(&text, Path::new("/etc/x.yaml"), Path::new("nvml.so"));
        read.map(|config| config.holders).map_err(|error| error.to_string())
    }

    #[test]
    fn holders_are_looked_for_on_request() {
        assert_eq!(read("").unwrap(), None);
        let settings = read("attribution: {holders: [slurm]}").unwrap().unwrap();
        assert_eq!(settings.sources, [Source::Slurm]);
        assert_eq!(settings.job_folders, [JobFolder::Prolog(JOBS.into())]);
        assert_eq!((settings.numbers, settings.most_workloads), (GpuNumbers::Minor, 200));
        let text = "attribution: {holders: [processes, slurm], slurm: {dcgm_mapping: map, numbers: index}}";
        let settings = read(text).unwrap().unwrap();
        assert_eq!(settings.sources, [Source::Processes, Source::Slurm]);
        assert_eq!(settings.job_folders, [JobFolder::Dcgm("/etc/map".into())]);
        assert_eq!((settings.numbers, settings.idle), (GpuNumbers::Index, None));
        let settings = read("attribution: {holders: [slurm], idle_watts: 70}").unwrap().unwrap();
        assert_eq!(settings.kubelet_socket, Path::new(KUBELET));
        let text = "attribution: {holders: [kubelet], kubelet: {socket: k.sock}}";
        let kubelet = read(text).unwrap().unwrap();
        assert_eq!(
            (kubelet.sources, kubelet.kubelet_socket),
            (vec![Source::Kubelet], "/etc/k.sock".into())
        );
        assert_eq!(settings.idle, Power::from_watts(70.0).ok());
    }

    #[test]
    fn an_invalid_section_is_named_in_one_line() {
        for (section, expected) in [
            ("attribution: {holders: []}", "attribution.holders"),
            ("attribution: {holders: [slurm, slurm]}", "each source once"),
            ("attribution: {holders: [kubernetes]}", "kubelet"),
            ("attribution: {}", "holders"),
            ("attribution: {holders: [slurm], series: 0}", "attribution.series"),
            ("attribution: {holders: [slurm], idle_watts: -1}", "attribution.idle_watts"),
            ("attribution: {holders: [slurm], keep_ended: 1s}", "attribution.keep_ended"),
            ("attribution: {holders: [slurm], slurm: {number: minor}}", "number"),
        ] {
            let error = read(section).unwrap_err();
            assert!(error.contains(expected) && !error.contains('\n'), "{section}: {error}");
        }
    }
}
