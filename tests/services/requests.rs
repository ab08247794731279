//! The requests: their number, their rate, and their credentials.

use gpu_carbon_core::{Interval, Quality, SLOT, Span};
use gpu_carbon_feeds::great_britain;
use gpu_carbon_fetch::{Location, Query, Service, Version};
use gpu_carbon_tests::services::{Fault, Services};

use super::{Clients, now, questions};

#[test]
fn every_service_answers_every_query_in_one_request() {
    let services = Services::start().unwrap();
    services.set_intensity(|at| 100.0 + (at / 300 % 50) as f64);
    let clients = Clients::of(&services);
    let mut all = Vec::from(clients.all());
    all.push(clients.maps(Version::V3));
    all.push(clients.gb(great_britain::Place::Region(12)));
    all.push(clients.gb(great_britain::Place::Postcode("OX1".to_owned())));
    all.push(clients.openelectricity("WEM"));
    for mut service in all {
        for question in questions() {
            let before = services.requests().len() - services.count("/login");
            let response = service.fetch(question, now()).unwrap();
            let after = services.requests().len() - services.count("/login");
            assert_eq!(
                after - before,
                files(&service, question),
                "{:?} {question:?}",
                service.kind()
            );
            let is_hourly = matches!(service, Service::Eia(_) | Service::Ieso(_));
            let step = if is_hourly { Span::from_seconds(3600) } else { SLOT };
            assert_eq!(response.step, step);
            for point in &response.points {
                let slot = point.at.as_unix_micros() / 300_000_000 % 50;
                let grams = point.intensity.as_grams_per_kilowatt_hour();
                assert!((grams - 100.0 - slot as f64).abs() < 1e-9, "{grams}");
            }
            let covers = |at| response.series().unwrap().at(at).intensity.is_some();
            match question {
                Query::Now => assert!(covers(now()), "{:?}", service.kind()),
                Query::Forecast if service.kind().has_forecast() => {
                    assert!(covers(now() + Span::from_seconds(40 * 3600)));
                }
                Query::Forecast => {}
                Query::History(asked) => {
                    assert!(covers(asked.start()), "{:?}", service.kind());
                    assert!(covers(asked.end() - SLOT), "{:?}", service.kind());
                }
            }
        }
    }
    assert!(
        services.count("/v3/carbon-intensity") == 3 && services.count("/v4/carbon-intensity") == 3
    );
}

/// The number of requests that a query needs: one, and for two years of IESO's two.
fn files(service: &Service, query: Query) -> usize {
    match query {
        Query::History(asked) => {
            1 + usize::from(service.end_of_history(asked.start()) < asked.end())
        }
        Query::Now | Query::Forecast => 1,
    }
}

#[test]
fn a_token_is_requested_once_and_again_when_it_has_expired() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    let mut service = clients.watttime(Location::Region("CAISO_NORTH".to_owned()));
    for _ in 0..3 {
        service.fetch(Query::Now, now()).unwrap();
    }
    assert_eq!(services.count("/login"), 1);
    services.revoke_tokens();
    service.fetch(Query::Now, now()).unwrap();
    assert_eq!(services.count("/login"), 2);
    service.fetch(Query::Now, now() + Span::from_seconds(26 * 60)).unwrap();
    assert_eq!(services.count("/login"), 3, "renewed before it runs out");
    std::fs::write(clients.folder.path().join("password"), "wrong").unwrap();
    services.revoke_tokens();
    let error = service.fetch(Query::Now, now()).unwrap_err();
    assert!(error.is_denial() && error.to_string().contains("Invalid user name"), "{error}");
    std::fs::remove_file(clients.folder.path().join("password")).unwrap();
    let error = service.fetch(Query::Now, now()).unwrap_err();
    assert_eq!(error.reason(), "credential");
}

#[test]
fn coordinates_are_looked_up_once() {
    let services = Services::start().unwrap();
    let place = Location::Coordinates { latitude: 37.77, longitude: -122.42 };
    let clients = Clients::of(&services);
    let mut service = clients.watttime(place);
    for _ in 0..3 {
        let response = service.fetch(Query::Now, now()).unwrap();
        assert_eq!(response.zone.as_deref(), Some("CAISO_NORTH"));
    }
    assert_eq!(services.count("/v3/region-from-loc?latitude=37.77&longitude=-122.42"), 1);
}

