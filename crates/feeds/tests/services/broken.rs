//! Wrong answers: each is an error with the kind and the place of the mistake.

use gpu_carbon_feeds::{FeedError, electricity_maps, energy_charts, great_britain, watttime};

const WATTTIME: &str = r#"{"data":[{"point_time":"2026-01-01T00:00:00Z","value":870},
    {"point_time":"2026-01-01T00:05:00Z","value":860}],
    "meta":{"region":"R","signal_type":"co2_moer","units":"lbs_co2_per_mwh","data_point_period_seconds":300}}"#;
const MAPS: &str = r#"{"zone":"DE","data":[{"datetime":"2026-01-01T00:00:00Z","carbonIntensity":870},
    {"datetime":"2026-01-01T01:00:00Z","carbonIntensity":860}]}"#;
const GB: &str = r#"{"data":[
    {"from":"2026-01-01T00:00:00Z","to":"2026-01-01T00:30:00Z","intensity":{"forecast":1,"actual":870}},
    {"from":"2026-01-01T00:30:00Z","to":"2026-01-01T01:00:00Z","intensity":{"forecast":1,"actual":860}}]}"#;
const CHARTS: &str = r#"{"unix_seconds":[1767225600,1767226500],"co2eq":[870,860]}"#;

fn parse(text: &str) -> Result<(), FeedError> {
    // The changes that the tests make leave these words in place.
    let parsed = if text.contains("point_time") {
        watttime::parse(text, Some("R"))
    } else if text.contains("datetime") {
        electricity_maps::parse(text, Some("DE"))
    } else if text.contains("from") {
        great_britain::parse(text, None)
    } else {
        energy_charts::parse(text)
    };
    parsed.map(|_| ())
}

#[track_caller]
fn assert_error(text: &str, reason: &str, part: &str) {
    let error = parse(text).expect_err(text);
    let message = error.to_string();
    assert_eq!(error.reason(), reason, "{message}: {text}");
    assert!(message.contains(part), "`{part}` is not in: {message}");
    assert!(message.len() < 400 && !message.contains('\n'), "{message}");
}

#[test]
fn the_samples_are_valid() {
    for text in [WATTTIME, MAPS, GB, CHARTS] {
        parse(text).unwrap();
        parse(&format!("\u{feff}\r\n {text} \n")).unwrap();
    }
}

#[test]
fn the_error_about_a_value_has_its_kind_and_place_for_every_service() {
    for text in [WATTTIME, MAPS, GB, CHARTS] {
        for (bad, reason) in [
            ("NaN", "not_a_number"),
            ("-NaN", "not_a_number"),
            ("Infinity", "not_a_number"),
            ("-Infinity", "not_a_number"),
            ("1e999", "not_a_number"),
            ("-5", "negative"),
            ("\"860\"", "shape"),
            ("{}", "shape"),
            ("8 60", "not_json"),
        ] {
            assert_error(&text.replace("860", bad), reason, "");
        }
        assert_error(&text.replace("860", "-5"), "negative", "value 2, for 2026-01-01T0");
        assert_error(&text.replace("860", "NaN"), "not_a_number", "NaN");
        assert_error(&text.replace("860", "860000000"), "unit", "value 2, for 2026-01-01T0");
    }
    // The second value's time, the first one's, and an earlier one.
    for (text, second, first, earlier) in [
        (WATTTIME, "2026-01-01T00:05", "2026-01-01T00:00", "2025-01-01T00:05"),
        (MAPS, "2026-01-01T01:00", "2026-01-01T00:00", "2025-01-01T01:00"),
        (GB, "from\":\"2026-01-01T00:30", "from\":\"2026-01-01T00:00", "from\":\"2025-01-01T00:30"),
        (CHARTS, "1767226500", "1767225600", "1767225599"),
    ] {
        assert_error(
            &text.replace(second, first),
            "duplicate",
            "value 2 is for 2026-01-01T00:00:00Z",
        );
        assert_error(&text.replace(second, earlier), "backwards", "time runs backwards");
    }
}

#[test]
fn a_null_is_an_error_for_watttime_and_where_all_values_are_null() {
    assert_error(
        &WATTTIME.replace("860", "null"),
        "null",
        "value 2, for 2026-01-01T00:05:00Z, is null",
    );
    for text in [MAPS, GB, CHARTS] {
        parse(&text.replace("860", "null")).unwrap();
        let none = text.replace("860", "null").replace("870", "null").replace(":1,", ":null,");
        assert_error(&none, "null", "value 1, for 2026-01-01T00:00:00Z, is null");
    }
}

