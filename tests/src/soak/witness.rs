//! What scrapes show over all lives of the exporter: counters that must never fall, and readings.

use std::collections::BTreeMap;

use crate::scrape::Scrape;

/// Counters that a ledger keeps over the end of a process.
const KEPT: [&str; 6] = [
    "gpu_carbon_gpu_energy_joules_total",
    "gpu_carbon_gpu_emissions_grams_total",
    "gpu_carbon_gpu_embodied_emissions_grams_total",
    "gpu_carbon_gpu_energy_resets_total",
    "gpu_carbon_gpu_recovered_energy_joules_total",
    "gpu_carbon_gpu_unseen_seconds_total",
];

const READING: &str = "gpu_carbon_gpu_last_sample_timestamp_seconds";

/// Sees one scrape after another.
#[derive(Debug, Clone, Default)]
pub struct Witness {
    /// The scrapes that were seen.
    pub scrapes: u64,
    /// Each counter that fell: which, from what, to what.
    pub falls: Vec<String>,
    began: f64,
    counters: BTreeMap<String, f64>,
    readings: BTreeMap<String, Vec<f64>>,
}

impl Witness {
    /// Sees a scrape that was asked for after the one before was answered.
    pub fn see(&mut self, scrape: &Scrape) {
        self.scrapes += 1;
        let began = scrape.value("process_start_time_seconds", &[]).unwrap_or_default();
        if began != self.began {
            self.began = began;
            self.counters.retain(|series, _| kept(series));
        }
        for (series, value) in scrape.iter() {
            if series.starts_with(READING) {
                let readings = self.readings.entry(uuid(series).to_owned()).or_default();
                if readings.last() != Some(&value) {
                    readings.push(value);
                }
            }
            // A GPU that has never said what it is may be another one in the next scrape.
            let nobody = series.contains("uuid=\"\"");
            if !nobody && series.split('{').next().is_some_and(|name| name.ends_with("_total")) {
                let before = self.counters.insert(without_place(series), value);
                if let Some(before) = before.filter(|&before| before > value) {
                    self.falls.push(format!("{series} from {before} to {value}"));
                }
            }
        }
    }

    /// The last reading of a GPU before a moment that a scrape has shown, both in seconds since the epoch.
    #[must_use]
    pub fn reading_before(&self, uuid: &str, moment: f64) -> Option<f64> {
        let readings = self.readings.get(uuid)?;
        readings.iter().copied().filter(|&reading| reading < moment).reduce(f64::max)
    }
}

fn kept(series: &str) -> bool {
    series.split('{').next().is_some_and(|name| KEPT.contains(&name))
}

/// A series without the place of its GPU, which changes when another one leaves.
fn without_place(series: &str) -> String {
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

    fn seen(pages: &[&str]) -> Witness {
        let mut witness = Witness::default();
        pages.iter().for_each(|page| witness.see(&Scrape::parse(page).unwrap()));
        witness
    }

    #[test]
    fn a_counter_that_falls_is_told_whatever_the_place_of_its_gpu() {
        let page = |began: u32, place: u32, joules: u32, requests: u32| {
            format!(
                "process_start_time_seconds {began}\nx_requests_total {requests}\n\
                 gpu_carbon_gpu_energy_joules_total{{gpu=\"{place}\",uuid=\"a\"}} {joules}\n"
            )
        };
        let witness = seen(&[&page(1, 0, 5, 9), &page(1, 1, 5, 9), &page(2, 1, 6, 1)]);
        assert!(witness.falls.is_empty(), "{:?}", witness.falls);
        assert_eq!(witness.scrapes, 3);
        let fallen = seen(&[&page(1, 0, 5, 9), &page(2, 3, 4, 1)]).falls;
        assert_eq!(
            fallen,
            ["gpu_carbon_gpu_energy_joules_total{gpu=\"3\",uuid=\"a\"} from 5 to 4"]
        );
        assert_eq!(seen(&[&page(1, 0, 5, 9), &page(1, 0, 5, 8)]).falls.len(), 1, "in one life");
        let unknown = "x_total{gpu=\"0\",uuid=\"\"} 2\nx_total{gpu=\"1\",uuid=\"\"} 1\n";
        assert!(seen(&[unknown, unknown]).falls.is_empty());
    }

    #[test]
    fn readings_are_kept_by_gpu() {
        let page = |at: u32| format!("{READING}{{gpu=\"0\",uuid=\"a\"}} {at}\n");
        let witness = seen(&[&page(10), &page(10), &page(12)]);
        assert_eq!(witness.reading_before("a", 11.5), Some(10.0));
        assert_eq!(witness.reading_before("a", 99.0), Some(12.0));
        assert_eq!(witness.reading_before("a", 10.0), None);
        assert_eq!(witness.reading_before("b", 99.0), None);
    }
}
