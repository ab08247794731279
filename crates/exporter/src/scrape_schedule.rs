//! When the next scrape is due, so that a counter is read just before it.
//!
//! A counter that is read each second is up to a second old when it is scraped, and not always equally old:
//! over a minute, that alone would make Prometheus' `increase()` wrong by up to 2%. Scrapers keep time, so
//! the next scrape can be foretold, and the reading be moved to it. Nobody waits for anybody: a scrape that
//! comes at another time finds the latest reading, as ever.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So long before a scrape is due, the counters are read: time for the slowest driver's call.
const LEAD: Duration = Duration::from_millis(40);

/// Two gaps between scrapes are the same if they differ by less than this part.
const STEADINESS: u32 = 20;

/// Scrapers that are remembered.
const MOST_SCRAPERS: usize = 16;

/// The scrapes of each scraper.
#[derive(Debug, Default)]
pub struct ScrapeSchedule(Mutex<BTreeMap<IpAddr, Scraper>>);

#[derive(Debug, Clone, Copy)]
struct Scraper {
    last: Instant,
    gap: Option<Duration>,
    steady: bool,
}

impl ScrapeSchedule {
    /// A scraper has scraped.
    pub fn record_scrape(&self, scraper: IpAddr, now: Instant) {
        let mut scrapers = self.lock();
        if let Some(known) = scrapers.get_mut(&scraper) {
            let gap = now.saturating_duration_since(known.last);
            let steady = known.gap.is_some_and(|before| before.abs_diff(gap) < gap / STEADINESS);
            *known = Scraper { last: now, gap: Some(gap), steady };
            return;
        }
        if scrapers.len() >= MOST_SCRAPERS {
            let oldest = scrapers.iter().min_by_key(|(_, scraper)| scraper.last).map(|(&ip, _)| ip);
            oldest.map(|ip| scrapers.remove(&ip));
        }
        scrapers.insert(scraper, Scraper { last: now, gap: None, steady: false });
    }

    /// The best moment after `now` to read a counter that is read each `period`: just before the first
    /// scrape that can be foretold. Whoever scrapes more often than that gets what there is: a fast scraper
    /// makes nobody read faster.
    pub fn before_next_scrape(&self, now: Instant, period: Duration) -> Option<Instant> {
        self.lock()
            .values()
            .filter_map(|scraper| scraper.next_after(now + LEAD, period))
            .min()
            .map(|at| at - LEAD)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<IpAddr, Scraper>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scraper {
    /// The first scrape after a moment. One that has stayed away for three gaps is not waited for.
    fn next_after(&self, moment: Instant, period: Duration) -> Option<Instant> {
        let shortest = (period - period / STEADINESS).max(2 * LEAD);
        let gap = self.gap.filter(|gap| self.steady && *gap > shortest)?;
        (1..=3).map(|count| self.last + gap * count).find(|&scrape| scrape > moment)
    }
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
    fn a_steady_scraper_is_foretold() {
        let (scrape_schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        for (millis, foretold) in [(0, false), (15_000, false), (30_010, true)] {
            let now = begin + Duration::from_millis(millis);
            scrape_schedule.record_scrape(ONE, now);
            assert_eq!(
                scrape_schedule.before_next_scrape(now, SECOND).is_some(),
                foretold,
                "{millis}"
            );
        }
        let last = begin + Duration::from_millis(30_010);
        let due = last + Duration::from_millis(15_010);
        assert_eq!(scrape_schedule.before_next_scrape(last + SECOND, SECOND), Some(due - LEAD));
        assert_eq!(
            scrape_schedule.before_next_scrape(due - LEAD, SECOND),
            Some(due + due.duration_since(last) - LEAD)
        );
        assert_eq!(
            scrape_schedule.before_next_scrape(last + 100 * SECOND, SECOND),
            None,
            "it stays away"
        );
        scrape_schedule.record_scrape(ONE, due + 9 * SECOND);
        assert_eq!(
            scrape_schedule.before_next_scrape(due + 10 * SECOND, SECOND),
            None,
            "it is not steady any more"
        );
    }

    #[test]
    fn a_fast_scraper_makes_nobody_read_faster() {
        let (scrape_schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        (0..10).for_each(|turn| scrape_schedule.record_scrape(ONE, begin + turn * SECOND / 2));
        let now = begin + 5 * SECOND;
        assert_eq!(scrape_schedule.before_next_scrape(now, SECOND), None);
        assert!(scrape_schedule.before_next_scrape(now, SECOND / 2).is_some());
    }

    #[test]
    fn of_several_scrapers_the_next_counts() {
        let (scrape_schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        for turn in 0..4 {
            scrape_schedule.record_scrape(ONE, begin + turn * 15 * SECOND);
            scrape_schedule.record_scrape(OTHER, begin + 7 * SECOND + turn * 15 * SECOND);
        }
        let now = begin + 53 * SECOND;
        assert_eq!(
            scrape_schedule.before_next_scrape(now, SECOND),
            Some(begin + 60 * SECOND - LEAD)
        );
        assert_eq!(
            scrape_schedule.before_next_scrape(now + 8 * SECOND, SECOND),
            Some(begin + 67 * SECOND - LEAD)
        );
    }

    #[test]
    fn only_so_many_are_remembered() {
        let (scrape_schedule, begin) = (ScrapeSchedule::default(), clock::instant());
        for host in 0..200 {
            scrape_schedule.record_scrape(
                IpAddr::V4(Ipv4Addr::new(10, 0, 1, host)),
                begin + u32::from(host) * SECOND,
            );
        }
        assert_eq!(scrape_schedule.lock().len(), MOST_SCRAPERS);
    }
}
