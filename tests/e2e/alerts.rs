//! From the grid to the webhook: the exporter, a real Prometheus with the rules of `deploy/`, a real
//! Alertmanager with its example, and whoever it tells.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use gpu_carbon_tests::alertmanager::Alertmanager;
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::prometheus::Prometheus;
use gpu_carbon_tests::services::{Fault, PASSWORD, Services, USER};
use gpu_carbon_tests::shortened::shortened;
use gpu_carbon_tests::wait_for;
use tempfile::TempDir;

const GPU: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\ncounter_step_ms = 20\n";
const WATTS: f64 = 360.0;

const CONFIG: &str = "grid_zone: ZONE\n\
    intensity: {source: file, path: prices.csv, threshold_grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 200ms}\n";

/// How long a price holds, in seconds.
const STEP: i64 = 5;

fn deployed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/prometheus").join(name)
}

/// A grid that says a price for each step, and never another for a step that has begun.
struct Grid<'a> {
    machine: &'a Machine,
    prices: Vec<(i64, f64)>,
}

impl Grid<'_> {
    #[allow(clippy::cast_possible_truncation)]
    fn new(machine: &Machine, price: f64) -> Grid<'_> {
        let begin = now() as i64 / STEP * STEP - 20 * STEP;
        let mut grid = Grid { machine, prices: vec![(begin, price)] };
        grid.goes_on_at(price);
        grid
    }

    /// A step that begins late enough for the exporter to hear of it before.
    #[allow(clippy::cast_possible_truncation)]
    fn soon() -> i64 {
        (now() as i64 / STEP + 2) * STEP
    }

    /// Leaves out what is said of the time from a moment on.
    fn ends(&mut self, moment: i64) {
        self.prices.retain(|&(begin, _)| begin < moment);
        self.machine.set_prices(&self.prices).unwrap();
    }

    /// Another price from soon on, and, of steps for which none was said, from the first of them on. When.
    fn goes_on_at(&mut self, price: f64) -> i64 {
        let soon = Grid::soon();
        self.prices.retain(|&(begin, _)| begin < soon);
        let next = self.prices.last().unwrap().0 + STEP;
        self.prices.extend((0..400).map(|n| (next + n * STEP, price)));
        self.machine.set_prices(&self.prices).unwrap();
        next
    }

    /// What a constant power emits between two moments.
    fn grams(&self, from: f64, until: f64) -> f64 {
        let overlap =
            |begin: i64| (until.min((begin + STEP) as f64) - from.max(begin as f64)).max(0.0);
        let joules = |begin: i64| WATTS * overlap(begin);
        self.prices.iter().map(|&(begin, price)| joules(begin) / 3.6e6 * price).sum()
    }
}

/// A Prometheus with the rules, and where they lie.
fn prometheus(exporter: &Exporter, alertmanager: &Alertmanager) -> (Prometheus, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let rules = std::fs::read_to_string(deployed("rules/alerts.yml")).unwrap();
    std::fs::write(folder.path().join("alerts.yml"), shortened(&rules)).unwrap();
    let prometheus = Prometheus::start(&format!(
        "rule_files: ['{}/*.yml']\n\
         alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{}']}}]}}]}}\n\
         scrape_configs:\n- job_name: gpu-carbon\n  static_configs: [{{targets: ['{}']}}]\n",
        folder.path().display(),
        alertmanager.address,
        exporter.address
    ));
    (prometheus.unwrap(), folder)
}

/// Whether Prometheus has an alert firing.
fn fires(prometheus: &Prometheus, alert: &str) -> Result<()> {
    let query = format!("ALERTS{{alertname=\"{alert}\", alertstate=\"firing\"}}");
    ensure!(prometheus.value(&query, None)? == 1.0, "it does not fire");
    Ok(())
}

