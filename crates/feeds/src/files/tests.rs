use gpu_carbon_core::{Intensity, Scope, Signal, Span, Timestamp};
use proptest::prelude::*;

use super::*;

/// The only series of a text.
fn one(text: &str) -> FileSeries {
    let mut read = read(text).unwrap();
    assert_eq!(read.len(), 1);
    read.remove(0)
}

fn grams(series: &FileSeries) -> Vec<f64> {
    let points = series.series.points().iter();
    points.map(|(_, value)| Intensity::as_grams_per_kilowatt_hour(*value)).collect()
}

fn error(text: &str) -> String {
    let error = read(text).unwrap_err().to_string();
    assert!(!error.contains('\n') && error.len() < 500, "{error}");
    error
}

#[test]
fn our_own_format_has_its_own_errors_and_comment_lines() {
    let text =
        "# signal: average\n# unit: kg/kWh\ntimestamp_utc,gco2_per_kwh\n2020-01-01T00:00:00Z,0.3\n";
    let read = one(text);
    assert_eq!((grams(&read), read.metadata.signal), (vec![300.0], Some(Signal::Average)));
    assert!(error("timestamp_utc,gco2_per_kwh\n2020-01-01T00:00:00,3").contains("(timestamp_utc)"));
}

#[test]
fn electricity_maps_downloads_of_both_kinds_are_read() {
    let of_2023 = "Datetime (UTC),Country,Zone Name,Zone Id,Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA),Low Carbon Percentage,Renewable Percentage,Data Source,Data Estimated,Data Estimation Method\n\
        2022-01-01 00:00:00,Germany,Germany,DE,180.1,216.56,60.1,50.2,entsoe.eu,true,X\n\
        2022-01-01 01:00:00,Germany,Germany,DE,184,220.88,60.1,50.2,\"entsoe.eu, others\",false,\n";
    let later = "\u{feff}Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon intensity gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),Renewable energy percentage (RE%),Data source,Data estimated,Data estimation method\r\n\
        2022-01-01 00:00:00,Germany,Germany,DE,180.1,216.56,60.1,50.2,entsoe.eu,true,X\r\n\
        2022-01-01 01:00:00,Germany,Germany,DE,184,220.88,60.1,50.2,entsoe.eu,false,\r\n";
    for text in [of_2023, later] {
        let FileSeries { series, metadata, quality, doubt } = one(text);
        assert_eq!(series.extent().start(), Timestamp::from_unix_seconds(1_640_995_200));
        assert_eq!(series.points()[1].1.as_grams_per_kilowatt_hour(), 220.88);
        assert_eq!(series.step(), Span::from_seconds(3600));
        assert_eq!(
            (metadata.signal, metadata.scope),
            (Some(Signal::Average), Some(Scope::Co2eLifecycle))
        );
        assert_eq!((metadata.zone.as_deref(), metadata.estimated_share), (Some("DE"), Some(0.5)));
        assert_eq!((quality, doubt), (Quality::Estimated, None));
    }
}

#[test]
fn several_zones_in_a_file_are_several_series() {
    let text = "Datetime (UTC),Zone id,Carbon intensity gCO₂eq/kWh (Life cycle)\n\
        2022-01-01 00:00:00,FR,50\n2022-01-01 00:00:00,DE,300\n2022-01-01 01:00:00,DE,310\n";
    let zones: Vec<_> = read(text)
        .unwrap()
        .into_iter()
        .map(|it| (it.metadata.zone.unwrap(), it.series.points().len()))
        .collect();
    assert_eq!(zones, [("DE".to_owned(), 2), ("FR".to_owned(), 1)]);
}

#[test]
fn watttime_and_sgip_are_marginal_and_converted() {
    let history = "timestamp,MOER,MOER version,frequency\n2019-02-28T00:00:00+00:00,1000,3.0,300\n2019-02-28T00:05:00+00:00,900,3.0,300\n";
    let pandas =
        "point_time,value\n2019-02-28 00:00:00+00:00,1000.0\n2019-02-28 00:05:00+00:00,900.0\n";
    for text in [history, pandas] {
        let read = one(text);
        assert_eq!(grams(&read), [1000.0 * 0.453_592_37, 900.0 * 0.453_592_37]);
        assert_eq!(
            (read.metadata.signal, read.metadata.scope),
            (Some(Signal::Marginal), Some(Scope::Co2Direct))
        );
    }
    let sgip = "timestamp,MOER version 2.0\n2021-02-28T00:00:00-08:00,0.25\n";
    assert_eq!(grams(&one(sgip)), [250.0]);
    let sustaingym = "time,moer,f1,f2\n2020-05-31 00:00:00+00:00,0.25,0.3,0.4\n";
    assert_eq!(grams(&one(sustaingym)), [250.0]);
}

