//! Properties of the parsers for any answer.

use gpu_carbon_feeds::{
    eia, electricity_maps, energy_charts, great_britain, ieso, openelectricity, parse_any_service,
    pjm, sgip, watttime,
};
use proptest::prelude::*;

fn check_any_service(text: &str) {
    let _ = parse_any_service(text);
    for response in [
        watttime::parse(text, None),
        electricity_maps::parse(text, None),
        great_britain::parse(text, None),
        energy_charts::parse(text),
        eia::parse(text, None),
        sgip::parse(text, None),
        pjm::parse(text, None),
        openelectricity::parse(text, None),
        ieso::parse(text),
    ]
    .into_iter()
    .flatten()
    {
        assert!(!response.points.is_empty());
        assert!(response.points.windows(2).all(|pair| pair[0].at < pair[1].at));
        response.series().unwrap();
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_an_error(text in ".{0,200}", json in "[\\[\\]{}:,\"a-zN0-9. -]{0,120}") {
        check_any_service(&text);
        check_any_service(&json);
    }

    #[test]
    fn a_damaged_answer_is_parsed_or_an_error(at in 0_usize..400, junk in ".{0,6}", cut in 0_usize..20) {
        for valid in [
            r#"{"data":[{"point_time":"2026-01-01T00:00:00Z","value":870}],"meta":{"region":"R","signal_type":"co2_moer","units":"lbs_co2_per_mwh","data_point_period_seconds":300,"generated_at":"2026-01-01T00:00:00Z"}}"#,
            r#"{"zone":"DE","data":[{"datetime":"2026-01-01T00:00:00Z","carbonIntensity":870,"isEstimated":true}]}"#,
            r#"{"data":{"regionid":1,"data":[{"from":"2026-01-01T00:00Z","to":"2026-01-01T00:30Z","intensity":{"forecast":1}}]}}"#,
            r#"{"unix_seconds":[1767225600,1767226500],"co2eq":[870,null],"co2eq_forecast":[null,2]}"#,
            r#"{"response":{"total":"2","data":[{"period":"2026-01-01T01","respondent":"A","fueltype":"NG","value":"1"},{"period":"2026-01-01T02","respondent":"A","fueltype":"NG","value":null}]}}"#,
            r#"[{"moer":"0.5","point_time":"2026-01-01T00:05:00Z","freq":300,"ba":"A"},{"moer":0.1,"point_time":"2026-01-01T00:00:00Z","freq":300,"ba":"A"}]"#,
            r#"{"generated_at":"2026-01-01T00:00:00Z","forecast":[{"point_time":"2026-01-01T00:05:00Z","value":1,"ba":"A"}]}"#,
            r#"{"items":[{"datetime_beginning_utc":"2026-01-01T00:00:00","pnode_id":1,"marginal_co2_rate":-1}],"totalRows":1}"#,
            r#"{"success":true,"data":[{"metric":"emissions","unit":"t","interval":"1h","results":[{"columns":{},"data":[["2026-01-01T10:00:00+10:00",1]]}]},{"metric":"energy","unit":"MWh","interval":"1h","results":[{"columns":{},"data":[["2026-01-01T10:00:00+10:00",2]]}]}]}"#,
            "<Document><DailyData><Day>2026-01-01</Day><HourlyData><Hour>1</Hour><FuelTotal><Fuel>GAS</Fuel><Output>1</Output></FuelTotal></HourlyData></DailyData></Document>",
        ] {
            let at = at % valid.len();
            let end = (at + cut).min(valid.len());
            check_any_service(&format!("{}{junk}{}", &valid[..at], &valid[end..]));
        }
    }

    #[test]
    fn every_value_of_energy_charts_is_parsed(values in prop::collection::btree_map(0_i64..100_000, prop::option::of(0.0..2000.0_f64), 1..40)) {
        let join = |texts: Vec<String>| texts.join(",");
        let text = format!(
            r#"{{"unix_seconds":[{}],"co2eq":[{}]}}"#,
            join(values.keys().map(|n| (n * 900).to_string()).collect()),
            join(values.values().map(|v| v.map_or("null".to_owned(), |v| v.to_string())).collect()),
        );
        let expected: Vec<(i64, f64)> = values.iter().filter_map(|(&n, v)| Some((n * 900, (*v)?))).collect();
        match energy_charts::parse(&text) {
            Err(error) => prop_assert!(expected.is_empty() && error.reason() == "null"),
            Ok(response) => {
                let parsed: Vec<(i64, f64)> = response.points.iter()
                    .map(|p| (p.at.as_unix_micros() / 1_000_000, p.intensity.as_grams_per_kilowatt_hour())).collect();
                prop_assert_eq!(parsed, expected);
                prop_assert_eq!(response.nulls + response.points.len(), values.len());
            }
        }
    }
}
