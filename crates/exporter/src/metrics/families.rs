//! Every metric that is published: its name, its help, its kind, and its samples from a snapshot.

use gpu_carbon_core::{Quality, Timestamp};

use crate::forecast::ForecastJob;
use crate::snapshot::{CommitCounts, CurrentIntensity, ErrorCount, GpuView, Snapshot, Totals};

/// A metric's name and meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// In base units, counters with `_total`.
    pub name: &'static str,
    /// What it tells, in one line.
    pub help: &'static str,
    /// Whether it may fall.
    pub kind: Kind,
    /// The unit, where the name ends in one.
    pub unit: Option<&'static str>,
}

/// Whether a metric may fall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It may.
    Gauge,
    /// It only ever grows, until it starts again at zero with the process.
    Counter,
}

/// A metric with its samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// What they are samples of.
    pub metric: Metric,
    /// At least one.
    pub samples: Vec<Sample>,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Label names and values.
    pub labels: Vec<(&'static str, String)>,
    /// Finite, or an infinity where that is the truth; a value that is missing has no sample.
    pub value: f64,
    /// When a counter began to count.
    pub created: Option<Timestamp>,
}

const fn gauge(name: &'static str, help: &'static str, unit: Option<&'static str>) -> Metric {
    Metric { name, help, kind: Kind::Gauge, unit }
}

const fn counter(name: &'static str, help: &'static str, unit: Option<&'static str>) -> Metric {
    Metric { name, help, kind: Kind::Counter, unit }
}

const GPU_INFO: Metric = gauge(
    "gpu_carbon_gpu_info",
    "A GPU, and how its energy is obtained: from its own counter, or by integrating its power.",
    None,
);
const GPU_UP: Metric =
    gauge("gpu_carbon_gpu_up", "Whether the GPU answered when it was last read.", None);
const GPU_POWER: Metric = gauge(
    "gpu_carbon_gpu_power_watts",
    "Power that the GPU draws, as the driver reports it; absent while the GPU does not answer.",
    Some("watts"),
);
const GPU_ENERGY: Metric = counter(
    "gpu_carbon_gpu_energy_joules_total",
    "Energy that the GPU used since the exporter first read it.",
    Some("joules"),
);
const GPU_PENDING: Metric = gauge(
    "gpu_carbon_gpu_pending_energy_joules",
    "The part of the energy that no carbon intensity covers yet; a late intensity converts it to emissions.",
    Some("joules"),
);
const GPU_EMISSIONS: Metric = counter(
    "gpu_carbon_gpu_emissions_grams_total",
    "Operational emissions in grams of CO2e: energy x power usage effectiveness x carbon intensity of its moment.",
    Some("grams"),
);
const GPU_EMBODIED: Metric = counter(
    "gpu_carbon_gpu_embodied_emissions_grams_total",
    "The share of the GPU's manufacture, in grams of CO2e, for the time that it was read; absent where the model's is unknown.",
    Some("grams"),
);
const GPU_RECOVERED: Metric = counter(
    "gpu_carbon_gpu_recovered_energy_joules_total",
    "The part of the energy that the GPU used while no exporter ran, found by its counter afterwards.",
    Some("joules"),
);
const GPU_UNSEEN: Metric = counter(
    "gpu_carbon_gpu_unseen_seconds_total",
    "Time of which nobody knows what energy the GPU used.",
    Some("seconds"),
);
const GPU_RESETS: Metric = counter(
    "gpu_carbon_gpu_energy_resets_total",
    "How often the GPU's energy counter fell, because its driver was loaded again.",
    None,
);
const GPU_ERRORS: Metric = counter(
    "gpu_carbon_gpu_read_errors_total",
    "Failed readings of the GPU by kind of error; a call that does not return counts once, as hang.",
    None,
);
const GPU_READ_AT: Metric = gauge(
    "gpu_carbon_gpu_last_sample_timestamp_seconds",
    "The moment up to which the GPU's energy is counted.",
    Some("seconds"),
);
const LEDGER_EMISSIONS: Metric = gauge(
    "gpu_carbon_ledger_emissions_grams",
    "Operational emissions in grams of CO2e by the best that is known now: a price that is revised moves it, up or down.",
    Some("grams"),
);
const LEDGER_UP: Metric =
    gauge("gpu_carbon_ledger_up", "Whether all that is published is in the ledger.", None);
