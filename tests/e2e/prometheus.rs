//! The metrics in a real Prometheus.

use anyhow::{Result, ensure};
use fake_nvml::Gpu;
use gpu_carbon_tests::calm::{self, Late};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::prometheus::{Prometheus, program};
use gpu_carbon_tests::wait_for;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const GPUS: &str = r#"
[[gpu]]
model = "h100"
power = "square 100 700 1s 25%"
counter_step_ms = 20
[[gpu]]
model = "v100"
power = "constant 300"
counter_step_ms = 20
[[gpu]]
model = "p40"
power = "square 50 250 1s 25%"
"#;

/// The window of the queries, in seconds.
const WINDOW: f64 = 60.0;

/// The time by which the exporter reads counters before a scrape.
const LEAD: Duration = Duration::from_millis(40);

/// The longest wait of a thread on a machine that is calm, half of that time: a scrape that comes before its reading finds a counter
/// that is a second old.
const LATENESS: Duration = Duration::from_millis(20);

/// Intensity that changes every 45 s: at least once in any window.
struct Intensities(Vec<(i64, f64)>);

impl Intensities {
    #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
    fn around_now() -> Intensities {
        let begin = now() as i64 - 300;
        let intensity = |n: i64| if n % 2 == 0 { 200.0 } else { 600.0 };
        Intensities((0..60).map(|n| (begin + n * 45, intensity(n))).collect())
    }

    /// Emissions of a GPU between two times in grams, from its waveform.
    fn grams(&self, gpu: &Gpu, from: f64, to: f64) -> f64 {
        let intensity = |pair: &[(i64, f64)]| {
            let (begin, end) = (from.max(pair[0].0 as f64), to.min(pair[1].0 as f64));
            if begin < end {
                gpu.energy_joules_between(begin, end) / 3.6e6 * pair[0].1
            } else {
                0.0
            }
        };
        self.0.windows(2).map(intensity).sum()
    }
}

/// Compares a value with the truth.
fn compare(what: &str, found: f64, truth: f64, tolerance: f64) -> Result<()> {
    let error = found / truth - 1.0;
    println!("{what}: {found}, truly {truth}: {:+.4} %", error * 100.0);
    ensure!(error.abs() < tolerance, "{what}: {found}, truly {truth}");
    Ok(())
}

#[test]
fn increase_gives_the_joules_and_the_grams_over_a_step_of_intensity() {
    let machine = Machine::new(GPUS).unwrap();
    let intensities = Intensities::around_now();
    machine.set_intensities(&intensities.0).unwrap();
    machine.configure("intensity: {source: file, path: intensity.csv}\n").unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let prometheus = Prometheus::scraping(&exporter).unwrap();
    calm::measure(LATENESS, || {
        let end = wait_for_a_window(&prometheus);
        compare_a_window(&machine, &intensities, &prometheus, end).map_err(|error| {
            // The age of the counter when it was scraped: where it is more than that of a reading before the scrape, that reading
            // came after it.
            let age = "timestamp(gpu_carbon_gpu_energy_joules_total{gpu=\"0\"}) \
                - on () gpu_carbon_gpu_last_sample_timestamp_seconds{gpu=\"0\"}";
            let oldest = prometheus
                .value(&format!("max_over_time(({age})[{WINDOW}s:1s])"), Some(end))
                .unwrap();
            let late = Duration::from_secs_f64(oldest).saturating_sub(LEAD);
            if late > LATENESS { error.context(Late(late)) } else { error }
        })
    })
    .unwrap();
}

/// Waits until Prometheus has scraped for the time of a window that begins now, and returns the time of its last scrape.
fn wait_for_a_window(prometheus: &Prometheus) -> f64 {
    std::thread::sleep(Duration::from_secs_f64(WINDOW));
    wait_for("Prometheus to have scraped for long enough", || {
        let count = "count_over_time(gpu_carbon_gpu_energy_joules_total{gpu=\"0\"}[5m])";
        let scrapes = prometheus.value(count, None)?;
        ensure!(scrapes > WINDOW + 5.0, "{scrapes} scrapes");
        Ok(())
    })
    .unwrap();
    prometheus.value("max(timestamp(gpu_carbon_gpu_up))", None).unwrap()
}

