//! Marginal intensities: the SGIP signal and PJM.

use chrono::{DateTime, NaiveDateTime};

use super::{Fault, Head, POUNDS, Refused, State, decoded, now, seconds, time, values, zone};
use crate::services::TOKEN;

/// Grams per kilowatt-hour for one kilogram per kilowatt-hour.
const KILOGRAMS: f64 = 1000.0;

/// Horizon of the SGIP signal's forecast, in seconds.
const SGIP_AHEAD: i64 = 72 * 3600;

/// The present as one object with its number as text, the past as a list with the newest value first.
pub(super) fn sgip(state: &State, head: &Head, fault: Option<&Fault>) -> String {
    let region = zone(head.parameter("ba"), fault);
    let is_past = !head.parameter("starttime").is_empty();
    let (from, until) = if is_past {
        let end = seconds(&decoded(head, "endtime"));
        (seconds(&decoded(head, "starttime")), (end + 1).min(now(state)))
    } else {
        (now(state), now(state) + 1)
    };
    // One value has no order.
    let in_a_list =
        |fault: &&Fault| is_past || !matches!(fault, Fault::Backwards | Fault::Duplicate);
    let values = values(state, from, until, KILOGRAMS, fault.filter(in_a_list));
    let one = |(at, value): &(i64, String)| {
        let value = if is_past || value == "null" || value == "NaN" {
            value.clone()
        } else {
            format!("\"{value}\"")
        };
        format!(
            r#"{{"point_time":"{}","moer":{value},"version":"2.0","freq":{},"ba":"{region}"}}"#,
            time(*at),
            state.step
        )
    };
    match values.as_slice() {
        [value] if !is_past => one(value),
        list => format!("[{}]", list.iter().rev().map(one).collect::<Vec<_>>().join(",")),
    }
}

/// The forecast begins with the step that follows.
pub(super) fn sgip_forecast(state: &State, head: &Head, fault: Option<&Fault>) -> String {
    let region = zone(head.parameter("ba"), fault);
    let (from, until) = (now(state) + state.step, now(state) + SGIP_AHEAD);
    let one = |(at, value): &(i64, String)| {
        format!(
            r#"{{"point_time":"{}","value":{value},"version":"2.0-1.0.0","ba":"{region}"}}"#,
            time(*at)
        )
    };
    let values = values(state, from, until, KILOGRAMS, fault);
    let list = values.iter().map(one).collect::<Vec<_>>().join(",");
    format!(r#"{{"generated_at":"{}","forecast":[{list}]}}"#, time(now(state)))
}

/// A page of rows, whose times are of UTC without saying so.
pub(super) fn pjm(state: &State, head: &Head, fault: Option<&Fault>) -> Result<String, Refused> {
    if head.header("ocp-apim-subscription-key") != TOKEN {
        return Err((
            401,
            r#"{"statusCode":401,"message":"Access denied due to invalid subscription key."}"#,
        ));
    }
    let times = decoded(head, "datetime_beginning_utc");
    let (from, until) = times.split_once("to").unwrap_or_default();
    let seconds = |text| {
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M");
        time.map_or(0, |time| time.and_utc().timestamp())
    };
    let (from, until) = (seconds(from), (seconds(until) + 1).min(now(state)));
    let node = if fault == Some(&Fault::Zone) { "9999" } else { head.parameter("pnode_id") };
    let values = values(state, from, until, POUNDS, fault);
    let one = |(at, value): &(i64, String)| {
        let at = DateTime::from_timestamp(*at, 0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%S");
        format!(
            r#"{{"datetime_beginning_utc":"{at}","pnode_id":{node},"marginal_co2_rate":{value}}}"#
        )
    };
    let number = |name| head.parameter(name).parse::<usize>().unwrap_or_default();
    let (first, most) =
        (number("startRow").max(1) - 1, number("rowCount").min(state.rows_of_a_page));
    let items: Vec<String> = values.iter().skip(first).take(most).map(one).collect();
    Ok(format!(
        r#"{{"links":[],"items":[{}],"searchSpecification":{{}},"totalRows":{}}}"#,
        items.join(","),
        values.len()
    ))
}
