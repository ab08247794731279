//! Accounts of energy: measured, converted to emissions, and pending.

use alloc::collections::VecDeque;

use crate::flow::Flow;
use crate::pue::Pue;
use crate::series::Series;
use crate::sum::Sum;
use crate::time::{Interval, Timestamp};
use crate::units::{Energy, Mass};

/// The factors that convert energy to emissions: grams = energy x PUE x intensity.
#[derive(Debug, Clone, Copy)]
pub struct Conversion<'a> {
    /// The intensity over time.
    pub series: &'a Series,
    /// The power usage effectiveness of the data centre.
    pub pue: Pue,
}

/// The energy that one GPU used, and its emissions.
///
/// All energy that is added is either converted or pending: `measured = converted + pending`, always. An account that
/// [resumes](Account::with_pending) an earlier one starts with energy that is pending but not measured: `measured +
/// resumed = converted + pending`. Emissions only ever grow.
#[derive(Debug, Clone, Default)]
pub struct Account {
    measured: Sum,
    converted: Sum,
    emissions: Sum,
    pending: Sum,
    /// The pending energy that may still be converted, in the order in which it was added.
    pending_flows: VecDeque<Flow>,
    /// The pending energy that is too old to be converted.
    given_up: Sum,
}

/// A record of energy in the journal of an account, within one five-minute slot of UTC.
///
/// The journal works by double entry: energy that is converted late is recorded twice, as [no longer
/// pending](EntryKind::NoLongerPending) and as [converted](EntryKind::Converted).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// The time at which the energy flowed.
    pub interval: Interval,
    /// The amount of energy.
    pub energy: Energy,
    /// The change in the account.
    pub kind: EntryKind,
}

impl Entry {
    const fn of(flow: Flow, kind: EntryKind) -> Entry {
        Entry { interval: flow.interval, energy: flow.energy, kind }
    }
}

/// The change that an entry of the journal records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EntryKind {
    /// The energy is converted, to this mass.
    Converted(Mass),
    /// The energy is pending.
    Pending,
    /// The energy was pending and no longer is: it is subtracted from what is pending.
    NoLongerPending,
}

/// The most parts of energy that can be pending: 32 days of five-minute slots, which is as far back as one request to
/// a service reaches.
const MAX_PENDING_FLOWS: usize = 32 * 24 * 12;

impl Account {
    /// An account that resumes an earlier one, whose totals are stored elsewhere. It is empty but for the energy that
    /// is still pending, in order of time.
    #[must_use]
    pub fn with_pending(pending_flows: impl IntoIterator<Item = Flow>) -> Account {
        let mut account = Account::default();
        pending_flows.into_iter().for_each(|flow| account.add_pending(flow, &mut |_| {}));
        account
    }

    /// Adds energy. It is cut at the steps of the series, and each part is converted at the intensity that held for
    /// it. A part that no intensity covers is pending; without a conversion, all of it is.
    ///
    /// Within an interval the energy is spread evenly, because nothing else is known about it.
    pub fn add(&mut self, flow: Flow, conversion: Option<&Conversion<'_>>) {
        self.add_and_journal(flow, conversion, &mut |_| {});
    }

    /// Adds energy as [`add`](Account::add) does, and reports each entry to a journal.
    pub fn add_and_journal(
        &mut self,
        flow: Flow,
        conversion: Option<&Conversion<'_>>,
        journal: &mut dyn FnMut(Entry),
    ) {
        self.measured.add(flow.energy.as_joules());
        match conversion {
            Some(conversion) => self.convert(flow, conversion, Origin::Added, journal),
            None => self.add_pending(flow, journal),
        }
    }

    /// Converts all pending energy that the series covers by now.
    pub fn convert_pending(&mut self, conversion: &Conversion<'_>) {
        self.convert_pending_and_journal(conversion, &mut |_| {});
    }

    /// Converts pending energy as [`convert_pending`](Account::convert_pending) does, and reports each entry to a
    /// journal.
    pub fn convert_pending_and_journal(
        &mut self,
        conversion: &Conversion<'_>,
        journal: &mut dyn FnMut(Entry),
    ) {
        self.pending = self.given_up;
        for flow in core::mem::take(&mut self.pending_flows) {
            self.convert(flow, conversion, Origin::Pending, journal);
        }
    }