#[test]
fn the_grid_gets_dirty_and_clean_the_feed_dies_and_comes_back_and_the_webhook_hears_of_it() {
    const INTENSITY: &str = "instance:gpu_carbon_intensity_grams_per_kilowatt_hour:last";
    let machine = Machine::new(GPU).unwrap();
    let mut grid = Grid::new(&machine, 200.0);
    machine.configure(CONFIG).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let alertmanager = Alertmanager::start(&deployed("alertmanager.yml")).unwrap();
    let (prometheus, _rules) = prometheus(&exporter, &alertmanager);
    let holds = |price: f64, seconds: u32| {
        wait_for(&format!("{price} g/kWh for {seconds} s"), || {
            for aggregate in ["min", "max"] {
                let query = format!("{aggregate}_over_time({INTENSITY}[{seconds}s])");
                let found = prometheus.value(&query, None)?;
                ensure!(found == price, "{aggregate}: {found}");
            }
            Ok(())
        })
        .unwrap();
    };
    holds(200.0, 3);
    assert!(alertmanager.heard().is_empty(), "{:?}", alertmanager.heard());

    // It passes the threshold: `for` is 1 s here, an evaluation 1 s, Alertmanager's group wait 0.1 s.
    let passes = grid.goes_on_at(500.0) as f64;
    let high = alertmanager.hears("GpuCarbonIntensityHigh", "firing").unwrap();
    println!("from the threshold passed to the webhook: {:.1} s", high.at - passes);
    assert_eq!(high.text("/labels/grid_zone"), "ZONE");
    assert_eq!(high.text("/labels/instance"), exporter.address.to_string());
    let description = high.text("/annotations/description");
    assert!(description.starts_with("500 g/kWh (marginal) in ZONE, over the threshold of 400."));

    // Within the band it goes on, for longer than an alert is kept; below, it ends.
    grid.goes_on_at(390.0);
    holds(390.0, 5);
    fires(&prometheus, "GpuCarbonIntensityHigh").unwrap();
    grid.goes_on_at(200.0);
    alertmanager.hears("GpuCarbonIntensityHigh", "resolved").unwrap();

    // The feed dies.
    let end = Grid::soon();
    grid.ends(end);
    let stale = alertmanager.hears("GpuCarbonIntensityStale", "firing").unwrap();
    assert!(
        stale
            .text("/annotations/description")
            .starts_with("The latest intensity that converts energy is for ")
    );
    let scrape = exporter.scrape().unwrap();
    let last = scrape.value("gpu_carbon_intensity_timestamp_seconds", &[]).unwrap();
    assert_eq!(last, (end - STEP) as f64, "the age of the last value can be seen");
    assert_eq!(scrape.values("gpu_carbon_intensity_grams_per_kilowatt_hour", &[]).count(), 0);
    let pending = alertmanager.hears("GpuCarbonEnergyPending", "firing").unwrap();
    assert!(pending.text("/annotations/description").contains("J wait for an intensity"));
    let scrape = exporter.scrape().unwrap();
    let (energy, waits) = (
        scrape.gpu(0, "energy_joules_total").unwrap(),
        scrape.gpu(0, "pending_energy_joules").unwrap(),
    );
    let until = scrape.gpu(0, "last_sample_timestamp_seconds").unwrap();
    let truth = WATTS * (until - end as f64);
    assert!((waits - truth).abs() < WATTS * 0.1, "{waits} J wait, truly {truth} J");
    assert!(waits < energy);

    // It is back, with what it did not say: no gram is lost.
    grid.goes_on_at(300.0);
    for alert in ["GpuCarbonIntensityStale", "GpuCarbonEnergyPending"] {
        alertmanager.hears(alert, "resolved").unwrap();
    }
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.gpu(0, "pending_energy_joules").unwrap(), 0.0);
    let until = scrape.gpu(0, "last_sample_timestamp_seconds").unwrap();
    let from = until - scrape.gpu(0, "energy_joules_total").unwrap() / WATTS;
    let (grams, truth) = (scrape.gpu(0, "emissions_grams_total").unwrap(), grid.grams(from, until));
    println!("{grams} g, truly {truth} g");
    assert!((grams / truth - 1.0).abs() < 0.005, "{grams} g, truly {truth} g");
    let heard = alertmanager.heard();
    let heard: BTreeSet<&str> = heard.iter().map(|it| it.text("/labels/alertname")).collect();
    let expected = ["GpuCarbonEnergyPending", "GpuCarbonIntensityHigh", "GpuCarbonIntensityStale"];
    assert_eq!(heard, BTreeSet::from(expected), "these, and no other");
}

