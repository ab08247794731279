//! The energy of one part of a host by one method: its totals before this run and in it, towards the ledger.

use gpu_carbon_core::{Energy, Flow, Mass, Power, SLOT, Span, Timestamp};
use gpu_carbon_ledger::{
    EnergySource, GpuBatch, GpuState, GpuTotals, HostAccount, LastReading, ShareRevision,
};

use crate::accounting::accounts::{AccountKey, Accounts};
use crate::accounting::gpu_totals::{GpuCommit, Persistence, Shares, grams, joules};
use crate::accounting::journal::SETTLED_AFTER;
use crate::accounting::settings::Context;
use crate::accounting::workloads::HostHolders;
use crate::clock::ClockReading;
use crate::host_view::{ComponentView, HostEmissions, HostPart};
use crate::intensity::Grid;
use crate::snapshot::Totals;

/// The energy of one part of a host by one method.
#[derive(Debug)]
pub(super) struct ComponentRecord {
    pub(super) account: HostAccount,
    /// The totals from before this run; zeros without a ledger.
    carried_over: GpuTotals,
    /// The pending energy from before this run that is too old to be converted.
    given_up: Energy,
    accounts: Accounts,
    /// The time up to which energy is counted.
    until: Option<ClockReading>,
    /// The highest emissions that were ever published, in grams.
    published_grams: f64,
    /// The change of emissions by intensities that were revised before the energy was committed, in grams.
    revised_grams: f64,
    persistence: Option<Persistence>,
    shares: Shares,
    pub(super) power: Option<Power>,
}

impl ComponentRecord {
    /// Creates a record whose energy begins at a time; `has_ledger` if it is to be written to one, which does not know it.
    pub(super) fn new(account: HostAccount, since: Timestamp, has_ledger: bool) -> ComponentRecord {
        ComponentRecord {
            account,
            carried_over: GpuTotals::zero(since),
            given_up: Energy::ZERO,
            accounts: Accounts::default(),
            until: None,
            published_grams: 0.0,
            revised_grams: 0.0,
            persistence: has_ledger.then(Persistence::default),
            shares: Shares::default(),
            power: None,
        }
    }

    /// Continues an account of the ledger.
    pub(super) fn continuing(account: HostAccount, state: &GpuState) -> ComponentRecord {
        ComponentRecord {
            carried_over: state.totals,
            given_up: joules(state.given_up_joules),
            accounts: Accounts::with_pending(&state.pending),
            published_grams: state.totals.published_grams,
            shares: Shares::continuing(state),
            ..ComponentRecord::new(account, state.totals.since, true)
        }
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
        let pending = self.accounts.pending_flows().map(|(_, flow)| flow);
        let has_ledger = self.persistence.is_some();
        self.shares.begin(now.wall, &self.carried_over, pending, has_ledger, holders.is_some());
        let key = AccountKey { source, pue: context.settings.pue };
        let (persistence, shares) = (&mut self.persistence, &mut self.shares);
        self.accounts.add(flow, key, &context.grid.intensities, &mut |key, entry| {
            if let Some(persistence) = persistence {
                persistence.record(key, entry, context);
            }
            shares.record_of_host(entry, part, holders, context);
        });
        if source == EnergySource::Recovered {
            self.accounts.give_up_before(context.now - SETTLED_AFTER);
        }
        self.until = Some(now);
        self.mark_changed();
    }

