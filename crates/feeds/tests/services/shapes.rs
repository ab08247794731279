//! The shapes of answers in the documentation of the services, with numbers of this project's own.
#![expect(clippy::disallowed_methods, reason = "the test reads its data from files")]

use gpu_carbon_core::{Quality, Signal, Span, Timestamp};
use gpu_carbon_feeds::great_britain::Place;
use gpu_carbon_feeds::{
    BadPoints, Service, ServiceResponse, electricity_maps, energy_charts, great_britain,
    parse_any_service, watttime,
};

use Quality::{Estimated, Forecast, Measured};

/// 2026-01-01T00:00:00Z.
pub(crate) const NEW_YEAR: i64 = 1_767_225_600;

#[track_caller]
pub(crate) fn check(response: &ServiceResponse, step: u64, points: &[(i64, f64, Quality)]) {
    assert_eq!(response.step, Span::from_seconds(step));
    let found: Vec<_> = response
        .points
        .iter()
        .map(|p| (p.at, p.intensity.as_grams_per_kilowatt_hour(), p.quality))
        .collect();
    let expected: Vec<_> = points
        .iter()
        .map(|&(after, grams, quality)| {
            (Timestamp::from_unix_seconds(NEW_YEAR + after), grams, quality)
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(response.series().unwrap().points().len(), points.len());
}

fn watttime_answer(meta: &str, values: &str) -> String {
    format!(
        r#"{{"data":[{values}],"meta":{{"region":"R","signal_type":"co2_moer","units":"lbs_co2_per_mwh","warnings":[],
        "data_point_period_seconds":300{meta}}}}}"#
    )
}

