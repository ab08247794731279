//! The faults of a service, each reported by its reason.

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
                        assert_eq!(error.reason(), reason, "{fault:?} {question:?}: {message}");
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
    for mut service in Clients::of(&services).all() {
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
        let services = Services::start().unwrap(); // the first token that it issues ends with .1
        let clients = Clients::of(&services);
        services.fail(Some(Fault::Status {
            status,
            retry_after: Some("7".to_owned()),
            body: body.clone(),
        }));
        let [mut watttime, mut maps, ..] = clients.all();
        for service in [&mut watttime, &mut maps] {
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
