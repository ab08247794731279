//! Laws of conservation: they hold for any energy, any series and any way of cutting an interval.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use gpu_carbon_core::{
    Account, Conversion, CounterReading, Energy, Entry, EntryKind, Flow, Intensity, Interval,
    Meter, Power, Pue, Reading, SLOT, Series, Span, Timestamp, meter::Limits,
};
use proptest::prelude::*;

/// Milliseconds from the epoch: some before it, some off the five-minute steps.
fn time() -> impl Strategy<Value = Timestamp> {
    (-4_000_000_i64..4_000_000).prop_map(|millis| Timestamp::from_unix_micros(millis * 1000))
}

fn intensity() -> impl Strategy<Value = Intensity> {
    prop_oneof![Just(0.0), 0.0..2000.0]
        .prop_map(|grams| Intensity::from_grams_per_kilowatt_hour(grams).unwrap())
}

/// Points on a five-minute grid with holes in it.
fn series() -> impl Strategy<Value = Series> {
    prop::collection::btree_map(-14_i64..14, intensity(), 1..20).prop_map(|points| {
        let points = points
            .into_iter()
            .map(|(slot, intensity)| (Timestamp::from_unix_seconds(slot * 300), intensity));
        Series::with_step(points.collect(), SLOT).unwrap()
    })
}

/// Times in order: each pair of neighbours is one interval of a history.
fn history() -> impl Strategy<Value = Vec<Timestamp>> {
    prop::collection::btree_set(time(), 2..30).prop_map(|times| times.into_iter().collect())
}

fn energy_of(interval: Interval) -> Energy {
    gpu_carbon_core::Power::from_watts(700.0).unwrap() * interval.length()
}

fn intervals(times: &[Timestamp]) -> impl Iterator<Item = Interval> {
    times.windows(2).map(|pair| Interval::new(pair[0], pair[1]))
}

fn account_of(times: &[Timestamp], conversion: Option<&Conversion<'_>>) -> Account {
    let mut account = Account::default();
    for interval in intervals(times) {
        account.add(Flow { interval, energy: energy_of(interval) }, conversion);
    }
    account
}

/// The sums of a journal: converted joules, pending joules, grams.
#[derive(Debug, Default)]
struct Journal {
    converted: f64,
    pending: f64,
    grams: f64,
    /// Pending joules by slot.
    slots: std::collections::BTreeMap<Timestamp, f64>,
}

