//! Counters that lastingly differ from the power, of every kind at once: each is believed or not by what explains it.

use anyhow::{Context, Result, ensure};
use gpu_carbon_tests::clock::Clock;
use gpu_carbon_tests::exporter::{Exporter, command};
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

/// The clock runs this many times as fast as the machine's: meters are compared over minutes.
const SPEED: u32 = 4;

/// Readings that are half a second apart on the fast clock, and power samples a tenth of a second.
const CONFIG: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 125ms, power_period: 25ms}\n";

/// A GPU, the power by which its energy is right, and what is published about it.
struct Case {
    script: &'static str,
    watts: f64,
    method: &'static str,
    scope: &'static str,
    /// The ratio of counter and power, where it is published.
    ratio: Option<f64>,
    /// A part of the line that is logged once about it.
    log: Option<&'static str>,
}

const H100: Case = Case {
    script: "power = \"constant 300\"",
    watts: 300.0,
    method: "counter",
    scope: "gpu",
    ratio: Some(1.0),
    log: None,
};

const CASES: [Case; 10] = [
    H100,
    Case {
        script: "power = \"constant 300\"\ncounter_factor = 0.0",
        method: "integrated",
        ratio: Some(0.0),
        log: Some("the energy counter stands still while power flows"),
        ..H100
    },
    Case {
        script: "power = \"square 100 700 1s 25%\"\ncounter_stops_at = 1790000000.0",
        watts: 250.0,
        method: "integrated",
        ratio: Some(0.0),
        log: Some("the energy counter stands still while power flows"),
        ..H100
    },
    Case {
        script: "power = \"constant 300\"\ncounter_factor = 1000.0",
        method: "integrated",
        ratio: Some(1000.0),
        log: Some("always rises by more than any GPU draws"),
        ..H100
    },
    Case {
        script: "power = \"constant 300\"\ncounter_factor = 0.001",
        method: "integrated",
        ratio: Some(0.001),
        log: Some("which nothing explains"),
        ..H100
    },
    Case {
        script: "power = \"constant 300\"\ncounter_factor = 2.0",
        watts: 600.0,
        ratio: Some(2.0),
        log: Some("factor=2"),
        ..H100
    },
    Case {
        script: "model = \"gh200\"\npower = \"constant 300\"\nmodule_power = \"constant 900\"\n\
                 counter_scope = \"module\"",
        watts: 900.0,
        scope: "module",
        ratio: Some(3.0),
        log: Some("factor=3"),
        ..H100
    },
    Case { script: "power = \"constant 1000\"\ncounter_step_ms = 30000", watts: 1000.0, ..H100 },
    // A sensor that is stuck above what the board can draw, by its limit of 700 W.
    Case {
        script: "power = \"constant 300\"\nbad_power = { one_in = 1, milliwatts = 4000000 }",
        ratio: None,
        log: Some("does not draw more than 1400 W"),
        ..H100
    },
    // A sensor that is frozen at what the board may draw.
    Case {
        script: "power = \"constant 70\"\nbad_power = { one_in = 1, milliwatts = 700000 }",
        watts: 70.0,
        ratio: Some(0.1),
        log: Some("it is used as it is"),
        ..H100
    },
];

impl Case {
    /// Checks what is published about the case, apart from its energy.
    fn check(&self, gpu: usize, scrape: &Scrape, log: &str) -> Result<()> {
        let labels = [
            format!("gpu=\"{gpu}\""),
            format!("energy_method=\"{}\"", self.method),
            format!("energy_scope=\"{}\"", self.scope),
        ];
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let info = scrape.value("gpu_carbon_gpu_info", &labels);
        info.with_context(|| format!("GPU {gpu}: {}", self.script))?;
        let ratio = scrape.gpu(gpu, "energy_to_power_ratio").ok();
        let is_near = match (ratio, self.ratio) {
            (Some(ratio), Some(expected)) => (ratio - expected).abs() <= 0.1 * expected + 1e-9,
            (ratio, expected) => ratio == expected,
        };
        ensure!(is_near, "GPU {gpu}: a ratio of {ratio:?}, not {:?}", self.ratio);
        let of_gpu =
            |line: &&str| line.contains(&format!("gpu={gpu} ")) && line.contains("level=warn");
        let warnings: Vec<&str> = log.lines().filter(of_gpu).collect();
        // One that leaps is warned about at the first leap, too; and samples that are rejected again after a minute.
        let has_more = self.ratio == Some(1000.0) || self.ratio.is_none();
        let most = if has_more { 2 } else { 1 };
        ensure!(warnings.len() <= most, "GPU {gpu}: {warnings:?}");
        if let Some(text) = self.log {
            ensure!(
                warnings.iter().any(|line| line.contains(text)),
                "GPU {gpu}: `{text}` in {warnings:?}"
            );
        }
        Ok(())
    }
}

#[test]
fn a_counter_that_differs_from_the_power_is_believed_if_that_has_an_explanation() {
    let gpu = |(index, case): (usize, &Case)| {
        format!(
            "[[gpu]]\nuuid = \"GPU-0000000{index}-0000-4000-8000-000000000000\"\n{}\n",
            case.script
        )
    };
    let machine = Machine::new(&CASES.iter().enumerate().map(gpu).collect::<String>()).unwrap();
    machine.configure(CONFIG).unwrap();
    // From now on, since the fake GPUs count from the time at which their script was written.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "seconds of our time"
    )]
    let clock = Clock::new(now() as u32, SPEED);
    let mut command = command(&machine).unwrap();
    clock.apply_to(&mut command).unwrap();
    let exporter = Exporter::run(command).unwrap();
    let first = wait_for("the GPUs", || {
        let scrape = exporter.scrape()?;
        (0..CASES.len()).try_for_each(|gpu| scrape.gpu(gpu, "energy_joules_total").map(drop))?;
        Ok(scrape)
    })
    .unwrap();
    clock.sleep_until(120);
    let last = wait_for("every verdict", || {
        let (scrape, log) = (exporter.scrape()?, exporter.log());
        let mut cases = CASES.iter().enumerate();
        cases.try_for_each(|(gpu, case)| case.check(gpu, &scrape, &log))?;
        Ok(scrape)
    })
    .unwrap();
    for (gpu, case) in CASES.iter().enumerate() {
        let since = |metric| last.gpu(gpu, metric).unwrap() - first.gpu(gpu, metric).unwrap();
        let (joules, seconds) =
            (since("energy_joules_total"), since("last_sample_timestamp_seconds"));
        let truth = case.watts * seconds;
        // Two seconds at each end, and a step of the slow counter.
        let step = if case.script.contains("30000") { 30.0 } else { 0.0 };
        let tolerance = case.watts * (4.0 + step) + 0.03 * truth;
        assert!((joules - truth).abs() <= tolerance, "GPU {gpu}: {joules} J, truly {truth} J");
        assert_eq!(last.gpu(gpu, "up").unwrap(), 1.0);
        assert_eq!(last.gpu(gpu, "energy_resets_total").unwrap(), 0.0);
        assert_eq!(last.gpu(gpu, "unseen_seconds_total").unwrap(), 0.0, "GPU {gpu}");
    }
}
