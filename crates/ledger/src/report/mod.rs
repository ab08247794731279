//! Reports: totals by GPU, by period and overall, and their growth over time.

mod embodied;
mod history;
mod host;
mod intensity;
mod totals;
mod workloads;

use std::collections::BTreeMap;

use gpu_carbon_core::{Interval, Span, Timestamp};

use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::rows::{PresenceRow, UsageRow};
pub use embodied::{EmbodiedPart, embodied_parts};
pub use history::{CounterValues, History};
pub use host::HostReport;
pub use intensity::recorded_intensity;
pub use totals::{OriginTotals, Totals};
pub use workloads::{WorkloadTotals, by_workload, by_workload_within};

/// The totals of each GPU in each of several consecutive periods.
///
/// A row that crosses a bound of a period is shared between the periods in proportion to time. In every sum each row
/// is counted once, and none is left out.
#[derive(Debug, Clone)]
pub struct Report {
    bounds: Vec<Timestamp>,
    /// The totals, by the position of the period and then of the GPU.
    periods: BTreeMap<usize, BTreeMap<usize, Totals>>,
}

/// The totals of one GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuReport {
    /// The position of the GPU in [`Reader::gpus`].
    pub gpu: usize,
    /// The totals of the GPU in all periods.
    pub totals: Totals,
}

/// The totals of one period.
#[derive(Debug, Clone, PartialEq)]
pub struct PeriodReport {
    /// The period.
    pub period: Interval,
    /// The totals of all GPUs.
    pub totals: Totals,
}

impl Report {
    /// Reads the report of the periods between consecutive bounds: there is one period less than there are bounds.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn read(reader: &Reader, bounds: Vec<Timestamp>) -> Result<Report, ReadError> {
        let mut report = Report::empty(bounds);
        let whole = report.whole();
        reader.usage_rows(whole, |row| report.add_usage(&row))?;
        reader.presence_rows(whole, |row| report.add_presence(&row))?;
        Ok(report)
    }

    /// A report without rows.
    #[must_use]
    pub fn empty(bounds: Vec<Timestamp>) -> Report {
        debug_assert!(bounds.is_sorted(), "periods follow one another");
        Report { bounds, periods: BTreeMap::new() }
    }

    /// Adds a usage row.
    pub fn add_usage(&mut self, row: &UsageRow) {
        self.share(row.gpu, row.interval, |totals, share| totals.add_usage(row, share));
    }

    /// Adds a presence row.
    pub fn add_presence(&mut self, row: &PresenceRow) {
        self.share(row.gpu, row.interval, |totals, share| totals.add_presence(row, share));
    }

    /// The totals of all GPUs in all periods.
    #[must_use]
    pub fn total(&self) -> Totals {
        self.periods
            .values()
            .flat_map(BTreeMap::values)
            .cloned()
            .fold(Totals::default(), Totals::with)
    }

    /// The totals of each GPU that used energy or was present, ordered by position.
    #[must_use]
    pub fn by_gpu(&self) -> Vec<GpuReport> {
        let mut gpus: BTreeMap<usize, Totals> = BTreeMap::new();
        for (&gpu, totals) in self.periods.values().flatten() {
            let sum = gpus.entry(gpu).or_default();
            *sum = std::mem::take(sum).with(totals.clone());
        }
        gpus.into_iter()
            .map(|(gpu, totals)| GpuReport { gpu, totals })
            .filter(|report| report.totals != Totals::default())
            .collect()
    }

    /// The totals of all GPUs in each period in which one used energy or was present, ordered by time.
    #[must_use]
    pub fn by_period(&self) -> Vec<PeriodReport> {
        let report = |(&position, gpus): (&usize, &BTreeMap<usize, Totals>)| {
            let totals = gpus.values().cloned().fold(Totals::default(), Totals::with);
            Some(PeriodReport { period: self.period(position)?, totals })
        };
        self.periods.iter().filter_map(report).collect()
    }

    fn whole(&self) -> Interval {
        let first = self.bounds.first().copied().unwrap_or(Timestamp::EPOCH);
        Interval::new(first, self.bounds.last().copied().unwrap_or(first))
    }

    fn period(&self, position: usize) -> Option<Interval> {
        Some(Interval::new(*self.bounds.get(position)?, *self.bounds.get(position + 1)?))
    }

    /// Adds to each period its share of an interval.
    fn share(&mut self, gpu: usize, interval: Interval, add: impl Fn(&mut Totals, f64)) {
        let after = self.bounds.partition_point(|&bound| bound <= interval.start());
        for position in after.saturating_sub(1).. {
            let Some(period) = self.period(position).filter(|it| it.start() < interval.end())
            else {
                break;
            };
            let common = Interval::new(
                period.start().max(interval.start()),
                period.end().min(interval.end()),
            );
            if common.length() == Span::ZERO {
                continue;
            }
            let totals = self.periods.entry(position).or_default().entry(gpu).or_default();
            let share = common.length().as_seconds() / interval.length().as_seconds();
            add(totals, if common == interval { 1.0 } else { share });
        }
    }
}
