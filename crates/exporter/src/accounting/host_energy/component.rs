//! The accounts of each component of a host.

use gpu_carbon_core::{Flow, Power, Timestamp};
use gpu_carbon_ledger::EnergySource;

use crate::accounting::accounts::{AccountKey, Accounts};
use crate::accounting::settings::Context;
use crate::host_view::{ComponentView, HostEmissions, HostMethod, HostPart};

/// The components of a host whose energy is known, in the order of their first energy.
#[derive(Debug, Default)]
pub(super) struct Components(Vec<ComponentRecord>);

/// The energy of one component by one method.
#[derive(Debug)]
struct ComponentRecord {
    part: HostPart,
    method: HostMethod,
    since: Timestamp,
    accounts: Accounts,
    power: Option<Power>,
}

impl Components {
    /// Adds energy, and converts what the intensities cover.
    pub(super) fn add(
        &mut self,
        part: HostPart,
        method: HostMethod,
        flow: Flow,
        context: Context<'_>,
    ) {
        let known = self.0.iter().position(|it| (it.part, it.method) == (part, method));
        let index = known.unwrap_or_else(|| {
            let since = flow.interval.start();
            let (accounts, power) = (Accounts::default(), None);
            self.0.push(ComponentRecord { part, method, since, accounts, power });
            self.0.len() - 1
        });
        let source = match method {
            HostMethod::Counter => EnergySource::Counted,
            HostMethod::Integrated | HostMethod::Declared => EnergySource::Integrated,
        };
        let key = AccountKey { source, pue: context.settings.pue };
        if let Some(component) = self.0.get_mut(index) {
            component.accounts.add(flow, key, &context.grid.intensities, &mut |_, _| {});
        }
    }

    /// Sets the power of a component that has energy.
    pub(super) fn set_power(&mut self, part: HostPart, method: HostMethod, power: Option<Power>) {
        let mut components = self.0.iter_mut();
        if let Some(it) = components.find(|it| (it.part, it.method) == (part, method)) {
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

    /// A component by its present method: meters may have taken the place of a declared power.
    fn of_part(&self, part: HostPart) -> Option<&ComponentRecord> {
        let of_part = || self.0.iter().filter(|it| it.part == part);
        let measured = of_part().find(|it| it.method != HostMethod::Declared);
        measured.or_else(|| of_part().next())
    }

    /// Converts the pending energy that the intensities cover by now.
    pub(super) fn convert_pending(&mut self, context: Context<'_>) {
        for component in &mut self.0 {
            component.accounts.convert_pending(&context.grid.intensities, &mut |_, _| {});
        }
    }

    /// The components for the snapshot, in the order of [`HostPart::ALL`].
    pub(super) fn view(&self) -> Vec<ComponentView> {
        let components = |part| self.0.iter().filter(move |it| it.part == part);
        HostPart::ALL.into_iter().flat_map(components).map(ComponentRecord::view).collect()
    }
}

impl ComponentRecord {
    fn view(&self) -> ComponentView {
        let accounts = &self.accounts;
        // The energy of the platform is that of its parts: its emissions would be counted twice.
        let emissions = (self.part != HostPart::Platform).then(|| HostEmissions {
            mass: accounts.emissions(),
            pending: accounts.pending(),
            scope: accounts.scope(),
        });
        ComponentView {
            part: self.part,
            method: self.method,
            since: self.since,
            energy: accounts.measured(),
            power: self.power,
            emissions,
        }
    }
}
