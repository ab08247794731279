//! The energy of the host around the GPUs, added up by account and by period.

use gpu_carbon_core::Timestamp;
use gpu_carbon_core::boundary::{Boundary, BoundaryChoice, HostMethod, HostPart, Knowledge};

use super::{PeriodReport, Report, Totals};
use crate::host::{HostAccount, HostUsageRow, RecordedBoundary};
use crate::read_error::ReadError;
use crate::reader::Reader;

/// The totals of the host around the GPUs in each of several consecutive periods. The platform, which contains the GPUs and the other
/// parts, is left out.
#[derive(Debug, Clone)]
pub struct HostReport {
    accounts: Vec<HostAccount>,
    /// The totals, by the position in `accounts` in place of a GPU's.
    report: Report,
}

impl HostReport {
    /// Reads the report of the periods between consecutive bounds.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn read(reader: &Reader, bounds: Vec<Timestamp>) -> Result<HostReport, ReadError> {
        let accounts: Vec<HostAccount> = reader
            .host_accounts()
            .map(|row| row.account)
            .filter(|account| account.part != HostPart::Platform)
            .collect();
        let mut report = Report::empty(bounds);
        let whole = report.whole();
        reader.host_usage_rows(whole, |HostUsageRow { account, mut usage }| {
            if let Some(position) = accounts.iter().position(|known| *known == account) {
                usage.gpu = position;
                report.add_usage(&usage);
            }
        })?;
        Ok(HostReport { accounts, report })
    }

    /// The totals of all accounts in each period in which one used energy, ordered by time.
    #[must_use]
    pub fn by_period(&self) -> Vec<PeriodReport> {
        let of_host = |it: PeriodReport| PeriodReport { totals: it.totals.of_host(), ..it };
        self.report.by_period().into_iter().map(of_host).collect()
    }

    /// The totals of all accounts in all periods.
    #[must_use]
    pub fn total(&self) -> Totals {
        self.report.total().of_host()
    }

    /// The totals of each account that used energy, ordered by part and method.
    #[must_use]
    pub fn by_account(&self) -> Vec<(HostAccount, Totals)> {
        let account = |gpu: usize| self.accounts.get(gpu).copied();
        let reports = self.report.by_gpu().into_iter();
        reports.filter_map(|it| Some((account(it.gpu)?, it.totals.of_host()))).collect()
    }

    /// The boundary of figures over this time: of the host, a part is in if it has energy, by the method of that; the numbers of
    /// what is declared are those that were recorded last.
    #[must_use]
    pub fn boundary(&self, recorded: Option<RecordedBoundary>) -> Boundary {
        let Some(RecordedBoundary { choice: BoundaryChoice::Host, parts }) = recorded else {
            return Boundary::GPUS;
        };
        let by_account = self.by_account();
        let known = |part: HostPart, now: Knowledge| {
            let mut of_part = by_account.iter().map(|(it, _)| it).filter(|it| it.part == part);
            let is_measured = of_part.clone().any(|it| it.method != HostMethod::Declared);
            match now {
                _ if is_measured && now == Knowledge::Partly => now,
                _ if is_measured => Knowledge::Measured,
                Knowledge::Declared(_) if of_part.next().is_some() => now,
                Knowledge::InGpus | Knowledge::InCpu | Knowledge::InRest => now,
                _ => Knowledge::LeftOut,
            }
        };
        Boundary {
            gpus: Knowledge::Measured,
            cpu: known(HostPart::Cpu, parts.cpu),
            memory: known(HostPart::Memory, parts.memory),
            rest: known(HostPart::Rest, parts.rest),
        }
    }
}
