use gpu_carbon_core::{Intensity, Pue, Signal, Span};

use super::*;
use crate::intensity::{SourceKind, live};

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, Path::new("/etc/x/c.yaml"), Path::new("nvml.so"))
        .map_err(|error| error.to_string())
}

#[test]
fn the_smallest_configuration_is_valid() {
    let config = parse("intensity: {source: embedded}").unwrap();
    assert_eq!(config.intensity.zone, "SGIP_CAISO_PGE");
    assert_eq!(config.intensity.signal, Signal::Marginal);
    assert_eq!(config.accounting.pue, Pue::ONE);
    assert_eq!(config.sampling.counter_period, Duration::from_secs(1));
    assert_eq!(config.accounting.stale_after, Span::from_seconds(5));
}

#[test]
fn every_key_is_read() {
    let config = parse(
        "grid_zone: CAISO_NORTH\npower_usage_effectiveness: 1.17\nintensity:\n  source: file\n  signal: average\n  \
         path: series/a.csv\n  replay: true\n  grams_per_kilowatt_hour: 400\n  \
         threshold_grams_per_kilowatt_hour: 0\nsampling:\n  counter_period: 10s\n  power_period: 50ms\n  \
         rescan_period: 1m\nembodied:\n  kilograms_per_gpu: 200\n  lifetime_years: 5\n",
    )
    .unwrap();
    assert_eq!(
        config.intensity,
        intensity::Settings {
            zone: "CAISO_NORTH".to_owned(),
            signal: Signal::Average,
            scope: None,
            kind: SourceKind::File { path: "/etc/x/series/a.csv".into(), replay: true },
            choice: None,
        }
    );
    assert_eq!(config.accounting.threshold, Intensity::ZERO);
    assert_eq!(config.accounting.stale_after, Span::from_seconds(30));
    assert_eq!(config.accounting.embodied.gpu.unwrap().mass.as_kilograms(), 200.0);
    assert_eq!(config.accounting.lifespan, Span::from_days(5 * 365));
    assert_eq!(config.sampling.power_period, Duration::from_millis(50));
}

#[test]
fn an_error_names_the_key_the_value_and_what_is_allowed() {
    let with = |more: &str| format!("intensity: {{source: embedded}}\n{more}");
    for (text, expected) in [
        (
            String::new(),
            "intensity is missing: give at least `intensity: {source: gb}`, or another source",
        ),
        (
            with("power_usage_effectiveness: 0.9"),
            "power_usage_effectiveness: 0.9 is not allowed: a number from 1 (no overhead) to 10",
        ),
        (
            with("power_usage_effectiveness: .nan"),
            "power_usage_effectiveness: NaN is not allowed: a number from 1 (no overhead) to 10",
        ),
        (
            with("power_usage_effectiveness: lots"),
            "power_usage_effectiveness: `lots` is not a number at line 2 column 28",
        ),
        (
            with("pue: 1.2"),
            "unknown key `pue`, expected one of `grid_zone`, `power_usage_effectiveness`, `intensity`, `sampling`, `embodied`, `forecast`, `gpus`, `ledger`, `attribution`, `host` at line 2 column 1",
        ),
        (
            with("sampling: {counter_period: 1}"),
            "sampling.counter_period: `1` is not allowed: a duration from 100ms to 1m",
        ),
        (
            with("sampling: {power_period: 2s}"),
            "sampling.power_period: `2s` is not allowed: a duration from 10ms to 1s",
        ),
        (
            with("embodied: {lifetime_years: 0}"),
            "embodied.lifetime_years: 0 is not allowed: a number from 0.1 to 100",
        ),
        (
            with("embodied: {kilograms_per_gpu: -1}"),
            "embodied.kilograms_per_gpu: -1 is not allowed: a finite number of kilograms, zero or more",
        ),
        (
            with("grid_zone: ''"),
            "grid_zone: \"\" is not allowed: a name such as CAISO_NORTH, or leave the key out",
        ),
        (
            with(&format!("grid_zone: {}", "Z".repeat(201))),
            "grid_zone: a name of 201 bytes is not allowed: at most 200 bytes",
        ),
        (
            with("ledger: {commit_period: 1s}"),
            "ledger.path is missing: give the path of a file, such as /var/lib/gpu-carbon/ledger.db",
        ),
        (
            with("ledger: {path: x.db, commit_period: 2m}"),
            "ledger.commit_period: `2m` is not allowed: a duration from 100ms to 1m",
        ),
        (
            with("ledger: {path: x.db, hours_after: 7d}"),
            "ledger.hours_after: `7d` is not allowed: a duration from 32d to 36525d",
        ),
        (
            with("ledger: {path: x.db, forget_workloads_after: 1h}"),
            "ledger.forget_workloads_after: `1h` is not allowed: a duration from 1d to 36525d",
        ),
        (
            with("ledger: {path: x.db, days_after: 33d, hours_after: 40d}"),
            "ledger.days_after: `33d` is not allowed: hours become days no earlier than slots become hours",
        ),
        (
            "intensity: {source: coal}".to_owned(),
            "intensity.source: unknown value `coal`, expected one of `file`, `constant`, `embedded`, `watttime`, `electricity_maps`, `gb`, `energy_charts`, `eia`, `sgip`, `pjm`, `openelectricity`, `ieso` at line 1 column 21",
        ),
        (
            "intensity: {source: file}".to_owned(),
            "intensity.path is missing: the source `file` needs the path of a CSV file",
        ),
        (
            "intensity: {source: constant}".to_owned(),
            "intensity.grams_per_kilowatt_hour is missing: the source `constant` needs a number, such as 400",
        ),
        (
            "intensity: {source: constant, grams_per_kilowatt_hour: -4}".to_owned(),
            "intensity.grams_per_kilowatt_hour: -4 is not allowed: a number from 0 to 1000000",
        ),
        (
            "intensity: {source: constant, grams_per_kilowatt_hour: 4e6}".to_owned(),
            "intensity.grams_per_kilowatt_hour: 4000000 is not allowed: a number from 0 to 1000000",
        ),
        (
            "intensity: {source: embedded, signal: average}".to_owned(),
            "intensity.signal: average is not allowed: the embedded series is marginal",
        ),
    ] {
        let error = parse(&text).unwrap_err();
        assert_eq!(error, format!("/etc/x/c.yaml: {expected}"), "{text}");
    }
    assert!(!parse("intensity: [\n").unwrap_err().contains('\n'), "one line");
}

