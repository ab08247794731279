//! The table of the measurements with a column for each load, and the verdicts.

use std::time::Duration;

use super::measure::{Measured, Results};
use crate::bench::limit::Limit;
use crate::bench::table::{Table, number};

/// Explanation of the table.
pub const NOTES: &str = "\
Each scrape has its own time, evenly spaced, whatever became of those before it; its latency runs from that time to the
end of its answer, the client's own delay in waking for it included. A load that is not kept ends after one and a half times its
time, and the scrapes that were still due are not sent. The exporter has one core to itself, as far as
others let it, and the clients the rest; on a machine that is busy with something else, root can keep that off both by
`chrt --fifo 5` before the command. gzip is what Prometheus asks for. An idle connection has asked once. The bare server is
one of hyper alone, which answers the load named gzip with the exporter's bytes from memory.
";

/// A measure, and its value for a load.
type Row = (&'static str, fn(&Measured) -> f64);

const ROWS: &[Row] = &[
    ("scrapes answered", |it| it.outcome.latencies.count() as f64),
    ("scrapes not sent", |it| it.outcome.unsent as f64),
    ("answers a second", |it| it.outcome.rate()),
    ("p50 (ms)", |it| millis(it.outcome.latencies.percentile(50))),
    ("p99 (ms)", p99),
    ("p99.9 (ms)", |it| millis(it.outcome.latencies.per_mille(999))),
    ("the slowest (ms)", |it| millis(it.outcome.latencies.percentile(100))),
    ("CPU of the exporter (% of a core)", |it| it.exporter_cores * 100.0),
    ("CPU for an answer (µs)", |it| it.seconds_per_answer() * 1e6),
    ("CPU of the clients (% of a core)", |it| it.clients_cores * 100.0),
    ("machine busy (% of all cores)", |it| it.machine_busy * 100.0),
    ("resident memory at first (MB)", |it| {
        it.observed.resident_bytes.first().unwrap_or(f64::NAN) / 1e6
    }),
    ("resident memory at last (MB)", |it| {
        it.observed.resident_bytes.last().unwrap_or(f64::NAN) / 1e6
    }),
    ("growth by the best line (MB)", growth),
    ("oldest reading of a GPU (s)", |it| it.observed.oldest_reading),
];

/// All measures of all loads.
#[must_use]
pub fn table(results: &Results) -> Table {
    let names = results.loads.iter().map(|load| load.name.to_owned());
    let heading = format!("{} scrapes a second", results.effort.rate);
    let mut table = Table::new([heading].into_iter().chain(names));
    for (name, value) in ROWS {
        let values = results.loads.iter().map(|load| number(value(load)));
        table.push([(*name).to_owned()].into_iter().chain(values));
    }
    table
}

/// A line for each goal: whether it is met, and the values.
#[must_use]
pub fn verdicts(results: &Results) -> Vec<String> {
    let effort = results.effort;
    let each = |value: fn(&Measured) -> f64| -> Vec<(String, f64)> {
        results.loads.iter().map(|load| (format!("({})", load.name), value(load))).collect()
    };
    let idle = |value| vec![(format!("of {}", effort.idle), value)];
    vec![
        Limit::AtLeast(f64::from(effort.rate) * 0.999)
            .verdict("answers a second", &each(|it| it.outcome.rate())),
        Limit::Below(10.0).verdict("ms for 99% of scrapes", &each(p99)),
        Limit::Below(1.0).verdict("MB more after the load", &each(growth)),
        Limit::Below(2.5)
            .verdict("s since any GPU was read", &each(|it| it.observed.oldest_reading)),
        Limit::AtLeast(60.0)
            .verdict("% of a bare server's answers by the same CPU", &of_bare(results)),
        Limit::Below(30.0).verdict("MB for idle connections", &idle(results.idle_bytes / 1e6)),
        Limit::AtLeast(f64::from(effort.idle))
            .verdict("of them kept", &idle(results.idle_kept as f64)),
    ]
}

/// The share of a bare server's answers that the exporter gives by the same processor time, in percent.
fn of_bare(results: &Results) -> Vec<(String, f64)> {
    let share = |load: &Measured| results.bare_seconds / load.seconds_per_answer() * 100.0;
    let place = format!("(the bare server takes {} µs)", number(results.bare_seconds * 1e6));
    results.loads.first().map(|load| (place, share(load))).into_iter().collect()
}

fn p99(measured: &Measured) -> f64 {
    millis(measured.outcome.latencies.percentile(99))
}

fn growth(measured: &Measured) -> f64 {
    measured.observed.resident_bytes.growth().unwrap_or(f64::NAN) / 1e6
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}
