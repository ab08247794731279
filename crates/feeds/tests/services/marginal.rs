//! Marginal intensities: the SGIP signal and PJM.

use gpu_carbon_core::{Quality, Signal};
use gpu_carbon_feeds::{pjm, sgip};

use crate::shapes::check;

use Quality::{Estimated, Forecast, Measured};

#[test]
fn the_sgip_signal_gives_kilograms_with_the_newest_first() {
    let present = r#"{"moer":"0.5","point_time":"2026-01-01T00:00:00Z","freq":300,"version":"2.0","ba":"SGIP_LADWP"}"#;
    let response = sgip::parse(present, Some("SGIP_LADWP")).unwrap();
    check(&response, 300, &[(0, 500.0, Measured)]);
    assert_eq!((response.zone.as_deref(), response.signal), (Some("SGIP_LADWP"), Signal::Marginal));
    let past = r#"[{"point_time":"2026-01-01T00:05:00+00:00","moer":0.25,"version":"2.0","freq":300,"ba":"A"},
        {"point_time":"2026-01-01T00:00:00+00:00","moer":0,"version":"2.0","freq":300,"ba":"A"}]"#;
    check(&sgip::parse(past, None).unwrap(), 300, &[(0, 0.0, Measured), (300, 250.0, Measured)]);
    let forecast = r#"{"generated_at":"2026-01-01T00:00:00+00:00","forecast":[
        {"point_time":"2026-01-01T00:05:00+00:00","value":0.1,"version":"2.0-1.0.0","ba":"A"},
        {"point_time":"2026-01-01T00:10:00+00:00","value":0.2,"version":"2.0-1.0.0","ba":"A"}]}"#;
    let response = sgip::parse(forecast, Some("A")).unwrap();
    check(&response, 300, &[(300, 100.0, Forecast), (600, 200.0, Forecast)]);
    for (text, from, to, reason) in [
        (present, "\"0.5\"", "\"x\"", "not_a_number"),
        (present, "\"0.5\"", "null", "null"),
        (present, "\"0.5\"", "-0.1", "negative"),
        (present, "\"0.5\"", "2000", "unit"),
        (present, "300", "0", "shape"),
        (present, "SGIP_LADWP", "B", "zone"),
        (past, "\"A\"}]", "\"B\"}]", "zone"),
        (past, "00:00:00+00:00", "00:05:00+00:00", "duplicate"),
        (past, "0.25", "null", "null"),
        (
            past,
            "}]",
            "},{\"point_time\":\"2026-01-01T00:10:00Z\",\"moer\":1,\"ba\":\"A\"}]",
            "backwards",
        ),
        (forecast, "0.2", "NaN", "not_a_number"),
        (forecast, "00:10:00+00:00", "00:10:00", "time"),
        (forecast, "\"generated_at\"", "\"made\"", "shape"),
    ] {
        let asked = if text == present { "SGIP_LADWP" } else { "A" };
        let error = sgip::parse(&text.replace(from, to), Some(asked)).unwrap_err();
        assert_eq!(error.reason(), reason, "{to}: {error}");
    }
    assert_eq!(sgip::parse("[]", None).unwrap_err().reason(), "empty");
    let refused = sgip::parse(r#"{"error":"ba 'X' not allowed"}"#, None).unwrap_err();
    assert_eq!(refused.reason(), "refused");
}

#[test]
fn pjm_gives_pounds_by_the_node_and_may_be_negative() {
    let rows = r#"{"links":[],"totalRows":3,"items":[
        {"datetime_beginning_utc":"2026-01-01T00:00:00","datetime_beginning_ept":"2025-12-31T19:00:00","pnode_id":1,"pnode_name":"PJM-RTO","marginal_co2_rate":1000.0},
        {"datetime_beginning_utc":"2026-01-01T00:05:00","pnode_id":1,"marginal_co2_rate":"-3.5"},
        {"datetime_beginning_utc":"2026-01-01T00:10:00","pnode_id":1,"marginal_co2_rate":null}]}"#;
    let response = pjm::parse(rows, Some(1)).unwrap();
    check(&response, 300, &[(0, 453.592_37, Measured), (300, 0.0, Estimated)]);
    assert_eq!((response.zone.as_deref(), response.nulls), (Some("1"), 1));
    assert_eq!(response.signal, Signal::Marginal);
    for (from, to, reason) in [
        ("1000.0", "\"x\"", "not_a_number"),
        ("1000.0", "1e9", "unit"),
        ("\"-3.5\"", "{}", "shape"),
        ("T00:05:00", "T00:00:00", "duplicate"),
        ("T00:05:00", "T00", "time"),
        ("T00:05:00", "T00:05:00+00:00", "time"),
        ("T00:10:00", "T00:01:00", "backwards"),
        ("\"items\"", "\"rows\"", "shape"),
    ] {
        let error = pjm::parse(&rows.replace(from, to), Some(1)).unwrap_err();
        assert_eq!(error.reason(), reason, "{to}: {error}");
    }
    assert_eq!(pjm::parse(rows, Some(2)).unwrap_err().reason(), "zone");
    let two = rows.replacen("\"pnode_id\":1", "\"pnode_id\":2", 1);
    assert_eq!(pjm::parse(&two, None).unwrap_err().reason(), "zone");
    let listed = r#"{"errors":[{"field":"rowCount","message":"at most 50000"}]}"#;
    let error = pjm::parse(listed, None).unwrap_err();
    assert_eq!((error.reason(), error.to_string().contains("at most 50000")), ("refused", true));
    let empty = pjm::parse(r#"{"items":[],"totalRows":0}"#, Some(1)).unwrap_err();
    assert_eq!(empty.reason(), "empty");
}
