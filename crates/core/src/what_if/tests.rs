use std::string::{String, ToString};
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::job::Job;
use crate::schedule::{Milestone, PauseCosts};
use crate::time::SLOT;
use crate::{Energy, Intensity, Power, Pue, Series, Signal, Span, Timestamp};

fn series(values: &[f64]) -> Series {
    let at = |slot: u64| Timestamp::EPOCH + Span::from_seconds(300 * slot);
    let grams = |&value: &f64| Intensity::from_grams_per_kilowatt_hour(value).unwrap();
    Series::with_step((0..).map(at).zip(values.iter().map(grams)).collect(), SLOT).unwrap()
}

fn request(slots: usize, window: usize) -> Request {
    let [slots, window] = [slots, window].map(|count| u64::try_from(count).unwrap());
    let duration = Span::from_seconds(300 * slots);
    let job = Job::of_power(duration, Power::from_watts(1200.0).unwrap()).unwrap();
    let mut request = Request::new(job, Timestamp::EPOCH);
    request.window = Span::from_seconds(300 * window);
    request
}

fn region<'a>(name: &'a str, signal: Signal, series: &'a Series) -> Region<'a> {
    Region { name, source: "", signal, scope: None, series }
}

#[test]
fn home_is_named_or_the_first_of_its_signal() {
    let flat = series(&[100.0]);
    let regions = [
        region("a", Signal::Marginal, &flat),
        region("a", Signal::Average, &flat),
        region("b", Signal::Average, &flat),
    ];
    let home = |home: Option<&str>, signal| {
        let mut request = request(1, 0);
        (request.home, request.signal) = (home.map(String::from), signal);
        let answer = Answer::to(&request, &regions).map_err(|error| error.to_string())?;
        Ok::<_, String>((answer.home().region.name.to_string(), answer.home().region.signal))
    };
    assert_eq!(home(None, None), Ok(("a".to_string(), Signal::Marginal)));
    assert_eq!(home(None, Some(Signal::Average)), Ok(("a".to_string(), Signal::Average)));
    assert_eq!(home(Some("b"), None), Ok(("b".to_string(), Signal::Average)));
    assert_eq!(home(Some("a"), Some(Signal::Average)), Ok(("a".to_string(), Signal::Average)));
    let unknown = home(Some("b"), Some(Signal::Marginal)).unwrap_err();
    assert!(unknown.starts_with("the home region b is none of those given"), "{unknown}");
    let request = Request { signal: Some(Signal::Average), ..request(1, 0) };
    assert_eq!(Answer::to(&request, &[]).unwrap_err(), WhatIfError::NoRegion);
    let none = Answer::to(&request, &regions[..1]).unwrap_err();
    assert_eq!(none, WhatIfError::NoneOfSignal(Signal::Average));
}

#[test]
fn the_error_of_a_region_names_it() {
    let (long, short) = (series(&[1.0; 9]), series(&[1.0; 3]));
    let regions = [region("a", Signal::Marginal, &long), region("b", Signal::Marginal, &short)];
    let error = Answer::to(&request(4, 2), &regions).unwrap_err();
    assert!(matches!(error, WhatIfError::Region { region, .. } if region == "b"));
}

