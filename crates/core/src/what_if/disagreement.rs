//! The disagreement of two intensities of one place, such as the marginal ones of two models.

use crate::exposure::Exposures;
use crate::schedule::flexible_start_by;
use crate::series::Series;
use crate::sum::Sum;
use crate::time::{Interval, SLOT};
use crate::what_if::Request;
use crate::what_if::seasonal::{season, unbroken};

/// The disagreement of two intensities of one place, which no one can measure, about one job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disagreement {
    /// The correlation (Pearson's) of the two, five minutes by five minutes, from -1 to 1; `None` where one of them has a single
    /// value.
    pub correlation: Option<f64>,
    /// The share of the first one's saving that the best start by the second keeps: 1 is all of it, and below 0 that start
    /// emits more than a start at once. It is of sums over the starts; `None` where the first one has nothing to save.
    pub first_kept_ratio: Option<f64>,
    /// The share of the second one's saving that the best start by the first keeps, as above.
    pub second_kept_ratio: Option<f64>,
    /// The number of starts that both cover.
    pub starts: usize,
}

/// The savings by one intensity, in grams.
#[derive(Debug, Default)]
struct Savings {
    own: Sum,
    kept: Sum,
}

impl Disagreement {
    /// Compares two series for a job; `None` where one of them does not cover it.
    #[must_use]
    pub fn of(request: &Request, first: &Series, second: &Series) -> Option<Disagreement> {
        Disagreement::over(core::iter::once(request.clone()), [first, second])
    }

    /// Compares two series for a job and the starts from the same hour on the days around it, as
    /// [`SeasonalPlans`](crate::what_if::SeasonalPlans) has them; `None` where no start is covered by both.
    #[must_use]
    pub fn of_season(request: &Request, first: &Series, second: &Series) -> Option<Disagreement> {
        Disagreement::over(season(request), [first, second])
    }

    fn over(
        requests: impl Iterator<Item = Request>,
        [first, second]: [&Series; 2],
    ) -> Option<Disagreement> {
        let exposures = [Exposures::of(first), Exposures::of(second)];
        let [mut of_first, mut of_second] = [Savings::default(), Savings::default()];
        let mut time: Option<Interval> = None;
        let mut starts = 0;
        for request in requests {
            let Some([first, second]) = savings(&request, &exposures) else { continue };
            starts += 1;
            of_first.add(first);
            of_second.add(second);
            let horizon = request.horizon();
            time = Some(time.map_or(horizon, |time| time.hull(horizon)));
        }
        Some(Disagreement {
            correlation: correlation(first, second, time?),
            first_kept_ratio: of_first.kept_ratio(),
            second_kept_ratio: of_second.kept_ratio(),
            starts,
        })
    }
}

/// The saving of the own best start by each of two intensities, and that of the best start by the other; `None` where a series
/// does not cover the job and its window.
fn savings(request: &Request, exposures: &[Exposures<'_>; 2]) -> Option<[[f64; 2]; 2]> {
    let Request { job, start, window, pause_costs, .. } = request;
    let milestones = &pause_costs.milestones;
    let best = |exposures: &Exposures<'_>| {
        exposures.over(request.horizon()).ok()?;
        flexible_start_by(milestones, job, *start, *window, exposures).ok()
    };
    let [first, second] = exposures;
    let starts = [best(first)?, best(second)?].map(|plan| plan.schedule.extent());
    let [by_first, by_second] = [starts[0]?.start(), starts[1]?.start()];
    let saving = |exposures, at| {
        let [at_once, then] = [unbroken(job, *start, exposures)?, unbroken(job, at, exposures)?];
        Some(at_once.as_grams() - then.as_grams())
    };
    Some([
        [saving(first, by_first)?, saving(first, by_second)?],
        [saving(second, by_second)?, saving(second, by_first)?],
    ])
}

impl Savings {
    fn add(&mut self, [own, kept]: [f64; 2]) {
        self.own.add(own);
        self.kept.add(kept);
    }

    fn kept_ratio(&self) -> Option<f64> {
        (self.own.value() > 0.0).then(|| self.kept.value() / self.own.value())
    }
}

