//! The faults of a service, each reported by its reason.

use std::time::Duration;

use gpu_carbon_fetch::Location;
use gpu_carbon_fetch::Query;
use gpu_carbon_tests::services::{Fault, PASSWORD, Services, TOKEN, USER};

use super::{Clients, now, questions};

#[test]
fn each_fault_is_reported_by_its_reason_for_every_query() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    // Silence has its own test, since each takes a timeout.
    for (fault, reason) in Fault::all().into_iter().filter(|(fault, _)| *fault != Fault::Silent) {
        services.fail(Some(fault.clone()));
        for question in questions() {
            for mut service in clients.all() {
                let kind = service.kind();
                let answer = service.fetch(question, now());
                let spoilt = fault.affects(kind, question == Query::Now);
                assert_eq!(answer.is_err(), spoilt, "{kind:?} {fault:?} {question:?}");
                match answer {
                    Err(error) => {
                        let message = error.to_string();
                        let reason = Fault::reason_of(reason, kind);
                        assert_eq!(
                            error.reason(),
                            reason,
                            "{kind:?} {fault:?} {question:?}: {message}"
                        );
                        assert!(message.len() < 300 && !message.contains('\n'), "{message}");
                    }
                    Ok(response) => assert!(!response.points.is_empty()),
                }
            }
        }
    }
}

#[test]
fn silence_ends_in_a_timeout() {
    let services = Services::start().unwrap();
    services.fail(Some(Fault::Silent));
    let clients = Clients::of(&services).with_timeout(Duration::from_millis(500));
    for mut service in clients.all() {
        let error = service.fetch(questions()[0], now()).unwrap_err();
        assert_eq!(error.reason(), "timeout", "{error}");
    }
}

#[test]
fn an_unreachable_service_is_a_connection_error() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    let address = services.address();
    drop(services);
    for mut service in clients.all() {
        let error = service.fetch(questions()[0], now()).unwrap_err();
        assert_eq!(error.reason(), "connection", "{error}");
        assert!(error.to_string().ends_with(&format!(" ({address})")), "{error}");
    }
}

#[test]
fn its_error_is_reported_without_the_secret_that_it_echoes() {
    let body =
        format!(r#"{{"error":"Invalid scope","message":"{TOKEN}.1 or {TOKEN} is not let in"}}"#);
    for status in [401, 403, 429, 500] {
        let numbers = 0..gpu_carbon_feeds::Service::ALL.len();
        let with_a_secret = numbers.filter(|&number| {
            gpu_carbon_feeds::Service::ALL[number].account() != gpu_carbon_feeds::Account::None
        });
        for number in with_a_secret {
            let services = Services::start().unwrap(); // the first token that it issues ends with .1
            let clients = Clients::of(&services);
            services.fail(Some(Fault::Status {
                status,
                retry_after: Some("7".to_owned()),
                body: body.clone(),
            }));
            let mut service = clients.all().into_iter().nth(number).unwrap();
            let error = service.fetch(questions()[0], now()).unwrap_err();
            let message = format!("{error} {error:?}");
            assert!(message.contains("Invalid scope: (secret)"), "{message}");
            let waits = error.retry_after().map(|wait| wait.as_secs());
            assert_eq!(waits, (status >= 429).then_some(7));
        }
    }
}

#[test]
fn a_redirect_is_not_followed_and_its_target_is_reported() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    services.fail(Some(Fault::Redirect));
    for mut service in clients.all() {
        let error = service.fetch(questions()[0], now()).unwrap_err().to_string();
        let expected = "the service redirects (status 302): http://127.0.0.1:1/moved; give its new";
        assert!(error.starts_with(expected) && !error.contains("key"), "{error}");
    }
}

#[test]
fn a_login_that_echoes_the_credentials_is_not_quoted() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    let body = format!(r#"{{"message":"no user {USER} with {PASSWORD}"}}"#);
    let refusal = Fault::Status { status: 403, retry_after: None, body };
    services.fail(Some(Fault::Login(Box::new(refusal))));
    let mut watttime = clients.watttime(Location::Region("CAISO_NORTH".to_owned()));
    let error = watttime.fetch(questions()[0], now()).unwrap_err();
    let expected =
        "the service refuses the credentials (status 403): no user (secret) with (secret)";
    assert_eq!((error.to_string().as_str(), error.reason()), (expected, "unauthorized"));
}

