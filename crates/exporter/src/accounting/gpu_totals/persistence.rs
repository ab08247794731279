//! The side of a tally that faces the ledger: what it goes on from, what is to be written, and what of it may
//! be published.

use gpu_carbon_core::Mass;
use gpu_carbon_ledger::{GpuBatch, GpuState, GpuTotals};

use super::{Context, RunningTotals, joules};
use crate::accounting::Settings;
use crate::accounting::accounts::Accounts;
use crate::accounting::journal::Journal;
use crate::nvml::Identity;
use crate::snapshot::Totals;

/// What the ledger is to be told.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    pub(super) journal: Journal,
    /// Whether anything was read since the last batch.
    pub(super) fresh: bool,
    /// What is being written, and the totals with it.
    in_flight: Option<(Journal, Totals)>,
    /// What may be published.
    pub(super) shown: Option<Totals>,
}

impl RunningTotals {
    /// With a ledger, and what it remembers of this GPU.
    #[must_use]
    pub(in crate::accounting) fn kept(mut self, state: Option<&GpuState>) -> RunningTotals {
        self.keeping = Some(Keeping::default());
        if let Some(state) = state {
            self.carried = state.totals;
            self.given_up = joules(state.given_up_joules);
            self.accounts = Accounts::with_pending(&state.pending);
            self.remembered.clone_from(&state.last);
            (self.resets, self.published) = (state.totals.resets, state.totals.published_grams);
        }
        self
    }

    /// What the ledger does not have yet; `None` where there is nothing, or something is being written.
    pub(in crate::accounting) fn take_batch(
        &mut self,
        index: u32,
        identity: &Identity,
        context: Context<'_>,
    ) -> Option<GpuBatch> {
        let totals = self.totals(context.settings)?;
        let keeping = self.keeping.as_mut()?;
        let nothing = !keeping.fresh && keeping.journal.is_empty();
        if keeping.in_flight.is_some() || nothing {
            return None;
        }
        keeping.fresh = false;
        let journal = std::mem::take(&mut keeping.journal);
        let (postings, presence) = (journal.postings(context.grid), journal.presence());
        keeping.in_flight = Some((journal, totals));
        self.published = totals.emissions.as_grams();
        let embodied = totals.embodied.map_or(self.carried.embodied_grams, Mass::as_grams);
        Some(GpuBatch {
            uuid: identity.uuid.to_string(),
            name: identity.name.clone(),
            index,
            totals: GpuTotals {
                since: totals.since,
                energy_joules: totals.energy.as_joules(),
                emissions_grams: self.emissions(),
                restated_grams: self.carried.restated_grams,
                published_grams: self.published,
                embodied_grams: embodied,
                recovered_joules: totals.recovered.unwrap_or_default().as_joules(),
                unseen_seconds: totals.unseen.as_seconds(),
                resets: totals.resets,
            },
            last: self.last.clone(),
            postings,
            presence,
        })
    }

    /// What was being written is in the ledger; `as_shown` where more than that was published meanwhile.
    pub(in crate::accounting) fn committed(&mut self, as_shown: bool) {
        let Some(keeping) = &mut self.keeping else { return };
        if let Some((_, totals)) = keeping.in_flight.take()
            && !as_shown
        {
            keeping.shown = Some(totals);
        }
    }

    /// What was being written is not in the ledger.
    pub(in crate::accounting) fn failed(&mut self) {
        let Some(keeping) = &mut self.keeping else { return };
        if let Some((journal, _)) = keeping.in_flight.take() {
            keeping.journal.take_back(journal);
            keeping.fresh = true;
        }
    }

    /// There is a new ledger, which knows nothing yet.
    pub(in crate::accounting) fn begin_anew(&mut self) {
        self.failed();
        if let Some(keeping) = &mut self.keeping {
            keeping.journal.begin_anew(self.accounts.pending_flows());
        }
    }

    /// The disk does not answer: what was counted is published all the same.
    pub(in crate::accounting) fn publish_uncommitted(&mut self, settings: &Settings) {
        let totals = self.totals(settings);
        if let (Some(keeping), Some(totals)) = (&mut self.keeping, totals) {
            keeping.shown = Some(totals);
            self.published = totals.emissions.as_grams();
        }
    }
}
