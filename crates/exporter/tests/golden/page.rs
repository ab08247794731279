//! The whole page, letter by letter, in each format.

use std::collections::BTreeSet;
use std::sync::Arc;

use gpu_carbon_attribution::pods::PodName;
use gpu_carbon_core::embodied::{
    CountedFigure, CountedServer, EmbodiedBasis, FigureOrigin, LIFESPAN, Manufacture, SERVERS,
};
use gpu_carbon_core::{
    Energy, Intensity, Mass, Power, Pue, Quality, Scope, Signal, Span, Timestamp, TotalScope,
};
use gpu_carbon_exporter::build;
use gpu_carbon_exporter::forecast::{
    BestStart, Forecast, ForecastJob, HorizonIntensity, LabelledSpan,
};
use gpu_carbon_exporter::holders::{Workload, WorkloadKind};
use gpu_carbon_exporter::host_view::HostView;
use gpu_carbon_exporter::intensity::RequestKind;
use gpu_carbon_exporter::metrics::{Exposition, Format, families};
use gpu_carbon_exporter::nvml::{EnergyMethod, Identity};
use gpu_carbon_exporter::process::ProcessStats;
use gpu_carbon_exporter::snapshot::{
    AttributionView, CommitCounts, ConfigView, CurrentIntensity, DriverView, EnergyScope,
    ErrorCount, GpuView, GridView, HolderSourceView, LatestValue, LedgerView, ReadTime,
    ShareAmounts, SharesView, SharingMethod, Snapshot, SourceView, Totals,
};
use gpu_carbon_metrics::table::GROUPS;

use crate::compare;
use crate::host_page::host;

fn identity(name: &str, number: u8) -> Option<Arc<Identity>> {
    Some(Arc::new(Identity {
        uuid: format!("GPU-{number:08}-0000-4000-8000-000000000000").into(),
        name: name.to_owned(),
        pci_bus_id: format!("00000000:{:02X}:00.0", 0x17 + number),
    }))
}

/// The published figure of a model.
fn published(name: &str) -> Option<Arc<EmbodiedBasis>> {
    let figure = CountedFigure::published(Manufacture::of(name)?);
    Some(Arc::new(EmbodiedBasis { gpu: Some(figure), server: None, lifespan: LIFESPAN }))
}

/// A configured figure, and the published one of a server.
fn configured() -> Option<Arc<EmbodiedBasis>> {
    let [server] = SERVERS;
    let figure = CountedFigure {
        mass: Mass::from_kilograms(200.0).unwrap(),
        origin: FigureOrigin::Operator(None),
    };
    Some(Arc::new(EmbodiedBasis {
        gpu: Some(figure),
        server: Some(CountedServer { figure: CountedFigure::published(&server), gpus: 8 }),
        lifespan: LIFESPAN,
    }))
}

/// One GPU of each manner: well; without a counter, and of unknown make; fallen silent; never heard of; a part of a
/// module; without a meter.
fn gpus(at: Timestamp) -> Vec<GpuView> {
    let error = |kind, count| ErrorCount { kind, count };
    let totals = Totals {
        since: Timestamp::from_unix_seconds(1_795_441_200),
        read_at: at - Span::from_micros(210_000),
        energy: Energy::from_joules(2_520_000.125).unwrap(),
        pending: Energy::ZERO,
        emissions: Mass::from_grams(170.450_008_5).unwrap(),
        best_estimate: Some(Mass::from_grams(169.25).unwrap()),
        recovered: Some(Energy::from_joules(3600.0).unwrap()),
        unseen: Span::from_micros(2_500_000),
        embodied: Some(Mass::from_grams(4.680_365_296_803_653).unwrap()),
        resets: 0,
    };
    let well = GpuView {
        index: 0,
        identity: identity("NVIDIA H100 80GB HBM3", 0),
        up: true,
        suspended: false,
        method: EnergyMethod::Counter,
        scope: EnergyScope::Gpu,
        counter_ratio: Some(0.9925),
        totals: Some(totals),
        embodied: published("NVIDIA H100 80GB HBM3"),
        power: Some(Power::from_watts(698.5).unwrap()),
        errors: vec![],
        shares: Some(Arc::new(shares(totals.since))),
    };
    let old = Totals {
        energy: Energy::from_joules(1e7).unwrap(),
        pending: Energy::from_joules(0.001).unwrap(),
        embodied: None,
        ..totals
    };
    let old = GpuView {
        index: 1,
        identity: identity("Tesla P40", 1),
        method: EnergyMethod::Integrated,
        counter_ratio: None,
        totals: Some(old),
        embodied: None,
        power: Some(Power::ZERO),
        shares: None,
        ..well.clone()
    };
    let silent = GpuView {
        index: 2,
        identity: identity("A \"name\" with \\ and\na line's end", 2),
        up: false,
        suspended: true,
        totals: Some(Totals { resets: 2, ..totals }),
        embodied: configured(),
        power: None,
        errors: vec![error("gpu_lost", 7), error("hang", 1)],
        shares: None,
        ..well.clone()
    };
    let unheard = GpuView {
        index: 3,
        identity: None,
        up: false,
        suspended: false,
        method: EnergyMethod::None,
        totals: None,
        embodied: None,
        power: None,
        errors: vec![error("no_permission", 3)],
        ..old.clone()
    };
    let module = GpuView {
        index: 4,
        identity: identity("NVIDIA GH200 480GB", 4),
        scope: EnergyScope::Module,
        counter_ratio: Some(3.0),
        shares: None,
        ..well.clone()
    };
    let guest = GpuView {
        index: 5,
        up: true,
        identity: identity("GRID A100-40C", 5),
        errors: vec![],
        ..unheard.clone()
    };
    vec![well, old, silent, unheard, module, guest]
}

