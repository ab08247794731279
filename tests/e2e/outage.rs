//! Hours without a service, on a clock that runs fast: no gram is lost or counted twice once the history is back. Beside
//! each exporter runs one whose service never fails; both must agree with each other, and with the GPU's true emissions.
//!
//! Two processes never read a counter at the same time. So the GPU works only in the middle of each hour, and the grid
//! changes when it is idle: at any reading, the energy of an hour is complete and belongs to that hour.

use std::ops::Range;

use anyhow::{Result, ensure};
use gpu_carbon_tests::clock::Clock;
use gpu_carbon_tests::exporter::{Exporter, binary};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::services::{Fault, Services};
use gpu_carbon_tests::wait_for;

use super::services::{CHARTS, GB, MAPS, PUE, WATTTIME, by_clock};

/// 2026-06-02T00:00:00Z, an even number of days after the epoch: a period of two days begins.
const START: u32 = 1_780_358_400;

const HOUR: u32 = 3600;
const WATTS: u32 = 360;
/// Seconds that the GPU works in an hour, centred on its middle.
const WORK: u32 = 240;

/// An outage, in hours since the start.
struct Story {
    speed: u32,
    /// Hours in which the GPU works.
    busy: Range<u32>,
    /// The service fails from a quarter past the first hour to a quarter past the last.
    dark: Range<u32>,
    /// The hour by which all missed data have been fetched.
    end: u32,
}

#[test]
fn an_outage_loses_no_gram_and_counts_none_twice() {
    run_outage(&Story { speed: 600, busy: 1..9, dark: 3..6, end: 10 });
}

/// Half an hour by the machine's clock.
#[test]
#[ignore = "takes half an hour: cargo test --test e2e outage -- --ignored"]
fn a_days_outage_at_sixty_times_the_speed() {
    run_outage(&Story { speed: 60, busy: 1..29, dark: 3..27, end: 30 });
}

fn run_outage(story: &Story) {
    binary().unwrap(); // built before the clock starts
    std::thread::scope(|scope| {
        for source in [WATTTIME, MAPS, CHARTS, GB] {
            scope.spawn(move || story.of(source));
        }
    });
}

impl Story {
    fn of(&self, source: &str) {
        let clock = Clock::new(START, self.speed);
        let calm = Host::new(self, source, clock);
        let disturbed = Host::new(self, source, clock);
        clock.sleep_until(self.dark.start * HOUR + HOUR / 4);
        disturbed.services.fail(Some(Fault::Closed));
        clock.sleep_until(self.dark.end * HOUR + HOUR / 4);
        // Only the hours that the service had answered for are converted, and no estimate replaces the others.
        let known = self.busy.start..self.dark.start + 1;
        disturbed.check(self.busy.start..self.dark.end, known).unwrap();
        disturbed.services.fail(None);
        clock.sleep_until(self.end * HOUR);
        for host in [&calm, &disturbed] {
            let all = || host.check(self.busy.clone(), self.busy.clone());
            wait_for(source, all).unwrap();
        }
        let [a, b] = [&calm, &disturbed].map(|host| host.emitted().unwrap());
        assert!((a / b - 1.0).abs() < 1e-9, "{a} g undisturbed, {b} g disturbed: {source}");
        let failed = |host: &Host| host.exporter.log().contains("reason=connection");
        assert!(failed(&disturbed) && !failed(&calm), "{source}");
    }

    /// Watts every [`WORK`] seconds, from the start of an even day.
    fn script(&self) -> String {
        let steps = HOUR / WORK;
        let works = |step: u32| self.busy.contains(&(step / steps)) && step % steps == steps / 2;
        let watts: Vec<_> =
            (0..48 * steps).map(|step| if works(step) { WATTS } else { 0 }.to_string()).collect();
        let loaded = START - HOUR;
        format!(
            "loaded_at = {loaded}.0\n[[gpu]]\nmodel = \"h100\"\npower = \"trace {WORK}s {}\"\n",
            watts.join(",")
        )
    }
}

/// The true intensity in g/kWh: each hour differs from the next.
fn truth(hour: u32) -> f64 {
    200.0 + f64::from(hour * 37 % 101)
}

/// An exporter and its service.
struct Host {
    services: Services,
    _machine: Machine,
    exporter: Exporter,
}

impl Host {
    fn new(story: &Story, source: &str, clock: Clock) -> Host {
        let services = Services::start().unwrap();
        services.set_step(HOUR.into());
        // Forecasts are wrong.
        services.set_intensity(move |at| {
            let hour = u32::try_from(at).unwrap_or_default().saturating_sub(START) / HOUR;
            #[allow(clippy::cast_precision_loss, reason = "seconds of our time")]
            let wrong = if at as f64 > clock.now() { 50.0 } else { 0.0 };
            truth(hour) + wrong
        });
        let (machine, exporter) = by_clock(clock, &services, &story.script(), source);
        Host { services, _machine: machine, exporter }
    }

    /// Checks that the counted energy is that of the busy hours, of which some are converted, by their true intensities.
    fn check(&self, busy: Range<u32>, converted: Range<u32>) -> Result<()> {
        let scrape = self.exporter.scrape()?;
        let each = f64::from(WATTS * WORK);
        let published = ["energy_joules_total", "pending_energy_joules", "emissions_grams_total"];
        let [energy, pending, grams] = published.map(|metric| scrape.gpu(0, metric));
        let hours = |range: &Range<u32>| f64::from(range.end - range.start);
        let true_energy = each * hours(&busy);
        let true_pending = true_energy - each * hours(&converted);
        let true_grams: f64 = converted.map(|hour| each / 3.6e6 * truth(hour) * PUE).sum();
        for (what, found, truth) in [
            ("J", energy?, true_energy),
            ("J that wait", pending?, true_pending),
            ("g", grams?, true_grams),
        ] {
            let near = (found - truth).abs() <= truth * 1e-9;
            ensure!(near, "{found} {what}, truly {truth}: {}", self.exporter.log());
        }
        Ok(())
    }

    fn emitted(&self) -> Result<f64> {
        self.exporter.scrape()?.gpu(0, "emissions_grams_total")
    }
}
