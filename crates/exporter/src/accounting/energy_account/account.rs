//! The account: its energy and emissions before this run and in it, on their way to the ledger and to the snapshot.

use std::sync::Arc;

use gpu_carbon_core::{Energy, Entry, Flow, Interval, Mass, SLOT, Timestamp, TotalScope};
use gpu_carbon_ledger::{EnergySource, GpuState, GpuTotals, ShareRevision};

use super::account_commit::CommitContents;
use super::accounts::{AccountKey, Accounts};
use super::amounts::{grams, joules};
use super::journal::{self, SETTLED_AFTER};
use super::persistence::Persistence;
use super::shares::Shares;
use crate::accounting::settings::Context;
use crate::accounting::workloads::GpuShares;
use crate::intensity::Grid;
use crate::snapshot::{SharesView, Totals};

/// The energy of one meter, of a GPU or of a part of the host, and its emissions.
///
/// All energy is converted or pending: `measured = converted + pending`, in this run and before it. The published
/// emissions never fall: a revision that lowers them shows in the [best estimate](Totals::best_estimate) alone, until new
/// emissions exceed the highest that were published.
#[derive(Debug)]
pub(in crate::accounting) struct EnergyAccount {
    /// The totals from before this run; zeros without a ledger.
    carried_over: GpuTotals,
    /// The pending energy from before this run that is too old to be converted.
    given_up: Energy,
    accounts: Accounts,
    /// The highest emissions that were ever published, in grams.
    published_grams: f64,
    /// The change of emissions by intensities that were revised before the energy was committed, in grams.
    revised_grams: f64,
    /// The way to the ledger; `None` without one.
    persistence: Option<Persistence>,
    shares: Shares,
}

impl EnergyAccount {
    /// An account whose energy begins at a time, or at [`Timestamp::EPOCH`] if that is not known yet; `has_ledger` if it is
    /// to be written to one, which does not know it.
    pub(in crate::accounting) fn new(since: Timestamp, has_ledger: bool) -> EnergyAccount {
        EnergyAccount {
            carried_over: GpuTotals::zero(since),
            given_up: Energy::ZERO,
            accounts: Accounts::default(),
            published_grams: 0.0,
            revised_grams: 0.0,
            persistence: has_ledger.then(Persistence::default),
            shares: Shares::default(),
        }
    }

    /// Continues an account of the ledger.
    pub(in crate::accounting) fn continuing(state: &GpuState) -> EnergyAccount {
        EnergyAccount {
            carried_over: state.totals,
            given_up: joules(state.given_up_joules),
            accounts: Accounts::with_pending(&state.pending),
            published_grams: state.totals.published_grams,
            shares: Shares::continuing(state),
            ..EnergyAccount::new(state.totals.since, true)
        }
    }

    /// The time at which counting began; [`Timestamp::EPOCH`] if the account was not told.
    pub(in crate::accounting) const fn since(&self) -> Timestamp {
        self.carried_over.since
    }

    /// The scope of the emissions of this run.
    pub(in crate::accounting) const fn scope(&self) -> TotalScope {
        self.accounts.scope()
    }

    /// The energy that was measured in this run, without that of the time before it.
    pub(in crate::accounting) fn measured_in_run(&self) -> Energy {
        self.accounts.measured().saturating_sub(self.accounts.recovered())
    }

    /// Begins to count shares, if energy `is_divided` among holders, and they are not counted yet.
    pub(in crate::accounting) fn begin_shares(&mut self, at: Timestamp, is_divided: bool) {
        let pending = self.accounts.pending_flows().map(|(_, flow)| flow);
        let has_ledger = self.persistence.is_some();
        self.shares.begin(at, &self.carried_over, pending, has_ledger, is_divided);
    }

    /// The shares, once they are counted.
    pub(in crate::accounting) fn shares_mut(&mut self) -> Option<&mut GpuShares> {
        self.shares.current_mut()
    }

