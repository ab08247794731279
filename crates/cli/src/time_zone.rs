//! Moments for people: in UTC, or in a zone of theirs, with its offset of that moment.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;
use gpu_carbon_core::{Interval, Timestamp};

/// In which zone moments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// Coordinated universal time: what everything else here is in.
    pub const UTC: Zone = Zone(Tz::UTC);

    /// A zone by its name in the IANA database, such as Europe/Berlin.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn named(name: &str) -> Result<Zone, String> {
        name.parse().map(Zone).map_err(|_| {
            "expected a time zone of the IANA database, such as Europe/Berlin, America/New_York or UTC".to_owned()
        })
    }

    /// The date and the time of day, seconds only where there are some.
    pub(crate) fn readable(self, moment: Timestamp) -> String {
        self.local(moment)
            .map_or_else(far, |local| format!("{}{}", date_and_time(local), self.offset(local)))
    }

    /// From when to when: the date once where it is the same, and so the offset, which changes with
    /// daylight saving.
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

    /// The hour of the day, and the minutes past it.
    pub(crate) fn hour(self, moment: Timestamp) -> Option<(usize, u32)> {
        let time = self.local(moment)?.time();
        Some((usize::try_from(time.hour()).ok()?, time.minute()))
    }

    /// The date of a moment; `None` beyond the calendar.
    pub(crate) fn date(self, moment: Timestamp) -> Option<NaiveDate> {
        Some(self.local(moment)?.date_naive())
    }

    /// When a date begins: at midnight, or as soon after it as the zone has a time, where clocks were put
    /// forward or a whole day was left out. `None` beyond the calendar.
    pub(crate) fn beginning(self, date: NaiveDate) -> Option<Timestamp> {
        let midnight = date.and_time(NaiveTime::MIN);
        let quarter = |count: i64| midnight.checked_add_signed(TimeDelta::minutes(15 * count));
        let first = (0..=96)
            .filter_map(quarter)
            .find_map(|local| self.0.from_local_datetime(&local).earliest())?;
        Some(Timestamp::from_unix_micros(first.timestamp_micros()))
    }

    fn local(self, moment: Timestamp) -> Option<DateTime<Tz>> {
        let utc = DateTime::from_timestamp_micros(moment.as_unix_micros())?;
        Some(utc.with_timezone(&self.0))
    }

    /// UTC has none to show.
    fn offset(self, local: DateTime<Tz>) -> String {
        if self == Zone::UTC { String::new() } else { local.format(" %:z").to_string() }
    }
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

fn far() -> String {
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
    fn says_no_more_than_needed() {
        assert_eq!(Zone::UTC.readable(at(61_000_000)), "2020-06-01 00:01:01");
        let day = |from, to| Zone::UTC.readable_interval(Interval::new(at(from), at(to)));
        assert_eq!(day(0, 60_000_000), "2020-06-01 00:00 to 00:01");
        assert_eq!(day(0, 24 * HOUR), "2020-06-01 00:00 to 2020-06-02 00:00");
        assert_eq!(Zone::UTC.readable(Timestamp::FIRST), "beyond the calendar");
    }

    #[test]
    fn a_zone_is_shown_with_the_offset_of_the_moment() {
        let zone = |name| Zone::named(name).unwrap();
        assert_eq!(zone("Europe/Berlin").readable(at(0)), "2020-06-01 02:00 +02:00");
        let pacific = zone("America/Los_Angeles");
        let night = Interval::new(at(5 * HOUR), at(8 * HOUR));
        assert_eq!(pacific.readable_interval(night), "2020-05-31 22:00 to 2020-06-01 01:00 -07:00");
        assert_eq!(zone("Asia/Kolkata").readable(at(0)), "2020-06-01 05:30 +05:30");
        assert_eq!(zone("UTC").readable(at(0)), "2020-06-01 00:00");
        let hours =
            ["UTC", "America/Los_Angeles", "Asia/Kolkata"].map(|name| zone(name).hour(at(0)));
        assert_eq!(hours, [Some((0, 0)), Some((17, 0)), Some((5, 30))]);
        assert!(Zone::named("Berlin").is_err() && Zone::named("").is_err());
    }

    #[test]
    fn a_date_begins_when_its_zone_has_it() {
        let beginning = |zone: &str, date: &str| {
            let zone = Zone::named(zone).unwrap();
            let date = date.parse().unwrap();
            let beginning = zone.beginning(date).unwrap();
            assert_eq!(zone.date(beginning), Some(date));
            assert!(zone.date(beginning - gpu_carbon_core::Span::from_seconds(1)) < Some(date));
            Zone::UTC.readable(beginning)
        };
        assert_eq!(beginning("UTC", "2020-06-01"), "2020-06-01 00:00");
        assert_eq!(beginning("Asia/Kolkata", "2020-06-01"), "2020-05-31 18:30");
        assert_eq!(beginning("America/Los_Angeles", "2020-03-08"), "2020-03-08 08:00");
        // At midnight, clocks went to 01:00; and at 01:00, back to midnight.
        assert_eq!(beginning("America/Sao_Paulo", "2018-11-04"), "2018-11-04 03:00");
        assert_eq!(beginning("America/Havana", "2020-11-01"), "2020-11-01 04:00");
        // Samoa went over the date line.
        let left_out =
            Zone::named("Pacific/Apia").unwrap().beginning("2011-12-30".parse().unwrap());
        assert_eq!(Zone::UTC.readable(left_out.unwrap()), "2011-12-30 10:00");
        for far in [NaiveDate::MIN, NaiveDate::MAX] {
            for zone in ["Asia/Kolkata", "America/Los_Angeles"] {
                Zone::named(zone).unwrap().beginning(far); // and does not panic
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
