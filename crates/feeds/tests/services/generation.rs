//! Generation by fuel, and emissions and energy: EIA, IESO and OpenElectricity.

use gpu_carbon_core::{Quality, Signal};
use gpu_carbon_feeds::generation::Fuel;
use gpu_carbon_feeds::{eia, ieso, openelectricity};
use proptest::prelude::*;

use crate::shapes::{NEW_YEAR, check};

use Quality::{Estimated, Measured};

const HOUR: i64 = 3600;

/// A row of EIA's answer for the hour that ends so many hours after the new year.
fn row(hour: i64, code: &str, value: &str) -> String {
    format!(
        r#"{{"period":"2026-01-{:02}T{:02}","respondent":"PJM","fueltype":"{code}","value":{value},"value-units":"megawatthours"}}"#,
        1 + hour / 24,
        hour % 24
    )
}

fn eia_answer(rows: &[String]) -> String {
    format!(
        r#"{{"response":{{"total":"{}","frequency":"hourly","data":[{}]}},"request":{{"params":{{"api_key":"s3cret"}}}}}}"#,
        rows.len(),
        rows.join(",")
    )
}

#[test]
fn eia_names_the_end_of_an_hour_and_writes_numbers_as_text() {
    let rows = [
        row(1, "NG", "\"3000\""),
        row(1, "wat", "1000"),
        row(1, "BAT", "\"-500\""),
        row(1, "OTH", "\"1000\""),
        row(2, "NG", "\"100.5\""),
        row(2, "WAT", "\"-20\""),
    ];
    let response = eia::parse(&eia_answer(&rows), Some("PJM")).unwrap();
    let first = (3.0 * 490.0 + 24.0) / 4.0;
    check(&response, 3600, &[(0, first, Measured), (HOUR, 490.0, Measured)]);
    assert_eq!((response.zone.as_deref(), response.signal), (Some("PJM"), Signal::Average));
    let unknown = 1000.0 / (4000.0 + 1000.0 + 100.5);
    assert!((response.unknown_share - unknown).abs() < 1e-12, "{}", response.unknown_share);
}

#[test]
fn an_hour_that_lacks_a_fuel_is_a_gap_and_no_lower_intensity() {
    let whole = |hour| [row(hour, "COL", "\"100\""), row(hour, "NUC", "\"100\"")];
    let value = f64::midpoint(820.0, 12.0);
    for lacking in [
        vec![row(2, "COL", "null"), row(2, "NUC", "\"100\"")],
        vec![row(2, "NUC", "\"100\"")],
        vec![row(2, "COL", "null"), row(2, "NUC", "null")],
        // Nothing was generated, so that nothing was emitted for each kWh either.
        vec![row(2, "COL", "\"0\""), row(2, "NUC", "\"0\"")],
    ] {
        let rows = [whole(1).to_vec(), lacking, whole(3).to_vec()].concat();
        let response = eia::parse(&eia_answer(&rows), None).unwrap();
        check(&response, 3600, &[(0, value, Measured), (2 * HOUR, value, Measured)]);
        assert_eq!(response.nulls, 1);
    }
    // A fuel that the zone does not have, and one that does not count.
    let rows = [
        whole(1).to_vec(),
        vec![row(1, "WND", "null"), row(1, "BAT", "\"5\"")],
        whole(2).to_vec(),
        vec![row(2, "BAT", "null")],
    ];
    let response = eia::parse(&eia_answer(&rows.concat()), None).unwrap();
    check(&response, 3600, &[(0, value, Measured), (HOUR, value, Measured)]);
}

