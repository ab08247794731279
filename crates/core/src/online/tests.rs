//! Laws that every policy must obey, and small cases with known results.

use super::*;
use proptest::prelude::*;
use std::boxed::Box;
use std::vec;
use std::vec::Vec;

fn policies() -> Vec<Box<dyn Policy>> {
    let thresholds = Thresholds::new(1.0, 500.0, 7, 20.0).unwrap();
    vec![
        Box::new(Percentile::default()),
        Box::new(Percentile { share: Some(0.3) }),
        Box::new(DoubleThreshold(thresholds)),
        Box::new(Diurnal),
        Box::new(Replan::default()),
        Box::new(Replan::of_past(&wavering(0.999, 40))),
    ]
}

/// Days around 300 g/kWh: in every slot a random departure is added, and the sum is multiplied by the persistence.
pub(super) fn wavering(persistence: f64, days: usize) -> Vec<f64> {
    // A linear congruential generator: the same noise every time.
    let mut state = 1_u64;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        f64::from((state >> 40) as u32) / f64::from(1_u32 << 24) - 0.5
    };
    let mut by = 0.0;
    let mut next = |_| {
        by = persistence * by + 5.0 * noise();
        300.0 + by
    };
    (0..days * SLOTS_PER_DAY).map(&mut next).collect()
}

/// A job whose pauses cost a share of a slot to resume, and nothing else.
fn job(work: usize, window: usize, resume: f64) -> SlotJob {
    SlotJob { work, window, costs: PauseShares { resume, paused: 0.0 } }
}

/// A policy that takes its predictions as certain.
fn certain() -> Replan {
    let mut policy = Replan::default();
    policy.doubt = 0.0;
    policy
}

/// Identical days: 400 g/kWh, but 100 from slot 120 to slot 179.
fn days(count: usize) -> Vec<f64> {
    let day = (0..SLOTS_PER_DAY).map(|slot| if (120..180).contains(&slot) { 100.0 } else { 400.0 });
    let day: Vec<f64> = day.collect();
    day.iter().copied().cycle().take(count * SLOTS_PER_DAY).collect()
}

#[test]
fn a_day_like_every_other_is_predicted() {
    let values = days(20);
    let start = 16 * SLOTS_PER_DAY;
    for policy in [&mut Diurnal as &mut dyn Policy, &mut Replan::default()] {
        let found = simulate(policy, &Trace::new(&values), start, &job(40, 288, 0.0)).unwrap();
        assert_eq!(found.share_of_oracle_saving(), Some(1.0));
        assert_eq!((found.oracle, found.baseline), (4000.0, 16_000.0));
        assert_eq!(found.ran, (start + 120..start + 160).collect::<Vec<_>>());
        assert_eq!((found.pauses, found.regret()), (0, 0.0));
    }
}

#[test]
fn a_pause_is_made_only_if_it_saves_more_than_its_cost() {
    // The cheap hours are in two parts, with one expensive slot between them.
    let mut values = days(20);
    values.iter_mut().skip(140).step_by(SLOTS_PER_DAY).for_each(|value| *value = 300.0);
    let trace = Trace::new(&values);
    let run = |cost| {
        let mut policy = certain();
        simulate(&mut policy, &trace, 16 * SLOTS_PER_DAY + 100, &job(59, 80, cost)).unwrap()
    };
    let (free, cheap, expensive) = (run(0.0), run(1.0), run(4.0));
    assert_eq!((free.pauses, free.emissions), (1, 5900.0));
    assert_eq!((cheap.pauses, cheap.emissions), (1, 6000.0));
    assert_eq!((expensive.pauses, expensive.emissions), (0, 6100.0));
    assert!([&free, &cheap, &expensive].iter().all(|found| found.regret() == 0.0));
}

#[test]
fn the_oracle_is_the_cheapest_choice() {
    // The cost is not convex in the work, as this case shows: no threshold on slots finds all of these.
    let values = [0.0, 0.0, 100.0, 0.0, 0.0, 0.0];
    let least = |work, cost| {
        let trace = Trace::new(&values);
        simulate(&mut Diurnal, &trace, 0, &job(work, 6 - work, cost)).unwrap().oracle
    };
    assert_eq!([1, 2, 3, 4, 5, 6].map(|work| least(work, 0.5)), [0.0, 0.0, 0.0, 0.0, 0.0, 100.0]);
    // A resume is converted at the intensity of its own slot.
    let trace = Trace::new(&[10.0, 90.0, 20.0]);
    let found = simulate(&mut Diurnal, &trace, 0, &job(2, 1, 0.5)).unwrap();
    assert_eq!((found.oracle, found.baseline, found.emissions), (40.0, 100.0, 100.0));
}

