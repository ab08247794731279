//! The host around the GPUs in a report, and the boundary of its figures.

use gpu_carbon_core::boundary::{Boundary, BoundaryChoice};
use gpu_carbon_ledger::report::{HostReport, PeriodReport, Totals};
use gpu_carbon_ledger::{HostAccount, Reader};

use super::derived;
use gpu_carbon_core::format;

/// The host around the GPUs over the time of a report.
#[derive(Debug)]
pub(super) struct Host {
    /// The choice of the exporter's configuration.
    choice: BoundaryChoice,
    /// The boundary of the figures.
    pub(super) boundary: Boundary,
    /// The totals of each account, whether the figures contain them or not.
    pub(super) accounts: Vec<(HostAccount, Totals)>,
    total: Totals,
}

impl Host {
    pub(super) fn of(report: &HostReport, reader: &Reader) -> Host {
        let recorded = reader.boundary();
        Host {
            choice: recorded.map(|it| it.choice).unwrap_or_default(),
            boundary: report.boundary(recorded),
            accounts: report.by_account(),
            total: report.total(),
        }
    }

    fn is_in(&self) -> bool {
        self.choice == BoundaryChoice::Host
    }

    /// Totals of GPUs with those of the host, if the figures contain it.
    pub(super) fn with(&self, gpus: Totals) -> Totals {
        if self.is_in() { gpus.with(self.total.clone()) } else { gpus }
    }

    /// The accounts that the figures contain, with their totals.
    pub(super) fn accounts_within(&self) -> impl Iterator<Item = (HostAccount, Totals)> {
        self.accounts.iter().filter(|_| self.is_in()).cloned()
    }

    /// The totals of GPUs by period with those of the host, if the figures contain it.
    pub(super) fn with_periods(
        &self,
        gpus: Vec<PeriodReport>,
        host: Vec<PeriodReport>,
    ) -> Vec<PeriodReport> {
        let mut periods = gpus;
        for PeriodReport { period, totals } in host.into_iter().filter(|_| self.is_in()) {
            match periods.iter_mut().find(|it| it.period == period) {
                Some(it) => it.totals = std::mem::take(&mut it.totals).with(totals),
                None => periods.push(PeriodReport { period, totals }),
            }
        }
        periods.sort_by_key(|it| it.period.start());
        periods
    }

    /// The lines of the text: the boundary, and what is known of the host beside the figures.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("Boundary: {}.", self.boundary.sentence())];
        let parts = self.accounts.iter().map(|(account, totals)| {
            let energy = format::energy(derived::energy(totals.joules()));
            format!("{} {energy} ({})", account.part.name(), account.method.name())
        });
        let parts = parts.collect::<Vec<_>>().join(", ");
        if !self.is_in() && !parts.is_empty() {
            lines.push(format!(
                "The ledger has energy of the host, too, which is not in these figures: {parts}; host.boundary of the exporter's configuration adds it."
            ));
        } else if !parts.is_empty() {
            lines.push(format!("Host: {parts}."));
        }
        lines
    }
}