#[test]
fn british_downloads_are_read() {
    let download = "Datetime (UTC),Actual Carbon Intensity (gCO2/kWh),Forecast Carbon Intensity (gCO2/kWh),Index\n\
        2024-01-01T00:00Z,120,118,low\n2024-01-01T00:30Z,,119,low\n";
    let history = "DATETIME,GAS,COAL,GENERATION,CARBON_INTENSITY,LOW_CARBON\n2024-01-01T00:00:00,1,0,2,120,1\n2024-01-01T00:30:00,1,0,2,119,1\n";
    for text in [download, history] {
        let read = one(text);
        assert_eq!(grams(&read), [120.0, 119.0]);
        assert_eq!(
            (read.metadata.scope, read.metadata.zone.as_deref()),
            (Some(Scope::Co2Direct), Some("GB"))
        );
    }
    assert_eq!(one(download).quality, Quality::Estimated);
}

/// Two hours of one operator, with thousands in quotes, an adjusted figure, a fuel in two columns, and storage left out.
#[test]
fn eia_balance_files_become_intensities_by_operator() {
    let text = "\"Balancing Authority\",\"Data Date\",\"Hour Number\",\"Local Time at End of Hour\",\"UTC Time at End of Hour\",\"Demand (MW)\",\
        \"Net Generation (MW) from Coal\",\"Net Generation (MW) from Natural Gas\",\"Net Generation (MW) from Solar with Integrated Battery Storage\",\
        \"Net Generation (MW) from Battery Storage\",\"Net Generation (MW) from Natural Gas (Adjusted)\"\n\
        \"CISO\",01/01/2020,1,01/01/2020 1:00:00 AM,01/01/2020 9:00:00 AM,\"21,000\",0,\"1,500\",\"1,000\",500,\"3,000\"\n\
        \"CISO\",01/01/2020,2,01/01/2020 2:00:00 AM,01/01/2020 10:00:00 AM,\"21,000\",\"1,000\",,-5,,\n\
        \"PJM\",01/01/2020,1,01/01/2020 1:00:00 AM,01/01/2020 6:00:00 AM,,,,,,\n";
    let read = one(text);
    assert_eq!(read.metadata.zone.as_deref(), Some("CISO"));
    assert_eq!(grams(&read), [(3.0 * 490.0 + 48.0) / 4.0, 820.0]);
    assert_eq!(
        read.series.extent().start(),
        Timestamp::from_unix_seconds(1_577_836_800 + 8 * 3600)
    );
    assert!(error(&text.replace("\"1,000\",,", "\"1,00\",,")).contains("groups of three digits"));
}

#[test]
fn two_columns_need_an_offset_and_a_name() {
    let awhile = "Time,Carbon Intensity\n2019-12-20 00:00:00,120.99546661944396\n2019-12-20 00:30:00,135.08\n";
    let refused = error(awhile);
    assert!(refused.starts_with("line 2, column 1 (Time): has no offset from UTC"), "{refused}");
    assert!(refused.contains("`# time_zone: UTC`"), "{refused}");
    let read = one(&format!("# time_zone: UTC\n{awhile}"));
    assert_eq!(read.series.extent().start(), Timestamp::from_unix_seconds(1_576_800_000));
    let scaler = "datetime,timestamp,zone_name,carbon_intensity_avg,carbon_intensity_production_avg\n\
        2020-01-01T00:00:00+00:00,1577836800,US-CAL-CISO,332.39,330.62\n";
    let read = one(scaler);
    assert_eq!((grams(&read), read.metadata.signal), (vec![332.39], Some(Signal::Average)));
    let unix = "timestamp,carbon_intensity\n1577836800,332.39\n";
    assert_eq!(one(unix).series.extent().start(), Timestamp::from_unix_seconds(1_577_836_800));
    let forecast = "timestamp_utc,gco2_per_kwh_forecast\n2021-10-13T18:35:00Z,699.7\n";
    assert_eq!(grams(&one(forecast)), [699.7]);
    for (unknown, reason) in [
        ("a,b\n1,2\n", "no column is named as a time is"),
        ("time,price\n1,2\n", "no column is named as a carbon intensity is"),
        ("time,x (g/kWh),y (g/kWh)\n1,2,3\n", "several columns are carbon intensities"),
        ("time,x\r\0 (g/kWh),y (g/kWh)\n1,2,3\n", "the first `x\u{fffd}\u{fffd} (g/kWh)`"),
        ("one column\n1\n", "a single column"),
    ] {
        let error = error(unknown);
        assert!(error.contains(reason) && error.contains("timestamp_utc,gco2_per_kwh"), "{error}");
    }
}

