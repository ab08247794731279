//! Times in files: with an offset from UTC, or without where the file says which one holds.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use gpu_carbon_core::Timestamp;

/// The form of the times in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeForm {
    /// The offset from UTC, in seconds, of a time that has none; `None` where such a time is ambiguous.
    pub(super) offset_seconds: Option<i64>,
    /// True where dates are written month/day/year, with hours from 1 to 12, as EIA does.
    pub(super) is_month_first: bool,
}

/// The least and the greatest number that are seconds since 1970 for a grid: 2001 to 2286.
const SECONDS: std::ops::Range<i64> = 1_000_000_000..10_000_000_000;

impl TimeForm {
    /// Reads a time.
    ///
    /// # Errors
    ///
    /// What the time must be, or why it is ambiguous, and what to do.
    pub(super) fn read(self, field: &str) -> Result<Timestamp, &'static str> {
        let text = field.trim();
        if let Ok(number) = text.parse::<i64>() {
            return unix(number).ok_or("must be a time, or seconds or milliseconds since 1970");
        }
        let (local, offset) = split_offset(text)?;
        let local = match local.contains('/') && !self.is_month_first {
            true => year_first(local).ok_or(AMBIGUOUS_DATE)?,
            false if self.is_month_first => month_first(local).ok_or(WRONG)?,
            false => iso(local).ok_or(if has_points(local) { AMBIGUOUS_DATE } else { WRONG })?,
        };
        let offset = offset.or(self.offset_seconds).ok_or(NO_OFFSET)?;
        let micros = local.and_utc().timestamp_micros() - offset * 1_000_000;
        // A later time could not be written: RFC 3339 has the years 0 to 9999.
        let year = DateTime::from_timestamp_micros(micros).map(|time| time.year());
        match year.filter(|year| (0..=9999).contains(year)) {
            Some(_) => Ok(Timestamp::from_unix_micros(micros)),
            None => Err(WRONG),
        }
    }
}

const WRONG: &str = "must be a time such as 2020-06-01T00:00:00Z";

const AMBIGUOUS_DATE: &str =
    "is ambiguous, since either the day or the month may be first: write dates as 2020-06-01";

const NO_OFFSET: &str = "has no offset from UTC, and may be UTC or local time (in which an hour comes twice where clocks are set back): \
    add a first line `# time_zone: UTC`, or one with the offset, as `# time_zone: +01:00`";

fn unix(number: i64) -> Option<Timestamp> {
    match number {
        seconds if SECONDS.contains(&seconds) => Some(Timestamp::from_unix_seconds(seconds)),
        millis if SECONDS.contains(&(millis / 1000)) => {
            Some(Timestamp::from_unix_micros(millis * 1000))
        }
        _ => None,
    }
}

/// The local time of a text, and its offset from UTC in seconds, if it has one.
fn split_offset(text: &str) -> Result<(&str, Option<i64>), &'static str> {
    for utc in ["Z", "z", "UTC", "GMT"] {
        if let Some(local) = text.strip_suffix(utc) {
            return Ok((local.trim_end(), Some(0)));
        }
    }
    // A sign after the date begins an offset.
    let date = text.get(..10).map_or(text.len(), str::len);
    let Some(sign) = text.get(date..).and_then(|rest| rest.rfind(['+', '-'])) else {
        return Ok((text, None));
    };
    let (local, offset) = text.split_at(date + sign);
    let digits: String = offset.chars().skip(1).filter(|c| *c != ':').collect();
    let number = |text: Option<&str>| text.unwrap_or("0").parse::<i64>().ok();
    let (hours, minutes) = match digits.len() {
        2 | 4 => (number(digits.get(..2)), number(digits.get(2..4))),
        _ => (None, None),
    };
    let seconds = match (hours, minutes) {
        (Some(hours @ 0..=14), Some(minutes @ 0..=59)) => 60 * (60 * hours + minutes),
        _ => return Err(WRONG),
    };
    let is_west = offset.starts_with('-');
    Ok((local.trim_end(), Some(if is_west { -seconds } else { seconds })))
}

/// A time such as `2020-06-01T00:00:00.5`, `2020-06-01 00:00`.
fn iso(text: &str) -> Option<NaiveDateTime> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    Some(NaiveDateTime::new(date_of(date, '-')?, time_of(time.trim())?))
}

/// A time such as `2020/06/01 00:00`.
fn year_first(text: &str) -> Option<NaiveDateTime> {
    let (date, time) = text.split_once(['T', ' '])?;
    Some(NaiveDateTime::new(date_of(date, '/')?, time_of(time.trim())?))
}

fn date_of(text: &str, separator: char) -> Option<NaiveDate> {
    let mut parts = text.split(separator);
    let mut next = |length: usize| {
        let part = parts.next().filter(|part| part.len() == length)?;
        part.bytes().all(|it| it.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten()
    };
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    parts
        .next()
        .is_none()
        .then(|| NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day))?
}

