//! What the ledger remembers of a GPU's meter, and what that means now.

use gpu_carbon_core::meter::Past;
use gpu_carbon_core::{Interval, Span};
use gpu_carbon_ledger::LastReading;

use crate::clock::ClockReading;

/// What came before the first reading of this run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Before {
    /// What the meter goes on from.
    pub(super) past: Past,
    /// The time in which nobody can say what flowed, whatever the meter says: from the last reading to the
    /// boot that followed.
    pub(super) unseen: Span,
    /// Since when the GPU has been there.
    pub(super) there: Interval,
}

/// What a last reading means to one at `now`, of this boot and by this driver.
///
/// How long ago it was is told by the uptime, where the boot is the same: the wall clock may have been set.
pub(super) fn before(last: &LastReading, now: ClockReading, boot: &str, driver: &str) -> Before {
    if last.boot == boot && last.uptime <= now.uptime {
        let at = now.wall - now.uptime.saturating_sub(last.uptime);
        let past = match last.millijoules {
            Some(millijoules) if last.driver == driver => Past::Counter { at, millijoules },
            Some(_) => Past::Restarted { at },
            None => Past::Power { at },
        };
        return Before { past, unseen: Span::ZERO, there: Interval::new(at, now.wall) };
    }
    let booted = now.wall - now.uptime;
    // A reading that is yet to come was made by a clock that was wrong.
    let read = Some(last.at).filter(|&at| at <= now.wall);
    let since = read.map_or(booted, |read| read.max(booted));
    let there = Interval::new(since, now.wall);
    match last.millijoules {
        Some(_) => {
            let past = Past::Restarted { at: since };
            Before { past, unseen: booted.duration_since(last.at), there }
        }
        None => {
            Before { past: Past::Power { at: read.unwrap_or(since) }, unseen: Span::ZERO, there }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::Timestamp;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn last(millijoules: Option<u64>, boot: &str) -> LastReading {
        LastReading {
            at: at(10_000),
            millijoules,
            boot: boot.to_owned(),
            uptime: Span::from_seconds(500),
            driver: "1".to_owned(),
        }
    }

    fn now(wall: i64, uptime: u64) -> ClockReading {
        let uptime = Span::from_seconds(uptime);
        ClockReading { wall: at(wall), uptime, awake: uptime }
    }

    #[test]
    fn the_uptime_tells_how_long_ago_it_was() {
        let set_back = before(&last(Some(7), "a"), now(6500, 600), "a", "1");
        assert_eq!(set_back.past, Past::Counter { at: at(6400), millijoules: 7 });
        assert_eq!(set_back.there, Interval::new(at(6400), at(6500)));
        let of_power = before(&last(None, "a"), now(10_100, 600), "a", "1");
        assert_eq!(of_power.past, Past::Power { at: at(10_000) });
    }

    #[test]
    fn another_driver_or_boot_began_to_count_anew() {
        let driver = before(&last(Some(7), "a"), now(10_100, 600), "a", "2");
        assert_eq!(driver.past, Past::Restarted { at: at(10_000) });
        let boot = before(&last(Some(7), "a"), now(10_100, 60), "b", "1");
        assert_eq!(boot.past, Past::Restarted { at: at(10_040) });
        assert_eq!(boot.unseen, Span::from_seconds(40));
        let of_power = before(&last(None, "a"), now(10_100, 60), "b", "1");
        assert_eq!(of_power.past, Past::Power { at: at(10_000) });
        let skewed = before(&last(Some(7), "a"), now(10_010, 60), "b", "1");
        assert_eq!(
            skewed.past,
            Past::Restarted { at: at(10_000) },
            "read after that boot: no earlier"
        );
        let same_id = before(&last(Some(7), "a"), now(10_100, 60), "a", "1");
        assert_eq!(same_id.past, Past::Restarted { at: at(10_040) }, "the uptime fell");
    }
}