#[test]
fn the_percentile_is_of_the_forecast_or_of_yesterday() {
    let values = [50.0, 40.0, 60.0, 30.0];
    let forecasts: [&[f64]; 4] = [&[40.0, 60.0], &[60.0, 30.0], &[30.0, 0.0], &[]];
    let mut policy = Percentile { share: Some(0.5) };
    let found = |trace: &Trace<'_>, policy: &mut Percentile| {
        simulate(policy, trace, 0, &job(1, 3, 0.0)).unwrap().ran
    };
    assert_eq!(found(&Trace::with_forecasts(&values, &forecasts), &mut policy), [0]);
    policy.share = Some(0.0);
    assert_eq!(found(&Trace::with_forecasts(&values, &forecasts), &mut policy), [3]);
    let yesterday = days(3);
    let found = simulate(
        &mut Percentile::default(),
        &Trace::new(&yesterday),
        SLOTS_PER_DAY,
        &job(60, 228, 0.0),
    );
    assert_eq!(found.unwrap().share_of_oracle_saving(), Some(1.0));
}

#[test]
fn without_a_past_the_job_runs() {
    let values = [400.0, 100.0, 100.0, 100.0];
    for policy in [&mut Diurnal as &mut dyn Policy, &mut certain()] {
        assert_eq!(simulate(policy, &Trace::new(&values), 0, &job(2, 2, 0.0)).unwrap().ran, [0, 1]);
    }
    assert_eq!(predict(&[], &[], 2), [0.0, 0.0]);
    assert_eq!(predict(&[5.0], &[3.0], 3), [5.0, 5.0, 5.0], "too short a forecast");
}

#[test]
fn doubt_lowers_the_expectation_even_without_a_past() {
    let values = days(2);
    let mut policy = Replan::default();
    let found = simulate(&mut policy, &Trace::new(&values), 0, &job(40, 288, 0.0)).unwrap();
    assert!(found.share_of_oracle_saving() > Some(0.95), "{found:?}");
}

#[test]
fn the_usual_day_is_predicted_and_a_departure_fades() {
    let mut values = days(29);
    let usual = predict(&values, &[], 2 * SLOTS_PER_DAY);
    assert!(usual.iter().zip(&values).all(|(found, value)| (found - value).abs() < 1e-9));
    *values.last_mut().unwrap() += 100.0;
    let found = predict(&values, &[], 288);
    assert!(
        found[0] > 470.0 && found[11] > 425.0 && found[71] > 405.0 && found[71] < 420.0,
        "{found:?}"
    );
    // A service's forecast counts, and beyond three hours is used as it is.
    let forecast_values: Vec<f64> = vec![200.0; 40];
    let found = predict(&days(29), &forecast_values, 45);
    assert!(found[11] < 350.0 && found[39] == 200.0 && found[40] > 250.0, "{found:?}");
}

#[test]
fn an_invalid_simulation_is_an_error() {
    let values = [1.0; 10];
    let run = |start, work| simulate(&mut Diurnal, &Trace::new(&values), start, &job(work, 4, 0.0));
    assert_eq!(run(0, 0).unwrap_err(), TraceError::NoWork);
    assert_eq!(run(2, 5).unwrap_err(), TraceError::TooShort { needed: 9, found: 8 });
    assert_eq!(run(20, 5).unwrap_err(), TraceError::TooShort { needed: 9, found: 0 });
    assert!(run(1, 5).is_ok() && run(1, usize::MAX).is_err());
}

/// The least emissions, by trying every choice of slots.
fn least(values: &[f64], work: usize, costs: PauseShares) -> f64 {
    let emissions = |ran: u32| {
        let (first, last) = (ran.trailing_zeros() as usize, ran.ilog2() as usize);
        let slots = values.iter().enumerate().take(last + 1).skip(first);
        let shares = slots.map(|(slot, value)| {
            let runs = ran >> slot & 1 == 1;
            let resumes = slot > first && ran >> (slot - 1) & 1 == 0;
            let share = if resumes { 1.0 + costs.resume } else { 1.0 };
            value * if runs { share } else { costs.paused }
        });
        shares.sum::<f64>()
    };
    let choices = (1_u32..1 << values.len()).filter(|ran| ran.count_ones() as usize == work);
    choices.map(emissions).fold(f64::MAX, f64::min)
}

#[test]
fn a_pause_that_draws_almost_as_much_as_a_run_is_not_made() {
    // A cheap hour is followed by an expensive one and a slightly cheaper one.
    let mut values = days(20);
    for day in values.chunks_mut(SLOTS_PER_DAY) {
        day[150..180].fill(115.0);
    }
    let trace = Trace::new(&values);
    let run = |paused| {
        let costs = PauseShares { resume: 0.0, paused };
        let slots = SlotJob { work: 50, window: 288, costs };
        simulate(&mut certain(), &trace, 15 * SLOTS_PER_DAY + 165, &slots).unwrap()
    };
    let (free, costly) = (run(0.0), run(0.17));
    assert_eq!((free.pauses, free.emissions), (1, 15.0 * 115.0 + 30.0 * 100.0 + 5.0 * 115.0));
    assert_eq!((costly.pauses, costly.regret()), (0, 0.0), "{costly:?}");
    assert_eq!(costly.ran[0], 16 * SLOTS_PER_DAY + 120, "to wait for the start costs nothing");
}

