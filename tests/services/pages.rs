//! Answers of several pages, and the years of IESO's files.

use gpu_carbon_core::{Interval, Span, Timestamp};
use gpu_carbon_fetch::Query;
use gpu_carbon_tests::services::{Fault, Services};

use super::{Clients, now};

#[test]
fn pages_become_one_answer_whatever_their_length() {
    let services = Services::start().unwrap();
    services.set_step(3600);
    services.set_intensity(|at| 100.0 + (at / 3600 % 50) as f64);
    let clients = Clients::of(&services);
    let day = Span::from_days(1);
    let end = now().floor_to(day) - day;
    let history = Query::History(Interval::new(end - day - day, end));
    for (mut service, rows_of_an_hour) in [(clients.eia(), 5), (clients.pjm(), 1)] {
        services.set_rows_of_a_page(50_000);
        let whole = service.fetch(history, now()).unwrap();
        // A page may end within an hour.
        for rows in [13 * rows_of_an_hour, 7 * rows_of_an_hour + 3, 40 * rows_of_an_hour] {
            services.set_rows_of_a_page(rows);
            let before = services.requests().len();
            assert_eq!(service.fetch(history, now()).unwrap(), whole, "{rows} rows");
            let rows_in_all = whole.points.len() * rows_of_an_hour;
            assert_eq!(
                services.requests().len() - before,
                rows_in_all.div_ceil(rows),
                "{rows} rows"
            );
        }
    }
}

#[test]
fn pages_that_never_end_are_an_error() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    services.set_rows_of_a_page(2);
    for mut service in [clients.eia(), clients.pjm()] {
        let error = service.fetch(Query::Now, now()).unwrap_err();
        assert_eq!(error.reason(), "shape", "{error}");
        assert!(error.to_string().contains(" rows"), "{error}");
    }
    services.set_rows_of_a_page(0);
    for mut service in [clients.eia(), clients.pjm()] {
        let before = services.requests().len();
        assert_eq!(service.fetch(Query::Now, now()).unwrap_err().reason(), "shape");
        assert_eq!(services.requests().len() - before, 2, "an empty page is not asked for again");
    }
}

#[test]
fn a_fault_of_a_later_page_is_the_fault_of_all() {
    let services = Services::start().unwrap();
    let clients = Clients::of(&services);
    services.set_rows_of_a_page(100);
    services.fail_from(1, Fault::status(503));
    let error = clients.eia().fetch(Query::Now, now()).unwrap_err();
    assert_eq!(error.reason(), "server_error");
}

#[test]
fn a_history_of_two_years_is_of_two_files_of_ieso() {
    let services = Services::start().unwrap();
    services.set_intensity(|at| 100.0 + (at / 3600 % 50) as f64);
    let mut ieso = Clients::of(&services).ieso();
    // The year begins five hours later there than in UTC.
    let new_year = Timestamp::from_unix_seconds(1_767_225_600 + 5 * 3600);
    let asked = Interval::new(new_year - Span::from_days(2), new_year + Span::from_days(1));
    let response = ieso.fetch(Query::History(asked), now()).unwrap();
    assert_eq!(response.points.len(), 72);
    assert_eq!(services.count("_2025.xml"), 1);
    assert_eq!(services.count("_2026.xml"), 1);
    for point in &response.points {
        let hour = point.at.as_unix_micros() / 3_600_000_000;
        let grams = point.intensity.as_grams_per_kilowatt_hour();
        assert!((grams - 100.0 - (hour % 50) as f64).abs() < 1e-9, "{grams}");
    }
    assert_eq!(ieso.end_of_history(asked.start()), new_year);
    // A year whose file is missing yet is empty.
    let next = Timestamp::from_unix_seconds(now().as_unix_micros() / 1_000_000);
    let future = Interval::new(next + Span::from_days(800), next + Span::from_days(801));
    assert!(ieso.fetch(Query::History(future), now()).is_err());
}
