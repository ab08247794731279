//! The rest of a whole: nothing is lost, and nothing falls.

use gpu_carbon_core::remainder::Remainder;
use gpu_carbon_core::sum::Sum;
use gpu_carbon_core::{Energy, Span};
use proptest::prelude::*;

fn joules(joules: f64) -> Energy {
    Energy::from_joules(joules).unwrap()
}

proptest! {
    #[test]
    fn the_whole_is_its_parts_and_the_rest(
        seconds in prop::collection::vec((0.0..2000.0, 0.0..2000.0, 1_u64..20), 1..200),
    ) {
        let mut remainder = Remainder::default();
        let (mut balance, mut grown, mut uptime) = (Sum::default(), Sum::default(), 0);
        for (whole, parts, length) in seconds {
            uptime += length;
            let before = (remainder.rest(), remainder.disagreement());
            let more = remainder.add(joules(whole), joules(parts), Span::from_seconds(uptime));
            grown.add(more.as_joules());
            balance.add(whole);
            balance.add(-parts);
            let [rest, disagreement, debt] =
                [remainder.rest(), remainder.disagreement(), remainder.debt()].map(Energy::as_joules);
            prop_assert!((rest - disagreement - debt - balance.value()).abs() <= 1e-9 * 2000.0);
            prop_assert!((rest - grown.value()).abs() <= 1e-9 * rest.max(1.0));
            prop_assert!(remainder.rest() >= before.0 && remainder.disagreement() >= before.1);
        }
    }

    #[test]
    fn meters_that_agree_and_are_read_at_other_times_never_disagree(
        parts in prop::collection::vec(0.0..700.0, 100..300),
        rest in 50.0..200.0,
    ) {
        // The parts are read a second after the whole, so their load of the second before is added.
        let mut remainder = Remainder::default();
        let mut late = 0.0;
        for (second, &part) in (0..).zip(&parts) {
            remainder.add(joules(part + rest), joules(late), Span::from_seconds(second));
            late = part;
        }
        prop_assert_eq!(remainder.disagreement(), Energy::ZERO);
        let truth: f64 = rest * parts.len() as f64 + late;
        let found = remainder.rest().as_joules() - remainder.debt().as_joules();
        prop_assert!((found - truth).abs() <= 1e-9 * truth, "{found} J, truly {truth} J");
    }
}

proptest! {
    #[test]
    fn the_rest_makes_up_for_parts_that_come_late(
        seconds in prop::collection::vec((0.0..2000.0, 0.0..2000.0, 0.0..5000.0), 1..200),
    ) {
        let mut remainder = Remainder::default();
        let mut balance = Sum::default();
        for ((whole, parts, late), second) in seconds.into_iter().zip(0..) {
            let before = (remainder.rest(), remainder.disagreement());
            let late = if late < 4000.0 { 0.0 } else { late };
            remainder.owe(joules(late));
            remainder.add(joules(whole), joules(parts), Span::from_seconds(second));
            balance.add(whole);
            balance.add(-parts);
            balance.add(-late);
            let [rest, disagreement, debt, owed] =
                [remainder.rest(), remainder.disagreement(), remainder.debt(), remainder.owed()]
                    .map(Energy::as_joules);
            let error = rest - disagreement - debt - owed - balance.value();
            prop_assert!(error.abs() <= 1e-9 * 5000.0, "{error}");
            prop_assert!(remainder.rest() >= before.0 && remainder.disagreement() >= before.1);
        }
    }
}

#[test]
fn what_is_owed_is_no_disagreement_however_long_it_takes() {
    let mut remainder = Remainder::default();
    remainder.owe(joules(5000.0));
    for second in 0..50 {
        let more = remainder.add(joules(400.0), joules(300.0), Span::from_seconds(second));
        assert_eq!(more, Energy::ZERO);
    }
    assert_eq!((remainder.owed(), remainder.disagreement()), (Energy::ZERO, Energy::ZERO));
    let more = remainder.add(joules(400.0), joules(300.0), Span::from_seconds(50));
    assert_eq!(more.as_joules(), 100.0);
}

#[test]
fn parts_that_stay_more_than_the_whole_disagree() {
    let mut remainder = Remainder::default();
    for second in 0..60 {
        assert_eq!(
            remainder.add(joules(100.0), joules(101.0), Span::from_seconds(second)),
            Energy::ZERO
        );
        assert_eq!(remainder.disagreement(), Energy::ZERO, "it may be paid yet");
    }
    remainder.add(joules(100.0), joules(101.0), Span::from_seconds(60));
    assert_eq!(remainder.disagreement().as_joules(), 61.0);
    assert_eq!(remainder.debt(), Energy::ZERO);
    let more = remainder.add(joules(100.0), joules(60.0), Span::from_seconds(61));
    assert_eq!(more.as_joules(), 40.0);
}
