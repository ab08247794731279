//! The energy and the emissions of one workload on each GPU, and of the host around them, as counters.

use gpu_carbon_feeds::rfc3339;
use serde::Serialize;

use super::error::ApiError;
use super::query::Parameters;
use crate::host_view::ComponentView;
use crate::snapshot::{GpuView, ShareAmounts, SharesView, Snapshot};

/// The parameters of a request.
pub(super) const PARAMETERS: [&str; 1] = ["name"];

const ALLOWED: &str = "the name of a workload, as the label `workload` has it, such as slurm:123";

/// The counters of a workload.
#[derive(Debug, Serialize)]
pub(super) struct WorkloadDocument<'a> {
    workload: &'a str,
    /// The kind; `None` for a workload that holds no GPU, and held none lately.
    kind: Option<&'static str>,
    /// The time of the answer.
    time: String,
    /// The time at which this process began to count.
    started: String,
    /// True where counters go on after a restart: with a ledger.
    has_ledger: bool,
    power_usage_effectiveness: f64,
    signal: &'static str,
    gpus: Vec<GpuDocument<'a>>,
    /// The components of the host that are divided among workloads.
    host: Vec<HostDocument>,
}

/// The counters of a workload on a GPU; zero on one that it has not held.
#[derive(Debug, Serialize)]
struct GpuDocument<'a> {
    gpu: u32,
    uuid: &'a str,
    /// The time up to which energy is counted.
    counted_until: String,
    energy_joules: f64,
    emissions_grams: f64,
    held_seconds: f64,
    /// The energy of the GPU whose holder is unknown, which may be this one.
    unknown_energy_joules: f64,
    /// The method by which the energy of the GPU is divided now.
    sharing: &'static str,
}

/// The counters of a workload for a component of the host by a method; zero for one that held no GPU.
#[derive(Debug, Serialize)]
struct HostDocument {
    component: &'static str,
    method: &'static str,
    energy_joules: f64,
    emissions_grams: f64,
    /// The energy of the component whose payer is unknown, which may be this workload.
    unknown_energy_joules: f64,
}

/// The counters at the time of a snapshot, also while those on the page of metrics wait at zero for scrapers.
///
/// # Errors
///
/// Without a name, and where energy is not divided among workloads.
pub(super) fn document<'a>(
    snapshot: &'a Snapshot,
    parameters: &'a Parameters<'_>,
) -> Result<WorkloadDocument<'a>, ApiError> {
    let name = parameters.get("name").filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| ApiError::parameter("name", None, ALLOWED))?;
    let attribution = snapshot.attribution.as_ref().ok_or_else(|| {
        let error = "energy is not divided among workloads: the configuration has no `attribution`";
        ApiError::not_configured(error)
    })?;
    let known = attribution.workloads.iter().find(|workload| *workload.name == *name);
    Ok(WorkloadDocument {
        workload: name,
        kind: known.map(|workload| workload.kind.name()),
        time: rfc3339::format(snapshot.at),
        started: rfc3339::format(snapshot.started),
        has_ledger: snapshot.ledger.is_some(),
        power_usage_effectiveness: snapshot.pue.as_number(),
        signal: snapshot.grid.signal.name(),
        gpus: snapshot.gpus.iter().filter_map(|gpu| of_gpu(gpu, name)).collect(),
        host: snapshot.host.components.iter().filter_map(|it| of_host(it, name)).collect(),
    })
}

/// The counters on a GPU; `None` for one that was never read.
fn of_gpu<'a>(gpu: &'a GpuView, name: &str) -> Option<GpuDocument<'a>> {
    let (shares, totals): (&SharesView, _) = (gpu.shares.as_deref()?, gpu.totals?);
    let own = of_workload(shares, name);
    Some(GpuDocument {
        gpu: gpu.index,
        uuid: gpu.identity.as_ref().map_or("", |identity| &identity.uuid),
        counted_until: rfc3339::format(totals.read_at),
        energy_joules: own.energy_joules,
        emissions_grams: own.emissions_grams,
        held_seconds: own.held_seconds,
        unknown_energy_joules: shares.unknown.energy_joules,
        sharing: shares.method.name(),
    })
}

/// The counters for a component of the host; `None` for one that is not divided.
fn of_host(component: &ComponentView, name: &str) -> Option<HostDocument> {
    let shares = component.shares.as_deref()?;
    let own = of_workload(shares, name);
    Some(HostDocument {
        component: component.part.name(),
        method: component.method.name(),
        energy_joules: own.energy_joules,
        emissions_grams: own.emissions_grams,
        unknown_energy_joules: shares.unknown.energy_joules,
    })
}

fn of_workload(shares: &SharesView, name: &str) -> ShareAmounts {
    let own = shares.by_workload.iter().find(|(workload, _)| **workload == *name);
    own.map_or_else(ShareAmounts::default, |(_, amounts)| *amounts)
}
