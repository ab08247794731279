//! The metrics of the workloads that hold GPUs.

use gpu_carbon_metrics::table::{
    ALLOCATION_EMISSIONS, ALLOCATION_ENERGY, GPU_SHARING, HOLDERS_ERRORS, HOLDERS_UP,
    HOST_ALLOCATION_ENERGY, WORKLOAD_EMBODIED, WORKLOAD_EMISSIONS, WORKLOAD_ENERGY, WORKLOAD_HELD,
    WORKLOAD_HOST_EMISSIONS, WORKLOAD_HOST_ENERGY, WORKLOAD_INFO,
};
use gpu_carbon_metrics::{Family, Label, Metric, Sample, SeriesGroup, SeriesTable};

use super::gpus::{emissions_labels, labels};
use super::host::labels_of;
use crate::host_view::ComponentView;
use crate::snapshot::{AttributionView, ShareAmounts, SharesView, SharingMethod, Snapshot};

/// The metrics that have a series for each workload: hundreds in all.
pub(super) fn tables(snapshot: &Snapshot) -> Vec<SeriesTable<'_>> {
    let Some(attribution) = &snapshot.attribution else { return Vec::new() };
    vec![
        of_workloads(snapshot, WORKLOAD_ENERGY, |amounts| Some(amounts.energy_joules)),
        of_workloads(snapshot, WORKLOAD_EMISSIONS, |amounts| Some(amounts.emissions_grams)),
        of_workloads(snapshot, WORKLOAD_EMBODIED, |amounts| amounts.embodied_grams),
        of_workloads(snapshot, WORKLOAD_HELD, |amounts| Some(amounts.held_seconds)),
        of_host(snapshot, WORKLOAD_HOST_ENERGY, |amounts| amounts.energy_joules),
        of_host(snapshot, WORKLOAD_HOST_EMISSIONS, |amounts| amounts.emissions_grams),
        info(attribution),
    ]
}

/// The other metrics of those who hold GPUs.
pub(super) fn families(snapshot: &Snapshot) -> Vec<Family> {
    let Some(attribution) = &snapshot.attribution else { return Vec::new() };
    vec![
        of_allocations(snapshot, ALLOCATION_ENERGY, |amounts| amounts.energy_joules),
        of_allocations(snapshot, ALLOCATION_EMISSIONS, |amounts| amounts.emissions_grams),
        host_allocations(snapshot),
        sharing(snapshot),
        up(attribution),
        errors(snapshot, attribution),
    ]
}

fn of_workloads(
    snapshot: &Snapshot,
    metric: Metric,
    value: fn(&ShareAmounts) -> Option<f64>,
) -> SeriesTable<'_> {
    let groups = shares(snapshot).map(|(gpu, shares)| {
        let mut group = SeriesGroup::new(&["workload"], shares.by_workload.len());
        group.first = gpu;
        group.last = emissions_labels(metric, &snapshot.grid, snapshot.grid.total_scope);
        group.created = Some(shares.since);
        for (workload, amounts) in shares.counters() {
            if let Some(value) = value(&amounts) {
                group.push(&[workload], value);
            }
        }
        group
    });
    SeriesTable { metric, groups: groups.collect() }
}

/// The shares of workloads in the energy of the host.
fn of_host(
    snapshot: &Snapshot,
    metric: Metric,
    value: fn(&ShareAmounts) -> f64,
) -> SeriesTable<'_> {
    let groups = shares_of_host(snapshot).map(|(component, shares)| {
        let mut group = SeriesGroup::new(&["workload"], shares.by_workload.len());
        group.first = labels_of(component);
        group.last = emissions_labels(metric, &snapshot.grid, snapshot.grid.total_scope);
        group.created = Some(shares.since);
        for (workload, amounts) in shares.counters() {
            group.push(&[workload], value(&amounts));
        }
        group
    });
    SeriesTable { metric, groups: groups.collect() }
}

fn host_allocations(snapshot: &Snapshot) -> Family {
    let samples = shares_of_host(snapshot).flat_map(|(component, shares)| {
        allocations(shares).map(|(allocation, amounts)| {
            let mut labels = labels_of(component);
            labels.push(Label::new("allocation", allocation));
            Sample::new(labels, amounts.energy_joules).since(shares.since)
        })
    });
    Family::new(HOST_ALLOCATION_ENERGY, samples)
}

/// The components of the host that are shared, and their shares.
fn shares_of_host(snapshot: &Snapshot) -> impl Iterator<Item = (&ComponentView, &SharesView)> {
    snapshot.host.components.iter().filter_map(|it| Some((it, it.shares.as_deref()?)))
}

/// The shares by who is to pay for them.
fn allocations(shares: &SharesView) -> [(&'static str, ShareAmounts); 3] {
    [
        ("unallocated", shares.unallocated),
        ("unknown", shares.unknown),
        ("workloads", shares.workloads),
    ]
}

fn of_allocations(snapshot: &Snapshot, metric: Metric, value: fn(&ShareAmounts) -> f64) -> Family {
    let samples = shares(snapshot).flat_map(|(gpu, shares)| {
        allocations(shares).map(|(allocation, amounts)| {
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

fn info(attribution: &AttributionView) -> SeriesTable<'_> {
    let room = attribution.workloads.len();
    let mut group = SeriesGroup::new(&["workload", "kind", "namespace", "pod"], room);
    for workload in &attribution.workloads {
        let pod = workload.pod.as_ref();
        let (namespace, name) = pod.map_or(("", ""), |pod| (&pod.namespace, &pod.name));
        group.push(&[&workload.name, workload.kind.name(), namespace, name], 1.0);
    }
    SeriesTable { metric: WORKLOAD_INFO, groups: vec![group] }
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
