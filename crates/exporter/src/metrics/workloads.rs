//! The metrics of the workloads that hold GPUs.

use std::sync::Arc;

use gpu_carbon_metrics::table::{
    ALLOCATION_EMISSIONS, ALLOCATION_ENERGY, GPU_SHARING, HOLDERS_ERRORS, HOLDERS_UP,
    HOST_ALLOCATION_ENERGY, WORKLOAD_EMBODIED, WORKLOAD_EMISSIONS, WORKLOAD_ENERGY, WORKLOAD_HELD,
    WORKLOAD_HOST_EMISSIONS, WORKLOAD_HOST_ENERGY, WORKLOAD_INFO,
};
use gpu_carbon_metrics::{Family, Kind, Label, Metric, Sample, SeriesGroup, SeriesTable};

use super::gpus::{emissions_labels, labels};
use super::host::labels_of;
use crate::snapshot::{AttributionView, ShareAmounts, SharesView, SharingMethod, Snapshot};

/// The metrics that have a series for each workload, and those that have several for each GPU: hundreds in all.
pub(super) fn tables(snapshot: &Snapshot) -> Vec<SeriesTable<'_>> {
    let Some(attribution) = &snapshot.attribution else { return Vec::new() };
    let gpus = Divided { snapshot, parts: gpus(snapshot) };
    let host = Divided { snapshot, parts: components(snapshot) };
    vec![
        gpus.by_workload(WORKLOAD_ENERGY, |amounts| Some(amounts.energy_joules)),
        gpus.by_workload(WORKLOAD_EMISSIONS, |amounts| Some(amounts.emissions_grams)),
        gpus.by_workload(WORKLOAD_EMBODIED, |amounts| amounts.embodied_grams),
        gpus.by_workload(WORKLOAD_HELD, |amounts| Some(amounts.held_seconds)),
        host.by_workload(WORKLOAD_HOST_ENERGY, |amounts| Some(amounts.energy_joules)),
        host.by_workload(WORKLOAD_HOST_EMISSIONS, |amounts| Some(amounts.emissions_grams)),
        info(attribution),
        gpus.by_allocation(ALLOCATION_ENERGY, |amounts| amounts.energy_joules),
        gpus.by_allocation(ALLOCATION_EMISSIONS, |amounts| amounts.emissions_grams),
        host.by_allocation(HOST_ALLOCATION_ENERGY, |amounts| amounts.energy_joules),
        gpus.by_method(GPU_SHARING),
    ]
}

/// The metrics of the sources that name those who hold GPUs.
pub(super) fn families(snapshot: &Snapshot) -> Vec<Family> {
    let Some(attribution) = &snapshot.attribution else { return Vec::new() };
    vec![up(attribution), errors(snapshot, attribution)]
}

/// The GPUs that have shares.
fn gpus(snapshot: &Snapshot) -> Vec<Part<'_>> {
    let gpus = snapshot.gpus.iter();
    let parts = gpus.filter_map(|gpu| {
        Some(Part { labels: labels(gpu).into(), shares: gpu.shares.as_deref()? })
    });
    parts.collect()
}

/// The components of the host that have shares.
fn components(snapshot: &Snapshot) -> Vec<Part<'_>> {
    let components = snapshot.host.components.iter();
    let parts = components.filter_map(|it| {
        Some(Part { labels: labels_of(it).into(), shares: it.shares.as_deref()? })
    });
    parts.collect()
}

/// A GPU or a component of the host, which is divided among workloads.
struct Part<'a> {
    labels: Arc<[Label]>,
    shares: &'a SharesView,
}

/// Parts that are divided alike.
struct Divided<'a> {
    snapshot: &'a Snapshot,
    parts: Vec<Part<'a>>,
}

impl<'a> Divided<'a> {
    fn by_workload(
        &self,
        metric: Metric,
        value: fn(&ShareAmounts) -> Option<f64>,
    ) -> SeriesTable<'a> {
        self.table(metric, &["workload"], |group, shares| {
            for (workload, amounts) in shares.counters() {
                if let Some(value) = value(&amounts) {
                    group.push(&[workload], value);
                }
            }
        })
    }

    /// The series of a metric by who is to pay.
    fn by_allocation(&self, metric: Metric, value: fn(&ShareAmounts) -> f64) -> SeriesTable<'a> {
        self.table(metric, &["allocation"], |group, shares| {
            group.push(&["unallocated"], value(&shares.unallocated));
            group.push(&["unknown"], value(&shares.unknown));
            group.push(&["workloads"], value(&shares.workloads));
        })
    }

    fn by_method(&self, metric: Metric) -> SeriesTable<'a> {
        self.table(metric, &["method"], |group, shares| {
            for method in SharingMethod::ALL {
                group.push(&[method.name()], f64::from(u8::from(method == shares.method)));
            }
        })
    }

    /// A table with a group for each part.
    fn table(
        &self,
        metric: Metric,
        own: &'static [&'static str],
        add: impl Fn(&mut SeriesGroup<'a>, &'a SharesView),
    ) -> SeriesTable<'a> {
        let grid = &self.snapshot.grid;
        let last: Arc<[Label]> = emissions_labels(metric, grid, grid.total_scope).into();
        let group = |part: &Part<'a>| {
            let mut group = SeriesGroup::new(own, part.shares.by_workload.len());
            (group.first, group.last) = (Arc::clone(&part.labels), Arc::clone(&last));
            group.created = (metric.kind == Kind::Counter).then_some(part.shares.since);
            add(&mut group, part.shares);
            group
        };
        SeriesTable { metric, groups: self.parts.iter().map(group).collect() }
    }
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