#[test]
fn what_is_wrong_with_an_answer_of_eia_is_named() {
    let good = eia_answer(&[row(1, "COL", "\"100\""), row(2, "COL", "\"120\"")]);
    eia::parse(&good, Some("pjm")).unwrap();
    for (from, to, reason, part) in [
        ("\"120\"", "\"x\"", "not_a_number", "value 2 is `x`"),
        ("\"120\"", "\"NaN\"", "not_a_number", "NaN"),
        ("\"120\"", "\"\"", "not_a_number", "value 2"),
        ("\"120\"", "\"12,5\"", "not_a_number", "12,5"),
        ("\"120\"", "\"9e9\"", "unit", "value 2"),
        ("\"120\"", "{}", "shape", ""),
        ("T02", "T01", "duplicate", "value 2 is for 2026-01-01T00:00:00Z"),
        ("T02", "T2", "time", "the end of an hour in UTC"),
        ("T02", "T02:00", "time", "value 2"),
        ("T02", "T24", "time", "T24"),
        ("megawatthours", "megawatts", "unit", "`megawatts`"),
        ("\"hourly\"", "\"local-hourly\"", "shape", "frequency is `local-hourly`"),
        ("\"2\"", "\"many\"", "shape", "total"),
        ("\"response\"", "\"answer\"", "shape", "response"),
    ] {
        let error = eia::parse(&good.replace(from, to), Some("PJM")).unwrap_err();
        assert_eq!(error.reason(), reason, "{to}: {error}");
        assert!(error.to_string().contains(part), "{to}: {error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
    let error = eia::parse(&good, Some("MISO")).unwrap_err().to_string();
    assert!(error.contains("`PJM`, and `MISO` was asked for"), "{error}");
    let other = good.replacen("PJM", "CISO", 1);
    assert_eq!(eia::parse(&other, None).unwrap_err().reason(), "zone");
    let key =
        r#"{"error":{"code":"API_KEY_INVALID","message":"An invalid api_key was supplied."}}"#;
    let error = eia::parse(key, None).unwrap_err();
    assert_eq!(error.reason(), "refused");
    assert!(error.to_string().contains("API_KEY_INVALID"), "{error}");
    assert_eq!(eia::parse(&eia_answer(&[]), None).unwrap_err().reason(), "empty");
}

#[test]
fn a_page_of_eia_that_was_saved_alone_has_its_whole_hours() {
    let rows: Vec<String> =
        (1..=4).flat_map(|hour| [row(hour, "COL", "\"10\""), row(hour, "NUC", "\"10\"")]).collect();
    let value = f64::midpoint(820.0, 12.0);
    let page = |first: usize, last: usize| {
        let text = eia_answer(&rows[first..last])
            .replace(&format!("\"total\":\"{}\"", last - first), "\"total\":\"8\"");
        text.replace("\"api_key\"", &format!("\"offset\":\"{first}\",\"api_key\""))
    };
    check(&eia::parse(&page(0, 3), None).unwrap(), 3600, &[(0, value, Measured)]);
    let middle = eia::parse(&page(1, 7), None).unwrap();
    check(&middle, 3600, &[(HOUR, value, Measured), (2 * HOUR, value, Measured)]);
    let warned = eia_answer(&rows).replace(
        "\"frequency\"",
        r#""warnings":[{"warning":"incomplete return","description":"rows"},{"warning":"old","description":"to be removed"}],"frequency""#,
    );
    assert_eq!(eia::parse(&warned, None).unwrap().notices, ["to be removed"]);
}

proptest! {
    /// Conservation: intensity x generation is the sum of what every fuel emits, in any order of rows.
    #[test]
    fn eia_emits_what_its_fuels_emit(
        hours in prop::collection::vec(prop::collection::btree_map(0_usize..17, -100..30_000_i32, 1..17), 1..6),
        swaps in prop::collection::vec((0_usize..100, 0_usize..100), 0..20),
    ) {
        let codes = gpu_carbon_feeds::generation::EIA;
        let mut rows = Vec::new();
        let mut expected = Vec::new();
        // Every fuel that counts is listed at every hour.
        let listed: std::collections::BTreeSet<usize> = hours.iter().flat_map(|hour| hour.keys().copied()).collect();
        for (index, hour) in hours.iter().enumerate() {
            let (mut grams, mut energy) = (0.0, 0.0);
            for &fuel in &listed {
                let amount = hour.get(&fuel).copied().unwrap_or(0);
                rows.push(row(1 + i64::try_from(index).unwrap(), codes[fuel].0, &format!("\"{amount}\"")));
                if let Some(factor) = codes[fuel].1.grams_per_kilowatt_hour().filter(|_| amount > 0) {
                    grams += factor * f64::from(amount);
                    energy += f64::from(amount);
                }
            }
            expected.push((energy > 0.0).then_some((grams, energy)));
        }
        for (a, b) in swaps {
            let (a, b) = (a % rows.len(), b % rows.len());
            rows.swap(a, b);
        }
        match eia::parse(&eia_answer(&rows), Some("PJM")) {
            Err(error) => prop_assert!(expected.iter().all(Option::is_none), "{}", error),
            Ok(response) => {
                let found: Vec<_> = expected.iter().flatten().collect();
                prop_assert_eq!(response.points.len(), found.len());
                for (point, (grams, energy)) in response.points.iter().zip(found) {
                    let intensity = point.intensity.as_grams_per_kilowatt_hour();
                    prop_assert!((intensity * energy - grams).abs() <= 1e-9 * grams.max(1.0));
                }
            }
        }
    }
}

/// A fuel, its output and the mark of its quality.
type FuelRow<'a> = (&'a str, &'a str, i32);

/// A made-up day of IESO's report, in the form of a real one.
fn report(hours: &[(i64, &[FuelRow<'_>])]) -> String {
    let mut text = String::from(
        "\u{feff}<?xml version=\"1.0\"?>\n<Document xmlns=\"http://www.ieso.ca/schema\">\n <DocBody>\n  <DailyData>\n   <Day>2025-12-31</Day>\n",
    );
    for (hour, fuels) in hours {
        text.push_str(&format!("   <HourlyData>\n    <Hour>{hour}</Hour>\n"));
        for (fuel, output, mark) in *fuels {
            let output = if output.is_empty() {
                String::new()
            } else {
                format!("<Output>{output}</Output>")
            };
            text.push_str(&format!(
                "    <FuelTotal><Fuel>{fuel}</Fuel>\n     <EnergyValue><OutputQuality>{mark}</OutputQuality>{output}</EnergyValue></FuelTotal>\n"
            ));
        }
        text.push_str("   </HourlyData>\n");
    }
    text + "  </DailyData>\n </DocBody>\n</Document>\n"
}

#[test]
fn ieso_numbers_its_hours_by_standard_time_from_their_end() {
    // Hour 20 ends at 20:00 Eastern Standard Time, and begins at midnight UTC; in July it is the same.
    let text = report(&[
        (20, &[("NUCLEAR", "9000", 0), ("GAS", "1000", 0), ("OTHER", "50", 0), ("SOLAR", "-2", 0)]),
        (21, &[("NUCLEAR", "9000.5", 0), ("GAS", "0", -3), ("SOLAR", "0", 0)]),
        (22, &[("NUCLEAR", "9000", 0), ("GAS", "", -1), ("SOLAR", "0", 0)]),
        (23, &[("NUCLEAR", "9000", 0), ("SOLAR", "0", 0)]),
        (24, &[("NUCLEAR", "1", 0), ("GAS", "1", 0), ("SOLAR", "0", 0)]),
    ]);
    let response = ieso::parse(&text).unwrap();
    let first = (9.0 * 12.0 + 490.0) / 10.0;
    check(
        &response,
        3600,
        &[(0, first, Measured), (HOUR, 12.0, Estimated), (4 * HOUR, 251.0, Measured)],
    );
    assert_eq!((response.zone.as_deref(), response.nulls), (Some("ON"), 2));
    assert_eq!(response.signal, Signal::Average);
    let july = ieso::parse(&text.replace("2025-12-31", "2026-06-30")).unwrap();
    assert_eq!(july.points[0].at.as_unix_micros() / 1_000_000, NEW_YEAR + 181 * 86_400);
}

#[test]
fn what_is_wrong_with_a_report_of_ieso_is_named() {
    let good = report(&[(1, &[("NUCLEAR", "9000", 0), ("GAS", "120", 0)])]);
    ieso::parse(&good).unwrap();
    for (from, to, reason, part) in [
        (">120<", ">NaN<", "not_a_number", "value 2 is `NaN`"),
        (">120<", ">1,2<", "not_a_number", "1,2"),
        (">120<", ">9e9<", "unit", "value 2"),
        (">120<", ">&amp;<", "not_a_number", "value 2"),
        ("<Hour>1<", "<Hour>0<", "time", "an hour from 1 to 24"),
        ("<Hour>1<", "<Hour>25<", "time", "25"),
        ("<Day>2025-12-31<", "<Day>31.12.2025<", "time", "a day, as 2020-06-01"),
        ("<Fuel>GAS</Fuel>", "", "shape", "FuelTotal 2 lacks"),
        ("<Fuel>GAS<", "<Fuel>NUCLEAR<", "duplicate", "value 2"),
        ("</EnergyValue>", "", "not_xml", ""),
        ("</Document>", "", "truncated", ""),
        ("Document", "html", "html", ""),
        ("<?xml version=\"1.0\"?>", "<!DOCTYPE html>", "html", ""),
        ("FuelTotal>", "Total>", "empty", ""),
    ] {
        let error = ieso::parse(&good.replace(from, to)).unwrap_err();
        assert_eq!(error.reason(), reason, "{to}: {error}");
        assert!(error.to_string().contains(part), "{to}: {error}");
        assert!(error.to_string().len() < 400 && !error.to_string().contains('\n'), "{error}");
    }
    for (text, reason) in [
        ("", "empty"),
        (" \n", "empty"),
        ("{}", "not_xml"),
        (r#"{"message":"gone"}"#, "refused"),
        ("\u{1f}\u{fffd}\u{8}", "gzip"),
    ] {
        assert_eq!(ieso::parse(text).unwrap_err().reason(), reason, "{text}");
    }
    for end in (3..good.len()).filter(|&end| good.is_char_boundary(end)).step_by(3) {
        let error = ieso::parse(&good[..end]).unwrap_err();
        assert!(["truncated", "empty", "not_xml"].contains(&error.reason()), "{end}: {error}");
    }
    let deep = format!("<Document>{}", "<a>".repeat(100_000));
    assert_eq!(ieso::parse(&deep).unwrap_err().reason(), "not_xml");
}

#[test]
fn a_fuel_of_ieso_without_a_factor_is_counted_as_unknown() {
    assert_eq!(Fuel::from_ieso("FUSION"), Fuel::Unknown);
    let text = report(&[(1, &[("GAS", "100", 0), ("FUSION", "300", 0)])]);
    assert_eq!(ieso::parse(&text).unwrap().unknown_share, 0.75);
}

/// An answer of OpenElectricity made by hand, since its licence does not allow a recorded one here.
fn network(emissions: &str, energy: &str) -> String {
    format!(
        r#"{{"version":"4.2","created_at":"2026-01-01T13:30:00+10:00","success":true,"data":[
        {{"network_code":"NEM","metric":"energy","unit":"MWh","interval":"1h","results":[{{"name":"energy_NSW1","columns":{{"network_region":"NSW1"}},"data":[{energy}]}},{{"name":"energy_VIC1","columns":{{}},"data":[]}}]}},
        {{"network_code":"NEM","metric":"emissions","unit":"t","interval":"1h","results":[{{"name":"emissions_NSW1","columns":{{"network_region":"NSW1"}},"data":[{emissions}]}},{{"name":"emissions_VIC1","columns":{{}},"data":[]}}]}}]}}"#
    )
}

#[test]
fn openelectricity_divides_tonnes_by_megawatt_hours() {
    let hours = ["10", "11", "12", "13"].map(|hour| format!("2026-01-01T{hour}:00:00+10:00"));
    let values = |values: [&str; 4]| {
        let pairs = hours.iter().zip(values);
        pairs.map(|(hour, value)| format!("[\"{hour}\",{value}]")).collect::<Vec<_>>().join(",")
    };
    let text =
        network(&values(["4200", "null", "10", "2100"]), &values(["7000", "7000", "0", "3500"]));
    let response = openelectricity::parse(&text, Some("NSW1")).unwrap();
    // 10:00 there is midnight in UTC; the fourth hour was not over when the answer was made.
    check(&response, 3600, &[(0, 600.0, Measured), (3 * HOUR, 600.0, Estimated)]);
    assert_eq!((response.zone.as_deref(), response.nulls), (Some("NSW1"), 2));
    let good = network(&values(["1", "2", "3", "4"]), &values(["5", "6", "7", "8"]));
    for (from, to, reason, part) in [
        ("\"t\"", "\"kg\"", "unit", "`kg`"),
        ("\"MWh\"", "\"GWh\"", "unit", "`GWh`"),
        ("\"emissions\"", "\"power\"", "shape", "no metric `emissions`"),
        ("\"1h\"", "\"1M\"", "shape", "interval is `1M`"),
        ("+10:00\",4", "\",4", "time", "value 4"),
        ("+10:00\",4", "+10:00\",-4", "negative", "value 4"),
        ("+10:00\",4", "+10:00\",\"4\"", "shape", ""),
        ("\"success\":true", "\"success\":false,\"error\":\"quota\"", "refused", "quota"),
        ("T11:00:00+10:00\",2", "T09:00:00+10:00\",2", "backwards", "value 2"),
    ] {
        let error = openelectricity::parse(&good.replace(from, to), Some("NSW1")).unwrap_err();
        assert_eq!(error.reason(), reason, "{to}: {error}");
        assert!(error.to_string().contains(part), "{to}: {error}");
    }
    let error = openelectricity::parse(&good, Some("QLD1")).unwrap_err().to_string();
    assert!(error.contains("`NSW1, VIC1`, and `QLD1` was asked for"), "{error}");
    assert_eq!(openelectricity::parse(&good, None).unwrap_err().reason(), "shape");
    assert_eq!(openelectricity::parse(&good, Some("VIC1")).unwrap_err().reason(), "empty");
}