#[test]
fn texts_that_are_not_json_have_an_error_of_their_kind() {
    for text in [WATTTIME, MAPS, GB, CHARTS] {
        for end in (1..text.len()).step_by(7) {
            // The words of the service may be cut off: every parser must report the same.
            for error in [
                watttime::parse(&text[..end], None).unwrap_err(),
                energy_charts::parse(&text[..end]).unwrap_err(),
                electricity_maps::parse(&text[..end], None).unwrap_err(),
                great_britain::parse(&text[..end], None).unwrap_err(),
            ] {
                assert!(["truncated", "shape"].contains(&error.reason()), "{error}");
            }
        }
        assert_eq!(parse(&text[..text.len() - 1]).unwrap_err().reason(), "truncated");
    }
    for (text, reason) in [
        ("", "empty"),
        ("\u{feff} \r\n", "empty"),
        ("<!DOCTYPE html><html><title>502</title>", "html"),
        ("Forbidden", "not_json"),
        ("null", "shape"),
        ("[]", "shape"),
        ("{}", "shape"),
        (r#"{"error":"x","message":"y"}"#, "refused"),
        (r#"{"detail":"no such country"}"#, "refused"),
    ] {
        for error in [
            watttime::parse(text, None).unwrap_err(),
            energy_charts::parse(text).unwrap_err(),
            electricity_maps::parse(text, None).unwrap_err(),
            great_britain::parse(text, None).unwrap_err(),
        ] {
            assert_eq!(error.reason(), reason, "{text}: {error}");
        }
    }
    let page = format!("<html>{}", "\u{1b}[31m\n".repeat(100_000));
    let error = watttime::parse(&page, None).unwrap_err().to_string();
    assert!(error.len() < 250 && !error.contains(char::is_control), "{error:?}");
}

#[test]
fn other_units_zones_and_signals_are_errors() {
    assert_error(&WATTTIME.replace("lbs_co2_per_mwh", "percentile"), "unit", "`percentile`");
    assert_error(&WATTTIME.replace("co2_moer", "health_damage"), "signal", "`health_damage`");
    assert_error(&WATTTIME.replace("\"R\"", "\"CAISO_NORTH\""), "zone", "`R` was asked for");
    assert_error(&WATTTIME.replace(":300}", ":0}"), "shape", "data_point_period_seconds is 0");
    assert_error(&MAPS.replace("\"DE\"", "\"FR\""), "zone", "`DE` was asked for");
    assert_error(&MAPS.replace("{\"datetime", "{\"zone\":\"FR\",\"datetime"), "zone", "`FR`");
    let two_lines =
        MAPS.replace("\"DE\"", "\"D\\nE\"").replace("{\"datetime", "{\"zone\":\"FR\",\"datetime");
    let error = electricity_maps::parse(&two_lines, None).unwrap_err().to_string();
    assert!(error.contains("`FR`, and `D E` was asked for"), "{error}");
    assert_eq!(watttime::region("{\"region\":\"A\\nB\"}").unwrap(), "A B");
    assert_error(&MAPS.replace("\"zone\"", "\"unit\":\"lb/MWh\",\"zone\""), "unit", "`lb/MWh`");
    assert_error(
        &MAPS.replace("\"data\"", "\"temporalGranularity\":\"weekly\",\"data\""),
        "shape",
        "weekly",
    );
    assert_error(&MAPS.replace("}]}", "}],\"history\":[]}"), "shape", "two of");
    assert_error(&MAPS.replace("00:00:00Z", "00:00:00"), "time", "value 1");
    assert_error(
        &GB.replace("00:30:00Z\",\"intensity", "00:00:00Z\",\"intensity"),
        "backwards",
        "value 1",
    );
    assert_error(&CHARTS.replace("[870,860]", "[870]"), "shape", "co2eq 1");
    assert_error(&CHARTS.replace("1767226500", "1767226500000"), "time", "value 2");
    for (text, list) in [(MAPS, "\"data\":[]"), (CHARTS, "\"unix_seconds\":[],\"co2eq\":[]")] {
        let empty = match text == MAPS {
            true => format!("{{\"zone\":\"DE\",{list},\"x\":\"datetime\"}}"),
            false => format!("{{{list}}}"),
        };
        assert_error(&empty, "empty", "no value");
    }
}

#[test]
fn errors_about_a_login_quote_nothing() {
    for text in [
        "{\"tokn\":\"s3cret\"}",
        "s3cret",
        "<s3cret>",
        "{\"token\":\"s3cret",
        "{\"token\":[\"s3cret\"]}",
    ] {
        let error = watttime::token(text).unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