impl Journal {
    fn note(&mut self, entry: Entry) {
        let slot = entry.interval.start().floor_to(SLOT);
        assert!(entry.interval.end() <= slot + SLOT, "{entry:?} is of two slots");
        let joules = entry.energy.as_joules();
        let pending = match entry.kind {
            EntryKind::Converted(mass) => {
                self.converted += joules;
                self.grams += mass.as_grams();
                return;
            }
            EntryKind::Pending => joules,
            EntryKind::NoLongerPending => -joules,
        };
        self.pending += pending;
        *self.slots.entry(slot).or_default() += pending;
    }
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-12 * found.abs().max(expected.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn converted_and_pending_energy_are_all_that_was_measured(times in history(), series in series()) {
        let account = account_of(&times, Some(&Conversion { series: &series, pue: Pue::ONE }));
        let parts = account.converted() + account.pending();
        prop_assert!(close(parts.as_joules(), account.measured().as_joules()));
        let span = energy_of(Interval::new(times[0], times[times.len() - 1]));
        prop_assert!(close(account.measured().as_joules(), span.as_joules()));
    }

    #[test]
    fn cutting_an_interval_differently_changes_no_total(times in history(), series in series()) {
        let conversion = Conversion { series: &series, pue: Pue::from_number(1.2).unwrap() };
        let cut = account_of(&times, Some(&conversion));
        let whole = account_of(&[times[0], times[times.len() - 1]], Some(&conversion));
        prop_assert!(close(cut.measured().as_joules(), whole.measured().as_joules()));
        prop_assert!(close(cut.pending().as_joules(), whole.pending().as_joules()));
        prop_assert!(close(cut.emissions().as_grams(), whole.emissions().as_grams()));
    }

    /// An oracle of another kind: the sum over milliseconds that a person would write.
    #[test]
    fn grams_are_the_sum_over_slices(start in time(), millis in 1_u32..2_000, series in series()) {
        let end = start + Span::from_micros(u64::from(millis) * 1000);
        let account = account_of(&[start, end], Some(&Conversion { series: &series, pue: Pue::ONE }));
        let (mut grams, mut pending) = (0.0, 0.0);
        for milli in 0..u64::from(millis) {
            let now = start + Span::from_micros(milli * 1000);
            let joules = 0.7;
            let held = series.points().iter().rev().find(|(from, _)| *from <= now);
            match held.filter(|(from, _)| now.duration_since(*from) < SLOT) {
                Some((_, i)) => grams += joules / 3.6e6 * i.as_grams_per_kilowatt_hour(),
                None => pending += joules,
            }
        }
        prop_assert!((account.emissions().as_grams() - grams).abs() <= 1e-9 * grams);
        prop_assert!((account.pending().as_joules() - pending).abs() <= 1e-9 * pending);
    }

    #[test]
    fn late_intensities_make_the_same_total(times in history(), series in series()) {
        let conversion = Conversion { series: &series, pue: Pue::ONE };
        let in_time = account_of(&times, Some(&conversion));
        let mut late = account_of(&times, None);
        prop_assert!(late.emissions().as_grams() == 0.0);
        prop_assert_eq!(late.pending(), late.measured());
        late.convert_pending(&conversion);
        // Constant power, and a series that changes on the slots of pending energy: exact.
        prop_assert!(close(late.emissions().as_grams(), in_time.emissions().as_grams()));
        prop_assert!(close(late.pending().as_joules(), in_time.pending().as_joules()));
        let before = late.clone();
        late.convert_pending(&conversion);
        prop_assert_eq!(late.emissions(), before.emissions(), "energy is converted once");
    }

    /// Energy that is added without a conversion, with one, and converted late: the journal adds up to the totals.
    #[test]
    fn the_journal_adds_up_to_the_totals(times in history(), early in series(), late in series(), blind in 0_usize..30) {
        let pue = Pue::from_number(1.3).unwrap();
        let (mut account, mut journal) = (Account::default(), Journal::default());
        for (index, interval) in intervals(&times).enumerate() {
            let conversion = (index >= blind).then_some(Conversion { series: &early, pue });
            let flow = Flow { interval, energy: energy_of(interval) };
            account.add_and_journal(flow, conversion.as_ref(), &mut |entry| journal.note(entry));
        }
        for series in [&early, &late, &late] {
            account.convert_pending_and_journal(&Conversion { series, pue }, &mut |entry| journal.note(entry));
        }
        let whole = account.measured().as_joules();
        let near = |found: f64, expected: f64| (found - expected).abs() <= 1e-12 * whole.max(1.0);
        prop_assert!(near(journal.converted, account.converted().as_joules()));
        prop_assert!(near(journal.pending, account.pending().as_joules()));
        prop_assert!(close(journal.grams, account.emissions().as_grams()));
        for flow in account.pending_flows() {
            let slot = flow.interval.start().floor_to(SLOT);
            *journal.slots.entry(slot).or_default() -= flow.energy.as_joules();
        }
        prop_assert!(journal.slots.values().all(|&left| near(left, 0.0)), "{:?}", journal.slots);
    }

    /// An account that resumes from the pending energy of another counts the same as one that never stopped.
    #[test]
    fn an_account_that_resumes_counts_the_same(times in history(), early in series(), late in series(), stop in 0_usize..30) {
        let pue = Pue::from_number(1.3).unwrap();
        let early = Conversion { series: &early, pue };
        let late = Conversion { series: &late, pue };
        let (mut whole, mut part) = (Account::default(), Account::default());
        let mut before = [0.0; 2];
        for (index, interval) in intervals(&times).enumerate() {
            if index == stop {
                before[0] += part.measured().as_joules();
                before[1] += part.emissions().as_grams();
                part = Account::with_pending(part.pending_flows().collect::<Vec<_>>());
            }
            let flow = Flow { interval, energy: energy_of(interval) };
            whole.add(flow, Some(&early));
            part.add(flow, Some(&early));
        }
        whole.convert_pending(&late);
        part.convert_pending(&late);
        prop_assert!(close(before[0] + part.measured().as_joules(), whole.measured().as_joules()));
        prop_assert!(close(before[1] + part.emissions().as_grams(), whole.emissions().as_grams()));
        prop_assert!(close(part.pending().as_joules(), whole.pending().as_joules()));
    }

    #[test]
    fn segments_tile_their_interval(start in time(), end in time(), series in series()) {
        let interval = Interval::new(start, end);
        let segments: Vec<_> = series.segments(interval).collect();
        prop_assert_eq!(segments[0].interval.start(), interval.start());
        prop_assert_eq!(segments[segments.len() - 1].interval.end(), interval.end());
        for pair in segments.windows(2) {
            prop_assert_eq!(pair[0].interval.end(), pair[1].interval.start());
        }
        for segment in &segments {
            prop_assert_eq!(series.at(segment.interval.start()).intensity, segment.intensity);
            prop_assert!(segments.len() == 1 || segment.interval.length() > Span::ZERO);
        }
    }

    /// However often a counter is read, and wherever it restarts, the energy is the sum of its rises.
    #[test]
    fn the_energy_of_a_counter_is_the_sum_of_its_rises(rises in prop::collection::vec((0_u64..900_000, any::<bool>(), 4_u64..40), 1..50)) {
        let mut meter = Meter::new(Limits::default());
        let (mut shown, mut expected, mut counted, mut seconds) = (10_000_000_u64, 0_u64, 0.0, 0);
        let mut resets = (0, 0);
        let mut read = |seconds, shown| {
            let uptime = Span::from_seconds(seconds);
            let seen = meter.observe(Reading::of_counter(Timestamp::EPOCH + uptime, uptime, shown));
            counted += seen.flow.map_or(0.0, |flow| flow.energy.as_joules());
            resets.1 += seen.events.len();
        };
        read(seconds, shown);
        for (rise, reset, wait) in rises {
            // A counter that stays at a lower value has restarted, unless it is lower by 1 J at most: that is jitter.
            let reset = reset && 2 * rise < shown && shown - rise > 1000;
            shown = if reset { rise } else { shown + rise };
            expected += rise;
            resets.0 += usize::from(reset);
            seconds += wait;
            read(seconds, shown);
            if reset {
                seconds += wait;
                read(seconds, shown);
            }
        }
        prop_assert_eq!(resets.0, resets.1);
        prop_assert!(close(counted * 1000.0, expected as f64));
    }

    /// Whatever meter answers when, at a constant power the energy is power times time, up to a step of the counter
    /// at each end.
    #[test]
    fn the_energy_is_the_same_whichever_meter_answers(readings in prop::collection::vec((0_u8..10, 1_u64..40), 1..400)) {
        let mut meter = Meter::new(Limits::default());
        let watts = Power::from_watts(300.0).unwrap();
        let (mut tenths, mut counted, mut counted_until, mut start) = (50_000_u64, 0.0, 50_000, None);
        let mut has_good_value = false;
        for (kind, wait) in readings {
            tenths += wait;
            let uptime = Span::from_micros(tenths * 100_000);
            let value = CounterReading::Millijoules(tenths * 30_000);
            let counter = match kind {
                0..5 => value,
                5 if has_good_value => CounterReading::Millijoules(7),
                5 => value,
                6..8 => CounterReading::Failed,
                _ => CounterReading::Skipped,
            };
            if let CounterReading::Millijoules(shown) = counter {
                has_good_value = shown != 7; // a second low value in a row would be a counter that stands
            }
            let reading = Reading { at: Timestamp::EPOCH + uptime, uptime, counter, power: Some(watts) };
            let seen = meter.observe(reading);
            counted += seen.flow.map_or(0.0, |flow| flow.energy.as_joules());
            prop_assert_eq!(seen.unseen, Span::ZERO);
            if seen.is_counted {
                counted_until = tenths;
                start.get_or_insert(tenths);
            }
        }
        let truth = start.map_or(0.0, |start| 30.0 * (counted_until - start) as f64);
        prop_assert!((counted - truth).abs() < 1e-6 * truth.max(1.0), "{counted} J, truly {truth} J");
    }
}