#[test]
fn a_web_page_that_refuses_blames_no_credential() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    let page = "<!DOCTYPE html><title>403 Forbidden</title><p>Request blocked.".to_owned();
    for status in [401, 403] {
        let refusal = Fault::Status { status, retry_after: None, body: page.clone() };
        for fault in [refusal.clone(), Fault::Login(Box::new(refusal))] {
            services.fail(Some(fault.clone()));
            for mut service in clients.all() {
                let Err(error) = service.fetch(questions()[0], now()) else {
                    assert!(matches!(fault, Fault::Login(_)), "{:?}", service.kind());
                    continue;
                };
                let expected =
                    format!("a web page refused the request (status {status}), not the service");
                assert!(error.to_string().starts_with(&expected), "{error}");
                assert_eq!(error.reason(), "html");
                assert!(!error.is_denial() && !error.is_about_credentials(), "{error}");
            }
        }
    }
}

#[test]
fn a_key_that_eia_refuses_is_an_authentication_error() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    let mut eia = clients.eia();
    eia.fetch(Query::Now, now()).unwrap();
    std::fs::write(clients.folder.path().join("token"), "wrong key&x=1").unwrap();
    let error = eia.fetch(Query::Now, now()).unwrap_err();
    assert_eq!(error.reason(), "unauthorized");
    assert!(error.to_string().contains("API_KEY_INVALID"), "{error}");
    let asked = services.requests().last().unwrap().path.clone();
    assert!(asked.ends_with("&api_key=wrong%20key%26x%3D1"), "{asked}");
}

/// The service quotes the credential in a fault of the data, which is the fault that is reported.
#[test]
fn the_first_fault_is_reported_where_a_secret_is_redacted() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    let text = |time: &str| {
        format!(r#"{{"zone":"DE","data":[{{"datetime":"{time}","carbonIntensity":1}}]}}"#)
    };
    for (secret, body, reason, part) in [
        // The secret stands in the faulty text, whole or cut off.
        ("s3cret-token", text("s3cret-token"), "time", "`(secret)` is not a time"),
        (
            "s3cret-token",
            text(&format!("{}s3cret-token", "x".repeat(112))),
            "time",
            "x(secret)` is not a time",
        ),
        // Redacting the number 1 would make the answer unreadable.
        ("1", text("yesterday"), "time", "`yesterday` is not a time"),
        ("data", text("yesterday"), "time", "`yesterday` is not a time"),
        ("two  words", text("two  words"), "time", "`(secret)` is not a time"),
    ] {
        std::fs::write(clients.folder.path().join("token"), secret).unwrap();
        services.fail(Some(Fault::Status { status: 200, retry_after: None, body }));
        let mut maps = clients.maps(gpu_carbon_fetch::Version::V4);
        let error = maps.fetch(Query::Now, now()).unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_date_of_rfc_850_is_waited_for() {
    let services = Services::start().unwrap();
    let mut gb = Clients::of(&services).gb(gpu_carbon_feeds::great_britain::Place::National);
    let noon = gpu_carbon_core::Timestamp::from_unix_seconds(1_780_358_400);
    for date in [
        "Tuesday, 02-Jun-26 00:00:20 GMT",
        "Tue, 02 Jun 2026 00:00:20 GMT",
        "Tue Jun  2 00:00:20 2026",
        "20",
    ] {
        services.fail(Some(Fault::Status {
            status: 429,
            retry_after: Some(date.to_owned()),
            body: String::new(),
        }));
        let error = gb.fetch(Query::Now, noon).unwrap_err();
        assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(20), "{date}");
    }
}

#[test]
fn the_warnings_of_a_service_come_without_the_secret() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    let maps = |disclaimer: &str| {
        format!(
            r#"{{"_disclaimer":"{disclaimer}","zone":"DE","carbonIntensity":1,"datetime":"2026-01-01T00:00:00Z"}}"#
        )
    };
    let answer = |body: String| Fault::Status { status: 200, retry_after: None, body };
    services.fail(Some(answer(maps(&format!("This data is the exclusive property of {TOKEN}.")))));
    let mut service = clients.maps(gpu_carbon_fetch::Version::V4);
    let response = service.fetch(Query::Now, now()).unwrap();
    assert_eq!(response.notices, ["This data is the exclusive property of (secret)."]);
    services.fail(Some(answer(maps("SANDBOX MODE: this data is not real."))));
    let error = service.fetch(Query::Now, now()).unwrap_err();
    assert_eq!(error.reason(), "sandbox");
    assert!(error.to_string().contains("Electricity Maps answers a sandbox token so"), "{error}");
    services.fail(Some(answer(
        r#"{"unix_seconds":[1767225600],"co2eq":[7],"deprecated":true}"#.to_owned(),
    )));
    let notices = clients.charts().fetch(Query::Now, now()).unwrap().notices;
    assert!(notices[0].contains("deprecated"), "{notices:?}");
}
