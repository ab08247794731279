//! The point from which a GPU's meter resumes, given the last reading in the ledger.

use gpu_carbon_core::meter::{MeterState, PriorState};
use gpu_carbon_core::{Interval, Span};
use gpu_carbon_ledger::LastReading;

use crate::clock::ClockReading;

/// The state before the first reading of this run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ResumePoint {
    /// The state from which the meter resumes.
    pub(super) past: PriorState,
    /// The time in which the energy is unknown, whatever the meter reports: from the last reading to the boot
    /// that followed it.
    pub(super) unseen: Span,
    /// The time in which the GPU was present.
    pub(super) presence: Interval,
}

/// The resume point for a last reading, as of `now`, in the current boot and with the current driver.
///
/// If the boot is the same, the age of the reading is the difference of the uptimes, since the wall clock may
/// have been set.
pub(super) fn resume_point(
    last: &LastReading,
    now: ClockReading,
    boot: &str,
    driver: &str,
) -> ResumePoint {
    // A counter that restarted cannot show it any more.
    let unresolved = last.unsettled.map_or(Span::ZERO, |unsettled| unsettled.unresolved);
    if last.boot == boot && last.uptime <= now.uptime {
        let at = now.wall - now.uptime.saturating_sub(last.uptime);
        let LastReading { uptime, millijoules, unsettled, .. } = *last;
        let (past, unseen) = match millijoules {
            Some(_) if last.driver != driver => (PriorState::Restarted { at }, unresolved),
            _ => {
                let state = MeterState { at, uptime, millijoules, unsettled };
                (PriorState::after(state), Span::ZERO)
            }
        };
        return ResumePoint { past, unseen, presence: Interval::new(at, now.wall) };
    }
    let booted = now.wall - now.uptime;
    // A time in the future was written by a clock that was wrong.
    let read = Some(last.at).filter(|&at| at <= now.wall);
    let since = read.map_or(booted, |read| read.max(booted));
    let presence = Interval::new(since, now.wall);
    match last.millijoules {
        Some(_) => {
            let past = PriorState::Restarted { at: since };
            let unseen = booted.duration_since(last.at) + unresolved;
            ResumePoint { past, unseen, presence }
        }
        None => {
            let past = PriorState::Power { at: read.unwrap_or(since) };
            ResumePoint { past, unseen: unresolved, presence }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::meter::{CounterUse, Unsettled};
    use gpu_carbon_core::{Energy, Timestamp};

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
            unsettled: None,
        }
    }

    fn now(wall: i64, uptime: u64) -> ClockReading {
        let uptime = Span::from_seconds(uptime);
        ClockReading { wall: at(wall), uptime, awake: uptime }
    }

    #[test]
    fn the_age_of_a_reading_is_a_difference_of_uptimes() {
        let set_back = resume_point(&last(Some(7), "a"), now(6500, 600), "a", "1");
        assert_eq!(set_back.past, PriorState::Counter { at: at(6400), millijoules: 7 });
        assert_eq!(set_back.presence, Interval::new(at(6400), at(6500)));
        let of_power = resume_point(&last(None, "a"), now(10_100, 600), "a", "1");
        assert_eq!(of_power.past, PriorState::Power { at: at(10_000) });
    }

    /// The open questions of a counter are those of its driver and its boot; the time that waits for it is unseen then.
    #[test]
    fn open_questions_end_with_the_driver_or_the_boot() {
        let unsettled = Unsettled {
            use_of_counter: CounterUse::Awaited,
            moved: Span::from_seconds(490),
            settled_at: Span::from_seconds(490),
            odd: None,
            ahead: Energy::ZERO,
            unresolved: Span::from_seconds(9),
            unresolved_since: Span::from_seconds(495),
        };
        let last = LastReading { unsettled: Some(unsettled), ..last(Some(7), "a") };
        let same = resume_point(&last, now(10_100, 600), "a", "1");
        let at_10_000 = at(10_000);
        assert_eq!(
            same.past,
            PriorState::Unsettled { at: at_10_000, millijoules: Some(7), unsettled }
        );
        assert_eq!(same.unseen, Span::ZERO);
        let driver = resume_point(&last, now(10_100, 600), "a", "2");
        assert_eq!(driver.past, PriorState::Restarted { at: at_10_000 });
        assert_eq!(driver.unseen, Span::from_seconds(9));
        let boot = resume_point(&last, now(10_100, 60), "b", "1");
        assert_eq!(boot.past, PriorState::Restarted { at: at(10_040) });
        assert_eq!(boot.unseen, Span::from_seconds(40 + 9));
        let unused = LastReading { millijoules: None, ..last };
        let boot = resume_point(&unused, now(10_100, 60), "b", "1");
        assert_eq!(boot.past, PriorState::Power { at: at_10_000 });
        assert_eq!(boot.unseen, Span::from_seconds(9));
    }

    #[test]
    fn another_driver_or_boot_restarts_the_counter() {
        let driver = resume_point(&last(Some(7), "a"), now(10_100, 600), "a", "2");
        assert_eq!(driver.past, PriorState::Restarted { at: at(10_000) });
        let boot = resume_point(&last(Some(7), "a"), now(10_100, 60), "b", "1");
        assert_eq!(boot.past, PriorState::Restarted { at: at(10_040) });
        assert_eq!(boot.unseen, Span::from_seconds(40));
        let of_power = resume_point(&last(None, "a"), now(10_100, 60), "b", "1");
        assert_eq!(of_power.past, PriorState::Power { at: at(10_000) });
        let skewed = resume_point(&last(Some(7), "a"), now(10_010, 60), "b", "1");
        assert_eq!(
            skewed.past,
            PriorState::Restarted { at: at(10_000) },
            "read after that boot, so counted from the reading"
        );
        let same_id = resume_point(&last(Some(7), "a"), now(10_100, 60), "a", "1");
        assert_eq!(same_id.past, PriorState::Restarted { at: at(10_040) }, "the uptime fell");
    }
}