/// A time such as `1/31/2020 12:00:00 AM`, or `01/31/2020 13:00`.
fn month_first(text: &str) -> Option<NaiveDateTime> {
    let (date, time) = text.split_once(' ')?;
    let mut parts = date.split('/').map(|part| part.parse::<u32>().ok());
    let (month, day, year) = (parts.next()??, parts.next()??, parts.next()??);
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day);
    let date = date.filter(|_| year >= 1000 && parts.next().is_none())?;
    let (clock, half) = match time.trim().split_once(' ') {
        Some((clock, half)) => (clock, Some(half)),
        None => (time.trim(), None),
    };
    let padded = if clock.find(':') == Some(1) { format!("0{clock}") } else { clock.to_owned() };
    let time = time_of(&padded)?;
    let hour = |time: NaiveTime| chrono::Timelike::hour(&time);
    let afternoon = match half.map(str::to_ascii_uppercase).as_deref() {
        None => return Some(NaiveDateTime::new(date, time)),
        Some("AM") => 0,
        Some("PM") => 12,
        Some(_) => return None,
    };
    let of_twelve = Some(hour(time)).filter(|hour| (1..=12).contains(hour))?;
    let time = chrono::Timelike::with_hour(&time, of_twelve % 12 + afternoon)?;
    Some(NaiveDateTime::new(date, time))
}

/// A time of the day, with or without seconds and their decimals, of which those below a microsecond are dropped.
fn time_of(text: &str) -> Option<NaiveTime> {
    let (clock, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = clock.split(':').map(|part| {
        let number = part.parse::<u32>().ok();
        number.filter(|_| part.len() == 2 && is_digits(part))
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        None if decimals.is_empty() => 0,
        second => second??,
    };
    if parts.next().is_some() || !is_digits(decimals) {
        return None;
    }
    let micros: String = decimals.chars().chain("000000".chars()).take(6).collect();
    NaiveTime::from_hms_micro_opt(hour, minute, second, micros.parse().ok()?)
}

/// Returns true where a date seems to be written with points, as 01.06.2020.
fn has_points(text: &str) -> bool {
    let date = text.split(' ').next().unwrap_or_default();
    date.matches('.').count() == 2 || date.split('-').next().is_some_and(|first| first.len() <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNKNOWN: TimeForm = TimeForm { offset_seconds: None, is_month_first: false };
    const UTC: TimeForm = TimeForm { offset_seconds: Some(0), is_month_first: false };
    const EIA: TimeForm = TimeForm { offset_seconds: Some(0), is_month_first: true };

    #[test]
    fn a_year_beyond_the_calendar_is_no_time() {
        let form = |is_month_first| TimeForm { offset_seconds: Some(0), is_month_first };
        assert_eq!(form(true).read("01/01/202020 6:00:00 AM"), Err(WRONG));
        assert_eq!(form(false).read("9999-12-31T23:00:00-05:00"), Err(WRONG));
        assert!(form(true).read("12/31/9999 11:00:00 PM").is_ok());
    }

    #[test]
    fn times_with_an_offset_are_read() {
        let new_year = Timestamp::from_unix_seconds(1_577_836_800);
        for text in [
            "2020-01-01T00:00:00Z",
            "2020-01-01 00:00Z",
            "2020-01-01 00:00:00 UTC",
            "2020-01-01T01:00:00+01:00",
            "2020-01-01 01:00:00+01",
            "2019-12-31T16:00:00.0000000-0800",
            "2020/01/01 00:00:00+00:00",
            "1577836800",
            "1577836800000",
        ] {
            assert_eq!(UNKNOWN.read(text), Ok(new_year), "{text}");
        }
        assert_eq!(UTC.read("2020-01-01 00:00:00"), Ok(new_year));
        let half = Timestamp::from_unix_micros(1_577_836_800_500_000);
        assert_eq!(UTC.read("2020-01-01 00:00:00.5"), Ok(half));
        let berlin = TimeForm { offset_seconds: Some(3600), ..UTC };
        assert_eq!(berlin.read("2020-01-01 01:00"), Ok(new_year));
        for text in ["1/1/2020 12:00:00 AM", "01/01/2020 00:00:00", "12/31/2019 11:00:00 PM"] {
            let hours = if text.starts_with("12") { 3600 } else { 0 };
            let expected = Timestamp::from_unix_seconds(1_577_836_800 - hours);
            assert_eq!(EIA.read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn ambiguous_times_are_refused_with_the_reason() {
        assert_eq!(UNKNOWN.read("2020-10-25 02:30:00"), Err(NO_OFFSET));
        for order in
            ["01/06/2020 00:00", "25/12/2020 00:00", "01.06.2020 00:00", "01-06-2020 00:00"]
        {
            assert_eq!(UTC.read(order), Err(AMBIGUOUS_DATE), "{order}");
        }
        for wrong in [
            "",
            "soon",
            "2020-02-30T00:00:00Z",
            "2020-01-01",
            "2020-01-01T24:00:00Z",
            "2016-12-31T23:59:60Z",
            "12",
            "2020-01-01T00:00.5Z",
            "2020-01-01T00:00:00.x",
            "2020-01-01T0:00Z",
            "2020-01-01T00:00:00+99:00",
            "é020-01-01",
        ] {
            assert!(UTC.read(wrong).is_err(), "{wrong}");
        }
        for wrong in
            ["13/1/2020 1:00:00 AM", "1/1/2020 13:00:00 PM", "1/1/20 1:00:00 AM", "1/1/2020"]
        {
            assert!(EIA.read(wrong).is_err(), "{wrong}");
        }
    }
}