    /// Gives up the pending energy that flowed before a time: it stays pending and is never converted.
    pub fn give_up_before(&mut self, time: Timestamp) {
        let given_up = &mut self.given_up;
        self.pending_flows.retain(|flow| {
            let stays = flow.interval.start() >= time;
            if !stays {
                given_up.add(flow.energy.as_joules());
            }
            stays
        });
    }

    /// The pending energy that may still be converted, in parts within one five-minute slot each.
    pub fn pending_flows(&self) -> impl Iterator<Item = Flow> + '_ {
        self.pending_flows.iter().copied()
    }

    /// All the energy that was added.
    #[must_use]
    pub fn measured(&self) -> Energy {
        Energy::saturating(self.measured.value())
    }

    /// The part of it that was converted.
    #[must_use]
    pub fn converted(&self) -> Energy {
        Energy::saturating(self.converted.value())
    }

    /// The part of it that no intensity covers yet; exactly zero when nothing is pending.
    #[must_use]
    pub fn pending(&self) -> Energy {
        Energy::saturating(self.pending.value())
    }

    /// The emissions of the converted energy.
    #[must_use]
    pub fn emissions(&self) -> Mass {
        Mass::saturating(self.emissions.value())
    }

    fn convert(
        &mut self,
        flow: Flow,
        conversion: &Conversion<'_>,
        origin: Origin,
        journal: &mut dyn FnMut(Entry),
    ) {
        for segment in conversion.series.segments(flow.interval) {
            let part = flow.within(segment.interval);
            match (segment.intensity, origin) {
                (Some(intensity), _) => {
                    let emissions = part.energy * conversion.pue * intensity;
                    self.converted.add(part.energy.as_joules());
                    self.emissions.add(emissions.as_grams());
                    part.in_slots(|slot_part| {
                        if origin == Origin::Pending {
                            journal(Entry::of(slot_part, EntryKind::NoLongerPending));
                        }
                        let emitted = slot_part.energy * conversion.pue * intensity;
                        journal(Entry::of(slot_part, EntryKind::Converted(emitted)));
                    });
                }
                (None, Origin::Added) => self.add_pending(part, journal),
                (None, Origin::Pending) => self.add_pending(part, &mut |_| {}), // nothing has changed
            }
        }
    }

    /// Stores pending energy in five-minute slots of UTC. Readings of one slot are merged, so that a day without
    /// intensities takes 288 parts and not 86,400.
    fn add_pending(&mut self, flow: Flow, journal: &mut dyn FnMut(Entry)) {
        self.pending.add(flow.energy.as_joules());
        flow.in_slots(|part| {
            journal(Entry::of(part, EntryKind::Pending));
            match self.pending_flows.back_mut() {
                Some(last) if last.shares_slot_with(part) => last.extend(part),
                _ => self.pending_flows.push_back(part),
            }
        });
        while self.pending_flows.len() > MAX_PENDING_FLOWS {
            if let Some(oldest) = self.pending_flows.pop_front() {
                self.given_up.add(oldest.energy.as_joules());
            }
        }
    }
}

