//! The totals of a ledger, added up over a time.

use gpu_carbon_core::Interval;
use gpu_carbon_ledger::report::{GpuReport, PeriodReport, Report, Totals};
use gpu_carbon_ledger::{Gpu, Reader};

use super::args::{Args, By};
use super::periods;
use crate::usage_error::UsageError;

/// The totals of a ledger over a time, in groups.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) args: &'a Args,
    pub(super) by: By,
    pub(super) reader: &'a Reader,
    /// The part of the requested time that the ledger covers; `None` where it covers none.
    pub(super) time: Option<Interval>,
    pub(super) groups: Vec<Group<'a>>,
    pub(super) total: Totals,
}

/// Totals that are added up together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group<'a> {
    pub(super) key: Key<'a>,
    pub(super) totals: Totals,
}

/// The key of a group.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key<'a> {
    Gpu(&'a Gpu),
    /// A day or a month: its name, and the part of it that is in the time.
    Period {
        name: String,
        interval: Interval,
    },
}

impl<'a> Answer<'a> {
    /// Adds up the rows of a ledger that are in a time.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub(super) fn of(
        args: &'a Args,
        reader: &'a Reader,
        time: Option<Interval>,
    ) -> Result<Answer<'a>, UsageError> {
        let (by, zone) = (args.by.unwrap_or(By::Gpu), args.time_zone);
        let bounds = time.map(|time| periods::cuts(by, zone, time)).unwrap_or_default();
        let report = Report::read(reader, bounds).map_err(UsageError::Ledger)?;
        let groups = match by {
            By::Gpu => {
                let group = |GpuReport { gpu, totals }| {
                    Some(Group { key: Key::Gpu(reader.gpus().get(gpu)?), totals })
                };
                report.by_gpu().into_iter().filter_map(group).collect()
            }
            By::Day | By::Month => {
                let group = |PeriodReport { period: interval, totals }| {
                    let name = periods::name(by, zone, interval);
                    Group { key: Key::Period { name, interval }, totals }
                };
                report.by_period().into_iter().map(group).collect()
            }
        };
        Ok(Answer { args, by, reader, time, groups, total: report.total() })
    }
}
