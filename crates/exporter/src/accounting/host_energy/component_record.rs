//! The energy of one part of a host by one method.

use gpu_carbon_core::{Flow, Power, Timestamp};
use gpu_carbon_ledger::{EnergySource, GpuState, HostAccount, LastReading};

use crate::accounting::energy_account::{AccountCommit, EnergyAccount};
use crate::accounting::settings::Context;
use crate::accounting::workloads::HostHolders;
use crate::clock::ClockReading;
use crate::host_view::{ComponentView, HostEmissions, HostPart};
use crate::snapshot::Totals;

/// The energy of one part of a host by one method.
#[derive(Debug)]
pub(super) struct ComponentRecord {
    pub(super) account: HostAccount,
    pub(super) energy: EnergyAccount,
    /// The time up to which energy is counted.
    until: Option<ClockReading>,
    pub(super) power: Option<Power>,
}

impl ComponentRecord {
    /// Creates a record whose energy begins at a time; `has_ledger` if it is to be written to one, which does not know it.
    pub(super) fn new(account: HostAccount, since: Timestamp, has_ledger: bool) -> ComponentRecord {
        let energy = EnergyAccount::new(since, has_ledger);
        ComponentRecord { account, energy, until: None, power: None }
    }

    /// Continues an account of the ledger.
    pub(super) fn continuing(account: HostAccount, state: &GpuState) -> ComponentRecord {
        let energy = EnergyAccount::continuing(state);
        ComponentRecord { account, energy, until: None, power: None }
    }

    /// Adds energy, and converts what the intensities cover.
    pub(super) fn add(
        &mut self,
        flow: Flow,
        source: EnergySource,
        holders: Option<&HostHolders<'_>>,
        now: ClockReading,
        context: Context<'_>,
    ) {
        let part = self.account.part;
        // The platform contains the GPUs and the other parts, which are divided.
        let holders = holders.filter(|_| part != HostPart::Platform);
        self.energy.begin_shares(now.wall, holders.is_some());
        self.energy.add(flow, source, context, &mut |shares, entry, slot| {
            if let Some(holders) = holders {
                shares.record_of_host(entry, slot, part, holders);
            }
        });
        self.until = Some(now);
    }

    /// True once energy was added in this run.
    pub(super) const fn is_counted(&self) -> bool {
        self.until.is_some()
    }

    /// The batch of all that the ledger lacks. `None` if it lacks nothing, or if a commit is in progress.
    pub(super) fn take_batch(&mut self, context: Context<'_>) -> Option<AccountCommit> {
        let contents = self.energy.begin_commit(self.totals(), context)?;
        let last = self.until.map(|until| LastReading {
            at: until.wall,
            millijoules: None,
            boot: context.boot.to_owned(),
            uptime: until.uptime,
            driver: String::new(),
            unsettled: None,
        });
        Some(contents.of(self.account.uuid(), self.account.name(), self.account.index(), last))
    }

    /// Publishes the totals although they are not in the ledger, because the disk does not answer.
    pub(super) fn publish_uncommitted(&mut self) {
        self.energy.publish_uncommitted(self.totals());
    }

    fn totals(&self) -> Totals {
        self.energy.totals(self.energy.since())
    }

    /// The part for the snapshot; `None` before the first totals that may be published.
    pub(super) fn view(&self) -> Option<ComponentView> {
        let published = self.energy.published(|| Some(self.totals()));
        // Before the first commit of this run, the totals of earlier runs are in the ledger.
        let totals = published.or_else(|| self.energy.totals_before())?;
        let HostAccount { part, method } = self.account;
        // The energy of the platform is that of its parts: its emissions would be counted twice.
        let emissions = (part != HostPart::Platform).then(|| HostEmissions {
            mass: totals.emissions,
            pending: totals.pending,
            scope: self.energy.scope(),
        });
        Some(ComponentView {
            part,
            method,
            since: totals.since,
            energy: totals.energy,
            power: self.power,
            emissions,
            shares: self.energy.published_shares(),
        })
    }
}
