//! Times in flags: now, a time with its offset from UTC, or a date and a time of day in the time zone of `--time-zone`.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone};
use gpu_carbon_core::schedule::Milestone;
use gpu_carbon_core::{SLOT, Span, Timestamp};
use gpu_carbon_feeds::rfc3339;

use crate::time_zone::Zone;
use crate::value_parsers;

/// A time as it was given, before the time zone is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeArg {
    /// The present.
    Now,
    /// A time with its offset from UTC.
    Instant(Timestamp),
    /// The beginning of a date.
    Date(NaiveDate),
    /// A date and a time of day.
    Local(NaiveDateTime),
}

/// The forms of a date and a time of day.
const FORMS: [&str; 4] =
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"];

/// The distance from a local time at which the offsets before and after a change of clocks are found: more than the
/// difference of any two offsets.
const AROUND: TimeDelta = TimeDelta::hours(26);

impl TimeArg {
    /// Parses now, a time with its offset, a date, or a date and a time of day.
    ///
    /// # Errors
    ///
    /// When the text is none of these.
    pub fn parse(text: &str) -> Result<TimeArg, String> {
        if text.eq_ignore_ascii_case("now") {
            return Ok(TimeArg::Now);
        }
        let date = |text: &str| {
            let is_whole = text.len() == "2026-12-01".len();
            NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_whole)
        };
        if let Some(date) = date(text) {
            return Ok(TimeArg::Date(date));
        }
        let begins_with_date = text.get(..10).is_some_and(|start| date(start).is_some());
        let has_leap_second = text.ends_with(":60");
        let local = FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        if let Some(local) = local.filter(|_| begins_with_date && !has_leap_second) {
            return Ok(TimeArg::Local(local));
        }
        rfc3339::parse(text).map(TimeArg::Instant).map_err(|error| {
            format!(
                "expected now, {error}, or a time of --time-zone, as 2020-06-01T09:00 or 2020-06-01"
            )
        })
    }

    /// Returns the time in a zone; the present is rounded up to the next five minutes.
    ///
    /// # Errors
    ///
    /// When clocks were put back or forward over the time of day, so that it comes twice or not at all, or it lies beyond
    /// the calendar.
    pub(crate) fn resolve(self, zone: Zone, now: Timestamp) -> Result<Timestamp, String> {
        match self {
            TimeArg::Now => Ok(next_slot(now)),
            TimeArg::Instant(time) => Ok(time),
            TimeArg::Date(date) => {
                zone.start_of(date).ok_or_else(|| format!("{date} lies beyond the calendar"))
            }
            TimeArg::Local(local) => resolve_local(local, zone),
        }
    }
}

/// Running time that must be done by a deadline, as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MilestoneArg {
    work: Span,
    by: TimeArg,
}

impl MilestoneArg {
    /// Parses an amount of work and its deadline, such as `12h@2020-06-02T00:00:00Z`.
    ///
    /// # Errors
    ///
    /// When one of the two is missing or invalid.
    pub fn parse(text: &str) -> Result<MilestoneArg, String> {
        let (work, by) =
            text.split_once('@').ok_or("expected WORK@TIME, as 12h@2020-06-02T00:00:00Z")?;
        Ok(MilestoneArg { work: value_parsers::duration(work)?, by: TimeArg::parse(by)? })
    }

    /// Returns the milestone with its deadline in a zone.
    ///
    /// # Errors
    ///
    /// As [`TimeArg::resolve`].
    pub(crate) fn resolve(self, zone: Zone, now: Timestamp) -> Result<Milestone, String> {
        Ok(Milestone { work: self.work, by: self.by.resolve(zone, now)? })
    }
}

/// The first multiple of five minutes at or after a time.
fn next_slot(time: Timestamp) -> Timestamp {
    let floor = time.floor_to(SLOT);
    if floor == time { time } else { floor + SLOT }
}

fn resolve_local(local: NaiveDateTime, zone: Zone) -> Result<Timestamp, String> {
    let tz = zone.tz();
    match tz.from_local_datetime(&local) {
        LocalResult::Single(time) => Ok(timestamp(&time)),
        LocalResult::Ambiguous(first, second) => Err(format!(
            "{} comes twice in {zone}, where clocks are put back then: give {} or {}",
            local.format("%Y-%m-%dT%H:%M"),
            written(&first),
            written(&second)
        )),
        LocalResult::None => {
            let offset =
                |utc: Option<NaiveDateTime>| Some(tz.offset_from_utc_datetime(&utc?).fix());
            let before = offset(local.checked_sub_signed(AROUND));
            let after = offset(local.checked_add_signed(AROUND));
            let by = |offset: Option<chrono::FixedOffset>| {
                let time = offset?.from_local_datetime(&local).single()?.with_timezone(&tz);
                Some(written(&time))
            };
            match by(after).zip(by(before)) {
                Some((earlier, later)) => Err(format!(
                    "{} does not exist in {zone}, where clocks are put forward then: give {earlier} or {later}",
                    local.format("%Y-%m-%dT%H:%M")
                )),
                None => Err(format!("{local} lies beyond the calendar")),
            }
        }
    }
}