const LEDGER_COMMITTED: Metric = gauge(
    "gpu_carbon_ledger_last_commit_timestamp_seconds",
    "When the ledger was written last.",
    Some("seconds"),
);
const LEDGER_COMMITS: Metric =
    counter("gpu_carbon_ledger_commits_total", "Commits to the ledger by outcome.", None);
const LEDGER_REPLACED: Metric = counter(
    "gpu_carbon_ledger_replaced_total",
    "How often a new ledger was begun in place of one that was corrupt, and set aside, or gone.",
    None,
);
const LEDGER_SIZE: Metric = gauge(
    "gpu_carbon_ledger_size_bytes",
    "Length of the ledger's file and its log.",
    Some("bytes"),
);
const CLOCK_JUMPS: Metric = counter(
    "gpu_carbon_exporter_clock_jumps_total",
    "How often the wall clock was set, by more than a second.",
    None,
);
const INTENSITY: Metric = gauge(
    "gpu_carbon_intensity_grams_per_kilowatt_hour",
    "Carbon intensity of the grid now, in grams of CO2e per kilowatt-hour; absent where no value covers now.",
    None,
);
const INTENSITY_THRESHOLD: Metric = gauge(
    "gpu_carbon_intensity_threshold_grams_per_kilowatt_hour",
    "The carbon intensity from which the grid counts as dirty.",
    None,
);
const INTENSITY_TIMESTAMP: Metric = gauge(
    "gpu_carbon_intensity_timestamp_seconds",
    "The time that the latest carbon intensity is for; absent of a constant.",
    Some("seconds"),
);
const INTENSITY_FORECAST: Metric = gauge(
    "gpu_carbon_intensity_forecast_grams_per_kilowatt_hour",
    "Carbon intensity of the grid so long from now, in grams of CO2e per kilowatt-hour; absent where it is not foretold.",
    None,
);
const BEST_START: Metric = gauge(
    "gpu_carbon_forecast_best_start_timestamp_seconds",
    "When a job of this duration would emit least, if it started from now on and before the window ends.",
    Some("seconds"),
);
const SAVING: Metric = gauge(
    "gpu_carbon_forecast_saving_ratio",
    "The share of its emissions that the job would save by the best start, over a start now.",
    Some("ratio"),
);
const INTENSITY_QUALITY: Metric = gauge(
    "gpu_carbon_intensity_quality",
    "How the carbon intensity is known: 1 for the quality that holds.",
    None,
);
const PUE: Metric = gauge(
    "gpu_carbon_power_usage_effectiveness_ratio",
    "Energy of the whole data centre for each joule of a GPU; the emissions contain it.",
    Some("ratio"),
);
const BUILD_INFO: Metric = gauge("gpu_carbon_exporter_build_info", "The exporter's version.", None);
const LAST_SAMPLE: Metric = gauge(
    "gpu_carbon_exporter_last_sample_timestamp_seconds",
    "When a GPU was last read.",
    Some("seconds"),
);
const FEED_REQUESTS: Metric = counter(
    "gpu_carbon_exporter_feed_requests_total",
    "Requests for carbon intensity by source and outcome.",
    None,
);
const PROCESS_CPU: Metric = counter(
    "process_cpu_seconds_total",
    "Total user and system CPU time spent in seconds.",
    Some("seconds"),
);
const PROCESS_OPEN_FDS: Metric =
    gauge("process_open_fds", "Number of open file descriptors.", None);
const PROCESS_MAX_FDS: Metric =
    gauge("process_max_fds", "Maximum number of open file descriptors.", None);
const PROCESS_VIRTUAL: Metric =
    gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", Some("bytes"));
const PROCESS_RESIDENT: Metric =
    gauge("process_resident_memory_bytes", "Resident memory size in bytes.", Some("bytes"));
const PROCESS_START: Metric = gauge(
    "process_start_time_seconds",
    "Start time of the process since unix epoch in seconds.",
    Some("seconds"),
);
const PROCESS_THREADS: Metric =
    gauge("process_threads", "Number of OS threads in the process.", None);

/// The metrics of a snapshot, in a fixed order. One without a sample is left out.
#[must_use]
pub fn families(snapshot: &Snapshot) -> Vec<Family> {
    let mut families = of_gpus(snapshot);
    families.extend(of_grid(snapshot));
    families.extend(of_exporter(snapshot));
    families.retain(|family| !family.samples.is_empty());
    families
}

