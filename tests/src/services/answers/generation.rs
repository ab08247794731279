//! Generation by fuel: EIA and IESO, each by the hour.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::{Fault, Head, Refused, State, now, values_by, zone};
use crate::services::TOKEN;

const HOUR: i64 = 3600;

/// Time that Eastern Standard Time is behind UTC.
const EASTERN: i64 = 5 * HOUR;

/// g/kWh of coal, gas and nuclear power over the life cycle: IPCC AR5, Working Group III, Annex III (2014), medians.
const COAL: f64 = 820.0;
const GAS: f64 = 490.0;
const NUCLEAR: f64 = 12.0;

/// The amounts of a fossil fuel and of nuclear power whose mean is an intensity, as the services write them. A fault of a value is
/// in both.
fn mix(value: &str, fossil: f64) -> [String; 2] {
    match value.parse::<f64>() {
        Ok(grams) if grams.is_finite() => {
            let amount = 10_000.0 * (grams - NUCLEAR) / (fossil - NUCLEAR);
            [amount.to_string(), (10_000.0 - amount).to_string()]
        }
        _ => [value.to_owned(), value.to_owned()],
    }
}

pub(super) fn eia(state: &State, head: &Head, fault: Option<&Fault>) -> Result<String, Refused> {
    let key = head.parameter("api_key");
    match key {
        TOKEN => {}
        "" => {
            return Err((
                403,
                r#"{"error":{"code":"API_KEY_MISSING","message":"No api_key was supplied."}}"#,
            ));
        }
        _ => {
            return Err((
                403,
                r#"{"error":{"code":"API_KEY_INVALID","message":"An invalid api_key was supplied."}}"#,
            ));
        }
    }
    let period = |name| {
        let text = format!("{}:00:00", head.parameter(name));
        let time = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S");
        time.map_or(0, |time| time.and_utc().timestamp())
    };
    // A period names the end of its hour, and both ends are included.
    let (from, until) = (period("start") - HOUR, period("end").min(now(state)));
    let respondent = zone(head.parameter("facets%5Brespondent%5D%5B%5D"), fault);
    let unit = if fault == Some(&Fault::Unit) { "megawatts" } else { "megawatthours" };
    let mut rows = Vec::new();
    for (at, value) in values_by(state, HOUR, (from, until), 1.0, fault) {
        let [coal, nuclear] = mix(&value, COAL);
        let end = DateTime::from_timestamp(at + HOUR, 0).unwrap_or_default().format("%Y-%m-%dT%H");
        // Numbers are texts. The codes of fuels vary in case; storage, unknown fuel and a plant's own use add nothing.
        let quoted =
            |value: &str| if value == "null" { value.to_owned() } else { format!("\"{value}\"") };
        for (code, amount) in [
            ("COL", quoted(&coal)),
            ("Nuc", quoted(&nuclear)),
            ("BAT", quoted("-510")),
            ("OTH", quoted("120")),
            ("SUN", quoted("-3")),
        ] {
            rows.push(format!(
                r#"{{"period":"{end}","respondent":"{respondent}","respondent-name":"X","fueltype":"{code}","type-name":"X","value":{amount},"value-units":"{unit}"}}"#
            ));
        }
    }
    let number = |name| head.parameter(name).parse::<usize>().unwrap_or_default();
    let total = rows.len();
    let (offset, most) = (number("offset"), number("length").min(state.rows_of_a_page));
    let page: Vec<String> = rows.into_iter().skip(offset).take(most).collect();
    let warnings = if page.len() < total {
        r#","warnings":[{"warning":"incomplete return","description":"The API can only return 5000 rows in JSON format."}]"#
    } else {
        ""
    };
    Ok(format!(
        r#"{{"response":{{"total":"{total}","dateFormat":"YYYY-MM-DD\"T\"HH24","frequency":"hourly","data":[{}]{warnings}}},"request":{{"command":"/v2/","params":{{"api_key":"{key}","offset":"{offset}"}}}},"apiVersion":"2.1.8"}}"#,
        page.join(",")
    ))
}

pub(super) fn ieso(state: &State, file: &str, fault: Option<&Fault>) -> Result<String, Refused> {
    let Some(year) =
        file.strip_prefix("PUB_GenOutputbyFuelHourly").and_then(|it| it.strip_suffix(".xml"))
    else {
        return Err((404, "not found"));
    };
    let present = now(state);
    // The file without a year has the newest days.
    let (from, until) = match year.strip_prefix('_').and_then(|year| year.parse().ok()) {
        None => {
            ((present - EASTERN).div_euclid(24 * HOUR) * 24 * HOUR + EASTERN - 48 * HOUR, present)
        }
        Some(year) => {
            let start = |year| {
                NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN)
            };
            let start = |year| start(year).and_utc().timestamp() + EASTERN;
            (start(year), start(year + 1).min(present))
        }
    };
    if until <= from {
        return Err((404, "not found"));
    }
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"http://www.ieso.ca/schema\">\
         <DocHeader><DocTitle>Output by Fuel Type Hourly Report</DocTitle></DocHeader><DocBody><DeliveryYear>2026</DeliveryYear>",
    );
    for (at, value) in values_by(state, HOUR, (from, until), 1.0, fault) {
        let local = DateTime::from_timestamp(at - EASTERN, 0).unwrap_or_default();
        let [gas, nuclear] = mix(&value, GAS);
        let _ = write!(
            text,
            "<DailyData><Day>{}-{:02}-{:02}</Day><HourlyData><Hour>{}</Hour>",
            local.year(),
            local.month(),
            local.day(),
            local.hour() + 1
        );
        for (fuel, amount) in
            [("NUCLEAR", nuclear.as_str()), ("GAS", &gas), ("OTHER", "12"), ("SOLAR", "-1")]
        {
            let (mark, amount) = match amount {
                "null" => (-1, String::new()),
                amount => (0, format!("<Output>{amount}</Output>")),
            };
            let _ = write!(
                text,
                "<FuelTotal><Fuel>{fuel}</Fuel><EnergyValue><OutputQuality>{mark}</OutputQuality>{amount}</EnergyValue></FuelTotal>"
            );
        }
        text.push_str("</HourlyData></DailyData>\n");
    }
    text.push_str("</DocBody></Document>\n");
    Ok(text)
}
