//! Times for people: in UTC, or in another time zone, with the offset from UTC that holds at that time.

use std::fmt;

use chrono::{
    DateTime, NaiveDate, NaiveTime, Offset, SecondsFormat, TimeDelta, TimeZone, Timelike,
};
use chrono_tz::Tz;
use gpu_carbon_core::{Interval, Timestamp};

/// A time zone of the IANA database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Zone = Zone(Tz::UTC);

    /// Returns the zone of a name, such as Europe/Berlin.
    ///
    /// # Errors
    ///
    /// When the IANA database has no zone of that name.
    pub fn named(name: &str) -> Result<Zone, String> {
        name.parse().map(Zone).map_err(|_| {
            "expected a time zone of the IANA database, such as Europe/Berlin, America/New_York or UTC".to_owned()
        })
    }

    /// Returns the zone of the library.
    pub(crate) const fn tz(self) -> Tz {
        self.0
    }

    /// Returns the date and the time of day, with seconds only where they are not 0.
    pub(crate) fn readable(self, at: Timestamp) -> String {
        self.local(at).map_or_else(out_of_range, |local| {
            format!("{}{}", date_and_time(local), self.offset(local))
        })
    }

    /// Returns the start and the end; the date only once where both have the same, and likewise the offset, which changes
    /// with daylight saving time.
    pub(crate) fn readable_interval(self, interval: Interval) -> String {
        let (Some(start), Some(end)) = (self.local(interval.start()), self.local(interval.end()))
        else {
            return format!(
                "{} to {}",
                self.readable(interval.start()),
                self.readable(interval.end())
            );
        };
        let same_offset = start.offset().fix() == end.offset().fix();
        let first = if same_offset { String::new() } else { self.offset(start) };
        let last = if start.date_naive() == end.date_naive() {
            time_of_day(end)
        } else {
            date_and_time(end)
        };
        format!("{}{first} to {last}{}", date_and_time(start), self.offset(end))
    }

    /// Returns the time of day; `None` beyond the calendar.
    pub(crate) fn hour(self, at: Timestamp) -> Option<TimeOfDay> {
        let time = self.local(at)?.time();
        Some(TimeOfDay { hour: usize::try_from(time.hour()).ok()?, minute: time.minute() })
    }

    /// Returns the date; `None` beyond the calendar.
    pub(crate) fn date(self, at: Timestamp) -> Option<NaiveDate> {
        Some(self.local(at)?.date_naive())
    }

    /// Returns the time at which a date begins: midnight, or the first quarter of an hour after it that exists, where clocks
    /// were put forward or a whole day was left out. `None` beyond the calendar.
    pub(crate) fn start_of(self, date: NaiveDate) -> Option<Timestamp> {
        let midnight = date.and_time(NaiveTime::MIN);
        let quarter = |count: i64| midnight.checked_add_signed(TimeDelta::minutes(15 * count));
        let first = (0..=96)
            .filter_map(quarter)
            .find_map(|local| self.0.from_local_datetime(&local).earliest())?;
        Some(Timestamp::from_unix_micros(first.timestamp_micros()))
    }

    /// Returns the date and the time of day; `None` beyond the calendar.
    pub(crate) fn local(self, at: Timestamp) -> Option<DateTime<Tz>> {
        let utc = DateTime::from_timestamp_micros(at.as_unix_micros())?;
        Some(utc.with_timezone(&self.0))
    }

    /// Returns the offset from UTC as text; UTC itself shows none.
    /// A time in RFC 3339, with the offset of the zone at that time.
    pub(crate) fn rfc3339(self, at: Timestamp) -> String {
        let local = self.local(at).map(|local| local.to_rfc3339_opts(SecondsFormat::Secs, true));
        local.unwrap_or_else(out_of_range)
    }

    fn offset(self, local: DateTime<Tz>) -> String {
        if self == Zone::UTC { String::new() } else { local.format(" %:z").to_string() }
    }
}

/// A time of day, in whole minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeOfDay {
    /// The hour, from 0 to 23.
    pub(crate) hour: usize,
    /// The minutes past the hour, from 0 to 59.
    pub(crate) minute: u32,
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

fn date_and_time(local: DateTime<Tz>) -> String {
    format!("{} {}", local.date_naive(), time_of_day(local))
}