fn of_gpus(snapshot: &Snapshot) -> Vec<Family> {
    let gpus = &snapshot.gpus;
    let counted = |metric, value: &dyn Fn(&Totals) -> Option<f64>| {
        let samples = gpus.iter().filter_map(|gpu| {
            let totals = gpu.totals?;
            Some(Sample { created: Some(totals.since), ..sample(gpu_labels(gpu), value(&totals)?) })
        });
        Family { metric, samples: samples.collect() }
    };
    let mut families = vec![
        Family { metric: GPU_INFO, samples: gpus.iter().filter_map(gpu_info).collect() },
        family(GPU_UP, gpus.iter().map(|gpu| sample(gpu_labels(gpu), f64::from(u8::from(gpu.up))))),
        family(
            GPU_POWER,
            gpus.iter().filter_map(|gpu| Some(sample(gpu_labels(gpu), gpu.power?.as_watts()))),
        ),
        counted(GPU_ENERGY, &|totals| Some(totals.energy.as_joules())),
        counted(GPU_PENDING, &|totals| Some(totals.pending.as_joules())),
        counted(GPU_EMISSIONS, &|totals| Some(totals.emissions.as_grams())),
        counted(GPU_EMBODIED, &|totals| Some(totals.embodied?.as_grams())),
        counted(LEDGER_EMISSIONS, &|totals| Some(totals.best_estimate?.as_grams())),
        counted(GPU_RECOVERED, &|totals| Some(totals.recovered?.as_joules())),
        counted(GPU_UNSEEN, &|totals| Some(totals.unseen.as_seconds())),
        #[allow(clippy::cast_precision_loss)] // no driver is loaded 2^53 times
        counted(GPU_RESETS, &|totals| Some(totals.resets as f64)),
        family(GPU_ERRORS, gpus.iter().flat_map(|gpu| gpu_errors(gpu, snapshot.started))),
        counted(GPU_READ_AT, &|totals| Some(totals.read_at.as_unix_seconds())),
    ];
    let by_signal =
        |family: &&mut Family| [GPU_EMISSIONS, LEDGER_EMISSIONS].contains(&family.metric);
    for emissions in families.iter_mut().filter(by_signal) {
        for sample in &mut emissions.samples {
            sample.labels.push(("signal", snapshot.grid.signal.name().to_owned()));
        }
    }
    families
}

fn of_grid(snapshot: &Snapshot) -> Vec<Family> {
    let grid = &snapshot.grid;
    let zone = || vec![("grid_zone", grid.zone.to_string()), ("signal", grid.signal.to_string())];
    let with = |name, value: &str| {
        let mut labels = zone();
        labels.push((name, value.to_owned()));
        labels
    };
    let best_starts = &grid.forecast.best_starts;
    let of_job = |job: &ForecastJob| {
        let mut labels = zone();
        labels.push(("duration", job.duration.label.to_string()));
        labels.push(("window", job.window.label.to_string()));
        labels
    };
    vec![
        family(
            INTENSITY,
            grid.current.map(|CurrentIntensity { intensity, source, .. }| {
                sample(with("source", source), intensity.as_grams_per_kilowatt_hour())
            }),
        ),
        family(INTENSITY_THRESHOLD, [sample(zone(), grid.threshold.as_grams_per_kilowatt_hour())]),
        family(
            INTENSITY_TIMESTAMP,
            grid.latest_value.map(|latest| {
                sample(with("source", latest.source), latest.valid_from.as_unix_seconds())
            }),
        ),
        family(
            INTENSITY_QUALITY,
            Quality::ALL.map(|quality| {
                let holds = grid.current.is_some_and(|current| current.quality == quality);
                sample(with("quality", quality.name()), f64::from(u8::from(holds)))
            }),
        ),
        family(
            INTENSITY_FORECAST,
            grid.forecast.horizons.iter().map(|ahead| {
                sample(with("horizon", ahead.horizon), ahead.intensity.as_grams_per_kilowatt_hour())
            }),
        ),
        family(
            BEST_START,
            best_starts.iter().map(|best| sample(of_job(&best.job), best.start.as_unix_seconds())),
        ),
        family(
            SAVING,
            best_starts
                .iter()
                .filter_map(|best| Some(sample(of_job(&best.job), best.saving_ratio?))),
        ),
        family(PUE, [sample(vec![], snapshot.pue.as_number())]),
    ]
}

