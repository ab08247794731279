//! The documents of a snapshot, and its errors; the best start beside a search by brute force.

use std::sync::Arc;

use gpu_carbon_core::{
    Energy, Intensity, Pue, Quality, Scope, Series, Signal, Span, Timestamp, TotalScope,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::forecast::Forecast;
use crate::holders::{Workload, WorkloadKind};
use crate::host_view::{ComponentView, HostMethod, HostPart, HostView};
use crate::intensity::Origin;
use crate::nvml::{EnergyMethod, Identity};
use crate::snapshot::{
    AttributionView, ConfigView, CurrentIntensity, DriverView, EnergyScope, GpuView, GridView,
    LatestValue, ShareAmounts, SharesView, SharingMethod, SourceView, Totals,
};

const SLOT: i64 = 300;

/// 2026-11-23T12:00:00Z.
const NOON: i64 = 1_795_435_200;

fn grams(grams: f64) -> Intensity {
    Intensity::from_grams_per_kilowatt_hour(grams).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

/// A snapshot at 12:02:30 with values of five minutes from 12:00 on; `None` is a gap.
fn snapshot(ahead: &[Option<f64>]) -> Snapshot {
    let points: Vec<_> = ahead
        .iter()
        .zip(0..)
        .filter_map(|(value, slot)| Some((at(NOON + slot * SLOT), grams((*value)?))))
        .collect();
    let ahead = Series::with_step(points, Span::from_seconds(300)).ok().map(Arc::new);
    let origin = |from, source, quality| Origin { from: at(from), source, quality };
    let origins = [
        origin(NOON - 900, "gb", Quality::Measured),
        origin(NOON, "gb", Quality::Estimated),
        origin(NOON + SLOT, "gb", Quality::Forecast),
    ];
    Snapshot {
        at: at(NOON + 150),
        started: at(NOON),
        gpus: Vec::new(),
        grid: GridView {
            zone: "GB".into(),
            signal: Signal::Average,
            total_scope: TotalScope::Empty,
            current: Some(CurrentIntensity {
                intensity: grams(243.5),
                source: "gb",
                quality: Quality::Estimated,
            }),
            latest_value: Some(LatestValue { valid_from: at(NOON), source: "gb" }),
            sources: vec![
                SourceView { source: "ember", scope: Some(Scope::Co2eLifecycle) },
                SourceView { source: "gb", scope: Some(Scope::Co2Direct) },
            ],
            forecast: Forecast { ahead, origins: origins.into(), ..Forecast::default() },
            threshold: grams(243.5),
            requests: [].into(),
        },
        pue: Pue::ONE,
        last_read: None,
        driver: DriverView::default(),
        config: ConfigView { is_last_reload_successful: true, last_success: at(NOON) },
        stale_after: Span::from_seconds(5),
        clock_jumps: 0,
        log_dropped: 0,
        attribution: None,
        host: HostView::default(),
        ledger: None,
        process: None,
        certificate_not_after: None,
    }
}

fn ask(snapshot: &Snapshot, path: &str) -> (u16, Value) {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, it)| (path, Some(it)));
    let Answer { status, json } = respond(&Method::GET, path, query, snapshot);
    (status.as_u16(), serde_json::from_str(&json).unwrap())
}

