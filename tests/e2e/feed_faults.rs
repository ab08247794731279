//! Every service with every fault, seen from outside: each is counted and logged by its reason, the last good values stay
//! published with their age, and nothing is lost once the service is back. The clock runs fast: a step of the services
//! takes a quarter of a second.

use anyhow::{Result, ensure};
use gpu_carbon_feeds::Service;
use gpu_carbon_tests::clock::Clock;
use gpu_carbon_tests::exporter::{Exporter, binary};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::services::{Fault, Services};
use gpu_carbon_tests::wait_for;

use super::services::{
    CHARTS, EIA, GB, IESO, MAPS, OPENELECTRICITY, PJM, PUE, SGIP, WATTTIME, by_clock,
};

const GPU: &str = "loaded_at = 1780000000.0\n[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\n";

/// 2026-06-02T00:00:00Z.
const START: u32 = 1_780_358_400;
const SPEED: u32 = 1200;
const STEP: f64 = 300.0;
const HOUR: f64 = 3600.0;

#[test]
fn every_service_survives_every_fault() {
    binary().unwrap(); // built before the clocks start
    std::thread::scope(|scope| {
        for (service, source) in [
            (Service::WattTime, WATTTIME),
            (Service::ElectricityMaps, MAPS),
            (Service::GreatBritain, GB),
            (Service::EnergyCharts, CHARTS),
            (Service::Sgip, SGIP),
            (Service::Pjm, PJM),
            (Service::OpenElectricity, OPENELECTRICITY),
        ] {
            scope.spawn(move || Host::new(service, source, STEP).suffers());
        }
        // Their values are by the hour, so that each fault takes longer; they are asked as often as the others.
        for (service, source) in [(Service::Eia, EIA), (Service::Ieso, IESO)] {
            let source = format!("{source}\n  poll_period: 5min");
            scope.spawn(move || Host::new(service, &source, HOUR).suffers());
        }
    });
}

/// Reports whether a fault is one of the values, which the reader of each service sees in its own way.
fn is_of_the_data(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Html
            | Fault::Packed
            | Fault::Truncated
            | Fault::NotANumber
            | Fault::Null
            | Fault::Unit
            | Fault::Zone
            | Fault::Duplicate
    )
}

struct Host {
    service: Service,
    /// The seconds between two values.
    step: f64,
    clock: Clock,
    services: Services,
    _machine: Machine,
    exporter: Exporter,
}

impl Host {
    fn new(service: Service, source: &str, step: f64) -> Host {
        let clock = Clock::new(START, SPEED);
        let services = Services::start().unwrap();
        let (machine, exporter) = by_clock(clock, &services, GPU, source);
        Host { service, step, clock, services, _machine: machine, exporter }
    }

    fn suffers(&self) {
        let begin = self.clock.now();
        wait_for("the first value", || self.is_fresh(begin)).unwrap();
        for (fault, reason) in Fault::all() {
            let affects = fault.affects(self.service, true) || fault.affects(self.service, false);
            if affects && (self.step == STEP || is_of_the_data(&fault)) {
                self.survives(fault, Fault::reason_of(reason, self.service));
            }
        }
        if matches!(self.service, Service::WattTime | Service::Sgip) {
            for (fault, reason) in Fault::all() {
                // A fault of the data does not affect a token.
                if fault.is_of_any_answer() {
                    // A forbidden login is an authentication error.
                    let reason = if reason == "forbidden" { "unauthorized" } else { reason };
                    self.survives(Fault::Login(Box::new(fault)), reason);
                }
            }
        }
        self.is_left_alone_as_long_as_it_wants();
        self.has_lost_nothing();
        self.services.set_intensity(|_| 200.0);
        wait_for("a new value", || self.shows(200.0)).unwrap();
    }