/// Compares what Prometheus says of a window with the truth.
fn compare_a_window(
    machine: &Machine,
    intensities: &Intensities,
    prometheus: &Prometheus,
    end: f64,
) -> Result<()> {
    for (index, tolerance) in [(0, 0.005), (1, 0.005), (2, 0.03)] {
        let gpu = machine.gpu(index).unwrap();
        let asked = |metric: &str| {
            let query = format!("increase(gpu_carbon_gpu_{metric}{{gpu=\"{index}\"}}[{WINDOW}s])");
            prometheus.value(&query, Some(end)).unwrap()
        };
        let joules = gpu.energy_joules_between(end - WINDOW, end);
        compare(&format!("GPU {index}, J"), asked("energy_joules_total"), joules, tolerance)?;
        // Prometheus sees 59 of the 60 s, and takes the last to be as dirty as the others were on average; and for
        // the second in which the intensity steps, the counter has only the sum.
        let grams = intensities.grams(&gpu, end - WINDOW, end);
        compare(&format!("GPU {index}, g"), asked("emissions_grams_total"), grams, 0.03)?;
    }

    // With the exporter's own timestamps, nothing is extrapolated; and with a constant power, the sum says everything.
    for (index, joules_tolerance, grams_tolerance) in
        [(0, 0.002, 0.03), (1, 0.002, 0.002), (2, 0.03, 0.03)]
    {
        let gpu = machine.gpu(index).unwrap();
        let samples = |metric: &str| {
            let query = format!("gpu_carbon_gpu_{metric}{{gpu=\"{index}\"}}[{WINDOW}s]");
            let samples = prometheus.samples(&query).unwrap();
            let values: Vec<f64> = samples.into_iter().map(|(_, value)| value).collect();
            assert!(values.is_sorted(), "{metric} never falls");
            (values[0], values[values.len() - 1])
        };
        let (from, to) = samples("last_sample_timestamp_seconds");
        let joules = samples("energy_joules_total");
        let truth = gpu.energy_joules_between(from, to);
        compare(&format!("GPU {index}, read J"), joules.1 - joules.0, truth, joules_tolerance)?;
        let grams = samples("emissions_grams_total");
        let truth = intensities.grams(&gpu, from, to);
        compare(&format!("GPU {index}, read g"), grams.1 - grams.0, truth, grams_tolerance)?;
    }
    Ok(())
}

/// The power of a measured run, queried from Prometheus, becomes the profile of a job.
#[test]
fn the_power_of_a_run_becomes_the_profile_of_a_job() {
    let machine = Machine::new(
        "[[gpu]]\nmodel = \"h100\"\npower = \"constant 450\"\n[[gpu]]\nmodel = \"v100\"\npower = \"constant 300\"\n",
    )
    .unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let prometheus = Prometheus::scraping(&exporter).unwrap();
    wait_for("Prometheus to have scraped both GPUs", || {
        let count = "min(count_over_time(gpu_carbon_gpu_power_watts[1m]))";
        let both = prometheus.value("count(gpu_carbon_gpu_power_watts)", None)?;
        let scrapes = prometheus.value(count, None)?;
        anyhow::ensure!(both == 2.0 && scrapes > 6.0, "{both} GPUs, {scrapes} scrapes");
        Ok(())
    })
    .unwrap();
    let end = prometheus.value("max(timestamp(gpu_carbon_gpu_power_watts))", None).unwrap();
    let answer = prometheus.range("gpu_carbon_gpu_power_watts", end - 4.0, end).unwrap();
    let measured = gpu_carbon_feeds::prometheus::power_profile(&answer).unwrap();
    assert_eq!((measured.series, measured.profile.len()), (2, 5), "{answer}");
    assert_eq!(measured.duration.as_seconds(), 5.0);
    compare("5 s of 750 W, J", measured.energy.as_joules(), 3750.0, 0.01).unwrap();

    let refused = prometheus.range("gpu_carbon_gpu_power_watts{", end - 4.0, end);
    assert!(refused.is_err(), "a query that is none is no answer");
    let none = prometheus.range("gpu_carbon_gpu_power_watts{gpu=\"7\"}", end - 4.0, end).unwrap();
    let error = gpu_carbon_feeds::prometheus::power_profile(&none).unwrap_err().to_string();
    assert!(error.starts_with("the answer holds no sample"), "{error}");
}

/// A Python with the reference parser, which `cargo xtask test` installs.
fn python() -> PathBuf {
    std::env::var_os("GPU_CARBON_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

/// Gives a program something to check on standard input, and returns whether it succeeds, and its output.
fn check(program: &Path, arguments: &[&str], input: &str) -> (bool, String) {
    let mut checker = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    checker.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = checker.wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), message.into_owned())
}

#[test]
fn promtool_and_the_reference_parser_find_no_fault() {
    let machine = Machine::new(&format!("{GPUS}[[gpu]]\nmodel = \"a100\"\nlost = true\n")).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    wait_for("the GPUs", || {
        let scrape = exporter.scrape()?;
        scrape.gpu(2, "energy_joules_total")?;
        scrape.gpu(3, "up")
    })
    .unwrap();
    let (_, text) = exporter.get("/metrics").unwrap();
    let promtool = program("promtool", "prometheus").unwrap();
    let (fine, message) = check(&promtool, &["check", "metrics"], &text);
    assert!(fine && message.is_empty(), "{message}");

    let (_, page) = exporter.get_as("/metrics", "application/openmetrics-text").unwrap();
    let parse = "import sys\nfrom prometheus_client.openmetrics.parser import text_string_to_metric_families as parse\n\
        families = list(parse(sys.stdin.read()))\nassert len(families) > 15, families\n\
        print(sum(len(f.samples) for f in families), 'samples')";
    let (fine, message) = check(&python(), &["-c", parse], &page);
    assert!(fine && message.ends_with("samples\n"), "{message}\n{page}");
}
