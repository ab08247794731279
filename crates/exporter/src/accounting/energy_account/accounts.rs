//! The energy of one meter by key: by the way in which it was measured, and by the PUE that it is converted with.

use gpu_carbon_core::{
    Account, Conversion, Energy, Entry, EntryKind, Flow, Interval, Mass, Pue, SLOT, Timestamp,
    TotalScope,
};
use gpu_carbon_ledger::{EnergySource, PendingEnergy};

use crate::intensity::Intensities;

/// The properties of energy that decide which account it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct AccountKey {
    /// The way in which the energy was measured.
    pub(super) source: EnergySource,
    /// The power usage effectiveness that it is converted with.
    pub(super) pue: Pue,
}

#[derive(Debug, Clone)]
struct KeyedAccount {
    key: AccountKey,
    account: Account,
}

/// An account for each key, of which there are few and mostly one.
#[derive(Debug, Clone, Default)]
pub(super) struct Accounts {
    accounts: Vec<KeyedAccount>,
    /// The scope of the emissions.
    scope: TotalScope,
}

impl Accounts {
    /// Creates accounts that continue an earlier run, with the energy that was pending then, in order of time.
    pub(super) fn with_pending(pending: &[PendingEnergy]) -> Accounts {
        let key_of = |energy: &PendingEnergy| AccountKey { source: energy.source, pue: energy.pue };
        let mut keys: Vec<AccountKey> = Vec::new();
        for key in pending.iter().map(key_of) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let keyed_account = |key: AccountKey| {
            let of_key = pending.iter().filter(|energy| key_of(energy) == key);
            // Rounding may have left a negative energy in a slot, which is no energy.
            let flows = of_key.filter_map(|one| {
                let energy = Energy::from_joules(one.energy_joules).ok()?;
                Some(Flow { interval: Interval::new(one.slot, one.slot + SLOT), energy })
            });
            KeyedAccount { key, account: Account::with_pending(flows) }
        };
        Accounts {
            accounts: keys.into_iter().map(keyed_account).collect(),
            scope: TotalScope::Empty,
        }
    }

    /// Adds energy. The part that no intensity covers becomes pending.
    pub(super) fn add(
        &mut self,
        flow: Flow,
        key: AccountKey,
        intensities: &Intensities,
        journal: &mut dyn FnMut(AccountKey, Entry),
    ) {
        let index = match self.accounts.iter().position(|known| known.key == key) {
            Some(index) => index,
            None => {
                self.accounts.push(KeyedAccount { key, account: Account::default() });
                self.accounts.len() - 1
            }
        };
        let series = intensities.converting.as_deref();
        let conversion = series.map(|series| Conversion { series, pue: key.pue });
        let Accounts { accounts, scope } = self;
        if let Some(KeyedAccount { account, .. }) = accounts.get_mut(index) {
            account.add_and_journal(flow, conversion.as_ref(), &mut |entry| {
                *scope = scope.with(scope_of(&entry, intensities));
                journal(key, entry);
            });
        }
    }

    /// Converts the pending energy that the intensities cover.
    pub(super) fn convert_pending(
        &mut self,
        intensities: &Intensities,
        journal: &mut dyn FnMut(AccountKey, Entry),
    ) {
        let Some(series) = intensities.converting.as_deref() else { return };
        let Accounts { accounts, scope } = self;
        for KeyedAccount { key, account } in accounts {
            let conversion = Conversion { series, pue: key.pue };
            account.convert_pending_and_journal(&conversion, &mut |entry| {
                *scope = scope.with(scope_of(&entry, intensities));
                journal(*key, entry);
            });
        }
    }

    /// Gives up the conversion of energy that flowed before a time: it stays pending for good.
    pub(super) fn give_up_before(&mut self, time: Timestamp) {
        self.accounts.iter_mut().for_each(|keyed| keyed.account.give_up_before(time));
    }

    /// The pending energy that may still be converted.
    pub(super) fn pending_flows(&self) -> impl Iterator<Item = (AccountKey, Flow)> + '_ {
        self.accounts.iter().flat_map(|KeyedAccount { key, account }| {
            account.pending_flows().map(|flow| (*key, flow))
        })
    }

    /// The sum of all energy that was added.
    pub(super) fn measured(&self) -> Energy {
        self.accounts.iter().map(|keyed| keyed.account.measured()).sum()
    }

    /// The energy that the counter reported after a time without the exporter.
    pub(super) fn recovered(&self) -> Energy {
        let recovered =
            self.accounts.iter().filter(|keyed| keyed.key.source == EnergySource::Recovered);
        recovered.map(|keyed| keyed.account.measured()).sum()
    }

    /// The pending energy, including that whose conversion was given up.
    pub(super) fn pending(&self) -> Energy {
        self.accounts.iter().map(|keyed| keyed.account.pending()).sum()
    }

    /// The scope of the emissions.
    pub(super) const fn scope(&self) -> TotalScope {
        self.scope
    }

    /// The emissions of the converted energy.
    pub(super) fn emissions(&self) -> Mass {
        self.accounts.iter().map(|keyed| keyed.account.emissions()).sum()
    }
}

/// The scope of an entry's emissions.
fn scope_of(entry: &Entry, intensities: &Intensities) -> TotalScope {
    match entry.kind {
        EntryKind::Converted(_) => {
            TotalScope::Uniform(intensities.scope_at(entry.interval.start()))
        }
        EntryKind::Pending | EntryKind::NoLongerPending => TotalScope::Empty,
    }
}
