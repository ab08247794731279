//! The metrics of GPUs.

use gpu_carbon_core::embodied::{CountedFigure, FigureOrigin, HardwareUnit, Manufacture};
use gpu_carbon_core::{Mass, Timestamp, TotalScope};
use gpu_carbon_metrics::table::{
    GPU_COUNTER_RATIO, GPU_EMBODIED, GPU_EMISSIONS, GPU_ENERGY, GPU_ERRORS, GPU_INFO,
    GPU_LAST_SAMPLE, GPU_MANUFACTURE, GPU_PENDING, GPU_POWER, GPU_RECOVERED, GPU_RESETS,
    GPU_SUSPENDED, GPU_UNSEEN, GPU_UP, LEDGER_EMISSIONS,
};
use gpu_carbon_metrics::{Family, Label, Metric, Sample};

use crate::snapshot::{ErrorCount, GpuView, GridView, Snapshot, Totals};

pub(super) fn families(snapshot: &Snapshot) -> Vec<Family> {
    let gpus = &snapshot.gpus;
    let of_totals = |metric: Metric, value: &dyn Fn(&Totals) -> Option<f64>| {
        let grid = &snapshot.grid;
        let of_emissions = emissions_labels(metric, grid, grid.total_scope);
        let samples = gpus.iter().filter_map(|gpu| {
            let totals = gpu.totals?;
            let mut labels = labels(gpu);
            labels.extend(of_emissions.iter().cloned());
            Some(Sample::new(labels, value(&totals)?).since(totals.since))
        });
        Family::new(metric, samples)
    };
    vec![
        Family::new(GPU_INFO, gpus.iter().filter_map(info)),
        Family::new(
            GPU_UP,
            gpus.iter().map(|gpu| Sample::new(labels(gpu), f64::from(u8::from(gpu.up)))),
        ),
        Family::new(GPU_SUSPENDED, suspended(gpus)),
        Family::new(
            GPU_POWER,
            gpus.iter().filter_map(|gpu| Some(Sample::new(labels(gpu), gpu.power?.as_watts()))),
        ),
        of_totals(GPU_ENERGY, &|totals| Some(totals.energy.as_joules())),
        of_totals(GPU_PENDING, &|totals| Some(totals.pending.as_joules())),
        of_totals(GPU_EMISSIONS, &|totals| Some(totals.emissions.as_grams())),
        of_totals(GPU_EMBODIED, &|totals| Some(totals.embodied?.as_grams())),
        Family::new(GPU_MANUFACTURE, manufacture(gpus)),
        of_totals(LEDGER_EMISSIONS, &|totals| Some(totals.best_estimate?.as_grams())),
        of_totals(GPU_RECOVERED, &|totals| Some(totals.recovered?.as_joules())),
        of_totals(GPU_UNSEEN, &|totals| Some(totals.unseen.as_seconds())),
        #[expect(clippy::cast_precision_loss, reason = "no driver is loaded 2^53 times")]
        of_totals(GPU_RESETS, &|totals| Some(totals.resets as f64)),
        Family::new(
            GPU_COUNTER_RATIO,
            gpus.iter().filter_map(|gpu| Some(Sample::new(labels(gpu), gpu.counter_ratio?))),
        ),
        Family::new(GPU_ERRORS, gpus.iter().flat_map(|gpu| errors(gpu, snapshot.started))),
        of_totals(GPU_LAST_SAMPLE, &|totals| Some(totals.read_at.as_unix_seconds())),
    ]
}

/// The index and the UUID, which is empty until the GPU has answered once.
pub(super) fn labels(gpu: &GpuView) -> Vec<Label> {
    let uuid = gpu.identity.as_ref().map_or_else(String::new, |identity| identity.uuid.to_string());
    vec![Label::new("gpu", gpu.index.to_string()), Label::new("uuid", uuid)]
}

/// The signal and the scope of emissions, for a metric that has these labels.
pub(super) fn emissions_labels(metric: Metric, grid: &GridView, scope: TotalScope) -> Vec<Label> {
    let [signal, scope] =
        [Label::new("signal", grid.signal.name()), Label::new("scope", scope.name())];
    let is_of_metric = |label: &Label| metric.labels.iter().any(|name| *name == label.name);
    [signal, scope].into_iter().filter(is_of_metric).collect()
}

/// A sample of every GPU where one is suspended, and none elsewhere: GPUs of servers never are.
fn suspended(gpus: &[GpuView]) -> impl Iterator<Item = Sample> {
    let is_any = gpus.iter().any(|gpu| gpu.suspended);
    let gpus = gpus.iter().filter(move |_| is_any);
    gpus.map(|gpu| Sample::new(labels(gpu), f64::from(u8::from(gpu.suspended))))
}

fn info(gpu: &GpuView) -> Option<Sample> {
    let identity = gpu.identity.as_ref()?;
    let mut labels = labels(gpu);
    labels.push(Label::new("name", identity.name.clone()));
    labels.push(Label::new("pci_bus_id", identity.pci_bus_id.clone()));
    labels.push(Label::new("energy_method", gpu.method.name()));
    labels.push(Label::new("energy_scope", gpu.scope.name()));
    Some(Sample::new(labels, 1.0))
}

/// The figures of the manufacture of the GPUs and of their servers, with their sources: once for each name of a GPU, since all of one
/// name have the same.
fn manufacture(gpus: &[GpuView]) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    for gpu in gpus {
        let (Some(identity), Some(basis)) = (&gpu.identity, &gpu.embodied) else { continue };
        let of_gpu = basis.gpu.iter().map(|figure| (figure, figure.mass, ""));
        let server = HardwareUnit::Server.name();
        let of_server = basis.server.iter().map(|it| (&it.figure, it.share(), server));
        for (figure, mass, unit) in of_gpu.chain(of_server) {
            let sample = manufacture_sample(&identity.name, figure, mass, unit);
            if samples.iter().all(|other| other.labels != sample.labels) {
                samples.push(sample);
            }
        }
    }
    samples
}

/// A figure with its source: that which the operator names, or `configuration`, without a boundary and a method. `unit` is the
/// hardware of such a figure.
fn manufacture_sample(
    name: &str,
    figure: &CountedFigure,
    mass: Mass,
    unit: &'static str,
) -> Sample {
    let entry = figure.entry();
    let of_entry = |text: fn(&Manufacture) -> String| entry.map_or_else(String::new, text);
    let source = match (entry, &figure.origin) {
        (Some(entry), _) => entry.publication,
        (None, FigureOrigin::Operator(Some(source))) => source,
        (None, _) => "configuration",
    };
    let labels = vec![
        Label::new("name", name),
        Label::new("hardware_unit", entry.map_or(unit, |it| it.unit.name())),
        Label::new("boundary", of_entry(|it| it.boundary.name().to_owned())),
        Label::new("method", of_entry(|it| it.method.name().to_owned())),
        Label::new("year", of_entry(|it| it.year.to_string())),
        Label::new("source", source),
    ];
    Sample::new(labels, mass.as_grams())
}

fn errors(gpu: &GpuView, started: Timestamp) -> impl Iterator<Item = Sample> {
    gpu.errors.iter().map(move |&ErrorCount { kind, count }| {
        let mut labels = labels(gpu);
        labels.push(Label::new("error", kind));
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 errors")]
        Sample::new(labels, count as f64).since(started)
    })
}