fn time_of_day(local: DateTime<Tz>) -> String {
    let time = local.time();
    let whole_minute = local.timestamp_micros().rem_euclid(60_000_000) == 0;
    if whole_minute {
        time.format("%H:%M").to_string()
    } else {
        time.format("%H:%M:%S%.f").to_string()
    }
}

fn out_of_range() -> String {
    "beyond the calendar".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_unix_micros(1_590_969_600_000_000 + micros) // 2020-06-01T00:00:00Z
    }

    #[test]
    fn repeats_no_date_and_no_zero_seconds() {
        assert_eq!(Zone::UTC.readable(at(61_000_000)), "2020-06-01 00:01:01");
        let day = |from, to| Zone::UTC.readable_interval(Interval::new(at(from), at(to)));
        assert_eq!(day(0, 60_000_000), "2020-06-01 00:00 to 00:01");
        assert_eq!(day(0, 24 * HOUR), "2020-06-01 00:00 to 2020-06-02 00:00");
        assert_eq!(Zone::UTC.readable(Timestamp::FIRST), "beyond the calendar");
    }

    #[test]
    fn a_zone_is_shown_with_its_offset_at_that_time() {
        let zone = |name| Zone::named(name).unwrap();
        assert_eq!(zone("Europe/Berlin").readable(at(0)), "2020-06-01 02:00 +02:00");
        let pacific = zone("America/Los_Angeles");
        let night = Interval::new(at(5 * HOUR), at(8 * HOUR));
        assert_eq!(pacific.readable_interval(night), "2020-05-31 22:00 to 2020-06-01 01:00 -07:00");
        assert_eq!(zone("Asia/Kolkata").readable(at(0)), "2020-06-01 05:30 +05:30");
        assert_eq!(zone("UTC").readable(at(0)), "2020-06-01 00:00");
        let hours =
            ["UTC", "America/Los_Angeles", "Asia/Kolkata"].map(|name| zone(name).hour(at(0)));
        assert_eq!(
            hours,
            [(0, 0), (17, 0), (5, 30)].map(|(hour, minute)| Some(TimeOfDay { hour, minute }))
        );
        assert!(Zone::named("Berlin").is_err() && Zone::named("").is_err());
    }

    #[test]
    fn a_date_begins_with_the_first_time_that_exists() {
        let start_of = |zone: &str, date: &str| {
            let zone = Zone::named(zone).unwrap();
            let date = date.parse().unwrap();
            let start = zone.start_of(date).unwrap();
            assert_eq!(zone.date(start), Some(date));
            assert!(zone.date(start - gpu_carbon_core::Span::from_seconds(1)) < Some(date));
            Zone::UTC.readable(start)
        };
        assert_eq!(start_of("UTC", "2020-06-01"), "2020-06-01 00:00");
        assert_eq!(start_of("Asia/Kolkata", "2020-06-01"), "2020-05-31 18:30");
        assert_eq!(start_of("America/Los_Angeles", "2020-03-08"), "2020-03-08 08:00");
        // At midnight, clocks went to 01:00; and at 01:00, back to midnight.
        assert_eq!(start_of("America/Sao_Paulo", "2018-11-04"), "2018-11-04 03:00");
        assert_eq!(start_of("America/Havana", "2020-11-01"), "2020-11-01 04:00");
        // Samoa moved across the date line.
        let left_out = Zone::named("Pacific/Apia").unwrap().start_of("2011-12-30".parse().unwrap());
        assert_eq!(Zone::UTC.readable(left_out.unwrap()), "2011-12-30 10:00");
        for far in [NaiveDate::MIN, NaiveDate::MAX] {
            for zone in ["Asia/Kolkata", "America/Los_Angeles"] {
                Zone::named(zone).unwrap().start_of(far); // does not panic
            }
        }
    }

    /// 2020-10-25 in Berlin: the hour from 02:00 comes twice, and 2020-03-29 lacks it.
    #[test]
    fn daylight_saving_shows_both_offsets() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let autumn = |hour: i64| Timestamp::from_unix_seconds(1_603_584_000 + 3600 * hour);
        assert_eq!(
            berlin.readable_interval(Interval::new(autumn(0), autumn(1))),
            "2020-10-25 02:00 +02:00 to 02:00 +01:00"
        );
        let spring = |hour: i64| Timestamp::from_unix_seconds(1_585_440_000 + 3600 * hour);
        assert_eq!(
            berlin.readable_interval(Interval::new(spring(0), spring(2))),
            "2020-03-29 01:00 +01:00 to 04:00 +02:00"
        );
    }
}
