//! The time that decides on ages: when energy is too old for an intensity, and when rows are old enough to be combined.
//!
//! A wall clock that is ahead for some seconds must not give up or combine anything, which cannot be taken back. So
//! this time is the earliest that the wall clock has shown within the last hour, by the uptime; and in the first hour it
//! is not later than the newest reading in the ledger and the uptime since then allow.

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_ledger::LastReading;

use crate::clock::ClockReading;

/// The time for which the wall clock must go on steadily until it is believed.
const PROOF: Span = Span::from_seconds(3600);

/// The difference up to which a wall clock agrees with a reading and the uptime.
const AGREEMENT: Span = Span::from_seconds(3600);

/// The clock of ages.
#[derive(Debug, Clone)]
pub struct SettledClock {
    /// The uptime at which this process began.
    started: Span,
    /// The time by the newest reading, at `started`; `None` where the wall clock agrees with it, or there is none.
    by_reading: Option<Timestamp>,
    /// The earliest time of the present hour and of the one before, each as of the uptime zero.
    hours: [Hour; 2],
}

/// The earliest time that the wall clock has shown in an hour.
#[derive(Debug, Clone, Copy)]
struct Hour {
    began: Span,
    /// The time at which the uptime was zero, in microseconds since 1970.
    boot_micros: i64,
}

impl SettledClock {
    /// A clock that begins now. `last` is the newest reading in the ledger, and `boot` the present boot of the machine.
    #[must_use]
    pub fn new(now: ClockReading, last: Option<&LastReading>, boot: &str) -> SettledClock {
        let by_reading = last.and_then(|last| {
            let expected = time_after(last, now.uptime, boot);
            let ahead = now.wall.duration_since(expected);
            (ahead > AGREEMENT).then_some(expected)
        });
        let hour = Hour { began: now.uptime, boot_micros: boot_micros(now) };
        SettledClock { started: now.uptime, by_reading, hours: [hour; 2] }
    }

    /// The time that decides on ages, which is never after the wall clock's.
    pub fn at(&mut self, now: ClockReading) -> Timestamp {
        let [current, before] = &mut self.hours;
        if now.uptime.saturating_sub(current.began) >= PROOF {
            *before = *current;
            *current = Hour { began: now.uptime, boot_micros: i64::MAX };
        }
        current.boot_micros = current.boot_micros.min(boot_micros(now));
        let earliest = current.boot_micros.min(before.boot_micros);
        let uptime = i64::try_from(now.uptime.as_micros()).unwrap_or(i64::MAX);
        let by_wall = Timestamp::from_unix_micros(earliest.saturating_add(uptime));
        match self.by_reading.filter(|_| !self.is_proven(now)) {
            Some(expected) => by_wall.min(expected + now.uptime.saturating_sub(self.started)),
            None => by_wall,
        }
    }

    /// True once the process has run for an hour.
    #[must_use]
    pub fn is_proven(&self, now: ClockReading) -> bool {
        now.uptime.saturating_sub(self.started) >= PROOF
    }
}

/// The time by a reading and the uptime, in a boot of the machine: the reading's and what has passed since then. After
/// another boot, that is the time since that boot at least.
#[must_use]
pub fn time_after(last: &LastReading, uptime: Span, boot: &str) -> Timestamp {
    let same_boot = last.boot == boot && last.uptime <= uptime;
    last.at + if same_boot { uptime.saturating_sub(last.uptime) } else { uptime }
}

fn boot_micros(now: ClockReading) -> i64 {
    let uptime = i64::try_from(now.uptime.as_micros()).unwrap_or(i64::MAX);
    now.wall.as_unix_micros().saturating_sub(uptime)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn clock(wall: i64, uptime: u64) -> ClockReading {
        let uptime = Span::from_seconds(uptime);
        ClockReading { wall: at(wall), uptime, awake: uptime }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn last(wall: i64, uptime: u64) -> LastReading {
        let uptime = Span::from_seconds(uptime);
        let (boot, driver) = ("a".to_owned(), "1".to_owned());
        LastReading { at: at(wall), millijoules: None, boot, uptime, driver, unsettled: None }
    }

    #[test]
    fn a_clock_that_is_ahead_for_seconds_makes_nothing_old() {
        let begun = 1_795_521_600;
        let mut settled = SettledClock::new(clock(begun, 100), None, "a");
        for hour in 0..5 {
            let uptime = 100 + hour * 3600;
            let wall = begun + i64::try_from(hour).unwrap() * 3600;
            assert_eq!(settled.at(clock(wall, uptime)), at(wall));
            let ahead = settled.at(clock(wall + 40 * DAY, uptime + 4));
            assert_eq!(ahead, at(wall + 4), "hour {hour}");
        }
        // A clock that was set for good is believed after an hour or two.
        let set = begun + 40 * DAY;
        for minutes in 0..180 {
            settled.at(clock(set + minutes * 60, 20_000 + minutes.unsigned_abs() * 60));
        }
        assert_eq!(settled.at(clock(set + 10_800, 30_800)), at(set + 10_800));
        assert_eq!(settled.at(clock(begun, 30_801)), at(begun), "never after the wall clock");
    }

    #[test]
    fn a_clock_that_is_ahead_at_the_start_is_not_believed_for_an_hour() {
        let read = 1_795_521_600;
        let ahead = clock(read + 40 * DAY, 1000);
        let mut settled = SettledClock::new(ahead, Some(&last(read, 900)), "a");
        assert_eq!(settled.at(ahead), at(read + 100), "the same boot");
        assert!(!settled.is_proven(ahead));
        let later = clock(read + 40 * DAY + 3600, 4600);
        assert!(settled.is_proven(later));
        assert_eq!(settled.at(later), later.wall);
        let mut other_boot = SettledClock::new(ahead, Some(&last(read, 900)), "b");
        assert_eq!(other_boot.at(ahead), at(read + 1000));
        let sound = clock(read + 100, 1000);
        assert_eq!(SettledClock::new(sound, Some(&last(read, 900)), "a").at(sound), sound.wall);
    }
}
