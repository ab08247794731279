//! The schedule of scrapes, which predicts the next one, so that counters can be read just before it.
//!
//! A counter that is read each second is up to a second old when it is scraped, and the age varies: over a minute,
//! that alone would make Prometheus' `increase()` wrong by up to 2 %. Scrapers are regular, so the next scrape can be
//! predicted and the reading moved to it. Nothing waits: a scrape at another time gets the latest reading.
//!
//! On a busy host a scrape comes late now and then, and someone looks at the page between two: neither moves the beat.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time between the reading of counters and the scrape: enough for a slow driver's call.
const LEAD: Duration = Duration::from_millis(40);

/// Two intervals between scrapes are equal if they differ by less than this fraction, one twentieth.
const STEADINESS: u32 = 20;

/// A scrape that is late moves those that are expected after it by this fraction of its lateness, a quarter; and their interval by the
/// square of it, so that a scraper whose clock is another one is followed, too.
const SMOOTHING: u32 = 4;

/// The largest number of scrapers whose schedule is remembered.
const MOST_SCRAPERS: usize = 16;

/// The number of predicted scrapes that may be missing before a scraper is considered gone.
const MOST_MISSED_SCRAPES: u32 = 3;

/// The time for which a scraper that came once is expected again: the longest usual interval.
const FIRST_INTERVAL: Duration = Duration::from_secs(60);

/// The schedule of each scraper, by its address.
#[derive(Debug, Default)]
pub struct ScrapeSchedule(Mutex<BTreeMap<IpAddr, Scraper>>);

#[derive(Debug, Clone, Copy)]
struct Scraper {
    last: Instant,
    interval: Option<Duration>,
    beat: Option<Beat>,
}

/// The times at which a steady scraper scrapes.
#[derive(Debug, Clone, Copy)]
struct Beat {
    /// The last of these times that a scrape has met.
    last: Instant,
    interval: Duration,
}

impl ScrapeSchedule {
    /// Records a scrape.
    pub fn record_scrape(&self, scraper: IpAddr, now: Instant) {
        let mut scrapers = self.lock();
        if let Some(known) = scrapers.get_mut(&scraper) {
            known.record(now);
            return;
        }
        if scrapers.len() >= MOST_SCRAPERS {
            let oldest = scrapers.iter().min_by_key(|(_, scraper)| scraper.last).map(|(&ip, _)| ip);
            oldest.map(|ip| scrapers.remove(&ip));
        }
        scrapers.insert(scraper, Scraper { last: now, interval: None, beat: None });
    }

    /// The best time after `now` to read a counter that is read each `period`: just before the first scrape that can
    /// be predicted.
    ///
    /// A scraper that scrapes more often than that is ignored, so that it does not cause more readings.
    pub fn before_next_scrape(&self, now: Instant, period: Duration) -> Option<Instant> {
        self.lock()
            .values()
            .filter_map(|scraper| scraper.next_after(now + LEAD, period))
            .min()
            .map(|scrape| scrape - LEAD)
    }

    /// True if any scraper is expected to scrape again.
    pub fn has_any(&self, now: Instant) -> bool {
        self.lock().values().any(|scraper| scraper.is_expected(now))
    }