    /// Converts the pending energy that the intensities cover by now.
    pub(super) fn convert_pending(&mut self, context: Context<'_>) {
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
    pub(super) fn revise(&mut self, old: &Grid, new: &Grid) {
        if let Some(persistence) = &mut self.persistence {
            let change = persistence.revise(old, new);
            self.revised_grams += change;
            self.shares.revise(change);
        }
    }

    /// Applies a restatement: the ledger has converted earlier energy by a revised intensity.
    pub(super) fn restate(&mut self, grams: f64, shares: &[ShareRevision]) {
        self.carried_over.restated_grams += grams;
        self.shares.restate(grams, shares);
        self.mark_changed();
    }

    /// The earliest time of energy that may still be converted.
    pub(super) fn pending_since(&self) -> Option<Timestamp> {
        self.accounts.pending_flows().map(|(_, flow)| flow.interval.start()).min()
    }

    /// The batch of all that the ledger lacks. `None` if it lacks nothing, or if a commit is in progress.
    pub(super) fn take_batch(&mut self, context: Context<'_>) -> Option<GpuCommit> {
        let totals = self.totals();
        let entries = self.persistence.as_mut()?.begin_commit(totals, context)?;
        let shares = self.shares.begin_commit(totals.emissions);
        self.published_grams = totals.emissions.as_grams();
        let batch = GpuBatch {
            uuid: self.account.uuid(),
            name: self.account.name(),
            index: self.account.index(),
            totals: GpuTotals {
                energy_joules: totals.energy.as_joules(),
                emissions_grams: self.emissions_grams(),
                published_grams: self.published_grams,
                recovered_joules: totals.recovered.unwrap_or_default().as_joules(),
                ..self.carried_over
            },
            last: self.until.map(|until| LastReading {
                at: until.wall,
                millijoules: None,
                boot: context.boot.to_owned(),
                uptime: until.uptime,
                driver: String::new(),
                unsettled: None,
            }),
            postings: entries.postings,
            presence: entries.presence,
            shares,
        };
        Some(GpuCommit { batch, converted: entries.converted })
    }

    /// Records that the last batch is in the ledger. Its totals are published, unless later totals were published meanwhile.
    pub(super) fn finish_commit(&mut self, published_ahead: bool) {
        if let Some(persistence) = &mut self.persistence {
            persistence.finish_commit(published_ahead);
        }
        self.shares.finish_commit(published_ahead);
    }

    /// Records that the last batch is not in the ledger.
    pub(super) fn abort_commit(&mut self, grid: &Grid) {
        if let Some(persistence) = &mut self.persistence {
            let change = persistence.abort_commit(grid);
            self.revised_grams += change;
            self.shares.abort_commit(change);
        }
    }

    /// Adapts to a new ledger, which is empty.
    pub(super) fn restart_ledger(&mut self) {
        if let Some(persistence) = &mut self.persistence {
            persistence.restart(self.accounts.pending_flows());
            persistence.mark_changed();
            self.shares.restart_ledger();
        }
    }

    /// Forgets a workload that is no longer published.
    pub(super) fn forget(&mut self, workload: &str) {
        self.shares.forget(workload);
    }

    /// Publishes the totals although they are not in the ledger, because the disk does not answer.
    pub(super) fn publish_uncommitted(&mut self) {
        let totals = self.totals();
        if let Some(persistence) = &mut self.persistence {
            persistence.publish(totals);
            self.published_grams = totals.emissions.as_grams();
            self.shares.publish(totals.emissions);
        }
    }

    fn mark_changed(&mut self) {
        if let Some(persistence) = &mut self.persistence {
            persistence.mark_changed();
        }
    }

    /// The totals that may be published: with a ledger those that it holds.
    fn published(&self) -> Option<Totals> {
        match &self.persistence {
            None => Some(self.totals()),
            // Before the first commit of this run, those of earlier runs are in the ledger.
            Some(persistence) => {
                let is_known = self.carried_over.energy_joules > 0.0;
                persistence.published().or_else(|| is_known.then(|| self.totals_before()))
            }
        }
    }

    /// The totals of earlier runs.
    fn totals_before(&self) -> Totals {
        let GpuTotals { since, energy_joules, published_grams, .. } = self.carried_over;
        let (energy, emissions) = (joules(energy_joules), grams(published_grams));
        Totals { energy, emissions, pending: self.pending(), ..totals_since(since) }
    }

    /// The latest totals.
    fn totals(&self) -> Totals {
        let before = &self.carried_over;
        let best_grams = self.emissions_grams() + before.restated_grams;
        Totals {
            energy: joules(before.energy_joules) + self.accounts.measured(),
            pending: self.pending(),
            emissions: grams(self.published_grams.max(best_grams)),
            recovered: Some(joules(before.recovered_joules) + self.accounts.recovered()),
            ..totals_since(before.since)
        }
    }

    fn pending(&self) -> Energy {
        self.given_up + self.accounts.pending()
    }

    /// The emissions by the intensities that energy was first converted with, in grams.
    fn emissions_grams(&self) -> f64 {
        let grams = self.carried_over.emissions_grams + self.accounts.emissions().as_grams();
        (grams + self.revised_grams).max(0.0)
    }

    /// The part for the snapshot; `None` before the first totals that may be published.
    pub(super) fn view(&self) -> Option<ComponentView> {
        let totals = self.published()?;
        let HostAccount { part, method } = self.account;
        // The energy of the platform is that of its parts: its emissions would be counted twice.
        let emissions = (part != HostPart::Platform).then(|| HostEmissions {
            mass: totals.emissions,
            pending: totals.pending,
            scope: self.accounts.scope(),
        });
        let (since, shares) = (totals.since, self.shares.published(self.persistence.is_some()));
        Some(ComponentView {
            part,
            method,
            since,
            energy: totals.energy,
            power: self.power,
            emissions,
            shares,
        })
    }
}

/// Totals of zero, of what has neither manufacture nor a counter that restarts.
fn totals_since(since: Timestamp) -> Totals {
    Totals {
        since,
        read_at: since,
        energy: Energy::ZERO,
        pending: Energy::ZERO,
        emissions: Mass::ZERO,
        best_estimate: None,
        recovered: None,
        unseen: Span::ZERO,
        embodied: None,
        resets: 0,
    }
}
