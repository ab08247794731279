//! Meters that report what cannot be true, or do not report: the energy is right all the same.

use std::time::Duration;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::wait_for;

const QUICK: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 200ms, power_period: 50ms, rescan_period: 1s}\n";

/// The energy of one step of the counter at 360 W, and the power between two samples of an integrated GPU.
const TOLERANCE_JOULES: f64 = 360.0 * 0.25;

/// A GPU at 360 W with a fast counter, and additional lines of its script.
fn gpu(index: u8, more: &str) -> String {
    format!(
        "[[gpu]]\nmodel = \"h100\"\nuuid = \"GPU-0000000{index}-0000-4000-8000-000000000000\"\n\
         power = \"constant 360\"\ncounter_step_ms = 20\n{more}\n"
    )
}

fn start(script: &str) -> (Machine, Exporter) {
    let machine = Machine::new(script).unwrap();
    machine.configure(QUICK).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    (machine, exporter)
}

/// The energy of a GPU, and the time up to which it is counted.
#[derive(Debug, Clone, Copy)]
struct Counted {
    joules: f64,
    until: f64,
}

fn counted(exporter: &Exporter, gpu: usize) -> Result<Counted> {
    let scrape = exporter.scrape()?;
    let until = scrape.gpu(gpu, "last_sample_timestamp_seconds")?;
    Ok(Counted { joules: scrape.gpu(gpu, "energy_joules_total")?, until })
}

/// Waits until a GPU was counted for some seconds after a time.
fn counted_for(exporter: &Exporter, gpu: usize, begin: Counted, seconds: f64) -> Counted {
    wait_for("more energy", || {
        let now = counted(exporter, gpu)?;
        ensure!(now.until > begin.until + seconds, "{now:?}");
        Ok(now)
    })
    .unwrap()
}

/// Checks the energy at a constant 360 W.
#[track_caller]
fn check_360_watts(begin: Counted, end: Counted) {
    let (joules, truth) = (end.joules - begin.joules, 360.0 * (end.until - begin.until));
    assert!((joules - truth).abs() <= TOLERANCE_JOULES, "{joules} J, truly {truth} J");
}

fn errors(exporter: &Exporter, gpu: usize, error: &str) -> f64 {
    let labels = [format!("gpu=\"{gpu}\""), format!("error=\"{error}\"")];
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let scrape = exporter.scrape().unwrap();
    scrape.value("gpu_carbon_gpu_read_errors_total", &labels).unwrap_or_default()
}

#[test]
fn a_power_that_cannot_be_true_is_neither_published_nor_integrated() {
    let bad = "bad_power = { one_in = 7, milliwatts = 4294967295 }";
    let (_machine, exporter) = start(&(gpu(0, &format!("counter = false\n{bad}")) + &gpu(1, bad)));
    let begin = [0, 1].map(|gpu| wait_for("both", || counted(&exporter, gpu)).unwrap());
    for _ in 0..50 {
        let scrape = exporter.scrape().unwrap();
        for gpu in [0, 1] {
            let watts = scrape.gpu(gpu, "power_watts").unwrap_or(360.0);
            assert!((180.0..=540.0).contains(&watts), "GPU {gpu}: {watts} W");
            assert_eq!(scrape.gpu(gpu, "up").unwrap(), 1.0, "GPU {gpu} answers");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    for gpu in [0, 1] {
        check_360_watts(begin[gpu], counted_for(&exporter, gpu, begin[gpu], 5.0));
        assert!(errors(&exporter, gpu, "implausible") >= 2.0, "GPU {gpu}");
    }
}