#[test]
fn a_free_account_of_electricity_maps_gets_the_last_day() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    let mut service = clients.maps(Version::V4);
    let [_, _, long_ago] = questions();
    services.fail(Some(Fault::NoHistory(403)));
    assert!(service.fetch(long_ago, now()).unwrap_err().is_denial());
    services.fail(None);
    service.fetch(long_ago, now()).unwrap();
    assert_eq!((services.count("past-range"), services.count("/history")), (1, 1));
}

#[test]
fn a_free_account_of_electricity_maps_gets_the_default_forecast() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    let reach = |service: &mut gpu_carbon_fetch::Service| {
        let response = service.fetch(Query::Forecast, now())?;
        let hours = response.points.last().unwrap().at.duration_since(now()).as_seconds() / 3600.0;
        Ok::<_, gpu_carbon_fetch::FetchError>(hours.round())
    };
    assert_eq!(reach(&mut clients.maps(Version::V4)).unwrap(), 48.0);
    for status in [400, 403] {
        let mut service = clients.maps(Version::V4);
        services.fail(Some(Fault::NoForecastOf(48, status)));
        assert!(reach(&mut service).is_err());
        assert_eq!(reach(&mut service).unwrap(), 24.0);
        services.fail(None);
        assert_eq!(reach(&mut service).unwrap(), 24.0, "it does not try again");
    }
    // A temporary fault does not make it request less.
    for (fault, reason) in [(401, "unauthorized"), (429, "rate_limited"), (503, "server_error")] {
        let mut service = clients.maps(Version::V3);
        services.fail(Some(Fault::status(fault)));
        assert_eq!(reach(&mut service).unwrap_err().reason(), reason);
        services.fail(None);
        assert_eq!(reach(&mut service).unwrap(), 48.0, "{reason}");
    }
}

#[test]
fn a_token_that_was_rejected_for_a_while_gets_its_history_again() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    let mut service = clients.maps(Version::V4);
    let [_, _, long_ago] = questions();
    std::fs::write(clients.folder.path().join("token"), "old").unwrap();
    assert_eq!(service.fetch(long_ago, now()).unwrap_err().reason(), "unauthorized");
    std::fs::write(clients.folder.path().join("token"), gpu_carbon_tests::services::TOKEN).unwrap();
    service.fetch(long_ago, now()).unwrap();
    assert_eq!((services.count("past-range"), services.count("/history")), (2, 0));
}

#[test]
fn imputed_values_of_watttime_are_marked() {
    let services = Services::start().unwrap();
    services.set_imputed(|at| at % 1800 == 0);
    let clients = Clients::of(&services);
    let mut service = clients.watttime(Location::Region("CAISO_NORTH".to_owned()));
    let [_, _, long_ago] = questions();
    let response = service.fetch(long_ago, now()).unwrap();
    for point in &response.points {
        let imputed = point.at.as_unix_micros() % 1_800_000_000 == 0;
        let expected = if imputed { Quality::Estimated } else { Quality::Measured };
        assert_eq!(point.quality, expected, "{:?}", point.at);
    }
}

#[test]
fn forecast_values_of_great_britain_are_marked() {
    let services = Services::start().unwrap();
    services.set_step(1800);
    let clients = Clients::of(&services);
    let [_, _, long_ago] = questions();
    let Query::History(asked) = long_ago else { unreachable!() };
    let asked = Interval::new(asked.start().floor_to(Span::from_days(1)), asked.end());
    let quality = |place, question| {
        let response = clients.gb(place).fetch(question, now()).unwrap();
        let all: std::collections::BTreeSet<_> =
            response.points.iter().map(|p| p.quality).collect();
        Vec::from_iter(all)
    };
    let history = Query::History(asked);
    assert_eq!(quality(great_britain::Place::National, history), [Quality::Measured]);
    assert_eq!(
        quality(great_britain::Place::National, Query::Now),
        [Quality::Measured, Quality::Forecast]
    );
    assert_eq!(quality(great_britain::Place::Region(12), history), [Quality::Forecast]);
}

#[test]
fn history_of_great_britain_begins_with_the_half_hour_that_holds_its_start() {
    let services = Services::start().unwrap();
    services.set_step(1800);
    let clients = Clients::of(&services);
    let day = now().floor_to(Span::from_days(1)) - Span::from_days(3);
    for second in [0, 1, 59, 60, 1739, 1740, 1799, 1800, 3599] {
        let start = day + Span::from_seconds(second);
        let asked = Query::History(Interval::new(start, start + Span::from_days(1)));
        let response = clients.gb(great_britain::Place::National).fetch(asked, now()).unwrap();
        let first = response.points[0].at;
        assert_eq!(first, start.floor_to(Span::from_seconds(1800)), "{second} s after midnight");
    }
}