fn of_exporter(snapshot: &Snapshot) -> Vec<Family> {
    let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    let requests = snapshot.grid.requests.iter().map(|(&(source, outcome), &count)| {
        let labels = vec![("source", source.to_owned()), ("outcome", outcome.to_owned())];
        #[allow(clippy::cast_precision_loss)] // fewer than 2^53 requests
        Sample { created: Some(snapshot.started), ..sample(labels, count as f64) }
    });
    let mut families = vec![
        family(BUILD_INFO, [sample(version, 1.0)]),
        family(
            LAST_SAMPLE,
            snapshot.last_read.map(|read| sample(vec![], read.wall.as_unix_seconds())),
        ),
        family(FEED_REQUESTS, requests),
    ];
    #[allow(clippy::cast_precision_loss)] // fewer than 2^53 of each
    let count = |labels, count: u64| Sample {
        created: Some(snapshot.started),
        ..sample(labels, count as f64)
    };
    families.push(family(CLOCK_JUMPS, [count(vec![], snapshot.clock_jumps)]));
    if let Some(ledger) = &snapshot.ledger {
        let CommitCounts { succeeded, failed } = ledger.commits;
        let by_outcome = [("success", succeeded), ("failure", failed)]
            .map(|(outcome, commits)| count(vec![("outcome", outcome.to_owned())], commits));
        #[allow(clippy::cast_precision_loss)] // no disk is so large
        let bytes = ledger.file_bytes.map(|bytes| sample(vec![], bytes as f64));
        families.extend([
            family(LEDGER_UP, [sample(vec![], f64::from(u8::from(ledger.up)))]),
            family(
                LEDGER_COMMITTED,
                ledger.last_commit.map(|at| sample(vec![], at.as_unix_seconds())),
            ),
            family(LEDGER_COMMITS, by_outcome),
            family(LEDGER_REPLACED, [count(vec![], ledger.replacements)]),
            family(LEDGER_SIZE, bytes),
        ]);
    }
    if let Some(process) = &snapshot.process {
        let values = [
            (PROCESS_CPU, process.cpu_seconds),
            (PROCESS_OPEN_FDS, process.open_fds),
            (PROCESS_MAX_FDS, process.max_fds),
            (PROCESS_VIRTUAL, process.virtual_bytes),
            (PROCESS_RESIDENT, process.resident_bytes),
            (PROCESS_START, process.started_seconds),
            (PROCESS_THREADS, process.threads),
        ];
        families.extend(values.map(|(metric, value)| {
            let created = Some(snapshot.started).filter(|_| metric.kind == Kind::Counter);
            family(metric, [Sample { created, ..sample(vec![], value) }])
        }));
    }
    families
}

fn family(metric: Metric, samples: impl IntoIterator<Item = Sample>) -> Family {
    Family { metric, samples: samples.into_iter().collect() }
}

fn sample(labels: Vec<(&'static str, String)>, value: f64) -> Sample {
    Sample { labels, value, created: None }
}

fn gpu_labels(gpu: &GpuView) -> Vec<(&'static str, String)> {
    let uuid = gpu.identity.as_ref().map_or_else(String::new, |identity| identity.uuid.to_string());
    vec![("gpu", gpu.index.to_string()), ("uuid", uuid)]
}

fn gpu_info(gpu: &GpuView) -> Option<Sample> {
    let (identity, totals) = (gpu.identity.as_ref()?, gpu.totals?);
    let mut labels = gpu_labels(gpu);
    labels.push(("name", identity.name.clone()));
    labels.push(("pci_bus_id", identity.pci_bus_id.clone()));
    labels.push(("energy_method", totals.method.name().to_owned()));
    Some(sample(labels, 1.0))
}

fn gpu_errors(gpu: &GpuView, started: Timestamp) -> impl Iterator<Item = Sample> {
    gpu.errors.iter().map(move |&ErrorCount { kind, count }| {
        let mut labels = gpu_labels(gpu);
        labels.push(("error", kind.to_owned()));
        #[allow(clippy::cast_precision_loss)] // fewer than 2^53 errors
        Sample { created: Some(started), ..sample(labels, count as f64) }
    })
}