    /// Adds energy that was just measured, and converts what the intensities cover. `divide` records the shares in each
    /// entry, whose slot in the ledger it is given, if shares are counted.
    pub(in crate::accounting) fn add(
        &mut self,
        flow: Flow,
        source: EnergySource,
        context: Context<'_>,
        divide: &mut dyn FnMut(&mut GpuShares, Entry, Timestamp),
    ) {
        let key = AccountKey { source, pue: context.settings.pue };
        let (persistence, shares) = (&mut self.persistence, &mut self.shares);
        self.accounts.add(flow, key, &context.grid.intensities, &mut |key, entry| {
            if let Some(persistence) = persistence {
                persistence.record(key, entry, context);
            }
            if let Some(shares) = shares.current_mut() {
                divide(shares, entry, journal::slot(entry.interval.start(), context.now));
            }
        });
        if source == EnergySource::Recovered {
            self.accounts.give_up_before(context.now - SETTLED_AFTER);
        }
        self.mark_changed();
    }

    /// Records for the ledger that a GPU was present in an interval, with the manufacturing emissions of which a share
    /// belongs to that time; `None` if they are not known.
    pub(in crate::accounting) fn record_presence(
        &mut self,
        presence: Interval,
        manufacture: Option<Mass>,
        context: Context<'_>,
    ) {
        if let Some(persistence) = &mut self.persistence {
            persistence.record_presence(presence, manufacture, context);
        }
    }

    /// Converts the pending energy that the intensities cover by now.
    pub(in crate::accounting) fn convert_pending(&mut self, context: Context<'_>) {
        let (persistence, shares) = (&mut self.persistence, &mut self.shares);
        if persistence.is_some() {
            self.accounts.give_up_before(context.now - SETTLED_AFTER);
        }
        self.accounts.convert_pending(&context.grid.intensities, &mut |key, entry| {
            if let Some(persistence) = persistence {
                persistence.record(key, entry, context);
            }
            shares.record_late(entry);
        });
        let slots =
            self.accounts.pending_flows().map(|(_, flow)| flow.interval.start().floor_to(SLOT));
        self.shares.keep_pending(&slots.collect());
    }

    /// Converts energy that is not committed by newer intensities.
    pub(in crate::accounting) fn revise(&mut self, old: &Grid, new: &Grid) {
        if let Some(persistence) = &mut self.persistence {
            let change = persistence.revise(old, new);
            self.revised_grams += change;
            self.shares.revise(change);
        }
    }

    /// Applies a restatement: the ledger has converted earlier energy by a revised intensity.
    pub(in crate::accounting) fn restate(&mut self, grams: f64, shares: &[ShareRevision]) {
        self.carried_over.restated_grams += grams;
        self.shares.restate(grams, shares);
        self.mark_changed();
    }

    /// The earliest time of energy that may still be converted.
    pub(in crate::accounting) fn pending_since(&self) -> Option<Timestamp> {
        self.accounts.pending_flows().map(|(_, flow)| flow.interval.start()).min()
    }

    /// Begins a commit of all that the ledger lacks, with the latest totals. `None` if it lacks nothing, if a commit is in
    /// progress, and without a ledger.
    pub(in crate::accounting) fn begin_commit(
        &mut self,
        totals: Totals,
        context: Context<'_>,
    ) -> Option<CommitContents> {
        let entries = self.persistence.as_mut()?.begin_commit(totals, context)?;
        let shares = self.shares.begin_commit(totals.emissions);
        self.published_grams = totals.emissions.as_grams();
        let before = &self.carried_over;
        let totals = GpuTotals {
            since: totals.since,
            energy_joules: totals.energy.as_joules(),
            emissions_grams: self.emissions_grams(),
            restated_grams: before.restated_grams,
            published_grams: self.published_grams,
            embodied_grams: totals.embodied.map_or(before.embodied_grams, Mass::as_grams),
            recovered_joules: totals.recovered.unwrap_or_default().as_joules(),
            unseen_seconds: totals.unseen.as_seconds(),
            resets: totals.resets,
        };
        Some(CommitContents { totals, entries, shares })
    }

    /// Records that the last batch is in the ledger. Its totals are published, unless later totals were published meanwhile.
    pub(in crate::accounting) fn finish_commit(&mut self, published_ahead: bool) {
        if let Some(persistence) = &mut self.persistence {
            persistence.finish_commit(published_ahead);
        }
        self.shares.finish_commit(published_ahead);
    }

