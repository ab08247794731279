//! What a real Prometheus makes of it.

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
model = "p40"
power = "square 50 250 1s 25%"
"#;

/// The window that Prometheus is asked about, in seconds.
const WINDOW: f64 = 60.0;

#[test]
#[allow(clippy::cast_possible_truncation)]
fn increase_tells_the_joules_and_the_grams_over_a_step_of_intensity() {
    let machine = Machine::new(GPUS).unwrap();
    // The intensity steps in the middle of the window: a step every second minute, whenever that is.
    let begin = now() as i64 / 30 * 30 - 300;
    let price = |n: i64| if n % 2 == 0 { 200.0 } else { 600.0 };
    let prices: Vec<(i64, f64)> = (0..60).map(|n| (begin + n * 45, price(n))).collect();
    machine.set_prices(&prices).unwrap();
    machine.configure("intensity: {source: file, path: prices.csv}\n").unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let prometheus = Prometheus::scraping(&exporter).unwrap();
    let scraped = |seconds: f64| {
        wait_for("Prometheus to have scraped for long enough", || {
            let up = prometheus.value("count_over_time(gpu_carbon_gpu_up{gpu=\"0\"}[5m])", None)?;
            anyhow::ensure!(up > seconds, "{up} scrapes");
            Ok(())
        })
    };
    std::thread::sleep(Duration::from_secs_f64(WINDOW));
    scraped(WINDOW + 5.0).unwrap();
    let end = prometheus.value("max(timestamp(gpu_carbon_gpu_up))", None).unwrap();

    for (index, tolerance) in [(0_usize, 0.005), (1, 0.03)] {
        let gpu = machine.gpu(index).unwrap();
        let truth = |from: f64, to: f64| gpu.energy_joules_between(from, to);
        let asked = |metric: &str| {
            let query = format!("increase(gpu_carbon_gpu_{metric}{{gpu=\"{index}\"}}[{WINDOW}s])");
            prometheus.value(&query, Some(end)).unwrap()
        };
        let joules = truth(end - WINDOW, end);
        let found = asked("energy_joules_total");
        println!(
            "GPU {index}: {found} J, truly {joules} J: {:+.4} %",
            (found / joules - 1.0) * 100.0
        );
        assert!(
            (found / joules - 1.0).abs() < tolerance,
            "GPU {index}: {found} J, truly {joules} J"
        );

        let grams: f64 = prices
            .windows(2)
            .map(|pair| [pair[0].0 as f64, pair[1].0 as f64, pair[0].1])
            .map(|[from, to, price]| {
                let (from, to) = (from.max(end - WINDOW), to.min(end));
                if from < to { truth(from, to) / 3.6e6 * price } else { 0.0 }
            })
            .sum();
        let found = asked("emissions_grams_total");
        println!(
            "GPU {index}: {found} g, truly {grams} g: {:+.4} %",
            (found / grams - 1.0) * 100.0
        );
        // A reading stands between 40 ms and one period before its scrape, at either price.
        assert!(
            (found / grams - 1.0).abs() < tolerance + 0.005,
            "GPU {index}: {found} g, truly {grams} g"
        );
        counted_exactly(&prometheus, index, tolerance.min(0.03), &truth);
    }
}

/// Over what was read between two scrapes, by the moments that the exporter gives: no extrapolation.
fn counted_exactly(
    prometheus: &Prometheus,
    index: usize,
    tolerance: f64,
    truth: &dyn Fn(f64, f64) -> f64,
) {
    let samples = |metric: &str| {
        let query = format!("gpu_carbon_gpu_{metric}{{gpu=\"{index}\"}}[{WINDOW}s]");
        prometheus
            .samples(&query)
            .unwrap()
            .into_iter()
            .map(|(_, value)| value)
            .collect::<Vec<f64>>()
    };
    let joules = samples("energy_joules_total");
    let moments = samples("last_sample_timestamp_seconds");
    assert!(joules.is_sorted(), "a counter never falls");
    let counted = joules.last().unwrap() - joules.first().unwrap();
    let truly = truth(*moments.first().unwrap(), *moments.last().unwrap());
    let bound = if index == 0 { 0.002 } else { tolerance };
    assert!((counted / truly - 1.0).abs() < bound, "GPU {index}: {counted} J, truly {truly} J");
}

/// One with the reference parser: `cargo xtask test` installs it and says where.
fn python() -> PathBuf {
    std::env::var_os("GPU_CARBON_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

/// Gives a program something to check: whether it is content, and what it says.
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
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said.into_owned())
}

#[test]
fn promtool_and_the_reference_parser_have_nothing_to_say() {
    let machine = Machine::new(&format!("{GPUS}[[gpu]]\nmodel = \"a100\"\nlost = true\n")).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    wait_for("the GPUs", || {
        let scrape = exporter.scrape()?;
        scrape.gpu(1, "energy_joules_total")?;
        scrape.gpu(2, "up")
    })
    .unwrap();
    let (_, text) = exporter.get("/metrics").unwrap();
    let promtool = program("promtool", "prometheus").unwrap();
    // The one name with a type's name in it is published without a type, which promtool accepts since its
    // version 2.51; those before refuse the name alone.
    let known = "gpu_carbon_gpu_counter_resets_total metric name should not include type 'counter'
";
    let (fine, said) = check(&promtool, &["check", "metrics"], &text);
    assert!(fine && said.is_empty() || said == known, "{said}");

    let (_, page) = exporter.get_as("/metrics", "application/openmetrics-text").unwrap();
    let parse = "import sys\nfrom prometheus_client.openmetrics.parser import text_string_to_metric_families as parse\n\
        families = list(parse(sys.stdin.read()))\nassert len(families) > 15, families\n\
        print(sum(len(f.samples) for f in families), 'samples')";
    let (fine, said) = check(&python(), &["-c", parse], &page);
    assert!(fine && said.ends_with("samples\n"), "{said}\n{page}");
}
