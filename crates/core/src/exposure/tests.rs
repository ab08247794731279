use super::*;
use crate::series::Series;
use crate::time::{Interval, SLOT, Span, Timestamp};
use crate::units::{Intensity, Power};
use proptest::prelude::*;
use std::vec;

fn grams(value: f64) -> Intensity {
    Intensity::from_grams_per_kilowatt_hour(value).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

#[test]
fn the_sum_of_the_parts_is_the_whole_to_the_bit() {
    let tenth = Exposure::new(grams(0.1), Span::from_seconds(300));
    let ten: Exposure = (0..10).fold(Exposure::ZERO, |sum, _| sum + tenth);
    assert_eq!(ten, Exposure::new(grams(0.1), Span::from_seconds(3000)));
    assert_eq!(ten - tenth + tenth, ten);
}

#[test]
fn a_kilowatt_for_an_hour_emits_the_intensity() {
    let hour = Exposure::new(grams(356.9), Span::from_seconds(3600));
    let found = hour.emissions_of(Power::from_watts(1000.0).unwrap()).as_grams();
    assert!((found / 356.9 - 1.0).abs() < 1e-14, "{found}");
    let mean = hour.mean_over(Span::from_seconds(3600)).unwrap();
    assert!((mean.as_grams_per_kilowatt_hour() / 356.9 - 1.0).abs() < 1e-14);
    assert_eq!(hour.mean_over(Span::ZERO), None);
}

#[test]
fn the_largest_exposure_does_not_overflow() {
    let most = Exposure::new(grams(f64::MAX), Span::from_days(366 * 100));
    assert!(most > Exposure::ZERO && most + most > most);
    let beyond = Exposure::new(grams(f64::MAX), Span::ALL);
    assert!(beyond > most && beyond + beyond == beyond, "it stays at the most there is");
}

#[test]
fn an_uncovered_interval_is_an_error_with_its_reason() {
    let points = vec![(at(0), grams(100.0)), (at(300), grams(200.0)), (at(900), grams(300.0))];
    let series = Series::with_step(points, SLOT).unwrap();
    let exposures = Exposures::of(&series);
    let over = |from, to| exposures.over(Interval::new(at(from), at(to)));
    assert_eq!(
        over(60, 600),
        Ok(Exposure::new(grams(100.0), Span::from_seconds(240))
            + Exposure::new(grams(200.0), Span::from_seconds(300)))
    );
    assert_eq!(over(900, 1200), Ok(Exposure::new(grams(300.0), Span::from_seconds(300))));
    assert_eq!(over(400, 901), Err(CoverageError::Gap { gap: Interval::new(at(600), at(900)) }));
    let covered = Interval::new(at(0), at(1200));
    assert_eq!(over(900, 1201), Err(CoverageError::Outside { covered }));
    assert_eq!(over(-1, 10), Err(CoverageError::Outside { covered }));
    assert_eq!(over(30, 30), Ok(Exposure::ZERO));
}

#[test]
fn covered_time_has_a_mean_and_a_gap_has_none() {
    let points = vec![(at(0), grams(100.0)), (at(300), grams(200.0)), (at(900), grams(300.0))];
    let series = Series::with_step(points, SLOT).unwrap();
    let exposures = Exposures::owning(series);
    let over = |from, to| {
        let mean = exposures.mean_of_covered(Interval::new(at(from), at(to)));
        mean.map(Intensity::as_grams_per_kilowatt_hour)
    };
    assert_eq!(over(0, 600), Some(150.0));
    assert_eq!(over(300, 1200), Some(250.0), "the gap counts for nothing");
    assert_eq!(over(-600, 300), Some(100.0), "nor does what is before the first value");
    assert_eq!([over(600, 900), over(-600, 0), over(1200, 1500), over(60, 60)], [None; 4]);
}

#[test]
fn a_constant_covers_any_time() {
    for value in [356.9, 1e6] {
        let series = Series::constant(grams(value));
        let found = Exposures::of(&series).over(Interval::new(at(-10), at(1_600_000_000)));
        let expected = Exposure::new(grams(value), Span::from_seconds(1_600_000_010));
        assert_eq!(found, Ok(expected));
    }
}

proptest! {
    /// The comparison by integers, without a quotient: a mean is at most another if its exposure is at most that of
    /// the other over the same time.
    #[test]
    fn at_another_length_it_ranks_as_its_mean_does(
        values in [0.0..1e3_f64, 0.0..1e3_f64],
        same in any::<bool>(),
        micros in 1_u64..300_000_000,
    ) {
        let (five, short) = (SLOT, Span::from_micros(micros));
        let [whole, part] = if same { [values[0]; 2] } else { values };
        let (whole, part) = (Exposure::new(grams(whole), five), Exposure::new(grams(part), short));
        let at_five = part.at_length(short, five);
        let [micros, all] = [short, five].map(|it| u128::from(it.as_micros()));
        prop_assert_eq!(whole <= at_five, whole.as_units() * micros <= part.as_units() * all);
        prop_assert!(!same || whole == at_five);
    }
}
