//! The metrics of the host around its GPUs.

use gpu_carbon_core::TotalScope;
use gpu_carbon_metrics::table::{
    BOUNDARY_INFO, HOST_DISAGREEMENT, HOST_EMISSIONS, HOST_ENERGY, HOST_ERRORS, HOST_METER_INFO,
    HOST_PENDING, HOST_POWER, HOST_UNSEEN,
};
use gpu_carbon_metrics::{Family, Label, Sample};

use super::gpus::emissions_labels;
use crate::host_view::{Boundary, ComponentView, HostView, MeterView};
use crate::snapshot::Snapshot;

pub(super) fn families(snapshot: &Snapshot) -> Vec<Family> {
    let HostView { boundary, components, meters, disagreement } = &snapshot.host;
    let started = snapshot.started;
    let disagreement = disagreement.map(|it| Sample::new(vec![], it.as_joules()).since(started));
    vec![
        Family::new(BOUNDARY_INFO, [of_boundary(*boundary)]),
        Family::new(
            HOST_ENERGY,
            components.iter().map(|it| counted(it, vec![], it.energy.as_joules())),
        ),
        Family::new(
            HOST_POWER,
            components.iter().filter_map(|it| Some(shown(it, it.power?.as_watts()))),
        ),
        Family::new(
            HOST_PENDING,
            components.iter().filter_map(|it| Some(shown(it, it.emissions?.pending.as_joules()))),
        ),
        Family::new(HOST_EMISSIONS, components.iter().filter_map(|it| emissions(it, snapshot))),
        Family::new(HOST_METER_INFO, meters.iter().map(info)),
        Family::new(
            HOST_UNSEEN,
            meters.iter().map(|it| Sample::new(labels(it), it.unseen.as_seconds()).since(started)),
        ),
        Family::new(HOST_ERRORS, meters.iter().flat_map(|it| errors(it, snapshot))),
        Family::new(HOST_DISAGREEMENT, disagreement),
    ]
}

fn of_boundary(boundary: Boundary) -> Sample {
    let known = [
        ("gpus", boundary.gpus),
        ("cpu", boundary.cpu),
        ("memory", boundary.memory),
        ("rest", boundary.rest),
    ];
    let labels = known.map(|(component, knowledge)| Label::new(component, knowledge.name()));
    Sample::new(labels.to_vec(), 1.0)
}

pub(super) fn labels_of(component: &ComponentView) -> Vec<Label> {
    let [part, method] = [component.part.name(), component.method.name()];
    vec![Label::new("component", part), Label::new("method", method)]
}

fn shown(component: &ComponentView, value: f64) -> Sample {
    Sample::new(labels_of(component), value)
}

fn counted(component: &ComponentView, more: Vec<Label>, value: f64) -> Sample {
    let mut labels = labels_of(component);
    labels.extend(more);
    Sample::new(labels, value).since(component.since)
}

fn emissions(component: &ComponentView, snapshot: &Snapshot) -> Option<Sample> {
    let emissions = component.emissions?;
    // Before energy is converted, its scope is that which GPUs have.
    let scope = match emissions.scope {
        TotalScope::Empty => snapshot.grid.total_scope,
        counted => counted,
    };
    let labels = emissions_labels(HOST_EMISSIONS, &snapshot.grid, scope);
    Some(counted(component, labels, emissions.mass.as_grams()))
}

/// The component, the interface and the name of a meter.
fn labels(meter: &MeterView) -> Vec<Label> {
    vec![
        Label::new("component", meter.info.component.name()),
        Label::new("source", meter.info.source),
        Label::new("zone", meter.info.zone.clone()),
    ]
}

fn info(meter: &MeterView) -> Sample {
    let mut labels = labels(meter);
    labels.push(Label::new("path", meter.info.path.clone()));
    Sample::new(labels, 1.0)
}

fn errors(meter: &MeterView, snapshot: &Snapshot) -> impl Iterator<Item = Sample> {
    let started = snapshot.started;
    meter.errors.iter().map(move |(&kind, &count)| {
        let mut labels = labels(meter);
        labels.push(Label::new("error", kind));
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 errors")]
        Sample::new(labels, count as f64).since(started)
    })
}