#[test]
fn a_renamed_key_is_refused_by_a_message_that_names_the_present_one() {
    let error = parse("intensity:\n  source: gb\n  price_by_fallback_after: 1d\n").unwrap_err();
    assert_eq!(
        error,
        "/etc/x/c.yaml: intensity.price_by_fallback_after is called intensity.fallback_after since version 0.2.0: rename it"
    );
    for key in renamed::RENAMED_KEYS {
        // The present name is a key of its section, and the former one is not.
        let at = |path: &str| {
            let (section, key) = path.rsplit_once('.').unwrap();
            parse(&format!("{section}: {{{key}: {{}}}}")).unwrap_err()
        };
        assert!(!at(key.present).contains("unknown key"), "{}", at(key.present));
        assert!(at(key.former).contains(key.present), "{}", at(key.former));
    }
}

#[test]
fn one_service_or_several_in_order_of_preference_are_read() {
    let parsed = |text: &str| match parse(text).unwrap().intensity.kind {
        SourceKind::Services(services) => services,
        other => panic!("{other:?}"),
    };
    let single = parse("intensity: {source: gb, zone: 12, cache: stored}").unwrap().intensity;
    assert_eq!((single.zone.as_str(), single.signal), ("region 12", Signal::Average));
    let several = parsed(
        "intensity:\n  cache: stored\n  fallback_after: 1d\n  sources:\n\
         \x20   - {source: electricity_maps, zone: DE, token_file: secrets/token, api_version: v3}\n\
         \x20   - {source: energy_charts, zone: de, base_url: 'http://127.0.0.1:1/x', poll_period: 1s}\n",
    );
    assert_eq!(several.cache, Path::new("/etc/x/stored"));
    assert_eq!(several.fallback_after, Span::from_days(1));
    let [maps, charts] = several.services.as_slice() else { panic!("{several:?}") };
    let token = gpu_carbon_fetch::Credential::File("/etc/x/secrets/token".into());
    assert!(
        matches!(&maps.query, live::ServiceQuery::ElectricityMaps { token: found, .. } if *found == token)
    );
    assert_eq!(charts.poll_period, Some(Span::from_seconds(1)));
    assert_eq!(several.yearly.unwrap().source, "ember");
    let watttime = parsed("intensity: {source: watttime, latitude: 37.7, longitude: -122.4}");
    assert_eq!(watttime.yearly, None, "an average is no marginal intensity");
}

