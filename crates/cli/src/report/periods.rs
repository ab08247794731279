//! The days and months of a time zone.

use chrono::{Datelike, NaiveDate};
use gpu_carbon_core::{Interval, Timestamp};

use super::args::By;
use crate::time_zone::Zone;

/// Returns the times that divide an interval into days or months of a time zone, with its own bounds; the bounds alone
/// where it is not divided.
pub(super) fn cuts(by: By, zone: Zone, time: Interval) -> Vec<Timestamp> {
    let following = |date: NaiveDate| match by {
        By::Gpu | By::Workload | By::Namespace | By::Kind | By::Phase => None,
        By::Day => date.succ_opt(),
        By::Month => date.with_day(1)?.checked_add_months(chrono::Months::new(1)),
    };
    let mut cuts = vec![time.start()];
    let mut date = zone.date(time.start()).and_then(following);
    while let Some(next) = date {
        match zone.start_of(next) {
            Some(cut) if cut >= time.end() => break,
            Some(cut) if Some(&cut) > cuts.last() => cuts.push(cut),
            Some(_) => {} // a date that the time zone left out
            None => break,
        }
        date = following(next);
    }
    cuts.push(time.end());
    cuts
}

/// Returns the name of a period by its start: 2026-11-24 for a day, 2026-11 for a month.
pub(super) fn name(by: By, zone: Zone, period: Interval) -> String {
    let Some(date) = zone.date(period.start()) else { return zone.readable(period.start()) };
    match by {
        By::Month => date.format("%Y-%m").to_string(),
        _ => date.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::Span;
    use gpu_carbon_feeds::rfc3339;

    #[test]
    fn days_and_months_are_those_of_the_time_zone() {
        let at = |text| rfc3339::parse(text).unwrap();
        let time = |from, to| Interval::new(at(from), at(to));
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let autumn = time("2020-10-24T12:00:00Z", "2020-10-26T12:00:00Z");
        let found =
            |by| cuts(by, berlin, autumn).into_iter().map(rfc3339::format).collect::<Vec<_>>();
        assert_eq!(found(By::Gpu), ["2020-10-24T12:00:00Z", "2020-10-26T12:00:00Z"]);
        assert_eq!(found(By::Month), found(By::Gpu));
        let days = [
            "2020-10-24T12:00:00Z",
            "2020-10-24T22:00:00Z",
            "2020-10-25T23:00:00Z",
            "2020-10-26T12:00:00Z",
        ];
        assert_eq!(found(By::Day), days);
        let year = time("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z");
        assert_eq!(cuts(By::Day, Zone::UTC, year).len(), 367);
        assert_eq!(cuts(By::Month, Zone::UTC, year).len(), 13);
        assert_eq!(cuts(By::Month, berlin, year).len(), 14, "it contains an hour of the next year");
        let day = Interval::new(year.start(), year.start() + Span::from_days(1));
        assert_eq!(name(By::Day, berlin, day), "2020-01-01");
        assert_eq!(name(By::Month, Zone::named("America/New_York").unwrap(), day), "2019-12");
        // Samoa moved across the date line, and has no 2011-12-30.
        let apia = Zone::named("Pacific/Apia").unwrap();
        let days = cuts(By::Day, apia, time("2011-12-29T10:00:00Z", "2012-01-01T10:00:00Z"));
        assert!(days.is_sorted_by(|one, next| one < next) && days.len() == 4, "{days:?}");
    }
}