/// The correlation of two series over the slots that both cover; `None` where one has a single value there.
fn correlation(first: &Series, second: &Series, time: Interval) -> Option<f64> {
    let slots = core::iter::successors(Some(time.start()), |&slot| Some(slot + SLOT));
    let pairs = slots.take_while(|&slot| slot < time.end()).filter_map(|slot| {
        let [first, second] = [first.at(slot).intensity?, second.at(slot).intensity?];
        Some([first, second].map(|it| it.as_grams_per_kilowatt_hour()))
    });
    let mut count = 0.0;
    let mut sums = [Sum::default(), Sum::default()];
    for [x, y] in pairs.clone() {
        count += 1.0;
        sums[0].add(x);
        sums[1].add(y);
    }
    let means = [sums[0].value() / count, sums[1].value() / count];
    let [mut xx, mut yy, mut xy] = [Sum::default(), Sum::default(), Sum::default()];
    for [x, y] in pairs {
        let [x, y] = [x - means[0], y - means[1]];
        xx.add(x * x);
        yy.add(y * y);
        xy.add(x * y);
    }
    let scale = square_root(xx.value()) * square_root(yy.value());
    (scale > 0.0).then(|| (xy.value() / scale).clamp(-1.0, 1.0))
}

/// The square root of a finite number by Newton's method, which is not in the library without `std`; 0 for one below.
fn square_root(number: f64) -> f64 {
    if number <= 0.0 {
        return 0.0;
    }
    // From above, each step is lower until the root is found.
    let mut root = number.max(1.0);
    loop {
        let next = 0.5 * (root + number / root);
        if next >= root {
            return root;
        }
        root = next;
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::job::Job;
    use crate::time::{Span, Timestamp};
    use crate::units::{Intensity, Power};

    const START: Timestamp = Timestamp::from_unix_seconds(1_590_969_600);
    const HOUR: Span = Span::from_seconds(3600);

    fn series(grams: impl IntoIterator<Item = f64>) -> Series {
        let mut at = START;
        let points: Vec<_> = grams
            .into_iter()
            .map(|grams| {
                let point = (at, Intensity::from_grams_per_kilowatt_hour(grams).unwrap());
                at = at + HOUR;
                point
            })
            .collect();
        Series::new(points).unwrap()
    }

    fn request(hours: u64, window: u64) -> Request {
        let duration = Span::from_seconds(3600 * hours);
        let power = Power::from_watts(1000.0).unwrap();
        let job = Job::of_power(duration, power).unwrap();
        Request { window: Span::from_seconds(3600 * window), ..Request::new(job, START) }
    }

    #[test]
    fn a_start_by_one_keeps_a_part_of_the_saving_by_the_other() {
        let first = series([400.0, 100.0, 300.0, 200.0]);
        let second = series([400.0, 300.0, 200.0, 350.0]);
        let found = Disagreement::of(&request(1, 3), &first, &second).unwrap();
        // By the first, hour 1 saves 300 g, and hour 2, which is best by the second, 100 g; by the second, 200 g and 100 g.
        for (found, expected) in
            [(found.first_kept_ratio, 1.0 / 3.0), (found.second_kept_ratio, 0.5)]
        {
            assert!((found.unwrap() - expected).abs() < 1e-9, "{found:?}");
        }
        // By hand: deviations 150, -150, 50, -50 and 87.5, -12.5, -112.5, 37.5.
        let expected = (150.0 * 87.5 + 150.0 * 12.5 - 50.0 * 112.5 - 50.0 * 37.5)
            / (50_000.0_f64 * (87.5 * 87.5 + 12.5 * 12.5 + 112.5 * 112.5 + 37.5 * 37.5)).sqrt();
        assert!((found.correlation.unwrap() - expected).abs() < 1e-12, "{found:?}");
        assert_eq!(found.starts, 1);
    }

    #[test]
    fn a_series_agrees_with_itself_and_a_constant_says_nothing() {
        let one = series((0..30 * 24).map(|hour| f64::from(hour * 7919 % 401)));
        let mut question = request(5, 20);
        question.start = START + Span::from_days(14);
        let found = Disagreement::of_season(&question, &one, &one).unwrap();
        assert_eq!((found.first_kept_ratio, found.second_kept_ratio), (Some(1.0), Some(1.0)));
        assert!((found.correlation.unwrap() - 1.0).abs() < 1e-12, "{found:?}");
        assert_eq!(found.starts, 29);
        let flat = series([250.0; 30 * 24]);
        let found = Disagreement::of(&question, &one, &flat).unwrap();
        assert_eq!((found.correlation, found.second_kept_ratio), (None, None));
        let short = series([1.0, 2.0]);
        assert_eq!(Disagreement::of_season(&question, &one, &short), None);
    }

    #[test]
    fn the_square_root_is_that_of_std() {
        for number in [0.0, 1e-300, 0.25, 1.0, 2.0, 12_345.678, 1e18, 1e300] {
            let (found, expected) = (square_root(number), number.sqrt());
            assert!((found - expected).abs() <= 1e-15 * expected, "{number}: {found} {expected}");
        }
        assert_eq!(square_root(-1.0), 0.0);
    }
}
