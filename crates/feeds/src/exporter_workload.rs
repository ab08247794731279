//! The counters of a workload that `gpu-carbon-exporter` publishes at `/api/v1/workload`.

use gpu_carbon_core::{Energy, Mass, Timestamp};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json;

const NAME: &str = "gpu-carbon-exporter";

/// The counters of a workload at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkloadCounters {
    /// The name of the workload.
    pub workload: String,
    /// The kind, such as `slurm_job`; `None` for a workload that holds no GPU, and held none lately.
    pub kind: Option<String>,
    /// The time at which the exporter began to count.
    pub started: Timestamp,
    /// True where the counters go on after a restart of the exporter.
    pub has_ledger: bool,
    /// The counters on each GPU.
    pub gpus: Vec<GpuCounters>,
    /// The counters for each component of the host; none of an exporter without them, as one of an earlier
    /// version.
    pub host: Vec<HostCounters>,
}

/// The counters of a workload on one GPU, zero where it has not held it.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuCounters {
    /// The UUID of the GPU.
    pub uuid: String,
    /// The time up to which energy is counted.
    pub counted_until: Timestamp,
    /// The energy of the workload.
    pub energy: Energy,
    /// The operational emissions of the workload, by the exporter's intensities and PUE.
    pub emissions: Mass,
    /// The energy of the GPU whose holder is unknown.
    pub unknown: Energy,
    /// The method by which the energy of the GPU is divided: `exclusive`, `utilization`, `held` or `none`.
    pub sharing: String,
}

/// The share of a workload in the energy of one component of the host, zero where it has not held a GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct HostCounters {
    /// The component: `cpu`, `memory` or `rest`.
    pub component: String,
    /// The method by which its energy is known: `counter`, `integrated` or `declared`.
    pub method: String,
    /// The energy of the workload.
    pub energy: Energy,
    /// The operational emissions of the workload, by the exporter's intensities and PUE.
    pub emissions: Mass,
}

#[derive(Deserialize)]
struct Answer {
    workload: String,
    kind: Option<String>,
    started: String,
    has_ledger: bool,
    gpus: Vec<Gpu>,
    #[serde(default)]
    host: Vec<Component>,
}

#[derive(Deserialize)]
struct Gpu {
    uuid: String,
    counted_until: String,
    energy_joules: f64,
    emissions_grams: f64,
    unknown_energy_joules: f64,
    sharing: String,
}

#[derive(Deserialize)]
struct Component {
    component: String,
    method: String,
    energy_joules: f64,
    emissions_grams: f64,
}

/// Parses an answer of the exporter.
///
/// # Errors
///
/// The first error.
///
/// ```
/// let text = r#"{"workload": "slurm:7", "kind": "slurm_job", "started": "2026-06-01T00:00:00Z", "has_ledger": false, "gpus": [
///     {"uuid": "GPU-a", "counted_until": "2026-06-01T01:00:00Z", "energy_joules": 3600.0, "emissions_grams": 0.5,
///      "unknown_energy_joules": 0.0, "sharing": "exclusive"}]}"#;
/// let counters = gpu_carbon_feeds::exporter_workload::parse(text)?;
/// assert_eq!(counters.gpus[0].energy.as_joules(), 3600.0);
/// # Ok::<(), gpu_carbon_feeds::FeedError>(())
/// ```
pub fn parse(text: &str) -> Result<WorkloadCounters, FeedError> {
    let answer: Answer = json::read(text, NAME)?;
    let gpus = answer.gpus.into_iter().zip(1..).map(|(gpu, position)| counters(gpu, position));
    let host = answer.host.into_iter().zip(1..).map(|(it, position)| of_host(it, position));
    Ok(WorkloadCounters {
        workload: json::excerpt(&answer.workload),
        kind: answer.kind.as_deref().map(json::excerpt),
        started: json::time(&answer.started, 0)?,
        has_ledger: answer.has_ledger,
        gpus: gpus.collect::<Result<_, _>>()?,
        host: host.collect::<Result<_, _>>()?,
    })
}

