//! The history of a ledger, backfilled into a real Prometheus.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use gpu_carbon_core::{Pue, Quality, Signal, Span, Timestamp};
use gpu_carbon_ledger::{
    Batch, EnergySource, GpuBatch, GpuTotals, IntensitySource, Ledger, Origin, Posting, Presence,
    Retention,
};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::prometheus::{Prometheus, program};
use gpu_carbon_tests::wait_for;
use serde_json::Value;

/// 2020-06-01T00:00:00Z.
const BEGIN: i64 = 1_590_969_600;
const SLOT: i64 = 300;
const DAY: i64 = 86_400;
const DAYS: i64 = 3;
/// On each GPU's second day nothing is recorded; the counter after it is not checked here.
const AWAY: std::ops::Range<i64> = BEGIN + DAY + 36_000..BEGIN + DAY + 43_500;

/// The energy of a slot: it changes, and differs from that of every other hour.
fn joules(gpu: u32, slot: i64) -> f64 {
    let number = (slot - BEGIN) / SLOT;
    f64::from(gpu + 1) * 1000.0 * (10 + number * 7 % 31) as f64
}

fn batch() -> Batch {
    let slots = || (BEGIN..BEGIN + DAYS * DAY).step_by(300).filter(|slot| !AWAY.contains(slot));
    let of_gpu = |index: u32| {
        let posting = |slot: i64| {
            let energy_joules = joules(index, slot);
            let intensity = 100.0 + ((slot - BEGIN) / 1800 % 48) as f64 * 10.0;
            Posting {
                slot: Timestamp::from_unix_seconds(slot),
                origin: Origin {
                    zone: "CAISO_NORTH".into(),
                    signal: Signal::Marginal,
                    pue: Pue::from_number(1.1).unwrap(),
                    intensity_source: Some(IntensitySource {
                        name: "watttime".into(),
                        quality: Quality::Measured,
                        scope: None,
                    }),
                },
                source: EnergySource::Counted,
                energy_joules,
                emissions_grams: energy_joules * 1.1 * intensity / 3.6e6,
            }
        };
        let postings: Vec<Posting> = slots().map(posting).collect();
        let presence = |slot| Presence {
            slot: Timestamp::from_unix_seconds(slot),
            seconds: 300.0,
            embodied_grams: Some(0.39),
        };
        let grams = postings.iter().map(|posting| posting.emissions_grams).sum();
        GpuBatch {
            uuid: format!("GPU-{index}"),
            name: "NVIDIA H100 80GB HBM3".to_owned(),
            index,
            totals: GpuTotals {
                since: Timestamp::from_unix_seconds(BEGIN),
                energy_joules: postings.iter().map(|posting| posting.energy_joules).sum(),
                emissions_grams: grams,
                restated_grams: 0.0,
                published_grams: grams,
                embodied_grams: slots().count() as f64 * 0.39,
                recovered_joules: 0.0,
                unseen_seconds: 0.0,
                resets: 0,
            },
            last: None,
            embodied: None,
            postings,
            presence: slots().map(presence).collect(),
            shares: gpu_carbon_ledger::ShareBatch::default(),
        }
    };
    Batch { at: Timestamp::from_unix_seconds(BEGIN + DAYS * DAY), gpus: vec![of_gpu(0), of_gpu(1)] }
}

fn report(ledger: &Path, line: &str) -> String {
    let words = ["gpu-carbon", "report", "--ledger"].map(OsString::from);
    let words = words.into_iter().chain([ledger.as_os_str().to_owned()]);
    gpu_carbon_cli::run(words.chain(line.split_whitespace().map(OsString::from))).unwrap()
}

/// Energy, emissions and embodied emissions of a GPU between two times in the report.
fn reported(ledger: &Path, gpu: usize, from: i64, to: i64) -> [f64; 3] {
    let time = |at| gpu_carbon_feeds::rfc3339::format(Timestamp::from_unix_seconds(at));
    let line = format!("--from {} --to {} --format json", time(from), time(to));
    let found: Value = serde_json::from_str(&report(ledger, &line)).unwrap();
    let row = &found["rows"][gpu];
    let number = |name: &str| row[name].as_f64().unwrap();
    [
        number("energy_kilowatt_hours") * 3.6e6,
        number("marginal_emissions_grams"),
        number("embodied_emissions_grams"),
    ]
}

