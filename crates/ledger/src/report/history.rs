//! The growth of totals over time, for programs that store counters.

use std::collections::BTreeMap;

use gpu_carbon_core::{Interval, Signal, Timestamp};

use crate::posting::Origin;
use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::rows::{PresenceRow, UsageRow};

/// The totals of each GPU at the ends of the ledger's rows, as counters that never decrease.
///
/// They start where the exporter's counters started, with the totals of an earlier file, so that the history of a host
/// and its later scrapes form one counter.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The history of each GPU, by its position.
    gpus: BTreeMap<usize, GpuHistory>,
}

/// The growth of one GPU's totals.
#[derive(Debug, Clone, Default)]
struct GpuHistory {
    carried: CounterValues,
    growth: BTreeMap<Timestamp, CounterValues>,
}

/// The values of a GPU's counters.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CounterValues {
    /// All energy, converted or pending.
    pub joules: f64,
    /// Emissions by marginal intensities; `None` where no energy is converted by them.
    pub marginal_grams: Option<f64>,
    /// Emissions by average intensities; `None` where no energy is converted by them.
    pub average_grams: Option<f64>,
    /// The share of the GPU's embodied emissions; `None` where these are unknown.
    pub embodied_grams: Option<f64>,
}

impl History {
    /// Reads the history of all rows up to a time.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn read(reader: &Reader, until: Timestamp) -> Result<History, ReadError> {
        let mut history = History::default();
        let signals: Vec<Signal> = reader.origins().iter().map(|origin| origin.signal).collect();
        // Carried totals have no signal. It is that of the first converted energy in this file, which continues them.
        let is_converted = |origin: &&Origin| origin.intensity_source.is_some();
        let first_converted = reader.origins().iter().find(is_converted);
        for (position, gpu) in reader.gpus().iter().enumerate() {
            let carried = gpu.carried;
            let values = CounterValues {
                joules: carried.joules,
                embodied_grams: non_zero(carried.embodied_grams),
                ..CounterValues::default()
            };
            history.gpus.entry(position).or_default().carried = match first_converted {
                Some(origin) => values.with_grams(origin.signal, non_zero(carried.grams)),
                None => values,
            };
        }
        let time = Interval::new(Timestamp::FIRST, until);
        reader.usage_rows(time, |row| {
            if let Some(&signal) = signals.get(row.origin) {
                history.add_usage(&row, signal);
            }
        })?;
        reader.presence_rows(time, |row| history.add_presence(&row))?;
        Ok(history)
    }

    /// Adds a usage row with the signal of its origin.
    pub fn add_usage(&mut self, row: &UsageRow, signal: Signal) {
        let values =
            CounterValues { joules: row.energy.total_joules(), ..CounterValues::default() };
        self.grow(row.gpu, row.interval, values.with_grams(signal, row.grams));
    }

    /// Adds a presence row.
    pub fn add_presence(&mut self, row: &PresenceRow) {
        let values =
            CounterValues { embodied_grams: row.embodied_grams, ..CounterValues::default() };
        self.grow(row.gpu, row.interval, values);
    }

    /// The counters of a GPU at the starts and ends of its rows, ordered by time. A row counts from its end on. No value
    /// ever decreases.
    pub fn totals(&self, gpu: usize) -> impl Iterator<Item = (Timestamp, CounterValues)> {
        let history = self.gpus.get(&gpu);
        let growth = || history.into_iter().flat_map(|it| &it.growth);
        let carried = history.map(|it| it.carried).unwrap_or_default();
        // A counter that ever grows starts at zero, and not with its first growth.
        let all = growth().fold(CounterValues::default(), |all, (_, growth)| all.plus(growth));
        let mut sum = carried.plus(&all.combined(&all, |_, _| 0.0));
        let mut highest = sum;
        growth().map(move |(&at, growth)| {
            sum = sum.plus(growth);
            highest = highest.max(&sum);
            (at, highest)
        })
    }

    fn grow(&mut self, gpu: usize, interval: Interval, values: CounterValues) {
        let growth = &mut self.gpus.entry(gpu).or_default().growth;
        growth.entry(interval.start()).or_default();
        let end = growth.entry(interval.end()).or_default();
        *end = end.plus(&values);
    }
}

impl CounterValues {
    /// The emissions by one signal.
    #[must_use]
    pub const fn grams(&self, signal: Signal) -> Option<f64> {
        match signal {
            Signal::Marginal => self.marginal_grams,
            Signal::Average => self.average_grams,
        }
    }

    fn with_grams(mut self, signal: Signal, grams: Option<f64>) -> CounterValues {
        match signal {
            Signal::Marginal => self.marginal_grams = grams,
            Signal::Average => self.average_grams = grams,
        }
        self
    }

    fn plus(&self, other: &CounterValues) -> CounterValues {
        self.combined(other, |one, other| one + other)
    }

    fn max(&self, other: &CounterValues) -> CounterValues {
        self.combined(other, f64::max)
    }

    fn combined(&self, other: &CounterValues, combine: impl Fn(f64, f64) -> f64) -> CounterValues {
        let either = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (None, None) => None,
            _ => Some(combine(one.unwrap_or_default(), other.unwrap_or_default())),
        };
        CounterValues {
            joules: combine(self.joules, other.joules),
            marginal_grams: either(self.marginal_grams, other.marginal_grams),
            average_grams: either(self.average_grams, other.average_grams),
            embodied_grams: either(self.embodied_grams, other.embodied_grams),
        }
    }
}

/// An amount, or `None` for zero.
fn non_zero(amount: f64) -> Option<f64> {
    Some(amount).filter(|&amount| amount != 0.0)
}
