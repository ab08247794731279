//! Counters over all processes of the exporter, which must never fall, and the times of the readings.

use std::collections::BTreeMap;

use crate::scrape::Scrape;

/// Counters that a ledger preserves over the end of a process.
const PERSISTENT: [&str; 6] = [
    "gpu_carbon_gpu_energy_joules_total",
    "gpu_carbon_gpu_emissions_grams_total",
    "gpu_carbon_gpu_embodied_emissions_grams_total",
    "gpu_carbon_gpu_energy_resets_total",
    "gpu_carbon_gpu_recovered_energy_joules_total",
    "gpu_carbon_gpu_unseen_seconds_total",
];

const READING: &str = "gpu_carbon_gpu_last_sample_timestamp_seconds";

/// Compares one scrape with the next.
#[derive(Debug, Clone, Default)]
pub struct CounterMonitor {
    /// The number of scrapes.
    pub scrapes: u64,
    /// Each counter that fell, with its value before and after.
    pub falls: Vec<String>,
    started: f64,
    counters: BTreeMap<String, f64>,
    readings: BTreeMap<String, Vec<f64>>,
}

impl CounterMonitor {
    /// Adds a scrape that was requested after the one before was answered, at a time in seconds since the epoch.
    pub fn observe(&mut self, scrape: &Scrape, now: f64) {
        self.scrapes += 1;
        let started = scrape.value("process_start_time_seconds", &[]).unwrap_or_default();
        if started != self.started {
            self.started = started;
            self.counters.retain(|series, _| is_persistent(series));
        }
        for (series, value) in scrape.iter() {
            if series.starts_with(READING) {
                let readings = self.readings.entry(uuid(series).to_owned()).or_default();
                // By a clock that is ahead, a reading says nothing about the time before a reset.
                if readings.last() != Some(&value) && value <= now {
                    readings.push(value);
                }
            }
            // A GPU without a UUID may be another one in the next scrape.
            let unidentified = series.contains("uuid=\"\"");
            if !unidentified
                && series.split('{').next().is_some_and(|name| name.ends_with("_total"))
            {
                let before = self.counters.insert(without_index(series), value);
                if let Some(before) = before.filter(|&before| before > value) {
                    self.falls.push(format!("{series} from {before} to {value}"));
                }
            }
        }
    }

    /// The last reading of a GPU before a time, both in seconds since the epoch; `None` where no scrape showed one.
    #[must_use]
    pub fn reading_before(&self, uuid: &str, time: f64) -> Option<f64> {
        let readings = self.readings.get(uuid)?;
        readings.iter().copied().filter(|&reading| reading < time).reduce(f64::max)
    }
}

fn is_persistent(series: &str) -> bool {
    series.split('{').next().is_some_and(|name| PERSISTENT.contains(&name))
}

/// A series without the index of its GPU, which changes when another one is no longer listed.
fn without_index(series: &str) -> String {
    match series.split_once("{gpu=\"") {
        Some((name, rest)) => {
            format!("{name}{{{}", rest.split_once("\",").map_or(rest, |(_, labels)| labels))
        }
        None => series.to_owned(),
    }
}

fn uuid(series: &str) -> &str {
    let rest = series.split_once("uuid=\"").map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monitor_of(pages: &[&str]) -> CounterMonitor {
        let mut monitor = CounterMonitor::default();
        pages.iter().for_each(|page| monitor.observe(&Scrape::parse(page).unwrap(), 100.0));
        monitor
    }

    #[test]
    fn a_counter_that_falls_is_found_whatever_the_index_of_its_gpu() {
        let page = |started: u32, place: u32, joules: u32, requests: u32| {
            format!(
                "process_start_time_seconds {started}\nx_requests_total {requests}\n\
                 gpu_carbon_gpu_energy_joules_total{{gpu=\"{place}\",uuid=\"a\"}} {joules}\n"
            )
        };
        let monitor = monitor_of(&[&page(1, 0, 5, 9), &page(1, 1, 5, 9), &page(2, 1, 6, 1)]);
        assert!(monitor.falls.is_empty(), "{:?}", monitor.falls);
        assert_eq!(monitor.scrapes, 3);
        let fallen = monitor_of(&[&page(1, 0, 5, 9), &page(2, 3, 4, 1)]).falls;
        assert_eq!(
            fallen,
            ["gpu_carbon_gpu_energy_joules_total{gpu=\"3\",uuid=\"a\"} from 5 to 4"]
        );
        assert_eq!(
            monitor_of(&[&page(1, 0, 5, 9), &page(1, 0, 5, 8)]).falls.len(),
            1,
            "in one process"
        );
        let unknown = "x_total{gpu=\"0\",uuid=\"\"} 2\nx_total{gpu=\"1\",uuid=\"\"} 1\n";
        assert!(monitor_of(&[unknown, unknown]).falls.is_empty());
    }

    #[test]
    fn readings_are_stored_by_gpu() {
        let page = |at: u32| format!("{READING}{{gpu=\"0\",uuid=\"a\"}} {at}\n");
        let monitor = monitor_of(&[&page(10), &page(10), &page(12), &page(3612)]);
        assert_eq!(monitor.reading_before("a", 11.5), Some(10.0));
        assert_eq!(monitor.reading_before("a", 9999.0), Some(12.0));
        assert_eq!(monitor.reading_before("a", 10.0), None);
        assert_eq!(monitor.reading_before("b", 99.0), None);
    }
}