fn check(ledger: &Path, bounds: &[(i64, i64)]) {
    let folder = tempfile::tempdir().unwrap();
    let (history, data) = (folder.path().join("history.txt"), folder.path().join("data"));
    let line = "--format openmetrics --label instance=gpu-host:9877 --label job=gpu-carbon";
    std::fs::write(&history, report(ledger, line)).unwrap();
    let made = Command::new(program("promtool", "prometheus").unwrap())
        .args(["tsdb", "create-blocks-from", "--max-block-duration=8760h", "openmetrics"])
        .args([&history, &data])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let prometheus = Prometheus::over(folder).unwrap();
    let names = [
        "gpu_carbon_gpu_energy_joules_total",
        "gpu_carbon_gpu_emissions_grams_total",
        "gpu_carbon_gpu_embodied_emissions_grams_total",
    ];
    for &(from, to) in bounds {
        for gpu in 0..2 {
            for (name, expected) in names.into_iter().zip(reported(ledger, gpu, from, to)) {
                let series = format!("{name}{{gpu=\"{gpu}\",instance=\"gpu-host:9877\"}}");
                let at = |time: i64| prometheus.value(&series, Some(time as f64)).unwrap();
                let grown = at(to) - at(from);
                assert!(
                    (grown - expected).abs() < 1e-6 * expected,
                    "{series}: {grown}, not {expected}"
                );
                let increase = format!("sum(increase({series}[{}s]))", to - from);
                let increase = prometheus.value(&increase, Some(to as f64)).unwrap();
                // Prometheus extrapolates to the bounds of its range where a version leaves the first sample out.
                assert!(
                    (increase / expected - 1.0).abs() < 0.01,
                    "{series}: {increase}, not {expected}"
                );
            }
        }
    }
}

#[test]
fn a_ledger_becomes_history_in_prometheus() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let at = |days| Timestamp::from_unix_seconds(BEGIN + days * DAY);
    let (mut ledger, _) = Ledger::open(&path, at(DAYS)).unwrap();
    ledger.write(&batch()).unwrap();
    let whole = (BEGIN, BEGIN + DAYS * DAY);
    // Within five minutes; during the time without an exporter, the values before and after it.
    check(&path, &[whole, (BEGIN + SLOT, BEGIN + DAY), (AWAY.start - DAY, AWAY.end + DAY)]);
    let before = report(&path, "--by day");
    while !ledger
        .compact(at(DAYS + 40), Retention::new(Span::from_days(32), Span::from_days(366)).unwrap())
        .unwrap()
        .done
    {}
    assert_eq!(report(&path, "--by day"), before, "hours are as good for days");
    check(&path, &[whole, (BEGIN, BEGIN + DAY), (BEGIN + 7200, BEGIN + 7200 + DAY)]);
}

/// A published value is committed: a report after a scrape has no less.
#[test]
fn a_report_beside_the_exporter_has_every_published_value() {
    let machine = Machine::new(
        "[[gpu]]\nmodel = \"h100\"\npower = \"constant 600\"\n[[gpu]]\nmodel = \"p40\"\npower = \"constant 200\"\n",
    )
    .unwrap();
    machine
        .configure(
            "power_usage_effectiveness: 1.2\nintensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
             ledger: {path: ledger.db, commit_period: 100ms}\n",
        )
        .unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let path = machine.path("ledger.db");
    wait_for("both GPUs to have used something", || {
        let scrape = exporter.scrape()?;
        let joules = [0, 1].map(|gpu| scrape.gpu(gpu, "energy_joules_total"));
        anyhow::ensure!(
            joules.iter().all(|joules| joules.as_ref().is_ok_and(|&joules| joules > 300.0))
        );
        Ok(())
    })
    .unwrap();
    let json = || -> Value { serde_json::from_str(&report(&path, "--format json")).unwrap() };
    for _ in 0..20 {
        let scrape = exporter.scrape().unwrap();
        let found = json();
        for (gpu, method) in
            ["counted_kilowatt_hours", "integrated_kilowatt_hours"].into_iter().enumerate()
        {
            let row = &found["rows"][gpu];
            let number = |name: &str| row[name].as_f64().unwrap();
            let scraped = |name: &str| scrape.gpu(gpu, name).unwrap();
            let joules = number("energy_kilowatt_hours") * 3.6e6;
            let published = scraped("energy_joules_total");
            assert!(
                joules >= published - 1e-6,
                "GPU {gpu}: {joules} J, and {published} J were published"
            );
            assert_eq!(number(method), number("energy_kilowatt_hours"), "{method}");
            let grams = number("marginal_emissions_grams");
            assert!(grams >= scraped("emissions_grams_total") - 1e-9, "GPU {gpu}: {grams} g");
            let intensity = number("marginal_intensity_grams_per_kilowatt_hour");
            assert!((intensity - 400.0).abs() < 1e-6, "{intensity}");
        }
    }
    let (status, _) = exporter.terminate().unwrap();
    assert_eq!(status, Some(0));
    let found = json();
    let history = report(&path, "--format openmetrics");
    for gpu in 0..2 {
        let series = format!("gpu_carbon_gpu_energy_joules_total{{gpu=\"{gpu}\"");
        let last = history.lines().rfind(|line| line.starts_with(&series)).unwrap();
        let last: f64 = last.split(' ').nth(1).unwrap().parse().unwrap();
        let joules = found["rows"][gpu]["energy_kilowatt_hours"].as_f64().unwrap() * 3.6e6;
        assert!((last - joules).abs() < 1e-6 * joules, "{last}, {joules}");
        let watts = found["rows"][gpu]["mean_gpu_power_watts"].as_f64().unwrap();
        let truth = [600.0, 200.0][gpu];
        // Over so short a time, a step of the counter (100 ms) is visible.
        let seconds = found["rows"][gpu]["gpu_hours"].as_f64().unwrap() * 3600.0;
        let off = 0.03 + 0.1 / seconds;
        assert!((watts / truth - 1.0).abs() < off, "GPU {gpu}: {watts} W in {seconds} s");
    }
}
