//! The part of a ledger that a sheet is about.

use gpu_carbon_core::Interval;
use gpu_carbon_ledger::Reader;
use gpu_carbon_ledger::report::{Report, Totals};

use super::super::args::Args;
use super::super::manufacture::GpuManufacture;
use super::super::phases::Phases;
use super::super::server::ServerShare;
use crate::usage_error::UsageError;

/// The part of a ledger that a sheet is about, with its totals.
#[derive(Debug)]
pub(super) struct LedgerPart<'a> {
    pub(super) args: &'a Args,
    pub(super) reader: &'a Reader,
    pub(super) time: Interval,
    /// The totals, as `report` has them.
    pub(super) total: Totals,
    pub(super) manufactures: Vec<GpuManufacture<'a>>,
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
        let report =
            Report::read(reader, vec![time.start(), time.end()]).map_err(UsageError::Ledger)?;
        let phases = args.lifecycle.as_deref().map(Phases::read).transpose()?;
        let manufactures = report
            .by_gpu()
            .into_iter()
            .filter_map(|gpu| Some(GpuManufacture::of(reader.gpus().get(gpu.gpu)?, &gpu.totals)));
        let manufactures = manufactures.collect();
        Ok(LedgerPart { args, reader, time, total: report.total(), manufactures, phases })
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

    /// The positions of the GPUs that were present or used energy.
    pub(super) fn all_gpus(&self) -> Vec<usize> {
        let known =
            |gpu: &GpuManufacture<'_>| self.reader.gpus().iter().position(|it| it == gpu.gpu);
        self.manufactures.iter().filter_map(known).collect()
    }
}