fn costs() -> impl Strategy<Value = PauseShares> {
    let resume = prop_oneof![Just(0.0), 0.0..5.0_f64];
    let paused = prop_oneof![Just(0.0), 0.0..1.0_f64];
    (resume, paused).prop_map(|(resume, paused)| PauseShares { resume, paused })
}

proptest! {
    #[test]
    fn the_oracle_is_the_cheapest_of_all_choices(
        values in prop::collection::vec(prop_oneof![Just(0.0), 0.0..500.0_f64], 1..12),
        work in 1_usize..12, costs in costs(),
    ) {
        let work = work.min(values.len());
        let job = SlotJob { work, window: values.len() - work, costs };
        let found = simulate(&mut Diurnal, &Trace::new(&values), 0, &job).unwrap();
        let expected = least(&values, work, costs);
        prop_assert!((found.oracle - expected).abs() < 1e-9, "{}, {}", found.oracle, expected);
        // A policy without a past runs at once.
        prop_assert!((found.emissions - found.baseline).abs() < 1e-9);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_policy_meets_the_deadline_and_none_beats_the_oracle(
        noise in prop::collection::vec(0.0..500.0_f64, 700), start in 0_usize..600,
        work in 1_usize..40, window in 0_usize..60, costs in costs(),
        reach in prop_oneof![Just(0_usize), Just(3), Just(36)],
    ) {
        let forecast_values: Vec<f64> = noise.iter().rev().copied().cycle().take(700 * reach).collect();
        let forecasts: Vec<&[f64]> = forecast_values.chunks(reach.max(1)).collect();
        let trace = Trace::with_forecasts(&noise, &forecasts);
        for mut policy in policies() {
            let found = simulate(&mut *policy, &trace, start, &SlotJob { work, window, costs }).unwrap();
            prop_assert_eq!(found.ran.len(), work);
            prop_assert!(found.ran.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(found.ran[0] >= start && found.ran[work - 1] < start + work + window);
            let pauses = found.ran.windows(2).filter(|pair| pair[0] + 1 < pair[1]).count();
            prop_assert_eq!(found.pauses, pauses);
            let emissions: f64 = (found.ran[0]..=found.ran[work - 1])
                .map(|slot| match found.ran.binary_search(&slot) {
                    Ok(0) => noise[slot],
                    Ok(at) if found.ran[at - 1] + 1 == slot => noise[slot],
                    Ok(_) => noise[slot] * (1.0 + costs.resume),
                    Err(_) => noise[slot] * costs.paused,
                })
                .sum();
            prop_assert!((found.emissions - emissions).abs() < 1e-6, "{} {}", found.emissions, emissions);
            prop_assert!(found.regret() >= -1e-9 && found.oracle <= found.baseline + 1e-9, "{}", found.regret());
            if window == 0 {
                prop_assert_eq!(found.emissions, found.baseline);
            }
        }
    }

    #[test]
    fn future_values_change_no_earlier_decision(
        noise in prop::collection::vec(0.0..500.0_f64, 700), other in 0.0..500.0_f64,
        work in 1_usize..20, window in 1_usize..40, costs in costs(),
        known in 0_usize..60, reach in prop_oneof![Just(0_usize), Just(36)],
    ) {
        let start = 600;
        let known = known.min(work + window - 1);
        let mut changed = noise.clone();
        changed.iter_mut().skip(start + known + 1).for_each(|value| *value = other);
        let forecast_values: Vec<f64> = noise.iter().rev().copied().cycle().take(700 * reach).collect();
        let forecasts: Vec<&[f64]> = forecast_values.chunks(reach.max(1)).collect();
        // Up to the last known slot the forecasts are the same; after it there is none.
        let fewer = forecasts.get(..=start + known).unwrap_or(&[]);
        for mut policy in policies() {
            let mut ran = |values: &[f64], forecasts: &[&[f64]]| {
                let trace = Trace::with_forecasts(values, forecasts);
                let found = simulate(&mut *policy, &trace, start, &SlotJob { work, window, costs }).unwrap();
                found.ran.into_iter().filter(|&slot| slot <= start + known).collect::<Vec<_>>()
            };
            prop_assert_eq!(ran(&noise, &forecasts), ran(&changed, fewer));
        }
    }
}
