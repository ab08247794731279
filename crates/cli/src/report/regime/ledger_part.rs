//! The part of a ledger that a sheet is about.

use std::collections::{BTreeMap, BTreeSet};

use gpu_carbon_core::boundary::{Boundary, BoundaryChoice};
use gpu_carbon_core::{Interval, Timestamp};
use gpu_carbon_ledger::Reader;
use gpu_carbon_ledger::report::{HostReport, PeriodReport, Report, Totals};

use super::super::args::Args;
use super::super::manufacture::{self, GpuManufacture};
use super::super::phases::Phases;
use super::super::server::ServerShare;
use crate::usage_error::UsageError;

/// The part of a ledger that a sheet is about, with its totals.
#[derive(Debug)]
pub(super) struct LedgerPart<'a> {
    pub(super) args: &'a Args,
    pub(super) reader: &'a Reader,
    pub(super) time: Interval,
    /// The totals of the GPUs, and of the host around them if the boundary of the ledger contains it.
    pub(super) total: Totals,
    /// The parts of the host that the totals contain.
    pub(super) boundary: Boundary,
    pub(super) manufactures: Vec<GpuManufacture<'a>>,
    /// The positions of the GPUs that were present or used energy.
    pub(super) gpus: BTreeSet<usize>,
    /// The phases of --lifecycle, if it is given.
    pub(super) phases: Option<Phases>,
}

impl<'a> LedgerPart<'a> {
    /// Reads the totals of a time.
    ///
    /// # Errors
    ///
    /// When the ledger or the file of phases cannot be read.
    pub(super) fn read(
        args: &'a Args,
        reader: &'a Reader,
        time: Interval,
    ) -> Result<LedgerPart<'a>, UsageError> {
        let bounds = vec![time.start(), time.end()];
        let report = Report::read(reader, bounds.clone()).map_err(UsageError::Ledger)?;
        let mut total = report.total();
        let mut boundary = Boundary::GPUS;
        if contains_host(reader) {
            let host = HostReport::read(reader, bounds).map_err(UsageError::Ledger)?;
            total = total.with(host.total());
            boundary = host.boundary(reader.boundary());
        }
        let gpus = report.by_gpu().into_iter().map(|it| it.gpu).collect();
        let phases = args.lifecycle.as_deref().map(Phases::read).transpose()?;
        let manufactures = manufacture::read(reader, time)?;
        args.server.check(&manufactures)?;
        Ok(LedgerPart { args, reader, time, total, boundary, manufactures, gpus, phases })
    }

    /// Reads the totals of the periods between some bounds, by the boundary of all totals, ordered by time.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub(super) fn by_period(
        &self,
        bounds: Vec<Timestamp>,
    ) -> Result<Vec<PeriodReport>, UsageError> {
        let report = Report::read(self.reader, bounds.clone()).map_err(UsageError::Ledger)?;
        let mut all = report.by_period();
        if contains_host(self.reader) {
            let host = HostReport::read(self.reader, bounds).map_err(UsageError::Ledger)?;
            all.extend(host.by_period());
        }
        let mut periods: BTreeMap<(Timestamp, Timestamp), Totals> = BTreeMap::new();
        for PeriodReport { period, totals } in all {
            let sum = periods.entry((period.start(), period.end())).or_default();
            *sum = std::mem::take(sum).with(totals);
        }
        let period =
            |((start, end), totals)| PeriodReport { period: Interval::new(start, end), totals };
        Ok(periods.into_iter().map(period).collect())
    }

    /// The share of the servers around the GPUs, if it is asked for.
    pub(super) fn server(&self, totals: &Totals) -> Option<ServerShare> {
        self.args.server.share(totals)
    }

    /// The models of some GPUs with their numbers, such as "8 NVIDIA B200".
    pub(super) fn models(&self, gpus: impl IntoIterator<Item = usize>) -> String {
        let mut counts = std::collections::BTreeMap::<&str, usize>::new();
        for gpu in gpus {
            if let Some(gpu) = self.reader.gpus().get(gpu) {
                *counts.entry(&gpu.name).or_default() += 1;
            }
        }
        let words: Vec<String> =
            counts.into_iter().map(|(name, count)| format!("{count} {name}")).collect();
        words.join(", ")
    }

    /// True if the embodied emissions of the ledger contain the servers around the GPUs.
    pub(super) fn contains_servers(&self) -> bool {
        self.manufactures.iter().any(GpuManufacture::contains_server)
    }
}

/// True if the boundary of a ledger contains the host around the GPUs.
fn contains_host(reader: &Reader) -> bool {
    reader.boundary().is_some_and(|recorded| recorded.choice == BoundaryChoice::Host)
}
