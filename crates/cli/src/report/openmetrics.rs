//! The history of the exporter's counters as OpenMetrics, with a timestamp at each sample: the input of `promtool tsdb
//! create-blocks-from openmetrics`.

use std::io::{self, Write};

use anyhow::{Context, Result};
use gpu_carbon_core::{Interval, Signal, Timestamp};
use gpu_carbon_ledger::report::{CounterValues, History};
use gpu_carbon_ledger::{Gpu, Reader};
use gpu_carbon_metrics::{Label, Metric, OpenMetricsWriter, Point, table};

use super::derived;
use crate::output::CANNOT_WRITE;
use crate::usage_error::UsageError;

/// The series of a counter: its value of the label `signal`, with which it has a `scope`, and the value of a sample.
struct Series {
    signal: Option<Signal>,
    value: fn(&CounterValues) -> Option<f64>,
}

const ENERGY: [Series; 1] = [Series { signal: None, value: |values| Some(values.joules) }];

const EMISSIONS: [Series; 2] = [
    Series { signal: Some(Signal::Marginal), value: |values| values.marginal_grams },
    Series { signal: Some(Signal::Average), value: |values| values.average_grams },
];

const EMBODIED: [Series; 1] = [Series { signal: None, value: |values| values.embodied_grams }];

/// The part of a history to write.
struct Part<'a> {
    reader: &'a Reader,
    history: History,
    time: Interval,
    /// Labels to add to each series.
    labels: &'a [Label],
}

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
    let mut writer = OpenMetricsWriter::new(out);
    if let Some(time) = time {
        let history = History::read(reader, time.end()).map_err(UsageError::Ledger)?;
        let part = Part { reader, history, time, labels };
        let counters: [(Metric, &[Series]); 3] = [
            (table::GPU_ENERGY, &ENERGY),
            (table::GPU_EMISSIONS, &EMISSIONS),
            (table::GPU_EMBODIED, &EMBODIED),
        ];
        for (metric, series) in counters {
            part.write(&mut writer, &metric, series).context(CANNOT_WRITE)?;
        }
    }
    writer.finish().context(CANNOT_WRITE)?;
    Ok(())
}

impl Part<'_> {
    /// Writes a counter of every GPU.
    fn write<W: Write>(
        &self,
        writer: &mut OpenMetricsWriter<W>,
        metric: &Metric,
        series: &[Series],
    ) -> io::Result<()> {
        writer.metadata(metric)?;
        for (place, gpu) in self.reader.gpus().iter().enumerate() {
            for Series { signal, value } in series {
                let is_within =
                    |(at, _): &(Timestamp, _)| (self.time.start()..=self.time.end()).contains(at);
                let points =
                    self.history.totals(place).filter(is_within).filter_map(|(at, values)| {
                        Some(Point { value: value(&values)?, at: Some(at) })
                    });
                writer.series(metric, &self.series_labels(gpu, *signal), points)?;
            }
        }
        Ok(())
    }

    fn series_labels(&self, gpu: &Gpu, signal: Option<Signal>) -> Vec<Label> {
        let own = [Label::new("gpu", gpu.index.to_string()), Label::new("uuid", gpu.uuid.as_str())];
        let of_signal = signal.map(|signal| {
            let scope = derived::total_scope(self.reader.origins(), signal);
            [Label::new("signal", signal.name()), Label::new("scope", scope.name())]
        });
        own.into_iter()
            .chain(of_signal.into_iter().flatten())
            .chain(self.labels.iter().cloned())
            .collect()
    }
}
