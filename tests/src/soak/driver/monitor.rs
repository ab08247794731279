//! A client that scrapes all the time, and looks for what must never be.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::fleet::FLEET;
use crate::bench::exporter::client::Client;
use crate::exporter::Exporter;
use crate::machine::now;
use crate::scrape::Scrape;
use crate::soak::counter_monitor::CounterMonitor;

/// The time between two scrapes.
const PERIOD: Duration = Duration::from_millis(250);

/// The place of a GPU without any fault of its own: it is down only while no GPU can be reached.
const HEALTHY: usize = 0;

/// The number of times that the most a GPU draws may be published as its power: a mean by a counter that is read late is
/// less exact than its energy.
const MOST_POWER: f64 = 2.0;

/// The seconds without a reading after which a GPU that is not up counts as dark. While one session of the driver replaces
/// another beside a call that hangs, no GPU is up for two seconds; its counter shows their energy.
const DARK_AFTER: f64 = 10.0;

/// The findings.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) counters: CounterMonitor,
    /// Scrapes in which a healthy GPU was down while the driver could be reached.
    pub(super) dark: Vec<String>,
    /// Powers that no GPU draws.
    pub(super) impossible: Vec<String>,
    /// Scrapes that failed.
    pub(super) failures: Vec<String>,
}

/// The time until which all GPUs may be down.
#[derive(Debug, Clone)]
pub(super) struct Excuse(Arc<Mutex<Instant>>);

impl Excuse {
    fn new() -> Excuse {
        Excuse(Arc::new(Mutex::new(Instant::now())))
    }

    /// Sets the time.
    pub(super) fn set(&self, until: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn holds(&self) -> bool {
        Instant::now() < *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running monitor.
#[derive(Debug)]
pub(super) struct Monitor {
    pub(super) excuse: Excuse,
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<Findings>,
}

impl Monitor {
    /// Begins to scrape.
    pub(super) fn start(exporter: &Exporter) -> Monitor {
        let (excuse, is_over) = (Excuse::new(), Arc::new(AtomicBool::new(false)));
        let (excused, over) = (excuse.clone(), Arc::clone(&is_over));
        let mut client = Client::new(exporter.address);
        let thread = thread::spawn(move || {
            let mut findings = Findings::default();
            while !over.load(Ordering::Relaxed) {
                let may_be_dark = excused.holds();
                match scrape(&mut client) {
                    Ok(page) => findings.look_at(&page, may_be_dark),
                    Err(error) => findings.failures.push(format!("{error:#}")),
                }
                sleep(PERIOD);
            }
            findings
        });
        Monitor { excuse, is_over, thread }
    }

    /// Ends, and returns the findings.
    ///
    /// # Errors
    ///
    /// When the thread panicked.
    pub(super) fn stop(self) -> Result<Findings> {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the monitor panicked"))
    }
}

fn scrape(client: &mut Client) -> Result<Scrape> {
    Scrape::parse(&String::from_utf8(client.get()?)?)
}

impl Findings {
    fn look_at(&mut self, page: &Scrape, may_be_dark: bool) {
        self.counters.observe(page, now());
        for (place, member) in FLEET.iter().enumerate() {
            let label = format!("uuid=\"{}\"", member.published_uuid(place));
            let value = |name: &str| page.value(&format!("gpu_carbon_gpu_{name}"), &[&label]);
            if let Ok(watts) = value("power_watts")
                && watts > MOST_POWER * member.most_watts
            {
                self.impossible.push(format!("{watts} W of GPU {place}"));
            }
            if place == HEALTHY && !may_be_dark && value("up").ok() != Some(1.0) {
                let read_at = value("last_sample_timestamp_seconds");
                let age = read_at.map_or(f64::INFINITY, |read_at| now() - read_at);
                if age > DARK_AFTER {
                    self.dark.push(format!("GPU {place}, not read for {age} s"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_never_be_is_found() {
        let page = |up: u8, watts: u32| {
            let uuid = FLEET[HEALTHY].published_uuid(HEALTHY);
            let page = format!(
                "gpu_carbon_gpu_up{{gpu=\"0\",uuid=\"{uuid}\"}} {up}\n\
                 gpu_carbon_gpu_power_watts{{gpu=\"0\",uuid=\"{uuid}\"}} {watts}\n"
            );
            Scrape::parse(&page).unwrap()
        };
        let mut findings = Findings::default();
        findings.look_at(&page(1, 700), false);
        findings.look_at(&page(0, 0), true);
        assert!(findings.dark.is_empty() && findings.impossible.is_empty(), "{findings:?}");
        findings.look_at(&page(0, 0), false);
        findings.look_at(&page(1, 4_294_967), false);
        assert_eq!((findings.dark.len(), findings.impossible.len()), (1, 1), "{findings:?}");
    }

    #[test]
    fn an_excuse_ends() {
        let excuse = Excuse::new();
        assert!(!excuse.holds());
        excuse.set(Instant::now() + Duration::from_secs(3600));
        assert!(excuse.holds());
        excuse.set(Instant::now());
        assert!(!excuse.holds());
    }
}