#[test]
fn the_services_of_america_and_australia_are_read() {
    let parsed = |keys: &str| {
        let settings = parse(&format!("intensity: {{{keys}}}")).unwrap().intensity;
        match settings.kind {
            SourceKind::Services(mut services) => {
                (settings.signal, services.services.remove(0), services.yearly)
            }
            other => panic!("{other:?}"),
        }
    };
    for (keys, name, zone, signal, has_yearly) in [
        ("source: eia, zone: pjm, key_file: key", "eia", "PJM", Signal::Average, true),
        ("source: sgip, zone: SGIP_LADWP", "sgip", "SGIP_LADWP", Signal::Marginal, false),
        ("source: pjm, zone: 1, key_env: KEY", "pjm", "1", Signal::Marginal, false),
        ("source: openelectricity, zone: nsw1", "openelectricity", "NSW1", Signal::Average, true),
        ("source: ieso", "ieso", "ON", Signal::Average, true),
        ("source: ieso, zone: 'ON'", "ieso", "ON", Signal::Average, true),
    ] {
        let (found, service, yearly) = parsed(keys);
        assert_eq!((service.name(), service.zone().as_str()), (name, zone));
        assert_eq!((found, yearly.is_some()), (signal, has_yearly), "{keys}");
        assert!(service.base_url.to_string().starts_with("https://"), "{keys}");
    }
    let (_, eia, _) = parsed("source: eia, zone: PJM");
    let variable = gpu_carbon_fetch::Credential::Environment("EIA_API_KEY".to_owned());
    assert!(matches!(eia.query, live::ServiceQuery::Eia { key, .. } if key == variable));
}