fn timestamp<Tz: TimeZone>(time: &DateTime<Tz>) -> Timestamp {
    Timestamp::from_unix_micros(time.timestamp_micros())
}

/// A time as RFC 3339 writes it, with its offset.
fn written<Tz: TimeZone>(time: &DateTime<Tz>) -> String {
    time.fixed_offset().to_rfc3339()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_780_272_001);

    fn resolved(text: &str, zone: &str) -> Result<String, String> {
        let zone = Zone::named(zone).unwrap();
        TimeArg::parse(text).unwrap().resolve(zone, NOW).map(rfc3339::format)
    }

    #[test]
    fn times_are_read_in_the_zone_unless_they_have_an_offset() {
        for (text, zone, expected) in [
            ("now", "UTC", "2026-06-01T00:05:00Z"),
            ("2026-12-01T09:00", "UTC", "2026-12-01T09:00:00Z"),
            ("2026-12-01T09:00", "Europe/Berlin", "2026-12-01T08:00:00Z"),
            ("2026-06-01 09:00:30", "Europe/Berlin", "2026-06-01T07:00:30Z"),
            ("2026-06-01T09:00:00+05:30", "Europe/Berlin", "2026-06-01T03:30:00Z"),
            ("2026-06-01T09:00:00Z", "America/New_York", "2026-06-01T09:00:00Z"),
            ("2026-12-01", "America/New_York", "2026-12-01T05:00:00Z"),
        ] {
            assert_eq!(resolved(text, zone), Ok(expected.to_owned()), "{text} in {zone}");
        }
        let exact = Timestamp::from_unix_seconds(1_780_272_000);
        assert_eq!(TimeArg::Now.resolve(Zone::UTC, exact), Ok(exact));
    }

    #[test]
    fn a_time_of_day_that_comes_twice_or_never_is_refused_with_two_candidates() {
        assert_eq!(
            resolved("2026-10-25T02:30", "Europe/Berlin").unwrap_err(),
            "2026-10-25T02:30 comes twice in Europe/Berlin, where clocks are put back then: \
             give 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"
        );
        assert_eq!(
            resolved("2026-03-29T02:30", "Europe/Berlin").unwrap_err(),
            "2026-03-29T02:30 does not exist in Europe/Berlin, where clocks are put forward then: \
             give 2026-03-29T01:30:00+01:00 or 2026-03-29T03:30:00+02:00"
        );
        let samoa = resolved("2011-12-30T12:00", "Pacific/Apia").unwrap_err();
        assert!(
            samoa.contains("2011-12-29T12:00:00-10:00 or 2011-12-31T12:00:00+14:00"),
            "{samoa}"
        );
    }

    /// Every half hour of a year, in zones of both hemispheres: a time that exists once is found as what the zone shows, and
    /// both candidates of each other one are times of the zone.
    #[test]
    fn every_half_hour_of_a_year_is_resolved_or_refused_with_times_that_exist() {
        for name in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"] {
            let zone = Zone::named(name).unwrap();
            let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
            let mut refused = 0;
            for half in 0..365 * 48 {
                let local = first + TimeDelta::minutes(30 * half);
                match TimeArg::Local(local).resolve(zone, NOW) {
                    Ok(time) => {
                        let shown = zone.readable(time);
                        let expected = local.format("%Y-%m-%d %H:%M").to_string();
                        assert!(shown.starts_with(&expected), "{name}: {shown}, {expected}");
                    }
                    Err(error) => {
                        refused += 1;
                        let (_, candidates) = error.split_once("give ").unwrap();
                        let times: Vec<_> = candidates
                            .split(" or ")
                            .map(|it| rfc3339::parse(it).unwrap())
                            .collect();
                        assert!(times[0] < times[1], "{error}");
                    }
                }
            }
            let expected = match name {
                "Asia/Kolkata" => 0,
                "Australia/Lord_Howe" => 2, // half an hour, forward and back
                _ => 4,
            };
            assert_eq!(refused, expected, "{name}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "",
            "tomorrow",
            "2026-13-01",
            "2026-1-1",
            "2026-12-01T25:00",
            "09:00",
            "2026-12-01T09:00:60",
        ] {
            let error = TimeArg::parse(bad).unwrap_err();
            assert!(error.contains("--time-zone"), "{bad}: {error}");
        }
    }
}