#[test]
fn a_services_new_value_its_forecast_and_its_failure_reach_the_webhook() {
    const SHOWN: &str = "gpu_carbon_intensity_grams_per_kilowatt_hour";
    let services = Services::start().unwrap();
    let machine = Machine::new(GPU).unwrap();
    for (file, text) in [("user", USER), ("password", PASSWORD)] {
        std::fs::write(machine.path(file), text).unwrap();
    }
    machine
        .configure(&format!(
            "intensity:\n  source: watttime\n  zone: ZONE\n  user_file: user\n  password_file: password\n  \
             base_url: {}\n  cache: cache\n  poll_period: 200ms\n  timeout: 500ms\n  \
             threshold_grams_per_kilowatt_hour: 400\n",
            services.base_url()
        ))
        .unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let alertmanager = Alertmanager::start(&deployed("alertmanager.yml")).unwrap();
    let (prometheus, _rules) = prometheus(&exporter, &alertmanager);
    let sample = |price: f64| {
        wait_for(&format!("{price} g/kWh"), || {
            let found = prometheus.value(SHOWN, None)?;
            ensure!((found - price).abs() < 1e-9, "{found}");
            Ok(now())
        })
        .unwrap()
    };
    sample(300.0);

    let passes = now();
    services.set_intensity(|_| 500.0);
    println!("from the service to Prometheus: {:.1} s", sample(500.0) - passes);
    let high = alertmanager.hears("GpuCarbonIntensityHigh", "firing").unwrap();
    println!("from the service to the webhook: {:.1} s", high.at - passes);
    assert_eq!(high.text("/labels/grid_zone"), "ZONE");

    // Clean now, dirty within the hour.
    #[allow(clippy::cast_possible_truncation)]
    let soon = now() as i64 + 1800;
    services.set_intensity(move |moment| if moment < soon { 300.0 } else { 450.0 });
    alertmanager.hears("GpuCarbonIntensityHigh", "resolved").unwrap();
    let coming = alertmanager.hears("GpuCarbonIntensityHighSoon", "firing").unwrap();
    assert!(coming.text("/annotations/description").contains("is 450 g/kWh (marginal) in ZONE"));

    services.fail(Some(Fault::status(503)));
    // It takes longer than anything else that is waited for.
    wait_for("half of the time without a success", || {
        let successes =
            "sum(increase(gpu_carbon_exporter_feed_requests_total{outcome=\"success\"}[35s]))";
        let found = prometheus.value(successes, None)?;
        ensure!(found == 0.0, "{found}");
        Ok(())
    })
    .unwrap();
    let failing = alertmanager.hears("GpuCarbonFeedFailing", "firing").unwrap();
    assert_eq!(failing.text("/labels/source"), "watttime");
    let scrape = exporter.scrape().unwrap();
    let last = scrape.value("gpu_carbon_intensity_timestamp_seconds", &[]).unwrap();
    assert!(now() - last < 3600.0, "what it had serves on, with its age");
    assert_eq!(scrape.values(SHOWN, &[]).count(), 1);
    services.fail(None);
    alertmanager.hears("GpuCarbonFeedFailing", "resolved").unwrap();
}

#[test]
fn a_lost_gpu_and_then_a_lost_exporter_are_heard_of_once_each() {
    let uuid = "GPU-00000001-0000-4000-8000-000000000000";
    let script = |lost: bool| format!("{GPU}{GPU}uuid = \"{uuid}\"\nlost = {lost}\n");
    let machine = Machine::new(&script(false)).unwrap();
    machine.configure("intensity: {source: constant, grams_per_kilowatt_hour: 300}").unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let alertmanager = Alertmanager::start(&deployed("alertmanager.yml")).unwrap();
    let (prometheus, _rules) = prometheus(&exporter, &alertmanager);
    wait_for("both GPUs", || {
        let up = prometheus.value("sum(gpu_carbon_gpu_up)", None)?;
        ensure!(up == 2.0, "{up} up");
        Ok(())
    })
    .unwrap();
    machine.set_script(&script(true)).unwrap();
    let lost = alertmanager.hears("GpuCarbonGpuLost", "firing").unwrap();
    assert_eq!((lost.text("/labels/gpu"), lost.text("/labels/uuid")), ("1", uuid));

    let instance = exporter.address.to_string();
    drop(exporter);
    let down = alertmanager.hears("GpuCarbonExporterDown", "firing").unwrap();
    assert_eq!(down.text("/labels/instance"), instance);
    let heard = alertmanager.heard();
    let heard: BTreeSet<&str> = heard.iter().map(|it| it.text("/labels/alertname")).collect();
    assert_eq!(heard, BTreeSet::from(["GpuCarbonExporterDown", "GpuCarbonGpuLost"]));
}
