//! The accounts of one GPU: one for each way in which its energy was found, and each overhead that it is
//! priced with.

use gpu_carbon_core::{Account, Conversion, Energy, Entry, Flow, Mass, Ratio, Series, Timestamp};
use gpu_carbon_ledger::{How, SLOT, Waiting};

/// What tells one account from another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Heading {
    /// How the energy was found.
    pub(super) how: How,
    /// The overhead that it is priced with.
    pub(super) pue: Ratio,
}

/// The accounts: few, and mostly one.
#[derive(Debug, Clone, Default)]
pub(super) struct Accounts(Vec<(Heading, Account)>);

impl Accounts {
    /// That go on from an earlier run: with what waited then, in order of time.
    pub(super) fn with_waiting(waiting: &[Waiting]) -> Accounts {
        let mut headings: Vec<Heading> = Vec::new();
        for one in waiting {
            let heading = Heading { how: one.how, pue: one.pue };
            if !headings.contains(&heading) {
                headings.push(heading);
            }
        }
        let account = |heading: Heading| {
            let of_it =
                waiting.iter().filter(|one| (one.how, one.pue) == (heading.how, heading.pue));
            // A rounding may have left less than nothing in a slot.
            let flows = of_it.filter_map(|one| {
                let energy = Energy::from_joules(one.energy_joules).ok()?;
                let interval = gpu_carbon_core::Interval::new(one.slot, one.slot + SLOT);
                Some(Flow { interval, energy })
            });
            (heading, Account::with_pending(flows))
        };
        Accounts(headings.into_iter().map(account).collect())
    }

    /// Adds energy; what no intensity covers, or all of it without a series, waits.
    pub(super) fn charge(
        &mut self,
        flow: Flow,
        heading: Heading,
        prices: Option<&Series>,
        journal: &mut dyn FnMut(Heading, Entry),
    ) {
        let index = match self.0.iter().position(|(known, _)| *known == heading) {
            Some(index) => index,
            None => {
                self.0.push((heading, Account::default()));
                self.0.len() - 1
            }
        };
        let conversion = prices.map(|series| Conversion { series, pue: heading.pue });
        if let Some((_, account)) = self.0.get_mut(index) {
            account
                .add_and_journal(flow, conversion.as_ref(), &mut |entry| journal(heading, entry));
        }
    }

    /// Prices whatever waits and is covered by now.
    pub(super) fn reprice(&mut self, series: &Series, journal: &mut dyn FnMut(Heading, Entry)) {
        for (heading, account) in &mut self.0 {
            let conversion = Conversion { series, pue: heading.pue };
            account.convert_pending_and_journal(&conversion, &mut |entry| journal(*heading, entry));
        }
    }

    /// What flowed before a moment waits for its price no longer, and never gets one.
    pub(super) fn give_up_before(&mut self, moment: Timestamp) {
        self.0.iter_mut().for_each(|(_, account)| account.give_up_before(moment));
    }

    /// Whatever waits.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (Heading, Flow)> + '_ {
        self.0
            .iter()
            .flat_map(|(heading, account)| account.pending_flows().map(|flow| (*heading, flow)))
    }

    /// All energy that was charged.
    pub(super) fn measured(&self) -> Energy {
        self.0.iter().map(|(_, account)| account.measured()).sum()
    }

    /// All energy that was charged after nobody had watched.
    pub(super) fn recovered(&self) -> Energy {
        let found = self.0.iter().filter(|(heading, _)| heading.how == How::Recovered);
        found.map(|(_, account)| account.measured()).sum()
    }

    /// All energy without a price.
    pub(super) fn unpriced(&self) -> Energy {
        self.0.iter().map(|(_, account)| account.pending()).sum()
    }

    /// What the priced energy emitted.
    pub(super) fn emissions(&self) -> Mass {
        self.0.iter().map(|(_, account)| account.emissions()).sum()
    }
}