fn counters(gpu: Gpu, position: usize) -> Result<GpuCounters, FeedError> {
    let place = format!("GPU {position}");
    Ok(GpuCounters {
        uuid: json::excerpt(&gpu.uuid),
        counted_until: json::time(&gpu.counted_until, position)?,
        energy: energy("energy_joules", &place, gpu.energy_joules)?,
        emissions: emissions(&place, gpu.emissions_grams)?,
        unknown: energy("unknown_energy_joules", &place, gpu.unknown_energy_joules)?,
        sharing: json::excerpt(&gpu.sharing),
    })
}

fn of_host(it: Component, position: usize) -> Result<HostCounters, FeedError> {
    let place = format!("component {position} of the host");
    Ok(HostCounters {
        component: json::excerpt(&it.component),
        method: json::excerpt(&it.method),
        energy: energy("energy_joules", &place, it.energy_joules)?,
        emissions: emissions(&place, it.emissions_grams)?,
    })
}

fn energy(name: &str, place: &str, joules: f64) -> Result<Energy, FeedError> {
    Energy::from_joules(joules).map_err(|_| wrong(name, place, joules))
}

fn emissions(place: &str, grams: f64) -> Result<Mass, FeedError> {
    Mass::from_grams(grams).map_err(|_| wrong("emissions_grams", place, grams))
}

fn wrong(name: &str, place: &str, found: f64) -> FeedError {
    FeedError::Shape {
        service: NAME,
        reason: format!("{name} of {place} must be a number of 0 or more, got {found}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::any_text::assert_read_or_refused;

    const ANSWER: &str = r#"{"workload": "slurm:7", "kind": "slurm_job", "time": "2026-06-01T01:00:01Z",
        "started": "2026-06-01T00:00:00Z", "has_ledger": true, "gpus": [{"gpu": 0, "uuid": "GPU-a",
        "counted_until": "2026-06-01T01:00:00Z", "energy_joules": 1.5, "emissions_grams": 2, "held_seconds": 3,
        "unknown_energy_joules": 0, "sharing": "held"}], "host": [{"component": "cpu", "method": "counter",
        "energy_joules": 0.75, "emissions_grams": 1, "unknown_energy_joules": 0}]}"#;

    #[test]
    fn what_is_wrong_is_refused() {
        let parsed = parse(ANSWER).unwrap();
        assert!(parsed.has_ledger && parsed.kind.as_deref() == Some("slurm_job"));
        assert_eq!(parsed.gpus[0].emissions.as_grams(), 2.0);
        assert_eq!(parsed.host[0].energy.as_joules(), 0.75);
        assert_eq!(parse(&ANSWER.replace("\"slurm_job\"", "null")).unwrap().kind, None);
        let without = ANSWER.replace("\"host\"", "\"more\"");
        assert_eq!(parse(&without).unwrap().host, [], "as an earlier version answers");
        for (right, wrong, reason) in [
            ("1.5", "-1.5", "shape"),
            ("\"emissions_grams\": 2", "\"emissions_grams\": -2", "shape"),
            ("0.75", "-0.75", "shape"),
            ("2026-06-01T01:00:00Z", "yesterday", "time"),
            ("\"gpus\"", "\"gpu\"", "shape"),
            ("}]}", "}]", "truncated"),
        ] {
            let error = parse(&ANSWER.replace(right, wrong)).unwrap_err();
            assert_eq!(error.reason(), reason, "{wrong}: {error}");
        }
        let refused = parse(r#"{"error": "energy is not divided"}"#).unwrap_err();
        assert_eq!(refused.reason(), "refused");
    }

    #[test]
    fn any_text_is_an_answer_or_an_error() {
        assert_read_or_refused(ANSWER, parse);
    }
}