#[test]
fn semicolons_and_tabs_may_have_decimal_commas() {
    for separator in [";", "\t"] {
        let text = "Time (UTC)|CO2 intensity [g/kWh]\n2020-01-01 00:00|1.234,5\n2020-01-01 01:00|99\n2020-01-01 02:00|7,25\n";
        assert_eq!(grams(&one(&text.replace('|', separator))), [1234.5, 99.0, 7.25]);
    }
    let quoted = "time_utc,carbon_intensity\n2020-01-01 00:00,\"123,45\"\n";
    assert_eq!(grams(&one(quoted)), [123.45]);
    assert!(error(&quoted.replace("123,45", "123,456")).contains("may mark decimals or thousands"));
    let mixed = "time_utc;carbon_intensity\n2020-01-01 00:00;1.234\n2020-01-01 01:00;1,5\n";
    assert!(error(mixed).contains("is ambiguous"));
}

#[test]
fn units_in_a_name_are_converted_and_other_means_doubted() {
    let rows = "\n2020-01-01 00:00,0.5\n2020-01-01 01:00,0.7\n";
    assert_eq!(grams(&one(&format!("time_utc,carbon intensity (kg/kWh){rows}"))), [500.0, 700.0]);
    let doubt = |text: &str| one(text).doubt.map(|doubt| doubt.to_string()).unwrap_or_default();
    let kilograms = doubt(&format!("time_utc,carbon intensity{rows}"));
    assert!(
        kilograms.contains("0.600")
            && kilograms.contains("600 g/kWh")
            && kilograms.contains("`# unit: kg/kWh`"),
        "{kilograms}"
    );
    for named in ["carbon intensity (g/kWh)", "gco2_per_kwh"] {
        let named = doubt(&format!("time_utc;{named}{}", rows.replace(',', ";").replace('.', ",")));
        assert!(named.contains("600 g/kWh"), "a name may be wrong: {named}");
    }
    assert_eq!(doubt(&format!("# unit: g/kWh\ntime_utc,carbon intensity{rows}")), "");
    let ours = "timestamp_utc,gco2_per_kwh\n2020-01-01T00:00:00Z,2500\n";
    assert!(doubt(ours).contains("1134 g/kWh"), "{}", doubt(ours));
    assert_eq!(doubt(&ours.replace("2500", "500")), "");
}

#[test]
fn what_is_no_table_is_named() {
    assert_eq!(read(" \n"), Err(FileError::Empty));
    assert!(error("<html>\n<body>").contains("XML or a web page"));
    assert!(error("{\"a\": 1}").contains("none of"));
    let saved = r#"{"unix_seconds": [1783893600, 1783894500], "co2eq": [491.5, 490.0], "co2eq_forecast": [null, null]}"#;
    assert_eq!(one(saved).metadata.scope, Some(Scope::Co2eLifecycle));
    let twice = "time_utc,carbon_intensity\n2020-10-25 02:00,1\n2020-10-25 02:00,2\n";
    assert!(error(twice).starts_with("line 3: line 2 has a value for the same time"));
    assert!(error("time_utc,carbon_intensity\n2020-10-25 02:00,\n").contains("no row"));
    assert!(
        error("time_utc,carbon_intensity\n2020-10-25 02:00,-4\n").contains("from 0 to 1000000")
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_in_one_line(
        text in ".{0,200}",
        header in prop::sample::select(vec![
            "time_utc,carbon_intensity", "Time;Carbon Intensity (kg/kWh)", "timestamp,MOER",
            "Balancing Authority,UTC Time at End of Hour,Net Generation (MW) from Coal",
            "Datetime (UTC),Zone id,Carbon intensity gCO₂eq/kWh (Life cycle)", "timestamp_utc,gco2_per_kwh",
            "time,a\r\0b carbon intensity (g/kWh),forecast\u{b}carbon intensity", "time\u{c}_utc,carbon\rintensity",
        ]),
        rows in prop::collection::vec("[A-Z]{0,3}[,;]?[0-9/:T +-]{0,20}[,;]\"?[0-9.,]{0,6}\"?(,[0-9]{0,3})?", 0..6),
    ) {
        let table = format!("{header}\n{}", rows.join("\n"));
        for text in [text, table] {
            if let Err(error) = read(&text) {
                prop_assert!(!error.to_string().contains(char::is_control), "{error:?}");
            }
        }
    }
}