/// The factors of every answer, with more fields.
fn with_factors(more: Value) -> Value {
    let mut document = json!({
        "grid_zone": "GB", "signal": "average", "scope": "co2_direct", "source": "gb",
        "quality": "estimated", "time": "2026-11-23T12:02:30Z",
        "latest_value_start": "2026-11-23T12:00:00Z", "age_seconds": 150.0,
    });
    for (name, value) in more.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

#[test]
fn every_document_has_its_factors() {
    let snapshot = snapshot(&[Some(243.5), Some(300.0), Some(100.0), Some(200.0)]);
    let intensity = with_factors(json!({
        "grams_per_kilowatt_hour": 243.5, "threshold_grams_per_kilowatt_hour": 243.5,
        "is_below_threshold": false,
    }));
    assert_eq!(ask(&snapshot, "/api/v1/intensity"), (200, intensity));
    let value = |start: &str, grams: f64| json!({"start": start, "grams_per_kilowatt_hour": grams});
    let origin = |start, quality| json!({"start": start, "source": "gb", "quality": quality});
    let forecast = with_factors(json!({
        "step_seconds": 300.0,
        "origins": [
            origin("2026-11-23T12:02:30Z", "estimated"), origin("2026-11-23T12:05:00Z", "forecast"),
        ],
        "intensities": [
            value("2026-11-23T12:00:00Z", 243.5), value("2026-11-23T12:05:00Z", 300.0),
            value("2026-11-23T12:10:00Z", 100.0), value("2026-11-23T12:15:00Z", 200.0),
        ],
    }));
    assert_eq!(ask(&snapshot, "/api/v1/forecast"), (200, forecast));
    // From 12:02:30 on, the forecast covers 17.5 minutes: a delay of 12.5.
    let best = with_factors(json!({
        "duration_seconds": 300.0, "window_seconds": 86_400.0, "searched_window_seconds": 750.0,
        "start": "2026-11-23T12:12:30Z", "seconds_from_now": 600.0, "is_now": false,
        "mean_grams_per_kilowatt_hour": 150.0, "mean_now_grams_per_kilowatt_hour": 271.75,
        "saving_ratio": 1.0 - 150.0 / 271.75,
    }));
    assert_eq!(ask(&snapshot, "/api/v1/best-start?duration=5m"), (200, best));
    let (status, now) = ask(&snapshot, "/api/v1/best-start?duration=5m&window=0s");
    assert_eq!((status, &now["is_now"], &now["saving_ratio"]), (200, &json!(true), &json!(0.0)));
}

/// A GPU that two jobs hold, of which one's counters are not on the page of metrics yet.
fn held_gpu() -> GpuView {
    let amounts = |energy_joules| ShareAmounts {
        energy_joules,
        emissions_grams: 2.0 * energy_joules,
        embodied_grams: None,
        held_seconds: 7.0,
    };
    let job = |name: &str| -> Arc<str> { name.into() };
    let shares = SharesView {
        since: at(NOON),
        method: SharingMethod::Utilization,
        by_workload: vec![(job("slurm:1"), amounts(10.0)), (job("slurm:2"), amounts(5.0))],
        unseen: vec![job("slurm:2")],
        workloads: amounts(15.0),
        unallocated: amounts(3.0),
        unknown: amounts(1.0),
    };
    GpuView {
        index: 4,
        identity: Some(Arc::new(Identity {
            uuid: "GPU-a".into(),
            name: String::new(),
            pci_bus_id: String::new(),
        })),
        up: true,
        suspended: false,
        method: EnergyMethod::Counter,
        scope: EnergyScope::Gpu,
        counter_ratio: None,
        totals: Some(Totals { read_at: at(NOON + 149), ..Totals::zero(at(NOON)) }),
        embodied: None,
        power: None,
        errors: Vec::new(),
        shares: Some(Arc::new(shares)),
    }
}

#[test]
fn a_workload_has_its_counters_on_each_gpu() {
    let mut snapshot = snapshot(&[]);
    let path = "/api/v1/workload?name=slurm:2";
    let (status, answer) = ask(&snapshot, path);
    assert_eq!(status, 404);
    assert!(answer["error"].as_str().unwrap().contains("has no `attribution`"), "{answer}");
    let workload = |name: &str| {
        Arc::new(Workload { name: name.into(), kind: WorkloadKind::SlurmJob, pod: None })
    };
    let workloads = vec![workload("slurm:1"), workload("slurm:2")];
    snapshot.attribution = Some(AttributionView { workloads, sources: Vec::new() });
    snapshot.gpus = vec![held_gpu(), GpuView { shares: None, ..held_gpu() }];
    let component = |part, shares| ComponentView {
        part,
        method: HostMethod::Counter,
        since: at(NOON),
        energy: Energy::default(),
        power: None,
        emissions: None,
        shares,
    };
    let shares = held_gpu().shares;
    let components = [(HostPart::Cpu, shares), (HostPart::Platform, None)];
    snapshot.host.components = components.map(|(part, it)| component(part, it)).into();
    let gpu = |joules: f64, seconds: f64| {
        json!({
            "gpu": 4, "uuid": "GPU-a", "counted_until": "2026-11-23T12:02:29Z", "energy_joules": joules,
            "emissions_grams": 2.0 * joules, "held_seconds": seconds, "unknown_energy_joules": 1.0,
            "sharing": "utilization",
        })
    };
    let document = |name: &str, kind: Option<&str>, gpu: Value| {
        json!({
            "workload": name, "kind": kind, "time": "2026-11-23T12:02:30Z", "started": "2026-11-23T12:00:00Z",
            "has_ledger": false, "power_usage_effectiveness": 1.0, "signal": "average", "gpus": [gpu],
            "host": [{
                "component": "cpu", "method": "counter", "energy_joules": gpu["energy_joules"],
                "emissions_grams": gpu["emissions_grams"], "unknown_energy_joules": 1.0,
            }],
        })
    };
    let second = document("slurm:2", Some("slurm_job"), gpu(5.0, 7.0));
    assert_eq!(ask(&snapshot, path), (200, second));
    let none = document("slurm:3", None, gpu(0.0, 0.0));
    assert_eq!(ask(&snapshot, "/api/v1/workload?name=slurm%3A3"), (200, none));
    for path in ["/api/v1/workload", "/api/v1/workload?name="] {
        let (status, answer) = ask(&snapshot, path);
        assert!(status == 400 && answer["allowed"].is_string(), "{answer}");
    }
}

#[test]
fn what_is_not_known_is_null_or_an_error() {
    let mut snapshot = snapshot(&[]);
    snapshot.grid.sources.clear();
    snapshot.grid.latest_value = None;
    let (status, now) = ask(&snapshot, "/api/v1/intensity");
    assert_eq!(status, 200);
    assert_eq!((&now["scope"], &now["age_seconds"]), (&Value::Null, &Value::Null));
    snapshot.grid.current = None;
    for (path, reason) in [
        ("/api/v1/intensity", "no value of the intensity of GB covers the present"),
        ("/api/v1/forecast", "the source of intensity has no forecast"),
        ("/api/v1/best-start?duration=1h", "the source of intensity has no forecast"),
    ] {
        assert_eq!(ask(&snapshot, path), (503, json!({"error": reason})), "{path}");
    }
}

#[test]
fn an_error_names_the_value_and_what_is_allowed() {
    let snapshot = snapshot(&[Some(300.0), Some(100.0), None, Some(200.0)]);
    let length = "a length of time from 1m to 7d, such as 6h";
    let window = "a length of time from 0s to 7d, such as 24h";
    for (path, status, error) in [
        ("/api/v1/best-start", 400, format!("the parameter `duration` is missing: {length}")),
        ("/api/v1/best-start?duration=6", 400, format!("not allowed to be `6`: {length}")),
        ("/api/v1/best-start?duration=59s", 400, format!("not allowed to be `59s`: {length}")),
        ("/api/v1/best-start?duration=-1h", 400, format!("not allowed to be `-1h`: {length}")),
        ("/api/v1/best-start?duration=8d", 400, format!("not allowed to be `8d`: {length}")),
        ("/api/v1/best-start?duration=1h&window=", 400, format!("allowed to be ``: {window}")),
        ("/api/v1/best-start?duration=1h&window=50%25", 400, format!("be `50%`: {window}")),
        ("/api/v1/best-start?length=1h", 400, "allowed: duration and window, each once".into()),
        ("/api/v1/intensity?zone=GB", 400, "allowed: none, this path has no parameters".into()),
        ("/api/v2/intensity", 404, "there is no `/api/v2/intensity`".into()),
        ("/api/", 404, "/api/v1/best-start".into()),
        ("/api/v1/best-start?duration=6h", 503, "ends at 2026-11-23T12:20:00Z".into()),
        ("/api/v1/best-start?duration=5m", 503, "a gap from 2026-11-23T12:10:00Z".into()),
    ] {
        let (found, document) = ask(&snapshot, path);
        let text = document["error"].as_str().unwrap();
        assert!(found == status && text.contains(&error), "{path}: {found} {text}");
        assert!(status == 503 || document["allowed"].is_string(), "{document}");
    }
    let (_, document) = ask(&snapshot, "/api/v1/best-start?duration=6");
    assert_eq!((&document["parameter"], &document["value"]), (&json!("duration"), &json!("6")));
    let answer = respond(&Method::POST, INTENSITY_PATH, None, &snapshot);
    assert_eq!(answer.status.as_u16(), 405);
    assert!(answer.json.contains("the method POST is not allowed: GET and HEAD are"));
}

proptest! {
    #[test]
    fn the_best_start_is_that_of_a_search_by_brute_force(
        values in prop::collection::vec(0_u32..5, 1..60),
        minutes in 1_u32..120,
        window in 0_u32..200,
    ) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let snapshot = snapshot(&values.iter().copied().map(Some).collect::<Vec<_>>());
        let path = format!("/api/v1/best-start?duration={minutes}m&window={window}m");
        let (status, found) = ask(&snapshot, &path);
        // Half-minutes since noon, each of one intensity; the present is the fifth.
        let halves: Vec<f64> = values.iter().flat_map(|&value| [value; 10]).collect();
        let (now, length) = (5, 2 * minutes as usize);
        let mean = |start: usize| {
            let run = halves.get(start..start + length)?;
            Some(run.iter().sum::<f64>() / length as f64)
        };
        let starts = (0..=window as usize / 5).map(|step| now + 10 * step);
        let best = starts.filter_map(|start| Some((start, mean(start)?)))
            .reduce(|best, next| if next.1 < best.1 - 1e-9 { next } else { best });
        match best {
            None => prop_assert_eq!(status, 503),
            Some((start, least)) => {
                prop_assert_eq!(&found["seconds_from_now"], &json!(((start - now) * 30) as f64));
                let of = |name: &str| found[name].as_f64().unwrap();
                prop_assert!((of("mean_grams_per_kilowatt_hour") - least).abs() < 1e-9);
                let at_once = mean(now).unwrap();
                prop_assert!((of("mean_now_grams_per_kilowatt_hour") - at_once).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn any_request_is_answered_in_one_line_of_json(
        document in prop::sample::select(vec!["intensity", "forecast", "best-start", "x\u{1}"]),
        query in prop::option::of("(duration=|window=|&|%|[0-9]{1,30}|[a-z]|\\PC){0,12}"),
    ) {
        let snapshot = snapshot(&[Some(300.0), Some(100.0)]);
        let path = format!("/api/v1/{document}");
        let Answer { json, .. } = respond(&Method::GET, &path, query.as_deref(), &snapshot);
        prop_assert_eq!(json.find('\n'), Some(json.len() - 1));
        prop_assert!(serde_json::from_str::<Value>(&json).is_ok());
    }
}
