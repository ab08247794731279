//! The table of the measurements: a line for each measure, a column for each exporter.

use std::time::Duration;

use super::measure::{Measured, Results};
use super::program::Kind;
use crate::bench::table::{Table, number};

/// The exporters that ours is compared with.
const OTHERS: [Kind; 2] = [Kind::Nvitop, Kind::NvidiaGpu];

/// A measure, and its value for an exporter; some have none for every exporter.
type Row = (&'static str, fn(&Measured) -> Option<f64>);

/// The name of a measure that shows how far to trust the line above it; it is no property of an exporter.
const BUSY: &str = "machine busy meanwhile (% of all cores)";

const ROWS: &[Row] = &[
    ("CPU a scrape, back to back (µs)", |it| Some(it.back_to_back_cpu_micros())),
    ("CPU a scrape, 20 ms apart (µs)", |it| Some(it.spaced_cpu_micros())),
    ("CPU without a scrape (% of a core)", |it| Some(it.idle_cores * 100.0)),
    ("CPU at a scrape a second (% of a core)", |it| Some(it.one_hertz_cores * 100.0)),
    ("p50, back to back (ms)", |it| Some(millis(it.back_to_back.latencies.percentile(50)))),
    ("p99, back to back (ms)", |it| Some(millis(it.back_to_back.latencies.percentile(99)))),
    ("p50, 20 ms apart (ms)", |it| Some(millis(it.spaced.latencies.percentile(50)))),
    ("p99, 20 ms apart (ms)", |it| Some(millis(it.spaced.latencies.percentile(99)))),
    (BUSY, |it| Some(it.spaced.machine_busy * 100.0)),
    ("p50 while a GPU hangs (ms)", |it| Some(millis(it.hang.as_ref()?.latencies.percentile(50)))),
    ("p99 while a GPU hangs (ms)", |it| Some(millis(it.hang.as_ref()?.latencies.percentile(99)))),
    (BUSY, |it| Some(it.hang.as_ref()?.machine_busy * 100.0)),
    ("resident memory (MB)", |it| Some(megabytes(it.memory.resident_bytes))),
    ("resident memory, the most (MB)", |it| Some(megabytes(it.memory.peak_bytes))),
    ("start to first sample (ms)", |it| Some(millis(it.first_sample))),
    ("SIGTERM to end (ms)", |it| Some(millis(it.exit))),
    ("on disk (MB)", |it| Some(megabytes(it.size_bytes))),
    ("page in text (bytes)", |it| Some(it.pages.text as f64)),
    ("page in text, gzip (bytes)", |it| Some(it.pages.text_gzip? as f64)),
    ("page in OpenMetrics (bytes)", |it| Some(it.pages.openmetrics? as f64)),
    ("page in OpenMetrics, gzip (bytes)", |it| Some(it.pages.openmetrics_gzip? as f64)),
];

/// Explanation of the table.
pub const NOTES: &str = "\
CPU a scrape is the exporter's own, user and system, without what it takes idle; 1,000 scrapes, or those of a minute.
Back to back, ours serves most scrapes the same page; 20 ms apart, it writes a new one after each reading of a GPU. It
reads them just before a scrape that it can predict, all at once, and so may take less at a scrape a second than
without one. Latency is the client's, from the request to the end of the page, on one connection; nvitop-exporter
closes it after each page, and opening it counts. On a machine that is busy with something else, a p99 may be that of
waiting for a core. All exporters idle side by side. Times to start and end are medians of 5. On disk, nvitop-exporter
is its Python packages without the interpreter. The fake NVML stays loaded: what nvidia-gpu-exporter would take to load
it in every scrape, and a real one more, is not counted.
";

/// The table of all measures of all exporters, each of the others also as a multiple of ours.
#[must_use]
pub fn table(results: &Results) -> Table {
    let all = [Kind::GpuCarbon].into_iter().chain(OTHERS);
    let names = all.clone().map(|kind| kind.name().to_owned());
    let ratios = OTHERS.map(|kind| format!("{}/ours", kind.name().trim_end_matches("-exporter")));
    let mut table =
        Table::new([format!("{} GPUs", results.gpus)].into_iter().chain(names).chain(ratios));
    for (name, value) in ROWS {
        let of = |kind| results.of(kind).and_then(value);
        let values = all.clone().map(|kind| of(kind).map_or_else(nothing, number));
        let compared = |kind| of(kind).filter(|_| *name != BUSY);
        let ratio = |kind| Some(number(compared(kind)? / of(Kind::GpuCarbon)?));
        let ratios = OTHERS.map(|kind| ratio(kind).unwrap_or_else(nothing));
        table.push([(*name).to_owned()].into_iter().chain(values).chain(ratios));
    }
    table
}

fn nothing() -> String {
    "-".to_owned()
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::exporter::measure::example;

    #[test]
    fn ratios_are_beside_the_values() {
        let table = table(&Results {
            gpus: 8,
            all: vec![example(Kind::GpuCarbon), example(Kind::NvidiaGpu)],
        });
        let text = table.to_string();
        let cells = |name: &str| -> Vec<&str> {
            let row = text.lines().find_map(|line| line.strip_prefix(name));
            row.unwrap().split_whitespace().collect()
        };
        assert_eq!(cells("8 GPUs").len(), 5);
        assert_eq!(cells("CPU a scrape, back to back (µs)"), ["90.0", "-", "90.0", "-", "1.00"]);
        assert_eq!(cells("page in text, gzip (bytes)"), ["500", "-", "-", "-", "-"]);
    }
}
