//! The energy of the host towards the ledger.

use gpu_carbon_ledger::{GpuState, HostAccount};

use super::HostEnergy;
use crate::accounting::energy_account::{AccountCommit, EnergyAccount};
use crate::accounting::settings::Context;

impl HostEnergy {
    /// Continues the accounts of a ledger.
    pub(in crate::accounting) fn continue_from(&mut self, states: &[GpuState]) {
        self.components.continue_from(states.iter());
    }

    /// The account of each part by each method.
    pub(in crate::accounting) fn accounts(&mut self) -> impl Iterator<Item = &mut EnergyAccount> {
        self.components.accounts()
    }

    /// The account of a part by a method, if it has energy.
    pub(in crate::accounting) fn account(
        &mut self,
        account: HostAccount,
    ) -> Option<&mut EnergyAccount> {
        self.components.account(account)
    }

    /// The batches of all that the ledger lacks.
    pub(in crate::accounting) fn take_batches(
        &mut self,
        context: Context<'_>,
    ) -> Vec<AccountCommit> {
        self.components.take_batches(context)
    }

    /// Publishes the totals although they are not in the ledger.
    pub(in crate::accounting) fn publish_uncommitted(&mut self) {
        self.components.publish_uncommitted();
    }
}
