//! The way from the grid to the webhook: the exporter, a real Prometheus with the rules of `deploy/`, a real Alertmanager with its
//! example, and the receiver of its notifications.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use gpu_carbon_tests::alertmanager::Alertmanager;
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::prometheus::Prometheus;
use gpu_carbon_tests::scaled_rules::scale_durations;
use gpu_carbon_tests::services::{Fault, PASSWORD, Services, USER};
use gpu_carbon_tests::wait_for;
use tempfile::TempDir;

const GPU: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\ncounter_step_ms = 20\n";
const WATTS: f64 = 360.0;

const CONFIG: &str = "grid_zone: ZONE\n\
    intensity: {source: file, path: intensity.csv, threshold_grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 200ms}\n";

/// Seconds between two intensities.
const STEP: i64 = 5;

fn deployed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/prometheus").join(name)
}

/// A grid with an intensity for each step, which never changes for a step that has begun.
struct Grid<'a> {
    machine: &'a Machine,
    intensities: Vec<(i64, f64)>,
}

impl Grid<'_> {
    #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
    fn new(machine: &Machine, intensity: f64) -> Grid<'_> {
        let begin = now() as i64 / STEP * STEP - 20 * STEP;
        let mut grid = Grid { machine, intensities: vec![(begin, intensity)] };
        grid.continue_at(intensity);
        grid
    }

    /// The start of a step that is late enough for the exporter to read it before.
    #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
    fn soon() -> i64 {
        (now() as i64 / STEP + 2) * STEP
    }

    /// Removes the intensities from a time on.
    fn end_at(&mut self, time: i64) {
        self.intensities.retain(|&(begin, _)| begin < time);
        self.machine.set_intensities(&self.intensities).unwrap();
    }

    /// Continues with another intensity, from [`Grid::soon`] on, or from the first step without one. Returns that time.
    fn continue_at(&mut self, intensity: f64) -> i64 {
        let soon = Grid::soon();
        self.intensities.retain(|&(begin, _)| begin < soon);
        let next = self.intensities.last().unwrap().0 + STEP;
        self.intensities.extend((0..400).map(|n| (next + n * STEP, intensity)));
        self.machine.set_intensities(&self.intensities).unwrap();
        next
    }

    /// Emissions of a constant power between two times, in grams.
    fn grams(&self, from: f64, until: f64) -> f64 {
        let overlap =
            |begin: i64| (until.min((begin + STEP) as f64) - from.max(begin as f64)).max(0.0);
        let joules = |begin: i64| WATTS * overlap(begin);
        self.intensities.iter().map(|&(begin, intensity)| joules(begin) / 3.6e6 * intensity).sum()
    }
}

