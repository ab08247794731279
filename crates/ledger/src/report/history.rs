//! How totals grew, for programs that keep counters over time.

use std::collections::BTreeMap;

use gpu_carbon_core::{Interval, Signal, Timestamp};

use crate::reader::{ReadError, Reader, Stay, Use};

/// The totals of each GPU at the ends of the ledger's rows, as counters: they never fall.
///
/// They begin where the counters of the exporter began, with what an earlier file counted, so that the history
/// of a host and what is scraped of it since are one counter.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// By the place of the GPU.
    gpus: BTreeMap<usize, OfGpu>,
}

/// What one GPU's totals grow by, and when.
#[derive(Debug, Clone, Default)]
struct OfGpu {
    carried: Growth,
    grown: BTreeMap<Timestamp, Growth>,
}

/// Amounts of which each only grows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Growth {
    /// All its energy, priced or not.
    pub joules: f64,
    /// What it emitted by each question, in the order of [`Signal::ALL`]; `None` where nothing is ever priced by
    /// it.
    pub grams: [Option<f64>; 2],
    /// The share of its manufacture; `None` where nothing is known of that.
    pub embodied_grams: Option<f64>,
}

impl History {
    /// Of all that the ledger has up to a moment.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn of(reader: &Reader, until: Timestamp) -> Result<History, ReadError> {
        let mut history = History::default();
        let signals: Vec<Signal> = reader.origins().iter().map(|origin| origin.signal).collect();
        // An earlier file does not say by which question its grams are: the file that goes on from it does.
        let priced_first = reader.origins().iter().find(|origin| origin.price.is_some());
        for (place, gpu) in reader.gpus().iter().enumerate() {
            let carried = gpu.carried;
            history.gpus.entry(place).or_default().carried = Growth {
                joules: carried.joules,
                grams: priced_first.map_or([None; 2], |origin| {
                    grams(origin.signal, carried.grams).map(|amount| amount.and_then(some))
                }),
                embodied_grams: some(carried.embodied_grams),
            };
        }
        let time = Interval::new(Timestamp::FIRST, until);
        reader.uses(time, |one| {
            if let Some(&signal) = signals.get(one.origin) {
                history.add_use(&one, signal);
            }
        })?;
        reader.stays(time, |one| history.add_stay(&one))?;
        Ok(history)
    }

    /// Adds what was used, priced by the answer to a question or waiting for it.
    pub fn add_use(&mut self, one: &Use, signal: Signal) {
        let grams = one.grams.map_or([None; 2], |amount| grams(signal, amount));
        let growth = Growth { joules: one.joules.iter().sum(), grams, ..Growth::default() };
        self.grow(one.gpu, one.interval, growth);
    }

    /// Adds presence.
    pub fn add_stay(&mut self, one: &Stay) {
        let growth = Growth { embodied_grams: some(one.embodied_grams), ..Growth::default() };
        self.grow(one.gpu, one.interval, growth);
    }

    /// The totals of a GPU at the bounds of its rows, in order of time: a row counts from its end on. None of
    /// them ever falls.
    pub fn totals(&self, gpu: usize) -> impl Iterator<Item = (Timestamp, Growth)> {
        let of_gpu = self.gpus.get(&gpu);
        let grown = || of_gpu.into_iter().flat_map(|it| &it.grown);
        let carried = of_gpu.map(|it| it.carried).unwrap_or_default();
        // What there ever is begins at zero.
        let occurs = grown().fold(Growth::default(), |all, (_, growth)| all.plus(growth));
        let mut sum = carried.plus(&occurs.each(&occurs, |_, _| 0.0));
        let mut shown = sum;
        grown().map(move |(&at, growth)| {
            sum = sum.plus(growth);
            shown = shown.at_least(&sum);
            (at, shown)
        })
    }

    fn grow(&mut self, gpu: usize, interval: Interval, growth: Growth) {
        let grown = &mut self.gpus.entry(gpu).or_default().grown;
        grown.entry(interval.start()).or_default();
        let end = grown.entry(interval.end()).or_default();
        *end = end.plus(&growth);
    }
}

impl Growth {
    fn plus(&self, other: &Growth) -> Growth {
        self.each(other, |one, other| one + other)
    }

    fn at_least(&self, other: &Growth) -> Growth {
        self.each(other, f64::max)
    }

    fn each(&self, other: &Growth, of: impl Fn(f64, f64) -> f64) -> Growth {
        let [a, b] = self.grams;
        let [c, d] = other.grams;
        let either = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (None, None) => None,
            _ => Some(of(one.unwrap_or_default(), other.unwrap_or_default())),
        };
        Growth {
            joules: of(self.joules, other.joules),
            grams: [either(a, c), either(b, d)],
            embodied_grams: either(self.embodied_grams, other.embodied_grams),
        }
    }
}

/// An amount, where there is one.
fn some(amount: f64) -> Option<f64> {
    Some(amount).filter(|&amount| amount != 0.0)
}

fn grams(signal: Signal, amount: f64) -> [Option<f64>; 2] {
    Signal::ALL.map(|one| (one == signal).then_some(amount))
}
