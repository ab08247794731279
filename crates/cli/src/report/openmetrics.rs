//! The history of the exporter's counters as OpenMetrics 1.0, with a timestamp at each sample: the input of `promtool tsdb
//! create-blocks-from openmetrics`.

use std::io::{self, Write};

use anyhow::{Context, Result};
use gpu_carbon_core::{Interval, Signal, Timestamp};
use gpu_carbon_ledger::Reader;
use gpu_carbon_ledger::report::{CounterValues, History};

use super::args::Label;
use crate::output::CANNOT_WRITE;
use crate::usage_error::UsageError;

/// A counter of the exporter, with the name and help that it publishes.
struct Family {
    name: &'static str,
    unit: &'static str,
    help: &'static str,
    /// The series of each GPU.
    series: &'static [Series],
}

/// A series of a counter: its value of the label `signal`, and the value of a sample.
struct Series {
    signal: Option<Signal>,
    value: fn(&CounterValues) -> Option<f64>,
}

const FAMILIES: [Family; 3] = [
    Family {
        name: "gpu_carbon_gpu_energy_joules",
        unit: "joules",
        help: "Energy that the GPU used since the exporter first read it.",
        series: &[Series { signal: None, value: |totals| Some(totals.joules) }],
    },
    Family {
        name: "gpu_carbon_gpu_emissions_grams",
        unit: "grams",
        help: "Operational emissions in grams of CO2e: energy x power usage effectiveness x carbon intensity of its moment.",
        series: &[
            Series { signal: Some(Signal::Marginal), value: |totals| totals.marginal_grams },
            Series { signal: Some(Signal::Average), value: |totals| totals.average_grams },
        ],
    },
    Family {
        name: "gpu_carbon_gpu_embodied_emissions_grams",
        unit: "grams",
        help: "The share of the GPU's manufacture, in grams of CO2e, for the time that it was read; absent where the model's is unknown.",
        series: &[Series { signal: None, value: |totals| totals.embodied_grams }],
    },
];

/// Writes the samples within a time, both of its bounds included. Earlier samples count towards the values, and are not
/// written. The page is written piece by piece, since a year of many GPUs is long.
///
/// # Errors
///
/// When the ledger cannot be read, or the page cannot be written.
pub(super) fn write(
    reader: &Reader,
    time: Option<Interval>,
    labels: &[Label],
    out: &mut dyn Write,
) -> Result<()> {
    let history = match time {
        Some(time) => Some((History::read(reader, time.end()).map_err(UsageError::Ledger)?, time)),
        None => None,
    };
    let mut page = || {
        for family in &FAMILIES {
            if let Some((history, time)) = &history {
                write_family(out, family, reader, history, *time, labels)?;
            }
        }
        out.write_all(b"# EOF\n")
    };
    page().context(CANNOT_WRITE)
}

fn write_family(
    page: &mut dyn Write,
    family: &Family,
    reader: &Reader,
    history: &History,
    time: Interval,
    labels: &[Label],
) -> io::Result<()> {
    let name = family.name;
    writeln!(
        page,
        "# TYPE {name} counter\n# UNIT {name} {}\n# HELP {name} {}",
        family.unit, family.help
    )?;
    for (place, gpu) in reader.gpus().iter().enumerate() {
        for Series { signal, value } in family.series {
            let mut series =
                format!("{name}_total{{gpu=\"{}\",uuid=\"{}\"", gpu.index, escaped(&gpu.uuid));
            if let Some(signal) = signal {
                series += &format!(",signal=\"{signal}\"");
            }
            for Label { name, value } in labels {
                series += &format!(",{name}=\"{}\"", escaped(value));
            }
            let within =
                |&(at, _): &(Timestamp, CounterValues)| time.start() <= at && at <= time.end();
            for (at, totals) in history.totals(place).filter(within) {
                if let Some(value) = value(&totals) {
                    writeln!(page, "{series}}} {value} {}", at.as_unix_seconds())?;
                }
            }
        }
    }
    Ok(())
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
