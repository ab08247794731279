//! Each fault of a service is told by its reason.

use gpu_carbon_tests::services::{Fault, Services, TOKEN};

use super::{Clients, now, questions};

#[test]
fn each_is_told_by_its_reason_whatever_is_asked() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    // Where a service has no unit, no zone or a single value, that fault cannot strike it.
    for (fault, reason, least) in [
        (Fault::status(400), "client_error", 12),
        (Fault::status(401), "unauthorized", 12),
        (Fault::status(403), "forbidden", 12),
        (Fault::status(404), "client_error", 12),
        (Fault::status(429), "rate_limited", 12),
        (Fault::status(500), "server_error", 12),
        (Fault::status(503), "server_error", 12),
        (Fault::Redirect, "redirect", 12),
        (Fault::Html, "html", 12),
        (Fault::Truncated, "truncated", 12),
        (Fault::NotANumber, "not_a_number", 12),
        (Fault::Null, "null", 12),
        (Fault::Negative, "negative", 12),
        (Fault::Backwards, "backwards", 11),
        (Fault::Duplicate, "duplicate", 11),
        (Fault::Unit, "unit", 6),
        (Fault::Zone, "zone", 9),
        (Fault::Blanks(10_000_000), "too_large", 12),
        (Fault::Blanks(1000), "empty", 12),
        (Fault::Closed, "connection", 12),
    ] {
        services.fail(Some(fault.clone()));
        let mut struck = 0;
        for question in questions() {
            for mut service in clients.all() {
                match service.ask(question, now()) {
                    Err(error) => {
                        struck += 1;
                        let said = error.to_string();
                        assert_eq!(error.reason(), reason, "{fault:?} {question:?}: {said}");
                        assert!(said.len() < 300 && !said.contains('\n'), "{said}");
                    }
                    Ok(published) => assert!(!published.points.is_empty()),
                }
            }
        }
        assert_eq!(struck, least, "{fault:?}");
    }
}

#[test]
fn silence_is_waited_for_only_so_long() {
    let services = Services::start().unwrap();
    services.fail(Some(Fault::Silent));
    for mut service in Clients::of(&services).all() {
        let error = service.ask(questions()[0], now()).unwrap_err();
        assert_eq!(error.reason(), "timeout", "{error}");
    }
}

#[test]
fn nobody_there_is_no_connection() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    drop(services);
    for mut service in clients.all() {
        let error = service.ask(questions()[0], now()).unwrap_err();
        assert_eq!(error.reason(), "connection", "{error}");
    }
}

#[test]
fn what_it_says_is_handed_on_without_the_secret_that_it_echoes() {
    let body =
        format!(r#"{{"error":"Invalid scope","message":"{TOKEN}.1 or {TOKEN} is not let in"}}"#);
    for status in [401, 403, 429, 500] {
        let services = Services::start().unwrap(); // the first token that it sells ends with .1
        let clients = Clients::of(&services);
        services.fail(Some(Fault::Status {
            status,
            retry_after: Some("7".to_owned()),
            body: body.clone(),
        }));
        let [mut watttime, mut maps, ..] = clients.all();
        for service in [&mut watttime, &mut maps] {
            let error = service.ask(questions()[0], now()).unwrap_err();
            let said = format!("{error} {error:?}");
            assert!(said.contains("Invalid scope: (secret)"), "{said}");
            let waits = error.retry_after().map(|wait| wait.as_secs());
            assert_eq!(waits, (status >= 429).then_some(7));
        }
    }
}