    /// Records that the last batch is not in the ledger.
    pub(in crate::accounting) fn abort_commit(&mut self, grid: &Grid) {
        if let Some(persistence) = &mut self.persistence {
            let change = persistence.abort_commit(grid);
            self.revised_grams += change;
            self.shares.abort_commit(change);
        }
    }

    /// Adapts to a new ledger, which is empty.
    pub(in crate::accounting) fn restart_ledger(&mut self) {
        if let Some(persistence) = &mut self.persistence {
            persistence.restart(self.accounts.pending_flows());
            persistence.mark_changed();
            self.shares.restart_ledger();
        }
    }

    /// Publishes totals although they are not in the ledger, because the disk does not answer.
    pub(in crate::accounting) fn publish_uncommitted(&mut self, totals: Totals) {
        if let Some(persistence) = &mut self.persistence {
            persistence.publish(totals);
            self.published_grams = totals.emissions.as_grams();
            self.shares.publish(totals.emissions);
        }
    }

    /// Records that the ledger lacks something although no energy was added.
    pub(in crate::accounting) fn mark_changed(&mut self) {
        if let Some(persistence) = &mut self.persistence {
            persistence.mark_changed();
        }
    }

    /// Forgets a workload that is no longer published.
    pub(in crate::accounting) fn forget(&mut self, workload: &str) {
        self.shares.forget(workload);
    }

    /// The totals that may be published: with a ledger those that it holds since a commit of this run, and otherwise the
    /// latest.
    pub(in crate::accounting) fn published(
        &self,
        latest: impl FnOnce() -> Option<Totals>,
    ) -> Option<Totals> {
        match &self.persistence {
            Some(persistence) => persistence.published(),
            None => latest(),
        }
    }

    /// The published shares: with a ledger those of the totals that it holds, and otherwise the latest.
    pub(in crate::accounting) fn published_shares(&self) -> Option<Arc<SharesView>> {
        self.shares.published(self.persistence.is_some())
    }

    /// The latest energy and emissions, as totals since a time. What else a meter knows is left out: the time of its last
    /// reading, its unseen time, its resets, and the embodied emissions.
    pub(in crate::accounting) fn totals(&self, since: Timestamp) -> Totals {
        let before = &self.carried_over;
        let best_grams = self.emissions_grams() + before.restated_grams;
        let has_ledger = self.persistence.is_some();
        let recovered = joules(before.recovered_joules) + self.accounts.recovered();
        Totals {
            energy: joules(before.energy_joules) + self.accounts.measured(),
            pending: self.pending(),
            emissions: grams(self.published_grams.max(best_grams)),
            best_estimate: has_ledger.then(|| grams(best_grams)),
            recovered: has_ledger.then_some(recovered),
            ..Totals::zero(since)
        }
    }

    /// The totals of earlier runs, with the energy that is pending now; `None` if they had no energy.
    pub(in crate::accounting) fn totals_before(&self) -> Option<Totals> {
        let GpuTotals { since, energy_joules, published_grams, .. } = self.carried_over;
        let (energy, emissions) = (joules(energy_joules), grams(published_grams));
        let pending = self.pending();
        let totals = Totals { energy, emissions, pending, ..Totals::zero(since) };
        (energy_joules > 0.0).then_some(totals)
    }

    /// The embodied emissions from before this run, and those of this run that [were
    /// settled](EnergyAccount::settle_embodied).
    pub(in crate::accounting) fn settled_embodied(&self) -> Mass {
        grams(self.carried_over.embodied_grams)
    }

    /// Adds embodied emissions that stay as they are, whatever figure holds from now on.
    pub(in crate::accounting) fn settle_embodied(&mut self, share: Mass) {
        self.carried_over.embodied_grams += share.as_grams();
    }

    fn pending(&self) -> Energy {
        self.given_up + self.accounts.pending()
    }

    /// The emissions by the intensities that energy was first converted with, in grams.
    fn emissions_grams(&self) -> f64 {
        let grams = self.carried_over.emissions_grams + self.accounts.emissions().as_grams();
        (grams + self.revised_grams).max(0.0)
    }
}