#[test]
fn two_signals_and_their_disagreements_are_warnings() {
    let (falls, rises) = (series(&[300.0, 100.0]), series(&[50.0, 90.0]));
    let warnings = |regions: &[Region<'_>]| -> Vec<String> {
        let request = request(1, 1);
        let answer = Answer::to(&request, regions).unwrap();
        Warning::all_of(&answer).iter().map(|warning| std::format!("{warning:?}")).collect()
    };
    assert!(warnings(&[region("a", Signal::Marginal, &falls)]).is_empty());
    let agree = [region("a", Signal::Marginal, &falls), region("a", Signal::Average, &falls)];
    assert_eq!(warnings(&agree), ["TwoSignals"]);
    let start = [region("a", Signal::Marginal, &falls), region("b", Signal::Average, &rises)];
    let found = warnings(&start);
    assert!(found.len() == 2 && found[1].starts_with("Start"), "no choice of region: {found:?}");
    let place = [
        region("a", Signal::Marginal, &falls),
        region("b", Signal::Marginal, &rises),
        region("a", Signal::Average, &rises),
        region("b", Signal::Average, &falls),
    ];
    let found = warnings(&place);
    assert!(found.len() == 3 && found[1].starts_with("Region"), "{found:?}");
    let long = request(73 * 12, 0);
    let year = series(&[1.0; 1000]);
    let answer = Answer::to(&long, &[region("a", Signal::Marginal, &year)])
        .map(|answer| Warning::all_of(&answer));
    assert!(matches!(answer.unwrap()[..], [Warning::BeyondForecasts { .. }]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Each shift equals a count over every region and slot, and the laws between them hold.
    #[test]
    fn shifts_equal_a_count(
        values in prop::collection::vec(prop::collection::vec(prop_oneof![Just(0.0), Just(200.0), 0.0..900.0_f64], 12), 1..5),
        slots in 1_usize..6,
        window in 0_usize..6,
        home in 0_usize..5,
        cost in prop_oneof![Just(0.0), 0.0..0.1_f64],
        pue in 1.0..2.0_f64,
    ) {
        let names = ["a", "b", "c", "d"];
        let all: Vec<Series> = values.iter().map(|values| series(values)).collect();
        let home = home % all.len();
        let mut request = request(slots, window);
        request.home = Some(names[home].to_string());
        request.pue = Pue::from_number(pue).unwrap();
        request.pause_costs = PauseCosts { energy: Energy::from_kilowatt_hours(cost).unwrap(), ..PauseCosts::default() };
        let mut regions: Vec<Region<'_>> = names.iter().zip(&all).map(|(name, series)| region(name, Signal::Marginal, series)).collect();
        // A region of the other signal, cleaner than all: it must not compete.
        let clean = series(&[0.0; 12]);
        regions.push(region("clean", Signal::Average, &clean));
        let answer = Answer::to(&request, &regions).unwrap();
        let shifts = Shifts::of(&answer);

        // 1.2 kW over five minutes is 0.1 kWh.
        let run = |values: &[f64], from: usize| -> f64 {
            values.iter().skip(from).take(slots).sum::<f64>() * 0.1 * pue
        };
        let near = |found: crate::Mass, expected: f64| (found.as_grams() - expected).abs() < 1e-9 * (1.0 + expected);
        let least = |of: &mut dyn Iterator<Item = f64>| of.fold(f64::INFINITY, f64::min);
        let now = run(&values[home], 0);
        prop_assert!(near(shifts.moving.emissions, least(&mut values.iter().map(|values| run(values, 0)))));
        prop_assert!(near(shifts.waiting.emissions, least(&mut (0..=window).map(|from| run(&values[home], from)))));
        prop_assert_eq!(shifts.waiting.region, names[home]);
        prop_assert!(shifts.pausing.emissions <= shifts.waiting.emissions);
        prop_assert!(shifts.all.emissions <= shifts.pausing.emissions && shifts.all.emissions <= shifts.moving.emissions);
        let ranking = answer.ranking(Signal::Marginal);
        prop_assert_eq!(ranking.len(), all.len());
        prop_assert!(ranking.is_sorted_by(|a, b| a.best().emissions <= b.best().emissions));
        prop_assert_eq!(ranking[0].region.name, shifts.all.region);
        prop_assert_eq!(answer.best().region.name, shifts.all.region);
        for shift in [shifts.moving, shifts.waiting, shifts.pausing, shifts.all] {
            prop_assert_eq!(shift.saving_ratio.is_none(), now == 0.0);
            let expected = 1.0 - shift.emissions.as_grams() / now;
            prop_assert!(shift.saving_ratio.is_none_or(|ratio| ratio >= 0.0 && (ratio - expected).abs() < 1e-9));
        }
        if cost == 0.0 {
            let mut cheapest: Vec<f64> = values[home].iter().take(slots + window).copied().collect();
            cheapest.sort_by(f64::total_cmp);
            prop_assert!(near(shifts.pausing.emissions, run(&cheapest, 0)));
        }
    }
}

/// The best start would miss the milestone; of those that do not, the first emits least, and pausing less than that.
#[test]
fn no_plan_misses_a_milestone() {
    let series = series(&[500.0, 500.0, 900.0, 600.0, 600.0, 50.0, 50.0, 50.0]);
    let mut request = request(2, 6);
    let by = |slot: u64| Timestamp::EPOCH + Span::from_seconds(300 * slot);
    request.pause_costs.milestones = std::vec![Milestone { work: SLOT, by: by(2) }];
    let regions = [region("a", Signal::Marginal, &series)];
    let answer = Answer::to(&request, &regions).unwrap();
    let plans = answer.home();
    assert_eq!(plans.flexible_start.schedule, plans.baseline.schedule);
    assert!(plans.best().emissions < plans.flexible_start.emissions);
    assert_eq!(
        plans.best().schedule.extent().map(|it| (it.start(), it.end())),
        Some((by(0), by(6)))
    );
    let paused = &plans.pause_and_resume;
    assert!(paused.costs.as_ref().unwrap().pausing_pays);
    let shifts = Shifts::of(&answer);
    assert_eq!(shifts.waiting.emissions, plans.baseline.emissions);
    assert_eq!(shifts.all.emissions, paused.plan.emissions);
}

/// Hourly values of 40 days, of which one hour of the last is missing: the spreads are those of the days planned one by one,
/// and the days whose time lacks the hour are left out.
#[test]
fn a_season_is_the_spread_of_its_days() {
    let hours = 40 * 24;
    let value = |hour: u64| 100.0 + f64::from(u32::try_from(hour * 7919 % 331).unwrap());
    let at = |hour: u64| Timestamp::EPOCH + Span::from_seconds(3600 * hour);
    let missing = 31 * 24 + 2;
    let points = (0..hours)
        .filter(|&hour| hour != missing)
        .map(|hour| (at(hour), Intensity::from_grams_per_kilowatt_hour(value(hour)).unwrap()));
    let series = Series::with_step(points.collect(), Span::from_seconds(3600)).unwrap();
    let mut request = request(12, 24);
    request.start = at(20 * 24);
    let region = region("a", Signal::Average, &series);
    let season = SeasonalPlans::of(&request, region).unwrap();
    let mut days = Vec::new();
    for day in 6..=34 {
        let mut of_day = request.clone();
        of_day.start = at(day * 24);
        if day != 31 {
            days.push(Plans::of(&of_day, region).unwrap());
        } else {
            assert!(Plans::of(&of_day, region).is_err());
        }
    }
    assert_eq!((season.starts, season.left_out), (28, 1));
    let spread = |of: &dyn Fn(&Plans<'_>) -> crate::Mass| {
        crate::evaluate::Distribution::of(days.iter().map(of)).unwrap()
    };
    assert_eq!(season.baseline.emissions, spread(&|day| day.baseline.emissions));
    assert_eq!(season.flexible_start.emissions, spread(&|day| day.flexible_start.emissions));
    let paused = spread(&|day| day.pause_and_resume.plan.emissions);
    assert_eq!(season.pause_and_resume.emissions, paused);
    // The usual start is one delay for all days, so it is no better than each day's best.
    let usual = season.usual_start.spread.emissions;
    assert!(season.flexible_start.emissions.mean <= usual.mean);
    assert!(usual.mean <= season.baseline.emissions.mean);
    request.start = at(200 * 24);
    assert!(SeasonalPlans::of(&request, region).is_err(), "no day is covered");
}
