//! The answers, each in the format of its service.

mod generation;
mod marginal;
mod openelectricity;

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDateTime};

use super::server::{Head, Reply};
use super::{Fault, State, TOKEN};

/// The name and the password `ada:correct-horse-battery` in HTTP's basic authentication.
const BASIC: &str = "Basic YWRhOmNvcnJlY3QtaG9yc2UtYmF0dGVyeQ==";

/// Grams per kilowatt-hour for one pound per megawatt-hour.
const POUNDS: f64 = 0.453_592_37;

/// Seconds after which Electricity Maps replaces an estimate by a measurement.
const MEASURED_AFTER: i64 = 2 * 3600;

/// Horizon of the forecasts, in seconds.
const AHEAD: i64 = 48 * 3600;

/// Answers a request as the service that the path belongs to.
pub(super) fn answer(state: &mut State, head: &Head, fault: Option<&Fault>) -> Reply {
    let path = head.path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let body = match parts.as_slice() {
        ["login"] => login(state, head),
        ["v3", "region-from-loc"] => bearer(state, head)
            .map(|()| r#"{"region":"CAISO_NORTH","signal_type":"co2_moer"}"#.to_owned()),
        ["v3", asked @ ("forecast" | "historical")] => {
            bearer(state, head).map(|()| watttime(state, head, *asked == "forecast", fault))
        }
        ["v3" | "v4", "carbon-intensity", asked] => {
            maps_token(head).map(|()| maps(state, head, asked, fault))
        }
        ["intensity", from, until] => Ok(country(state, from, until, fault)),
        ["regional", "intensity", from, until, by, place] => {
            Ok(region(state, (from, until), (by, place), fault))
        }
        ["co2eq"] => Ok(charts(state, head, fault)),
        ["v2", "electricity", "rto", "fuel-type-data", "data", ""] => {
            generation::eia(state, head, fault)
        }
        ["public", "GenOutputbyFuelHourly", file] => generation::ieso(state, file, fault),
        ["sgipmoer"] => bearer(state, head).map(|()| marginal::sgip(state, head, fault)),
        ["sgipforecast"] => {
            bearer(state, head).map(|()| marginal::sgip_forecast(state, head, fault))
        }
        ["api", "v1", "fivemin_marginal_emissions"] => marginal::pjm(state, head, fault),
        ["v4", "data", "network", network] => openelectricity::answer(state, head, network, fault),
        _ => Err((404, r#"{"error":"no such path"}"#)),
    };
    let (status, mut body) = match body {
        Ok(body) => (200, body),
        Err((status, body)) => (status, body.to_owned()),
    };
    if fault == Some(&Fault::Truncated) {
        body.truncate(body.len() * 2 / 3);
    }
    Reply::Answer { status, headers: String::new(), body }
}

type Refused = (u16, &'static str);

fn login(state: &mut State, head: &Head) -> Result<String, Refused> {
    if head.header("authorization") != BASIC {
        return Err((403, r#"{"error":"Invalid user name or password"}"#));
    }
    state.issued += 1;
    Ok(format!(r#"{{"token":"{TOKEN}.{}"}}"#, state.issued))
}

fn bearer(state: &State, head: &Head) -> Result<(), Refused> {
    let number = head.header("authorization").strip_prefix(&format!("Bearer {TOKEN}."));
    match number.and_then(|number| number.parse::<usize>().ok()) {
        Some(number) if number > state.revoked => Ok(()),
        _ => Err((401, r#"{"error":"Token is invalid or has expired"}"#)),
    }
}

fn maps_token(head: &Head) -> Result<(), Refused> {
    match head.header("auth-token") {
        TOKEN => Ok(()),
        _ => Err((401, r#"{"error":"Invalid auth-token"}"#)),
    }
}

/// Times and values as the services write them, with the fault. A value that is out of order comes after the last, since
/// a list of one has no order.
fn values(
    state: &State,
    from: i64,
    until: i64,
    scale: f64,
    fault: Option<&Fault>,
) -> Vec<(i64, String)> {
    values_by(state, state.step, (from, until), scale, fault)
}

/// The same in another step than the service's.
fn values_by(
    state: &State,
    step: i64,
    (from, until): (i64, i64),
    scale: f64,
    fault: Option<&Fault>,
) -> Vec<(i64, String)> {
    let first = from.div_euclid(step) * step;
    let times = (0..).map(|n| first + n * step).take_while(|&at| at < until);
    let mut values: Vec<(i64, String)> =
        times.map(|at| (at, ((state.intensity)(at) / scale).to_string())).collect();
    match (fault, values.as_mut_slice()) {
        (Some(Fault::NotANumber), [.., last]) => last.1 = "NaN".to_owned(),
        (Some(Fault::Negative), [.., last]) => last.1 = "-5".to_owned(),
        (Some(Fault::Null), all) => all.iter_mut().for_each(|value| value.1 = "null".to_owned()),
        (Some(Fault::Backwards), [.., last]) => {
            let earlier = (last.0 - step, last.1.clone());
            values.push(earlier);
        }
        (Some(Fault::Duplicate), [.., last]) => {
            let other = (last.0, "77".to_owned());
            values.push(other);
        }
        _ => {}
    }
    values
}

#[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
fn now(state: &State) -> i64 {
    (state.clock)() as i64
}

fn zone(asked: &str, fault: Option<&Fault>) -> String {
    if fault == Some(&Fault::Zone) { "ELSEWHERE".to_owned() } else { asked.to_owned() }
}

fn watttime(state: &State, head: &Head, forecast: bool, fault: Option<&Fault>) -> String {
    let (from, until) = if forecast {
        (now(state), now(state) + AHEAD)
    } else {
        (seconds(head.parameter("start")), seconds(head.parameter("end")).min(now(state)))
    };
    let values = values(state, from, until, POUNDS, fault);
    let made = values.first().map(|&(at, _)| at).filter(|_| forecast);
    let made = made.map_or(String::new(), |at| format!(r#","generated_at":"{}""#, time(at)));
    let marked = head.parameter("include_imputed_marker") == "true";
    let one = |&(at, ref value): &(i64, String)| {
        let imputed =
            if marked && (state.imputed)(at) { r#","imputed_data_used":true"# } else { "" };
        format!(r#"{{"point_time":"{}","value":{value}{imputed}}}"#, time(at))
    };
    let list = values.iter().map(one).collect::<Vec<_>>().join(",");
    let unit = if fault == Some(&Fault::Unit) { "percentile" } else { "lbs_co2_per_mwh" };
    format!(
        r#"{{"data":[{list}],"meta":{{"region":"{}","signal_type":"co2_moer","units":"{unit}","data_point_period_seconds":{}{made}}}}}"#,
        zone(head.parameter("region"), fault),
        state.step
    )
}

fn maps(state: &State, head: &Head, asked: &str, fault: Option<&Fault>) -> String {
    let zone = zone(head.parameter("zone"), fault);
    let unit = if fault == Some(&Fault::Unit) { r#","unit":"lb/MWh""# } else { "" };
    let granularity = match state.step {
        300 => r#","temporalGranularity":"5_minutes""#,
        900 => r#","temporalGranularity":"15_minutes""#,
        3600 => r#","temporalGranularity":"hourly""#,
        _ => "",
    };
    let unit = format!("{unit}{granularity}");
    let (key, from, until) = match asked {
        "forecast" => {
            let hours = head.parameter("horizonHours").parse().unwrap_or(24);
            ("forecast", now(state), now(state) + hours * 3600)
        }
        "history" => ("history", now(state) - 86_400 + state.step, now(state)),
        "past-range" => (
            "data",
            seconds(head.parameter("start")),
            seconds(head.parameter("end")).min(now(state)),
        ),
        _ => ("", now(state), now(state) + 1),
    };
    // The latest value stands alone, not in a list.
    let one_has = |fault: &&Fault| !matches!(fault, Fault::Backwards | Fault::Duplicate);
    let fault = fault.filter(|fault| !key.is_empty() || one_has(fault));
    let values = values(state, from, until, 1.0, fault);
    let one = |at: i64, value: &str| {
        let (estimated, at) = (at + MEASURED_AFTER > now(state), time(at));
        format!(
            r#""zone":"{zone}","datetime":"{at}","carbonIntensity":{value},"isEstimated":{estimated}"#
        )
    };
    match values.as_slice() {
        [(at, value)] if key.is_empty() => format!("{{{}{unit}}}", one(*at, value)),
        _ => {
            let listed = values.iter().map(|(at, value)| format!("{{{}}}", one(*at, value)));
            let list = listed.collect::<Vec<_>>().join(",");
            format!(r#"{{"zone":"{zone}"{unit},"{key}":[{list}]}}"#)
        }
    }
}

fn half_hours(
    state: &State,
    from: &str,
    until: &str,
    fault: Option<&Fault>,
    region: bool,
) -> String {
    let from = seconds(from);
    let until = if until == "fw48h" { from + AHEAD } else { seconds(until) };
    let values = values(state, from, until, 1.0, fault);
    let present = now(state) - state.step;
    let mut list = String::new();
    for (at, value) in &values {
        let actual = if *at < present { value } else { "null" };
        let actual = if region { String::new() } else { format!(r#","actual":{actual}"#) };
        let comma = if list.is_empty() { "" } else { "," };
        let _ = write!(
            list,
            r#"{comma}{{"from":"{}","to":"{}","intensity":{{"forecast":{value}{actual},"index":"low"}}}}"#,
            time(*at),
            time(at + state.step)
        );
    }
    list
}

fn country(state: &State, from: &str, until: &str, fault: Option<&Fault>) -> String {
    let list = half_hours(state, from, until, fault, false);
    let region = r#"{"regionid":9,"shortname":"X","data":["#;
    match fault {
        Some(Fault::Zone) => format!(r#"{{"data":{region}{list}]}}}}"#),
        _ => format!(r#"{{"data":[{list}]}}"#),
    }
}

fn region(state: &State, period: (&str, &str), by: (&str, &str), fault: Option<&Fault>) -> String {
    let list = half_hours(state, period.0, period.1, fault, true);
    let place = zone(by.1, fault);
    let (id, postcode) = match by.0 {
        "regionid" => (place.parse().unwrap_or(0), String::new()),
        _ => (12, format!(r#","postcode":"{place}""#)),
    };
    format!(
        r#"{{"data":{{"regionid":{id},"shortname":"South England"{postcode},"data":[{list}]}}}}"#
    )
}

fn charts(state: &State, head: &Head, fault: Option<&Fault>) -> String {
    let (from, until) = (seconds(head.parameter("start")), seconds(head.parameter("end")));
    let values = values(state, from, until, 1.0, fault);
    let join = |texts: Vec<String>| texts.join(",");
    let (mut measured, mut forecast_values) = (Vec::new(), Vec::new());
    for (at, value) in &values {
        let (past, null) = (*at <= now(state), "null".to_owned());
        measured.push(if past { value.clone() } else { null.clone() });
        forecast_values.push(if past { null } else { value.clone() });
    }
    format!(
        r#"{{"unix_seconds":[{}],"co2eq":[{}],"co2eq_forecast":[{}],"deprecated":{}}}"#,
        join(values.iter().map(|(at, _)| at.to_string()).collect()),
        join(measured),
        join(forecast_values),
        state.deprecated
    )
}

fn time(at: i64) -> String {
    DateTime::from_timestamp(at, 0).unwrap_or_default().to_rfc3339()
}

/// A parameter of the query, with the characters that it escapes.
fn decoded(head: &Head, name: &str) -> String {
    head.parameter(name).replace("%3A", ":").replace("%20", " ")
}

/// Seconds since the epoch of a time such as `2020-06-01T00:00Z`, with or without seconds; zero for anything else.
fn seconds(text: &str) -> i64 {
    let minutes = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ");
    let seconds = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ");
    minutes.or(seconds).map_or(0, |time| time.and_utc().timestamp())
}