/// A Prometheus with the rules, and their folder.
fn prometheus(exporter: &Exporter, alertmanager: &Alertmanager) -> (Prometheus, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let rules = std::fs::read_to_string(deployed("rules/alerts.yml")).unwrap();
    std::fs::write(folder.path().join("alerts.yml"), scale_durations(&rules)).unwrap();
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

/// Checks that an alert fires in Prometheus.
fn fires(prometheus: &Prometheus, alert: &str) -> Result<()> {
    let query = format!("ALERTS{{alertname=\"{alert}\", alertstate=\"firing\"}}");
    ensure!(prometheus.value(&query, None)? == 1.0, "it does not fire");
    Ok(())
}

#[test]
fn a_dirty_grid_and_a_failing_feed_reach_the_webhook_and_so_do_their_ends() {
    const INTENSITY: &str = "instance:gpu_carbon_intensity_grams_per_kilowatt_hour:last";
    let machine = Machine::new(GPU).unwrap();
    let mut grid = Grid::new(&machine, 200.0);
    machine.configure(CONFIG).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let alertmanager = Alertmanager::start(&deployed("alertmanager.yml")).unwrap();
    let (prometheus, _rules) = prometheus(&exporter, &alertmanager);
    let holds = |intensity: f64, seconds: u32| {
        wait_for(&format!("{intensity} g/kWh for {seconds} s"), || {
            for aggregate in ["min", "max"] {
                let query = format!("{aggregate}_over_time({INTENSITY}[{seconds}s])");
                let found = prometheus.value(&query, None)?;
                ensure!(found == intensity, "{aggregate}: {found}");
            }
            Ok(())
        })
        .unwrap();
    };
    holds(200.0, 3);
    assert!(alertmanager.received().is_empty(), "{:?}", alertmanager.received());

    // The intensity passes the threshold: `for` is 1 s here, an evaluation 1 s, Alertmanager's group wait 0.1 s.
    let passes = grid.continue_at(500.0) as f64;
    let high = alertmanager.wait_until("GpuCarbonIntensityHigh", "firing").unwrap();
    println!("from the threshold passed to the webhook: {:.1} s", high.at - passes);
    assert_eq!(high.text("/labels/grid_zone"), "ZONE");
    let description = high.text("/annotations/description");
    assert!(description.starts_with("500 g/kWh (marginal) in ZONE, over the threshold of 400."));

    // Within the band the alert continues, for longer than `keep_firing_for`; below, it ends.
    grid.continue_at(390.0);
    holds(390.0, 5);
    fires(&prometheus, "GpuCarbonIntensityHigh").unwrap();
    grid.continue_at(200.0);
    alertmanager.wait_until("GpuCarbonIntensityHigh", "resolved").unwrap();

    // The feed fails.
    let end = Grid::soon();
    grid.end_at(end);
    let stale = alertmanager.wait_until("GpuCarbonIntensityStale", "firing").unwrap();
    assert!(
        stale
            .text("/annotations/description")
            .starts_with("The latest intensity that converts energy is for ")
    );
    let scrape = exporter.scrape().unwrap();
    let last = scrape.value("gpu_carbon_intensity_timestamp_seconds", &[]).unwrap();
    assert_eq!(last, (end - STEP) as f64, "the age of the last value can be seen");
    assert_eq!(scrape.values("gpu_carbon_intensity_grams_per_kilowatt_hour", &[]).count(), 0);
    let pending = alertmanager.wait_until("GpuCarbonEnergyPending", "firing").unwrap();
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

    // It is back, with the missing intensities: no gram is lost.
    grid.continue_at(300.0);
    for alert in ["GpuCarbonIntensityStale", "GpuCarbonEnergyPending"] {
        alertmanager.wait_until(alert, "resolved").unwrap();
    }
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.gpu(0, "pending_energy_joules").unwrap(), 0.0);
    let until = scrape.gpu(0, "last_sample_timestamp_seconds").unwrap();
    let from = until - scrape.gpu(0, "energy_joules_total").unwrap() / WATTS;
    let (grams, truth) = (scrape.gpu(0, "emissions_grams_total").unwrap(), grid.grams(from, until));
    println!("{grams} g, truly {truth} g");
    assert!((grams / truth - 1.0).abs() < 0.005, "{grams} g, truly {truth} g");
    let received = alertmanager.received();
    let received: BTreeSet<&str> = received.iter().map(|it| it.text("/labels/alertname")).collect();
    let expected = ["GpuCarbonEnergyPending", "GpuCarbonIntensityHigh", "GpuCarbonIntensityStale"];
    assert_eq!(received, BTreeSet::from(expected), "these, and no other");
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
    let sample = |intensity: f64| {
        wait_for(&format!("{intensity} g/kWh"), || {
            let found = prometheus.value(SHOWN, None)?;
            ensure!((found - intensity).abs() < 1e-9, "{found}");
            Ok(now())
        })
        .unwrap()
    };
    sample(300.0);

    let passes = now();
    services.set_intensity(|_| 500.0);
    println!("from the service to Prometheus: {:.1} s", sample(500.0) - passes);
    let high = alertmanager.wait_until("GpuCarbonIntensityHigh", "firing").unwrap();
    println!("from the service to the webhook: {:.1} s", high.at - passes);
    assert_eq!(high.text("/labels/grid_zone"), "ZONE");

    // Clean now, dirty within the hour.
    #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
    let soon = now() as i64 + 1800;
    services.set_intensity(move |time| if time < soon { 300.0 } else { 450.0 });
    alertmanager.wait_until("GpuCarbonIntensityHigh", "resolved").unwrap();
    let coming = alertmanager.wait_until("GpuCarbonIntensityHighSoon", "firing").unwrap();
    assert!(coming.text("/annotations/description").contains("is 450 g/kWh (marginal) in ZONE"));

    services.fail(Some(Fault::status(503)));
    // This takes longer than any other wait.
    wait_for("half of the time without a success", || {
        let successes =
            "sum(increase(gpu_carbon_exporter_feed_requests_total{outcome=\"success\"}[35s]))";
        let found = prometheus.value(successes, None)?;
        ensure!(found == 0.0, "{found}");
        Ok(())
    })
    .unwrap();
    let failing = alertmanager.wait_until("GpuCarbonFeedFailing", "firing").unwrap();
    assert_eq!(failing.text("/labels/source"), "watttime");
    let scrape = exporter.scrape().unwrap();
    let last = scrape.value("gpu_carbon_intensity_timestamp_seconds", &[]).unwrap();
    assert!(now() - last < 3600.0, "what it had serves on, with its age");
    assert_eq!(scrape.values(SHOWN, &[]).count(), 1);
    services.fail(None);
    alertmanager.wait_until("GpuCarbonFeedFailing", "resolved").unwrap();
}

#[test]
fn a_lost_gpu_and_then_a_lost_exporter_are_each_notified_once() {
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
    let lost = alertmanager.wait_until("GpuCarbonGpuLost", "firing").unwrap();
    assert_eq!((lost.text("/labels/gpu"), lost.text("/labels/uuid")), ("1", uuid));

    let instance = exporter.address.to_string();
    drop(exporter);
    let down = alertmanager.wait_until("GpuCarbonExporterDown", "firing").unwrap();
    assert_eq!(down.text("/labels/instance"), instance);
    let received = alertmanager.received();
    let received: BTreeSet<&str> = received.iter().map(|it| it.text("/labels/alertname")).collect();
    assert_eq!(received, BTreeSet::from(["GpuCarbonExporterDown", "GpuCarbonGpuLost"]));
}
