//! The metrics of the workloads that hold GPUs.

use gpu_carbon_metrics::table::{
    ALLOCATION_EMISSIONS, ALLOCATION_ENERGY, GPU_SHARING, HOLDERS_ERRORS, HOLDERS_UP,
    WORKLOAD_EMBODIED, WORKLOAD_EMISSIONS, WORKLOAD_ENERGY, WORKLOAD_HELD, WORKLOAD_INFO,
};
use gpu_carbon_metrics::{Family, Label, Metric, Sample};

use super::gpus::{emissions_labels, labels};
use crate::holders::Workload;
use crate::snapshot::{AttributionView, ShareAmounts, SharesView, SharingMethod, Snapshot};

pub(super) fn families(snapshot: &Snapshot) -> Vec<Family> {
    let Some(attribution) = &snapshot.attribution else { return Vec::new() };
    vec![
        of_workloads(snapshot, WORKLOAD_ENERGY, |amounts| Some(amounts.energy_joules)),
        of_workloads(snapshot, WORKLOAD_EMISSIONS, |amounts| Some(amounts.emissions_grams)),
        of_workloads(snapshot, WORKLOAD_EMBODIED, |amounts| amounts.embodied_grams),
        of_workloads(snapshot, WORKLOAD_HELD, |amounts| Some(amounts.held_seconds)),
        Family::new(WORKLOAD_INFO, attribution.workloads.iter().map(|workload| info(workload))),
        of_allocations(snapshot, ALLOCATION_ENERGY, |amounts| amounts.energy_joules),
        of_allocations(snapshot, ALLOCATION_EMISSIONS, |amounts| amounts.emissions_grams),
        sharing(snapshot),
        up(attribution),
        errors(snapshot, attribution),
    ]
}

fn of_workloads(
    snapshot: &Snapshot,
    metric: Metric,
    value: fn(&ShareAmounts) -> Option<f64>,
) -> Family {
    let samples = shares(snapshot).flat_map(|(gpu, shares)| {
        shares.by_workload.iter().filter_map(move |(workload, amounts)| {
            let mut labels = gpu.clone();
            labels.push(Label::new("workload", &**workload));
            labels.extend(emissions_labels(metric, &snapshot.grid, snapshot.grid.total_scope));
            Some(Sample::new(labels, value(amounts)?).since(shares.since))
        })
    });
    Family::new(metric, samples)
}

fn of_allocations(snapshot: &Snapshot, metric: Metric, value: fn(&ShareAmounts) -> f64) -> Family {
    let samples = shares(snapshot).flat_map(|(gpu, shares)| {
        let allocations = [
            ("unallocated", shares.unallocated),
            ("unknown", shares.unknown),
            ("workloads", shares.workloads),
        ];
        allocations.map(|(allocation, amounts)| {
            let mut labels = gpu.clone();
            labels.push(Label::new("allocation", allocation));
            labels.extend(emissions_labels(metric, &snapshot.grid, snapshot.grid.total_scope));
            Sample::new(labels, value(&amounts)).since(shares.since)
        })
    });
    Family::new(metric, samples)
}

/// The labels and the shares of each GPU that has some.
fn shares(snapshot: &Snapshot) -> impl Iterator<Item = (Vec<Label>, &SharesView)> {
    snapshot.gpus.iter().filter_map(|gpu| Some((labels(gpu), gpu.shares.as_deref()?)))
}

fn info(workload: &Workload) -> Sample {
    let pod = workload.pod.as_ref();
    let labels = vec![
        Label::new("workload", &*workload.name),
        Label::new("kind", workload.kind.name()),
        Label::new("namespace", pod.map_or("", |pod| &pod.namespace)),
        Label::new("pod", pod.map_or("", |pod| &pod.name)),
    ];
    Sample::new(labels, 1.0)
}

fn sharing(snapshot: &Snapshot) -> Family {
    let samples = shares(snapshot).flat_map(|(gpu, shares)| {
        SharingMethod::ALL.map(|method| {
            let mut labels = gpu.clone();
            labels.push(Label::new("method", method.name()));
            Sample::new(labels, f64::from(u8::from(method == shares.method)))
        })
    });
    Family::new(GPU_SHARING, samples)
}

fn up(attribution: &AttributionView) -> Family {
    let up = attribution.sources.iter().map(|source| {
        let labels = vec![Label::new("source", source.name)];
        Sample::new(labels, f64::from(u8::from(source.is_up)))
    });
    Family::new(HOLDERS_UP, up)
}

fn errors(snapshot: &Snapshot, attribution: &AttributionView) -> Family {
    let samples = attribution.sources.iter().flat_map(|source| {
        source.errors.iter().map(|(&kind, &count)| {
            let labels = vec![Label::new("source", source.name), Label::new("error", kind)];
            #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 errors")]
            Sample::new(labels, count as f64).since(snapshot.started)
        })
    });
    Family::new(HOLDERS_ERRORS, samples)
}
