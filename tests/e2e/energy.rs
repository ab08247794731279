//! Joules and grams compared with the true waveform.

use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

/// The power of every kind of GPU over the same minute: a fast counter, the slowest documented one, an old
/// one, one that is cut into seven instances, and one that has none.
const SCRIPT: &str = r#"
[[gpu]]
model = "h100"
power = "square 100 700 1s 25%"
counter_step_ms = 20
[[gpu]]
model = "h100"
power = "sine 400 250 7s"
counter_step_ms = 100
[[gpu]]
model = "v100"
power = "trace 3s 50,280,120,300,60"
counter_step_ms = 20
[[gpu]]
model = "a100"
mig = 7
power = "constant 350"
[[gpu]]
model = "p40"
power = "square 50 250 1s 25%"
"#;

struct Minute {
    machine: Machine,
    first: Scrape,
    last: Scrape,
}

impl Minute {
    /// The counted and the true energy over the same time, in joules.
    fn of(&self, gpu: usize) -> (f64, f64) {
        let [from, to] = [&self.first, &self.last]
            .map(|scrape| scrape.gpu(gpu, "last_sample_timestamp_seconds").unwrap());
        assert!(to - from > 58.0, "a minute, not {} s", to - from);
        let [before, after] =
            [&self.first, &self.last].map(|scrape| scrape.gpu(gpu, "energy_joules_total").unwrap());
        let truth = self.machine.gpu(gpu).unwrap().energy_joules_between(from, to);
        (after - before, truth)
    }

    #[track_caller]
    fn check(&self, gpu: usize, tolerance: f64) {
        let (counted, truth) = self.of(gpu);
        let error = counted / truth - 1.0;
        assert!(error.abs() <= tolerance, "GPU {gpu}: {counted} J, truly {truth} J: {error:+.5}");
    }
}

#[test]
fn a_minute_of_every_kind_of_gpu_is_counted_right() {
    let machine = Machine::new(SCRIPT).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let all_read = |exporter: &Exporter| {
        let scrape = exporter.scrape()?;
        (0..5).try_for_each(|gpu| scrape.gpu(gpu, "energy_joules_total").map(drop))?;
        Ok(scrape)
    };
    let first = wait_for("five GPUs", || all_read(&exporter)).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(60));
    let minute = Minute { machine, first, last: all_read(&exporter).unwrap() };

    minute.check(0, 0.002);
    // Up to a step of 100 ms at full power is not in the counter yet, at either end.
    let (counted, truth) = minute.of(1);
    assert!((counted - truth).abs() <= 0.1 * 650.0, "{counted} J, truly {truth} J");
    minute.check(2, 0.002);
    minute.check(3, 0.002);
    minute.check(4, 0.03);

    let last = &minute.last;
    let up: f64 = last.values("gpu_carbon_gpu_up", &[]).sum();
    assert_eq!(up, 5.0, "seven MIG instances are one GPU");
    for (gpu, method) in [(0, "counter"), (2, "counter"), (3, "counter"), (4, "integrated")] {
        let labels = [format!("gpu=\"{gpu}\""), format!("energy_method=\"{method}\"")];
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        assert_eq!(last.value("gpu_carbon_gpu_info", &labels).unwrap(), 1.0);
    }
    for gpu in 0..5 {
        // With a constant intensity, the grams are proportional to the joules, up to rounding.
        let joules = last.gpu(gpu, "energy_joules_total").unwrap();
        let grams = last.gpu(gpu, "emissions_grams_total").unwrap();
        assert!((grams / (joules / 3.6e6 * 400.0) - 1.0).abs() < 1e-9, "{grams} g of {joules} J");
        assert_eq!(last.gpu(gpu, "pending_energy_joules").unwrap(), 0.0);
    }
    let lifetime = 4.0 * 365.0 * 86_400.0;
    let since_first = last.gpu(0, "last_sample_timestamp_seconds").unwrap()
        - minute.first.gpu(0, "last_sample_timestamp_seconds").unwrap();
    let [before, after] = [&minute.first, last]
        .map(|scrape| scrape.gpu(0, "embodied_emissions_grams_total").unwrap());
    let share = 164_000.0 * since_first / lifetime;
    // The share grows by the monotonic clock and the timestamp is the wall clock's: the two are
    // read one after the other, and the wall clock may be slewed.
    let error = (after - before) / share - 1.0;
    assert!(error.abs() < 1e-3, "{} g of an H100's 164 kg, not {share} g", after - before);
    assert!(
        last.gpu(2, "embodied_emissions_grams_total").is_err(),
        "a V100's is unknown, not zero"
    );
}