#[test]
fn watttime_gives_pounds_and_its_forecast_begins_with_the_present() {
    let values = r#"{"point_time":"2026-01-01T00:00:00+00:00","value":1000},
        {"point_time":"2026-01-01T00:05:00Z","value":0,"imputed_data_used":true,"last_updated":"x"}"#;
    let history = watttime::parse(&watttime_answer("", values), Some("R")).unwrap();
    check(&history, 300, &[(0, 453.592_37, Measured), (300, 0.0, Estimated)]);
    assert_eq!((history.zone.as_deref(), history.signal), (Some("R"), Signal::Marginal));
    let made = r#","generated_at":"2026-01-01T00:00:00+00:00","generated_at_period_seconds":300"#;
    let forecast = watttime::parse(&watttime_answer(made, values), None).unwrap();
    check(&forecast, 300, &[(0, 453.592_37, Estimated), (300, 0.0, Forecast)]);
    let average = watttime_answer("", values).replace("moer", "aoer");
    assert_eq!(watttime::parse(&average, None).unwrap().signal, Signal::Average);
    assert_eq!(watttime::token(r#"{"token":"abc"}"#).unwrap(), "abc");
    assert_eq!(watttime::region(r#"{"region":"R","signal_type":"co2_moer"}"#).unwrap(), "R");
}

#[test]
fn electricity_maps_names_the_list_by_path_and_version() {
    let latest = r#"{"zone":"DE","carbonIntensity":216,"datetime":"2026-01-01T00:00:00.000Z","isEstimated":true}"#;
    check(&electricity_maps::parse(latest, Some("DE")).unwrap(), 3600, &[(0, 216.0, Estimated)]);
    let list = r#"[{"zone":"DE","carbonIntensity":1.5,"datetime":"2026-01-01T00:00:00.000Z","isEstimated":null},
        {"carbonIntensity":null,"datetime":"2026-01-01T00:15:00Z"},
        {"carbonIntensity":3,"datetime":"2026-01-01T00:30:00Z","isEstimated":true}]"#;
    for key in ["data", "history"] {
        let answer =
            format!(r#"{{"zone":"DE","temporalGranularity":"15_minutes","{key}":{list}}}"#);
        let response = electricity_maps::parse(&answer, None).unwrap();
        check(&response, 900, &[(0, 1.5, Measured), (1800, 3.0, Estimated)]);
        assert_eq!((response.nulls, response.signal), (1, Signal::Average));
    }
    let forecast =
        format!(r#"{{"zone":"DE","updatedAt":"x","unit":"gCO2eq/kWh","forecast":{list}}}"#);
    let forecast = electricity_maps::parse(&forecast, None).unwrap();
    check(&forecast, 1800, &[(0, 1.5, Forecast), (1800, 3.0, Forecast)]);
}

const HALF_HOURS: &str = r#"[
    {"from":"2026-01-01T00:00Z","to":"2026-01-01T00:30Z","intensity":{"forecast":266,"actual":263,"index":"low"}},
    {"from":"2026-01-01T00:30Z","to":"2026-01-01T01:00Z","intensity":{"forecast":270,"actual":null,"index":"low"}}]"#;

#[test]
fn great_britain_gives_the_forecast_where_no_value_is_measured() {
    let country = format!(r#"{{"data":{HALF_HOURS}}}"#);
    let response = great_britain::parse(&country, Some(&Place::National)).unwrap();
    check(&response, 1800, &[(0, 263.0, Measured), (1800, 270.0, Forecast)]);
    let region = format!(
        r#"{{"regionid":12,"dnoregion":"d","shortname":"South","postcode":"OX1","data":{}}}"#,
        HALF_HOURS.replace(r#","actual":263"#, "").replace(r#","actual":null"#, "")
    );
    // By path, the answer has the region itself or a list with it.
    for answer in [format!(r#"{{"data":{region}}}"#), format!(r#"{{"data":[{region}]}}"#)] {
        for place in [Place::Region(12), Place::Postcode("ox1".to_owned())] {
            let response = great_britain::parse(&answer, Some(&place)).unwrap();
            check(&response, 1800, &[(0, 266.0, Forecast), (1800, 270.0, Forecast)]);
            assert_eq!(response.zone.as_deref(), Some("South"));
        }
        for other in [Place::Region(3), Place::Postcode("RG10".to_owned()), Place::National] {
            let error = great_britain::parse(&answer, Some(&other)).unwrap_err();
            assert_eq!(error.reason(), "zone", "{error}");
        }
    }
    assert_eq!(
        great_britain::parse(&country, Some(&Place::Region(1))).unwrap_err().reason(),
        "zone"
    );
}

#[test]
fn energy_charts_gives_the_forecast_where_no_value_is_measured() {
    let answer = format!(
        r#"{{"unix_seconds":[{NEW_YEAR},{},{}],"co2eq":[491.5,null,null],"co2eq_forecast":[1,null,505.0],"deprecated":false}}"#,
        NEW_YEAR + 900,
        NEW_YEAR + 1800
    );
    let response = energy_charts::parse(&answer).unwrap();
    check(&response, 1800, &[(0, 491.5, Measured), (1800, 505.0, Forecast)]);
    assert_eq!((response.nulls, response.zone), (1, None));
    let bare = format!(r#"{{"unix_seconds":[{NEW_YEAR}],"co2eq":[7]}}"#);
    check(&energy_charts::parse(&bare).unwrap(), 900, &[(0, 7.0, Measured)]);
}

#[test]
fn an_empty_list_of_great_britain_is_no_value() {
    for place in [None, Some(Place::National), Some(Place::Region(3))] {
        let error = great_britain::parse(r#"{"data":[]}"#, place.as_ref()).unwrap_err();
        assert_eq!(error.reason(), "empty", "{place:?}");
    }
}

#[test]
fn the_invented_numbers_of_a_sandbox_are_refused_and_a_disclaimer_is_not() {
    let answer = |rest: &str| {
        format!(
            r#"{{"zone":"FR","data":[{{"datetime":"2026-01-01T00:00:00Z","carbonIntensity":1{rest}"#
        )
    };
    for sandbox in [
        r#","estimationMethod":"SANDBOX_MODE_DATA"}]}"#,
        r#"}],"_disclaimer":"SANDBOX MODE: all data is intentionally inaccurate."}"#,
    ] {
        let error = electricity_maps::parse(&answer(sandbox), None).unwrap_err();
        assert_eq!(error.reason(), "sandbox", "{error}");
        assert!(error.to_string().contains("Electricity Maps"), "{error}");
    }
    let text = "This data is the exclusive property of Electricity Maps.";
    let harmless = answer(&format!(
        r#","estimationMethod":"TIME_SLICER_AVERAGE"}}],"_disclaimer":"{text}"}}"#
    ));
    assert_eq!(electricity_maps::parse(&harmless, None).unwrap().notices, [text]);
}

#[test]
fn warnings_of_a_service_are_notices() {
    let value = r#"{"point_time":"2026-01-01T00:00:00Z","value":1}"#;
    let warned = watttime_answer("", value).replace(
        "\"warnings\":[]",
        r#""warnings":[{"type":"EXAMPLE","message":"old\nmodel"},{"type":"EXAMPLE"},{"message":"old model"}]"#,
    );
    assert_eq!(watttime::parse(&warned, None).unwrap().notices, ["old model", "EXAMPLE"]);
    let deprecated =
        |it| format!(r#"{{"unix_seconds":[{NEW_YEAR}],"co2eq":[7],"deprecated":{it}}}"#);
    assert_eq!(energy_charts::parse(&deprecated("true")).unwrap().notices.len(), 1);
    assert!(energy_charts::parse(&deprecated("false")).unwrap().notices.is_empty());
}

#[test]
fn a_value_that_is_listed_twice_is_taken_once() {
    let value = r#"{"point_time":"2026-01-01T00:00:00Z","value":1000}"#;
    let twice = watttime_answer("", &format!("{value},{value}"));
    check(&watttime::parse(&twice, None).unwrap(), 300, &[(0, 453.592_37, Measured)]);
    let differing = watttime_answer("", &format!("{value},{}", value.replace("1000", "999")));
    assert_eq!(watttime::parse(&differing, None).unwrap_err().reason(), "duplicate");
}

#[test]
fn bad_points_are_skipped_and_counted() {
    let good = r#"{"point_time":"2026-01-01T00:00:00Z","value":1000}"#;
    for bad in ["-5", "NaN", "-Infinity", "\"x\"", "{}", "1e9", "null"] {
        let values = format!("{good},{}", good.replace("00:00Z", "05:00Z").replace("1000", bad));
        let text = watttime_answer("", &values);
        assert!(watttime::parse(&text, None).is_err(), "{bad}");
        let response = watttime::parse_points(&text, None, BadPoints::Skip).unwrap();
        check(&response, 300, &[(0, 453.592_37, Measured)]);
        assert_eq!((response.skipped, response.nulls), (1, 0), "{bad}");
    }
    for time in ["2026-01-01T00:00:00Z", "2025-12-31T00:00:00Z", "soon"] {
        let values =
            format!("{good},{}", good.replace("2026-01-01T00:00:00Z", time).replace("1000", "7"));
        let response = watttime::parse_points(&watttime_answer("", &values), None, BadPoints::Skip);
        let response = response.unwrap();
        assert_eq!((response.points.len(), response.skipped), (1, 1), "{time}");
    }
    // A text that names them stays as it is, and a wrong zone or unit is no fault of a point.
    let named = r#"{"unix_seconds":[0,900],"co2eq":[NaN,7],"note":"NaN \"inf"}"#;
    let response = energy_charts::parse_points(named, BadPoints::Skip).unwrap();
    assert_eq!((response.points.len(), response.skipped), (1, 1));
    let other = watttime_answer("", good).replace("lbs_co2_per_mwh", "percentile");
    assert!(watttime::parse_points(&other, None, BadPoints::Skip).is_err());
    let none = watttime_answer("", &good.replace("1000", "-5"));
    let error = watttime::parse_points(&none, None, BadPoints::Skip).unwrap_err();
    assert_eq!(error.reason(), "negative");
}

#[test]
fn the_service_of_an_answer_is_detected_by_its_shape() {
    let watttime = watttime_answer("", r#"{"point_time":"2026-01-01T00:00:00Z","value":1}"#);
    let maps = r#"{"zone":"FR","carbonIntensity":1,"datetime":"2026-01-01T00:00:00Z"}"#.to_owned();
    let gb = format!(r#"{{"data":{HALF_HOURS}}}"#);
    let charts = format!(r#"{{"unix_seconds":[{NEW_YEAR}],"co2eq":[7]}}"#);
    let eia = r#"{"response":{"total":"1","data":[{"period":"2026-01-01T01","respondent":"PJM","fueltype":"NG","value":"1"}]}}"#;
    let sgip = r#"{"moer":"0.5","point_time":"2026-01-01T00:00:00Z","freq":300,"ba":"A"}"#;
    let sgip_past = format!("[{sgip}]");
    let sgip_forecast = r#"{"generated_at":"2026-01-01T00:00:00Z","forecast":[{"point_time":"2026-01-01T00:05:00Z","value":1,"ba":"A"}]}"#;
    let pjm = r#"{"items":[{"datetime_beginning_utc":"2026-01-01T00:00:00","pnode_id":1,"marginal_co2_rate":1}]}"#;
    let australia = r#"{"success":true,"data":[
        {"metric":"emissions","unit":"t","interval":"1h","results":[{"columns":{"network_region":"NSW1"},"data":[["2026-01-01T10:00:00+10:00",1]]}]},
        {"metric":"energy","unit":"MWh","interval":"1h","results":[{"columns":{"network_region":"NSW1"},"data":[["2026-01-01T10:00:00+10:00",2]]}]}]}"#;
    let ieso = "<Document><DailyData><Day>2026-01-01</Day><HourlyData><Hour>1</Hour><FuelTotal><Fuel>GAS</Fuel><Output>1</Output></FuelTotal></HourlyData></DailyData></Document>";
    let answers: [(&str, Service, Option<&str>); 11] = [
        (&watttime, Service::WattTime, Some("R")),
        (&maps, Service::ElectricityMaps, Some("FR")),
        (&gb, Service::GreatBritain, Some("GB")),
        (&charts, Service::EnergyCharts, None),
        (eia, Service::Eia, Some("PJM")),
        (sgip, Service::Sgip, Some("A")),
        (&sgip_past, Service::Sgip, Some("A")),
        (sgip_forecast, Service::Sgip, Some("A")),
        (pjm, Service::Pjm, Some("1")),
        (australia, Service::OpenElectricity, Some("NSW1")),
        (ieso, Service::Ieso, Some("ON")),
    ];
    for service in Service::ALL {
        assert!(answers.iter().any(|it| it.1 == service), "{service:?}");
        assert_eq!(Service::named(service.name()), Some(service));
    }
    for (text, service, zone) in answers {
        let detected = parse_any_service(text).unwrap();
        assert_eq!((detected.service, detected.zone()), (service, zone));
        assert_eq!(detected.attribution(), service.attribution());
        assert!(!detected.points().is_empty());
    }
    for (text, reason, part) in [
        (r#"{"a":1}"#, "shape", "none of"),
        ("[1,2]", "shape", "none of"),
        ("[]", "shape", "none of"),
        ("[{}]", "shape", "none of"),
        (r#"{"error":"Invalid auth-token"}"#, "refused", "Invalid auth-token"),
        (r#"{"error":{"code":"400 Bad Request","message":"m"}}"#, "refused", "400 Bad Request: m"),
        (" \n ", "empty", "empty"),
        ("timestamp_utc,gco2_per_kwh\n", "not_json", "not JSON"),
    ] {
        let error = parse_any_service(text).unwrap_err();
        assert_eq!(error.reason(), reason, "{text}: {error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_the_documented_samples_are_read() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/api-samples");
    for (file, service, values) in [
        ("watttime_forecast_200", Service::WattTime, 2),
        ("watttime_historical_200", Service::WattTime, 2),
        ("watttime_historical_imputed_200", Service::WattTime, 1),
        ("electricitymaps_forecast_200", Service::ElectricityMaps, 2),
        ("electricitymaps_past_range_200", Service::ElectricityMaps, 1),
        ("electricitymaps_v3_history_200", Service::ElectricityMaps, 24),
        ("electricitymaps_v3_latest_200", Service::ElectricityMaps, 1),
        ("electricitymaps_v3_past_200", Service::ElectricityMaps, 1),
        ("energy_charts_co2eq_200", Service::EnergyCharts, 5),
        ("gb_intensity_200", Service::GreatBritain, 1),
        ("gb_intensity_fw48h_200", Service::GreatBritain, 2),
        ("gb_regional_fw48h_postcode_200", Service::GreatBritain, 1),
        ("gb_regional_postcode_200", Service::GreatBritain, 1),
        ("eia930_fuel_type_data_200", Service::Eia, 1),
    ] {
        let text = std::fs::read_to_string(folder.join(format!("{file}.json"))).unwrap();
        let detected = parse_any_service(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!((detected.service, detected.points().len()), (service, values), "{file}");
    }
    for (file, reason) in [
        ("watttime_signal_index_200.json", "unit"),
        ("watttime_403_region.json", "refused"),
        ("electricitymaps_401.json", "refused"),
        ("electricitymaps_403.txt", "not_json"),
        ("gb_400.json", "refused"),
        ("gb_500.json", "refused"),
        ("entsoe_A75_200.xml", "html"),
    ] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        assert_eq!(parse_any_service(&text).unwrap_err().reason(), reason, "{file}");
    }
}
