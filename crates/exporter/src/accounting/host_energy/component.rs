//! The parts of a host whose energy is known, each by one or more methods.

use gpu_carbon_core::{Flow, Power};
use gpu_carbon_ledger::{EnergySource, GpuState, HostAccount};

use super::component_record::ComponentRecord;
use crate::accounting::energy_account::{AccountCommit, EnergyAccount};
use crate::accounting::settings::Context;
use crate::accounting::workloads::HostHolders;
use crate::clock::ClockReading;
use crate::host_view::{ComponentView, HostMethod, HostPart};

/// The components of a host whose energy is known, in the order of their first energy.
#[derive(Debug, Default)]
pub(super) struct Components {
    records: Vec<ComponentRecord>,
    has_ledger: bool,
}

impl Components {
    /// Continues the accounts of a ledger.
    pub(super) fn continue_from<'a>(&mut self, states: impl Iterator<Item = &'a GpuState>) {
        self.has_ledger = true;
        self.records.extend(states.filter_map(|state| {
            let account = HostAccount::of_uuid(&state.uuid)?;
            Some(ComponentRecord::continuing(account, state))
        }));
    }

    /// Adds energy, and converts what the intensities cover.
    pub(super) fn add(
        &mut self,
        account: HostAccount,
        source: EnergySource,
        flow: Flow,
        holders: Option<&HostHolders<'_>>,
        now: ClockReading,
        context: Context<'_>,
    ) {
        let known = self.records.iter().position(|it| it.account == account);
        let index = known.unwrap_or_else(|| {
            let since = flow.interval.start();
            self.records.push(ComponentRecord::new(account, since, self.has_ledger));
            self.records.len() - 1
        });
        if let Some(component) = self.records.get_mut(index) {
            component.add(flow, source, holders, now, context);
        }
    }

    /// Sets the power of a component that has energy.
    pub(super) fn set_power(&mut self, part: HostPart, method: HostMethod, power: Option<Power>) {
        let account = HostAccount { part, method };
        if let Some(it) = self.records.iter_mut().find(|it| it.account == account) {
            it.power = power;
        }
    }

    /// The power of a component, if it is known.
    pub(super) fn power_of(&self, part: HostPart) -> Option<Power> {
        self.of_part(part)?.power
    }

    /// A number of watts less those of a component, if it has energy; `None` if they are not known.
    pub(super) fn without_power_of(&self, part: HostPart, watts: f64) -> Option<f64> {
        match self.of_part(part) {
            Some(component) => Some(watts - component.power?.as_watts()),
            None => Some(watts),
        }
    }

    /// A component that is counted in this run, by its present method: meters may have taken the place of a declared power.
    fn of_part(&self, part: HostPart) -> Option<&ComponentRecord> {
        // The account of a method that was used before this run has no power, and never gets one.
        let of_part =
            || self.records.iter().filter(|it| it.account.part == part && it.is_counted());
        let measured = of_part().find(|it| it.account.method != HostMethod::Declared);
        measured.or_else(|| of_part().next())
    }

    /// The account of each part by each method.
    pub(super) fn accounts(&mut self) -> impl Iterator<Item = &mut EnergyAccount> {
        self.records.iter_mut().map(|it| &mut it.energy)
    }

    /// The account of a part by a method, if it has energy.
    pub(super) fn account(&mut self, account: HostAccount) -> Option<&mut EnergyAccount> {
        let known = self.records.iter_mut().find(|it| it.account == account);
        known.map(|it| &mut it.energy)
    }

    /// The batches of all that the ledger lacks.
    pub(super) fn take_batches(&mut self, context: Context<'_>) -> Vec<AccountCommit> {
        self.records.iter_mut().filter_map(|it| it.take_batch(context)).collect()
    }

    /// Publishes the totals although they are not in the ledger.
    pub(super) fn publish_uncommitted(&mut self) {
        self.records.iter_mut().for_each(ComponentRecord::publish_uncommitted);
    }

    /// The components for the snapshot, in the order of [`HostPart::ALL`].
    pub(super) fn view(&self) -> Vec<ComponentView> {
        let components = |part| self.records.iter().filter(move |it| it.account.part == part);
        let views = HostPart::ALL.into_iter().flat_map(components);
        views.filter_map(ComponentRecord::view).collect()
    }
}