/// The origin of energy that is converted: added now, or pending before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Added,
    Pending,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SLOT;
    use crate::units::Intensity;
    use std::vec::Vec;

    fn series(grams: &[(i64, f64)]) -> Series {
        let points = grams.iter().map(|&(seconds, grams)| {
            let intensity = Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
            (Timestamp::from_unix_seconds(seconds), intensity)
        });
        Series::with_step(points.collect(), SLOT).unwrap()
    }

    fn flow(from: i64, to: i64, kilowatt_hours: f64) -> Flow {
        let [from, to] = [from, to].map(Timestamp::from_unix_seconds);
        let energy = Energy::from_kilowatt_hours(kilowatt_hours).unwrap();
        Flow { interval: Interval::new(from, to), energy }
    }

    #[test]
    fn a_true_zero_converts_to_zero_and_is_not_missing() {
        let series = series(&[(0, 0.0)]);
        let mut account = Account::default();
        account.add(flow(0, 300, 1.0), Some(&Conversion { series: &series, pue: Pue::ONE }));
        assert_eq!(account.emissions(), Mass::ZERO);
        assert_eq!(account.pending(), Energy::ZERO);
        assert_eq!(account.converted(), account.measured());
    }

    #[test]
    fn a_gap_leaves_energy_pending_until_an_intensity_covers_it() {
        let early = series(&[(0, 100.0), (600, 300.0)]);
        let pue = Pue::from_number(1.5).unwrap();
        let mut account = Account::default();
        account.add(flow(0, 900, 3.0), Some(&Conversion { series: &early, pue }));
        assert_eq!(account.emissions().as_grams(), 600.0);
        assert_eq!(account.pending().as_kilowatt_hours(), 1.0);

        account.convert_pending(&Conversion { series: &early, pue });
        assert_eq!(account.emissions().as_grams(), 600.0, "nothing new is known");
        let late = series(&[(0, 7.0), (300, 200.0), (600, 7.0)]);
        account.convert_pending(&Conversion { series: &late, pue });
        assert_eq!(account.emissions().as_grams(), 900.0, "and converted energy stays as it was");
        assert_eq!(account.pending(), Energy::ZERO);
    }

    #[test]
    fn energy_that_is_converted_late_is_recorded_twice() {
        let (late, pue) = (series(&[(600, 300.0)]), Pue::from_number(2.0).unwrap());
        let mut account = Account::with_pending([flow(300, 600, 1.0)]);
        let mut entries = Vec::new();
        let mut note = |entry: Entry| entries.push((entry.interval, entry.kind));
        account.add_and_journal(flow(600, 900, 1.0), None, &mut note);
        account.convert_pending_and_journal(&Conversion { series: &late, pue }, &mut note);
        account.convert_pending_and_journal(&Conversion { series: &late, pue }, &mut note);
        let slot = flow(600, 900, 1.0).interval;
        let emitted = Mass::from_grams(600.0).unwrap();
        assert_eq!(
            entries,
            [EntryKind::Pending, EntryKind::NoLongerPending, EntryKind::Converted(emitted)]
                .map(|it| (slot, it))
        );
        assert_eq!(account.pending_flows().collect::<Vec<_>>(), [flow(300, 600, 1.0)]);
        assert_eq!(
            account.measured().as_kilowatt_hours(),
            1.0,
            "resumed energy is not measured again"
        );
    }

    #[test]
    fn a_day_of_pending_readings_is_stored_in_its_slots() {
        let mut account = Account::default();
        for second in 0..86_400 {
            account.add(flow(second, second + 1, 0.001), None);
        }
        assert_eq!(account.pending_flows.len(), 288);
        assert!((account.pending().as_kilowatt_hours() - 86.4).abs() < 1e-9);
    }

    #[test]
    fn pending_energy_is_bounded_and_all_of_it_counted() {
        let mut account = Account::default();
        let days: Vec<Flow> =
            (0..40 * 288).map(|slot| flow(slot * 300, (slot + 1) * 300, 0.5)).collect();
        for &flow in &days {
            account.add(flow, None);
        }
        assert_eq!(account.pending_flows.len(), MAX_PENDING_FLOWS);
        assert_eq!(account.pending(), account.measured());

        let any = Series::constant(Intensity::from_grams_per_kilowatt_hour(100.0).unwrap());
        account.give_up_before(Timestamp::from_unix_seconds(40 * 86_400 - 600));
        assert_eq!(account.pending(), account.measured());
        account.convert_pending(&Conversion { series: &any, pue: Pue::ONE });
        assert_eq!(account.converted().as_kilowatt_hours(), 1.0, "two slots had not been given up");
        assert_eq!(account.converted() + account.pending(), account.measured());
    }

    #[test]
    fn an_instant_is_converted_at_its_intensity() {
        let series = series(&[(0, 100.0), (300, 900.0)]);
        let mut account = Account::default();
        let conversion = Conversion { series: &series, pue: Pue::ONE };
        account.add(flow(300, 300, 2.0), Some(&conversion));
        account.add(flow(7000, 7000, 2.0), Some(&conversion));
        account.add(flow(7000, 7000, 3.0), Some(&conversion));
        assert_eq!(account.emissions().as_grams(), 1800.0);
        assert_eq!(account.pending().as_kilowatt_hours(), 5.0);
    }
}