    /// True if every scraper that is expected to scrape again has done so since a time.
    pub fn has_all_since(&self, time: Instant, now: Instant) -> bool {
        let scrapers = self.lock();
        let mut expected = scrapers.values().filter(|scraper| scraper.is_expected(now));
        expected.all(|scraper| scraper.last > time)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<IpAddr, Scraper>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scraper {
    /// Records a scrape: two intervals that are alike begin a beat, and a scrape that is not on it leaves it as it is.
    fn record(&mut self, now: Instant) {
        let interval = now.saturating_duration_since(self.last);
        let before = self.interval.replace(interval);
        self.last = now;
        let met = self.beat.and_then(|beat| beat.met(now));
        let is_steady = before.is_some_and(|before| is_alike(before, interval));
        if is_steady && !met.is_some_and(|beat| is_alike(beat.interval, interval)) {
            self.beat = Some(Beat { last: now, interval });
        } else if met.is_some() {
            self.beat = met;
        }
    }

    /// True unless the scraper is gone.
    fn is_expected(&self, now: Instant) -> bool {
        let interval = self.beat.map(|beat| beat.interval).max(self.interval);
        let longest = interval.map_or(FIRST_INTERVAL, |it| it * MOST_MISSED_SCRAPES);
        now.saturating_duration_since(self.last) <= longest.max(FIRST_INTERVAL)
    }

    /// The first predicted scrape after a time; `None` if the scraper is irregular, too fast or gone.
    fn next_after(&self, time: Instant, period: Duration) -> Option<Instant> {
        let shortest = (period - period / STEADINESS).max(2 * LEAD);
        let beat = self.beat.filter(|beat| beat.interval > shortest)?;
        beat.times().find(|&scrape| scrape > time)
    }
}

impl Beat {
    /// The times at which scrapes are expected, until the scraper is considered gone.
    fn times(self) -> impl Iterator<Item = Instant> {
        (1..=MOST_MISSED_SCRAPES).map(move |count| self.last + self.interval * count)
    }

    /// The beat after a scrape; `None` if the scrape is not one that was expected.
    fn met(self, scrape: Instant) -> Option<Beat> {
        (1..).zip(self.times()).find_map(|(count, time)| {
            let late = scrape.saturating_duration_since(time);
            let early = time.saturating_duration_since(scrape);
            let share = SMOOTHING * SMOOTHING * count;
            (late.max(early) < self.interval / STEADINESS).then(|| Beat {
                last: time + late / SMOOTHING - early / SMOOTHING,
                interval: self.interval + late / share - early / share,
            })
        })
    }
}

/// Reports whether two intervals are equal but for a fraction.
fn is_alike(one: Duration, other: Duration) -> bool {
    one.abs_diff(other) < other / STEADINESS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use std::net::Ipv4Addr;

    const SECOND: Duration = Duration::from_secs(1);
    const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn the_scrapes_of_a_steady_scraper_are_predicted() {
        let (schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        for (millis, predicted) in [(0, false), (15_000, false), (30_010, true)] {
            let now = begin + Duration::from_millis(millis);
            schedule.record_scrape(ONE, now);
            assert_eq!(schedule.before_next_scrape(now, SECOND).is_some(), predicted, "{millis}");
        }
        let last = begin + Duration::from_millis(30_010);
        let due = last + Duration::from_millis(15_010);
        assert_eq!(schedule.before_next_scrape(last + SECOND, SECOND), Some(due - LEAD));
        assert_eq!(
            schedule.before_next_scrape(due - LEAD, SECOND),
            Some(due + due.duration_since(last) - LEAD)
        );
        assert_eq!(schedule.before_next_scrape(last + 100 * SECOND, SECOND), None, "it is gone");
    }

    #[test]
    fn a_late_scrape_and_a_look_between_two_leave_the_beat() {
        let (schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        let at = |millis: u64| begin + Duration::from_millis(millis);
        for millis in [0, 1000, 2000] {
            schedule.record_scrape(ONE, at(millis));
        }
        let lateness = [0, 70, 0, 20, 30, 0, 0, 0, 900, 0, 10, 0, 0];
        for (due, late) in (3000..).step_by(1000).zip(lateness) {
            let reading = schedule.before_next_scrape(at(due - 500), SECOND).unwrap();
            assert!((at(due - 60)..at(due)).contains(&reading), "{:?}", reading - at(due - 1000));
            schedule.record_scrape(ONE, at(due + late));
            if due % 3000 == 0 {
                schedule.record_scrape(ONE, at(due + late + 90));
            }
        }
    }

    #[test]
    fn another_interval_is_another_beat() {
        let (schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        let mut now = begin;
        for interval in [15, 60, 30, 1, 15] {
            for _ in 0..3 {
                now += interval * SECOND;
                schedule.record_scrape(ONE, now);
            }
            let reading = schedule.before_next_scrape(now + SECOND / 10, SECOND);
            assert_eq!(reading, Some(now + interval * SECOND - LEAD), "{interval} s");
        }
    }

    #[test]
    fn one_of_two_scrapers_behind_an_address_is_predicted() {
        let (schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        for turn in 0..5 {
            schedule.record_scrape(ONE, begin + turn * 15 * SECOND);
            if turn > 2 {
                schedule.record_scrape(ONE, begin + (turn * 15 + 4) * SECOND);
            }
        }
        let reading = schedule.before_next_scrape(begin + 65 * SECOND, SECOND);
        assert_eq!(reading, Some(begin + 75 * SECOND - LEAD));
    }

    #[test]
    fn a_scraper_whose_clock_is_slow_is_followed() {
        let (schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        let at = |turn: u32| begin + turn * Duration::from_micros(15_003_000);
        for millis in [0, 15_000, 30_000] {
            schedule.record_scrape(ONE, begin + Duration::from_millis(millis));
        }
        for turn in 3..200 {
            schedule.record_scrape(ONE, at(turn));
            let reading = schedule.before_next_scrape(at(turn), SECOND).unwrap();
            let lead = at(turn + 1) - reading;
            assert!((LEAD / 2..LEAD * 2).contains(&lead), "{turn}: {lead:?}");
        }
    }

    #[test]
    fn a_scraper_is_expected_until_it_has_missed_three_scrapes() {
        let (schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        let at = |seconds: u32| begin + seconds * SECOND;
        assert!(!schedule.has_any(at(0)) && schedule.has_all_since(at(0), at(0)));
        schedule.record_scrape(ONE, at(0));
        assert!(schedule.has_any(at(60)) && !schedule.has_any(at(61)));
        schedule.record_scrape(ONE, at(40));
        schedule.record_scrape(OTHER, at(50));
        assert!(schedule.has_all_since(at(39), at(60)) && !schedule.has_all_since(at(45), at(60)));
        assert!(!schedule.has_all_since(at(45), at(160)), "the other one is gone, this one is not");
        assert!(schedule.has_all_since(at(45), at(161)) && !schedule.has_any(at(161)));
    }

    #[test]
    fn a_fast_scraper_causes_no_more_readings() {
        let (schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        (0..10).for_each(|turn| schedule.record_scrape(ONE, begin + turn * SECOND / 2));
        let now = begin + 5 * SECOND;
        assert_eq!(schedule.before_next_scrape(now, SECOND), None);
        assert!(schedule.before_next_scrape(now, SECOND / 2).is_some());
    }

    #[test]
    fn the_earliest_scrape_of_several_scrapers_counts() {
        let (schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        for turn in 0..4 {
            schedule.record_scrape(ONE, begin + turn * 15 * SECOND);
            schedule.record_scrape(OTHER, begin + 7 * SECOND + turn * 15 * SECOND);
        }
        let now = begin + 53 * SECOND;
        assert_eq!(schedule.before_next_scrape(now, SECOND), Some(begin + 60 * SECOND - LEAD));
        assert_eq!(
            schedule.before_next_scrape(now + 8 * SECOND, SECOND),
            Some(begin + 67 * SECOND - LEAD)
        );
    }

    #[test]
    fn a_limited_number_of_scrapers_is_remembered() {
        let (schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        for host in 0..200 {
            schedule.record_scrape(
                IpAddr::V4(Ipv4Addr::new(10, 0, 1, host)),
                begin + u32::from(host) * SECOND,
            );
        }
        assert_eq!(schedule.lock().len(), MOST_SCRAPERS);
    }
}
