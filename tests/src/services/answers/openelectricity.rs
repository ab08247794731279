//! OpenElectricity: emissions and energy of a region, in the network's own time. Made by hand from its documentation, since its
//! licence does not allow a recorded answer here.

use chrono::{DateTime, FixedOffset, NaiveDateTime};

use super::{Fault, Head, Refused, State, decoded, now, values_by};
use crate::services::TOKEN;

const HOUR: i64 = 3600;

pub(super) fn answer(
    state: &State,
    head: &Head,
    network: &str,
    fault: Option<&Fault>,
) -> Result<String, Refused> {
    if head.header("authorization") != format!("Bearer {TOKEN}") {
        return Err((401, r#"{"version":"4.0","success":false,"error":"Invalid API key"}"#));
    }
    let offset: i32 = match network {
        "NEM" => 10 * 3600,
        "WEM" => 8 * 3600,
        _ => return Err((404, r#"{"success":false,"error":"no such network"}"#)),
    };
    // Dates without an offset are the network's; one with an offset is refused.
    let seconds = |name| {
        let time = NaiveDateTime::parse_from_str(&decoded(head, name), "%Y-%m-%dT%H:%M:%S");
        time.map(|time| time.and_utc().timestamp() - i64::from(offset))
    };
    let (Ok(from), Ok(until)) = (seconds("date_start"), seconds("date_end")) else {
        return Err((400, r#"{"success":false,"error":"date_start must be in network time"}"#));
    };
    if until - from > 32 * 24 * HOUR {
        return Err((400, r#"{"success":false,"error":"at most 32 days by the hour"}"#));
    }
    let (step, interval) = if state.step == 300 { (300, "5m") } else { (HOUR, "1h") };
    let region = match fault {
        Some(Fault::Zone) => "ELSEWHERE",
        _ => head.parameter("network_region"),
    };
    let unit = if fault == Some(&Fault::Unit) { "kg" } else { "t" };
    let values = values_by(state, step, (from, until.min(now(state))), 1.0, fault);
    let zone = FixedOffset::east_opt(offset);
    let time = |at: i64| {
        let time = DateTime::from_timestamp(at, 0).unwrap_or_default();
        zone.map_or_else(String::new, |zone| time.with_timezone(&zone).to_rfc3339())
    };
    // 2,000 MWh in each interval.
    let tonnes = |value: &str| {
        value.parse().map_or(value.to_owned(), |grams: f64| (grams * 2.0).to_string())
    };
    let tonnes = |value: &str| if value == "NaN" { value.to_owned() } else { tonnes(value) };
    let emissions =
        values.iter().map(|(at, value)| format!(r#"["{}",{}]"#, time(*at), tonnes(value)));
    let energy = values.iter().map(|(at, _)| format!(r#"["{}",2000.0]"#, time(*at)));
    let metric = |metric: &str, unit: &str, data: Vec<String>| {
        format!(
            r#"{{"network_code":"{network}","metric":"{metric}","unit":"{unit}","interval":"{interval}","groupings":["network_region"],"results":[{{"name":"{metric}_{region}","columns":{{"network_region":"{region}"}},"data":[{}]}}]}}"#,
            data.join(",")
        )
    };
    Ok(format!(
        r#"{{"version":"4.2","created_at":"{}","success":true,"data":[{},{}]}}"#,
        time(now(state)),
        metric("emissions", unit, emissions.collect()),
        metric("energy", "MWh", energy.collect())
    ))
}