#[test]
fn an_unusable_service_is_an_error() {
    let service = |keys: &str| format!("intensity: {{{keys}}}");
    for (keys, expected) in [
        ("signal: average", "intensity.source is missing: give a source such as embedded"),
        ("sources: []", "intensity.sources: an empty list is not allowed"),
        ("source: gb, sources: []", "intensity.sources: a list beside `source` is not allowed"),
        (
            "source: gb, signal: marginal",
            "intensity.signal: marginal is not allowed: gb publishes average",
        ),
        (
            "sources: [{source: watttime, zone: X}, {source: gb}]",
            "intensity.signal: marginal is not allowed: gb",
        ),
        ("sources: [{source: file}]", "unknown value `file`"),
        (
            "sources: [{source: gb, password: hunter2}]",
            "unknown key `password`: secrets never stand in this file; name a file by `password_file`",
        ),
        ("source: gb, zone: 18", "intensity.zone: `18` is not allowed: GB (the country"),
        ("source: gb, zone: OX1 1AA", "intensity.zone: `OX1 1AA` is not allowed"),
        ("source: energy_charts", "intensity.zone is missing: a country such as de"),
        ("source: energy_charts, zone: 'a/../b'", "intensity.zone: \"a/../b\" is not allowed"),
        ("source: watttime", "intensity.zone is missing: a region such as CAISO_NORTH"),
        ("source: watttime, latitude: 91, longitude: 0", "intensity.latitude: 91 is not allowed"),
        ("source: watttime, latitude: 9", "intensity.latitude: one of latitude and longitude"),
        ("source: watttime, zone: X, user_env: A, user_file: B", "intensity.user_file: both"),
        ("source: electricity_maps, zone: DE, api_version: v5", "intensity.api_version: `v5`"),
        (
            "source: gb, base_url: 'https://u:hunter2@x'",
            "intensity.base_url: the value is not allowed",
        ),
        (
            "source: gb, poll_period: 1s",
            "intensity.poll_period: `1s` is not allowed: a duration from 30m",
        ),
        (
            "sources: [{source: gb, zone: OX1}, {source: gb}, {source: gb, zone: gb}]",
            "intensity.sources: gb for GB, twice, is not allowed: each service once for a zone",
        ),
        (
            "sources: [{source: gb}], zone: 12",
            "intensity.zone: the value is not allowed: beside `sources`, only keys that all services share",
        ),
        (
            "source: constant, grams_per_kilowatt_hour: 1, base_url: 'http://hunter2'",
            "intensity.base_url: the value is not allowed: it is a key of a service, and the",
        ),
        (
            "source: gb, api_version: v4",
            "intensity.api_version: the value is not allowed: the source `gb` has no such",
        ),
        (
            "sources: [{source: energy_charts, zone: de, token_env: hunter2}]",
            "intensity.token_env: the value is not allowed: the source `energy_charts`",
        ),
        (
            "source: electricity_maps, zone: DE, latitude: 1, longitude: 2",
            "intensity.latitude: the value is not allowed: the source `electricity_maps`",
        ),
        ("source: eia", "intensity.zone is missing: a balancing authority such as PJM"),
        ("source: eia, zone: PJM, key_env: A, key_file: B", "intensity.key_file: both"),
        (
            "source: eia, zone: PJM, token_file: hunter2",
            "intensity.token_file: the value is not allowed: the source `eia` has no such key",
        ),
        ("source: gb, key_file: hunter2", "intensity.key_file: the value is not allowed"),
        (
            "source: pjm, zone: DOM",
            "intensity.zone: `DOM` is not allowed: the number of a pricing node",
        ),
        (
            "source: pjm, zone: '99999999999999999999'",
            "intensity.zone: `99999999999999999999` is not",
        ),
        ("source: ieso, zone: QC", "intensity.zone: \"QC\" is not allowed: ON (Ontario)"),
        ("source: sgip, zone: X, signal: average", "sgip publishes marginal intensities"),
        (
            "source: eia, zone: PJM, poll_period: 5min",
            "intensity.poll_period: `5min` is not allowed: a duration from 1h",
        ),
        ("source: gb, timeout: 1h", "intensity.timeout: `1h` is not allowed"),
        ("source: gb, fallback_after: 60d", "intensity.fallback_after: `60d`"),
        ("source: gb, country: ZZ", "intensity.country: \"ZZ\" is not allowed"),
        ("source: watttime, zone: X, country: US", "intensity.country: a country is not allowed"),
    ] {
        let error = parse(&service(keys)).unwrap_err();
        assert!(error.contains(expected), "{keys}: {error}");
        assert!(!error.contains("hunter2") && !error.contains('\n'), "{error}");
    }
    let many = parse("intensity: {source: gb}\nforecast: {durations: [1s]}").unwrap_err();
    assert!(many.contains("forecast.durations: `1s` is not allowed"), "{many}");
    for again in ["durations: [1h, 6h, 1h]", "windows: [24h, 1d]"] {
        let error =
            parse(&format!("intensity: {{source: gb}}\nforecast: {{{again}}}")).unwrap_err();
        assert!(error.contains(", again, is not allowed: each length once"), "{error}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_is_an_error_of_one_line(text in "[a-z_:{} \n0-9.-]{0,200}") {
        for text in [text.clone(), format!("intensity: {{source: embedded}}\n{text}")] {
            if let Err(error) = parse(&text) {
                proptest::prop_assert!(!error.contains('\n'), "{}", error);
            }
        }
    }

    #[test]
    fn any_value_of_a_key_is_valid_or_an_error_that_names_it(
        pue in "(1\\.[0-9]{1,2}|[0-9][0-9.-]{0,3})",
        period in "([1-9]s|[0-9]{1,3}(ms|s|h|x))",
        kilograms in "([1-9][0-9]{0,2}|[0-9][0-9a.-]{0,3})",
    ) {
        let yaml = format!(
            "intensity: {{source: embedded}}\npower_usage_effectiveness: {pue}\n\
             sampling: {{counter_period: {period}}}\nembodied: {{kilograms_per_gpu: {kilograms}}}\n"
        );
        match parse(&yaml) {
            Ok(config) => proptest::prop_assert_eq!(Ok(config.accounting.pue.as_number()), pue.parse()),
            Err(error) => {
                let keys = ["power_usage_effectiveness", "sampling.counter_period", "embodied.kilograms_per_gpu"];
                proptest::prop_assert!(keys.iter().any(|key| error.contains(key)), "{}: {}", yaml, error);
            }
        }
    }

    #[test]
    fn a_value_of_several_lines_is_an_error_of_one_line(text in "[ -~\n\t\r]{0,60}") {
        // JSON's texts are YAML's.
        let yaml = serde_json::to_string(&text).unwrap();
        let text = format!("intensity: {{source: embedded}}\nsampling:\n  power_period: {yaml}");
        let error = parse(&text);
        proptest::prop_assert!(error.as_ref().is_err_and(|error| !error.contains(char::is_control)), "{:?}", error);
    }
}

#[test]
fn a_region_takes_the_services_of_its_zone_that_can_be_used() {
    let config = parse("intensity: {region: 'aws:eu-central-1'}\n").unwrap();
    assert_eq!((config.intensity.zone.as_str(), config.intensity.signal), ("DE", Signal::Average));
    let SourceKind::Services(services) = &config.intensity.kind else { panic!("no service") };
    assert_eq!(services.services.len(), 1, "without a token for Electricity Maps");
    let choice = config.intensity.choice.unwrap();
    assert!(choice.starts_with("aws:eu-central-1 lies in the grid zone DE"), "{choice}");
    assert!(choice.contains("comes from Energy-Charts (average)"), "{choice}");
    assert!(choice.contains("not used: Electricity Maps: set ELECTRICITY_MAPS_TOKEN"), "{choice}");

    let with_token = "intensity: {region: 'gcp:us-east4', token_file: token}\n";
    let config = parse(with_token).unwrap();
    assert_eq!(config.intensity.zone, "US-MIDA-PJM");

    let error = |text: &str| parse(text).unwrap_err().to_string();
    let none = error("intensity: {region: 'gcp:us-east4'}\n");
    assert!(none.contains("intensity.region") && none.contains("ELECTRICITY_MAPS_TOKEN"), "{none}");
    assert!(error("intensity: {region: 'aws:nowhere'}\n").contains("aws has no region `nowhere`"));
    let both = error("intensity: {region: 'aws:eu-central-1', source: gb}\n");
    assert!(both.contains("one of the three"), "{both}");
    let marginal = error("intensity: {region: 'aws:eu-central-1', signal: marginal}\n");
    assert!(marginal.contains("it publishes the other signal"), "{marginal}");
}