/// The shares of a job of Slurm and a pod, which add up to the GPU's.
fn shares(since: Timestamp) -> SharesView {
    let amounts = |energy_joules, emissions_grams, embodied_grams, held_seconds| ShareAmounts {
        energy_joules,
        emissions_grams,
        embodied_grams: Some(embodied_grams),
        held_seconds,
    };
    SharesView {
        since,
        method: SharingMethod::Exclusive,
        by_workload: vec![
            ("pod:team/train-0".into(), amounts(520_000.125, 34.25, 0.9, 720.0)),
            ("slurm:123".into(), amounts(1_500_000.0, 101.5, 2.75, 2160.5)),
        ],
        unseen: Vec::new(),
        workloads: amounts(2_020_000.125, 135.75, 3.65, 2880.5),
        unallocated: amounts(499_000.0, 34.625, 1.0, 718.5),
        unknown: amounts(1000.0, 0.075_008_5, 0.030_365_296_803_653, 1.0),
    }
}

fn attribution() -> AttributionView {
    let workload = |name: &str, kind, pod| Arc::new(Workload { name: name.into(), kind, pod });
    let pod = PodName { namespace: "team".to_owned(), name: "train-0".to_owned() };
    let source = |name, is_up, errors| HolderSourceView { name, is_up, errors };
    AttributionView {
        workloads: vec![
            workload("pod:team/train-0", WorkloadKind::Pod, Some(pod)),
            workload("slurm:123", WorkloadKind::SlurmJob, None),
        ],
        sources: vec![
            source("slurm", true, [("parse", 2)].into()),
            source("processes", false, [("no_permission", 3)].into()),
        ],
    }
}

/// A forecast of two hours and two jobs, one of which would emit nothing now.
fn forecast(at: Timestamp) -> Forecast {
    let intensity = |grams| Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
    let hours = |label: &str, count: u64| LabelledSpan {
        label: label.into(),
        span: Span::from_seconds(count * 3600),
    };
    let ahead = |horizon, grams| HorizonIntensity { horizon, intensity: intensity(grams) };
    let best = |duration, after, saving_ratio| BestStart {
        job: ForecastJob { duration, window: hours("24h", 24) },
        start: at + Span::from_seconds(after),
        saving_ratio,
    };
    Forecast {
        horizons: vec![ahead("1h", 250.25), ahead("24h", 0.0)],
        best_starts: [best(hours("1h", 1), 900, Some(0.125)), best(hours("12h", 12), 0, None)]
            .into(),
        ahead: None,
        origins: Arc::default(),
    }
}