    fn survives(&self, fault: Fault, reason: &str) {
        let name = self.service.name();
        let before = self.outcomes(reason).unwrap();
        let login = matches!(fault, Fault::Login(_));
        let spoils_the_present = fault.affects(self.service, true);
        if login {
            self.services.revoke_tokens();
        }
        self.services.fail(Some(fault.clone()));
        wait_for(reason, || {
            ensure!(self.outcomes(reason)? > before, "{name}, {fault:?}: {}", self.exporter.log());
            Ok(())
        })
        .unwrap();
        // Good answers from before have been processed by now.
        let begin = self.clock.now();
        wait_for("the age of what serves on", || {
            if spoils_the_present {
                let (shown, last) = self.shows(300.0)?;
                ensure!(last < self.clock.now() - 2.0 * self.step, "{last} is not old yet");
                ensure!(last <= begin, "{last} is not of before the fault, {fault:?}: {shown:?}");
            }
            Ok(())
        })
        .unwrap();
        let log = self.exporter.log();
        let logged = log.lines().any(|line| {
            line.contains(&format!("source={name} ")) && line.contains(&format!("reason={reason} "))
        });
        assert!(logged, "{reason}: {log}");
        self.services.fail(None);
        let back = self.clock.now();
        wait_for("the service to be back", || self.is_fresh(back)).unwrap();
    }

    /// `Retry-After` is longer than the pauses that the exporter would make by itself.
    fn is_left_alone_as_long_as_it_wants(&self) {
        const WAIT: f64 = 3000.0;
        let status = |retry_after: Option<String>| Fault::Status {
            status: 429,
            retry_after,
            body: String::new(),
        };
        let data = |from: f64, until: f64| {
            let asked = self.services.requests();
            let within = asked.iter().filter(|it| it.at >= from && it.at < until);
            within.filter(|it| !it.path.starts_with("/login")).count()
        };
        self.services.fail(Some(status(Some(WAIT.to_string()))));
        // A request of before may still have been answered well.
        let begin = self.clock.now();
        let first = wait_for("a failed request", || {
            let asked = self.services.requests();
            let first = asked.iter().find(|it| it.at >= begin && !it.path.starts_with("/login"));
            first.map(|it| it.at).ok_or_else(|| anyhow::anyhow!("none"))
        });
        let first = first.unwrap();
        wait_for("the end of it", || {
            ensure!(data(first + WAIT, f64::INFINITY) > 0, "nothing is asked yet");
            Ok(())
        })
        .unwrap();
        let asked = data(first, first + WAIT);
        assert_eq!(asked, 1, "once, whatever would be asked");
        self.services.fail(None);
        let back = self.clock.now();
        wait_for("the service to be back", || self.is_fresh(back)).unwrap();
    }

    fn has_lost_nothing(&self) {
        let scrape = wait_for("all energy to be converted", || {
            let scrape = self.exporter.scrape()?;
            let waits = scrape.gpu(0, "pending_energy_joules")?;
            ensure!(waits == 0.0, "{waits} J wait: {}", self.exporter.log());
            Ok(scrape)
        });
        let scrape = scrape.unwrap();
        let grams = scrape.gpu(0, "emissions_grams_total").unwrap();
        let due = scrape.gpu(0, "energy_joules_total").unwrap() / 3.6e6 * 300.0 * PUE;
        assert!((grams / due - 1.0).abs() < 1e-9, "{grams} g of {due} g");
    }

    /// The number of requests with an outcome.
    fn outcomes(&self, outcome: &str) -> Result<f64> {
        let labels =
            [format!("source=\"{}\"", self.service.name()), format!("outcome=\"{outcome}\"")];
        let labels = labels.each_ref().map(String::as_str);
        Ok(self.exporter.scrape()?.values("gpu_carbon_exporter_feed_requests_total", &labels).sum())
    }

    /// A page that shows an intensity, and the time that the last good value is for.
    fn shows(&self, grams: f64) -> Result<(Scrape, f64)> {
        let scrape = self.exporter.scrape()?;
        let source = format!("source=\"{}\"", self.service.name());
        let shown = scrape.value("gpu_carbon_intensity_grams_per_kilowatt_hour", &[&source])?;
        ensure!((shown - grams).abs() < 1e-9, "{shown} g/kWh: {}", self.exporter.log());
        let last = scrape.value("gpu_carbon_intensity_timestamp_seconds", &[&source])?;
        Ok((scrape, last))
    }

    /// Checks that the last good value is for a time after another one.
    fn is_fresh(&self, time: f64) -> Result<()> {
        let (_, last) = self.shows(300.0)?;
        ensure!(last + self.step > time, "{last} is of before {time}: {}", self.exporter.log());
        Ok(())
    }
}
