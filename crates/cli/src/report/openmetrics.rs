//! How the exporter's counters grew, as OpenMetrics 1.0 with a moment at each sample: what `promtool tsdb
//! create-blocks-from openmetrics` takes.

use std::io::{self, Write};

use anyhow::{Context, Result};
use gpu_carbon_core::{Interval, Signal, Timestamp};
use gpu_carbon_ledger::Reader;
use gpu_carbon_ledger::report::{CounterValues, History};

use crate::CANNOT_WRITE;
use crate::usage_error::UsageError;

/// A counter of the exporter's, by the name and the help that it is published with.
struct Family {
    name: &'static str,
    unit: &'static str,
    help: &'static str,
    /// Each of its series of a GPU: the label of its own, and its value.
    series: &'static [Series],
}

type Series = (Option<Signal>, fn(&CounterValues) -> Option<f64>);

const FAMILIES: [Family; 3] = [
    Family {
        name: "gpu_carbon_gpu_energy_joules",
        unit: "joules",
        help: "Energy that the GPU used since the exporter first read it.",
        series: &[(None, |totals| Some(totals.joules))],
    },
    Family {
        name: "gpu_carbon_gpu_emissions_grams",
        unit: "grams",
        help: "Operational emissions in grams of CO2e: energy x power usage effectiveness x carbon intensity of its moment.",
        series: &[
            (Some(Signal::Marginal), |totals| totals.marginal_grams),
            (Some(Signal::Average), |totals| totals.average_grams),
        ],
    },
    Family {
        name: "gpu_carbon_gpu_embodied_emissions_grams",
        unit: "grams",
        help: "The share of the GPU's manufacture, in grams of CO2e, for the time that it was read; absent where the model's is unknown.",
        series: &[(None, |totals| totals.embodied_grams)],
    },
];

/// The samples within a time, both of its bounds included: those before it count, and are not written. A year of
/// many GPUs is long: it is written as it is made.
pub(super) fn write(
    reader: &Reader,
    time: Option<Interval>,
    labels: &[(String, String)],
    out: &mut dyn Write,
) -> Result<()> {
    let history = match time {
        Some(time) => Some((History::read(reader, time.end()).map_err(UsageError::Ledger)?, time)),
        None => None,
    };
    let mut page = || {
        for family in &FAMILIES {
            if let Some((history, time)) = &history {
                of_family(out, family, reader, history, *time, labels)?;
            }
        }
        out.write_all(b"# EOF\n")
    };
    page().context(CANNOT_WRITE)
}

fn of_family(
    page: &mut dyn Write,
    family: &Family,
    reader: &Reader,
    history: &History,
    time: Interval,
    labels: &[(String, String)],
) -> io::Result<()> {
    let name = family.name;
    writeln!(
        page,
        "# TYPE {name} counter\n# UNIT {name} {}\n# HELP {name} {}",
        family.unit, family.help
    )?;
    for (place, gpu) in reader.gpus().iter().enumerate() {
        for (signal, value) in family.series {
            let mut series =
                format!("{name}_total{{gpu=\"{}\",uuid=\"{}\"", gpu.index, escaped(&gpu.uuid));
            if let Some(signal) = signal {
                series += &format!(",signal=\"{signal}\"");
            }
            for (label, value) in labels {
                series += &format!(",{label}=\"{}\"", escaped(value));
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