fn snapshot() -> Snapshot {
    let at = Timestamp::from_unix_micros(1_795_444_800_250_000);
    let intensity = |grams| Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
    Snapshot {
        at,
        started: Timestamp::from_unix_seconds(1_795_441_199),
        gpus: gpus(at),
        grid: GridView {
            zone: "CAISO_NORTH".into(),
            signal: Signal::Marginal,
            total_scope: TotalScope::Mixed,
            current: Some(CurrentIntensity {
                intensity: intensity(243.5),
                source: "watttime",
                quality: Quality::Estimated,
            }),
            latest_value: Some(LatestValue {
                valid_from: Timestamp::from_unix_seconds(1_795_444_800),
                source: "watttime",
            }),
            sources: vec![
                SourceView { source: "ember", scope: Some(Scope::Co2eLifecycle) },
                SourceView { source: "file", scope: None },
                SourceView { source: "watttime", scope: Some(Scope::Co2Direct) },
            ],
            forecast: forecast(at),
            threshold: intensity(400.0),
            requests: [
                (RequestKind { source: "gb", outcome: "success" }, 0),
                (RequestKind { source: "watttime", outcome: "success" }, 12),
                (RequestKind { source: "watttime", outcome: "unauthorized" }, 1),
            ]
            .into(),
        },
        pue: Pue::from_number(1.17).unwrap(),
        last_read: Some(ReadTime { wall: at, awake: Span::from_seconds(86_400) }),
        driver: DriverView { reloads: 2, ..DriverView::default() },
        config: ConfigView {
            is_last_reload_successful: true,
            last_success: Timestamp::from_unix_seconds(1_795_441_199),
        },
        stale_after: Span::from_seconds(5),
        clock_jumps: 1,
        log_dropped: 0,
        attribution: Some(attribution()),
        host: host(shares(Timestamp::from_unix_seconds(1_795_441_200))),
        ledger: Some(LedgerView {
            up: true,
            last_commit: Some(at - Span::from_micros(9_000)),
            commits: CommitCounts { succeeded: 3600, failed: 2 },
            file_bytes: Some(1_400_832),
            replacements: 1,
        }),
        process: Some(ProcessStats {
            cpu_seconds: 1.25,
            open_fds: 12.0,
            max_fds: f64::INFINITY,
            virtual_bytes: 1e8,
            resident_bytes: 6e6,
            started_seconds: 1_795_441_198.75,
            threads: 7.0,
        }),
        certificate_not_after: Some(Timestamp::from_unix_seconds(1_800_000_000)),
    }
}

#[track_caller]
fn check(snapshot: Snapshot, format: Format, file: &str) {
    let page = Exposition::from(snapshot).page(format);
    // The build's own values differ from one commit to the next.
    let label = |name: &str, value: &str| format!("{name}=\"{value}\"");
    let page = [
        ("revision", build::REVISION),
        ("branch", build::BRANCH),
        ("rustc_version", build::RUSTC_VERSION),
    ]
    .into_iter()
    .fold(String::from_utf8(page.to_vec()).unwrap(), |page, (name, value)| {
        page.replace(&label(name, value), &label(name, &name.to_uppercase()))
    });
    compare(&page, &format!("../../tests/golden/{file}"));
}

#[test]
fn the_text_page() {
    check(snapshot(), Format::Text, "metrics.txt");
}

#[test]
fn the_openmetrics_page() {
    check(snapshot(), Format::OpenMetrics, "metrics.openmetrics.txt");
}

#[test]
fn the_openmetrics_page_with_the_times_of_creation() {
    check(snapshot(), Format::OpenMetricsWithCreated, "metrics.openmetrics-created.txt");
}

#[test]
fn openmetrics_has_the_series_of_the_text() {
    let series = |format| {
        let page = Exposition::from(snapshot()).page(format);
        let lines = std::str::from_utf8(&page).unwrap().lines().map(str::to_owned);
        lines.filter(|line| !line.starts_with('#')).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(series(Format::OpenMetrics), series(Format::Text));
    assert!(series(Format::OpenMetricsWithCreated) > series(Format::Text));
}

#[test]
fn what_is_missing_is_absent() {
    let mut nothing = snapshot();
    nothing.gpus.clear();
    (nothing.grid.current, nothing.grid.latest_value) = (None, None);
    nothing.grid.forecast = Forecast::default();
    (nothing.last_read, nothing.process, nothing.ledger) = (None, None, None);
    nothing.certificate_not_after = None;
    (nothing.attribution, nothing.host) = (None, HostView::default());
    check(nothing, Format::Text, "metrics.nothing.txt");
}

#[test]
fn the_metrics_are_those_of_the_table_with_its_labels() {
    let families = families(&snapshot());
    for family in &families {
        for sample in &family.samples {
            let labels: Vec<&str> = sample.labels.iter().map(|label| &*label.name).collect();
            assert_eq!(labels, family.metric.labels, "{}", family.metric.name);
        }
    }
    let written: BTreeSet<&str> = families.iter().map(|family| family.metric.name).collect();
    let table = GROUPS.iter().flat_map(|group| group.metrics).map(|metric| metric.name).collect();
    assert_eq!(written, table);
}

#[test]
fn only_what_may_be_absent_is_absent() {
    let mut nothing = snapshot();
    (nothing.grid.current, nothing.grid.latest_value) = (None, None);
    nothing.grid.forecast = Forecast::default();
    (nothing.last_read, nothing.process, nothing.ledger) = (None, None, None);
    nothing.certificate_not_after = None;
    (nothing.attribution, nothing.host) = (None, HostView::default());
    nothing.gpus.retain(|gpu| gpu.identity.is_none());
    let written: BTreeSet<&str> =
        families(&nothing).iter().map(|family| family.metric.name).collect();
    for metric in GROUPS.iter().flat_map(|group| group.metrics) {
        assert!(written.contains(metric.name) || metric.absent.is_some(), "{}", metric.name);
    }
}
