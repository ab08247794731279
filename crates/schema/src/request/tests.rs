use super::*;

fn request_json(job: &str, rest: &str) -> String {
    format!(
        r#"{{"job": {job}, "start": "2020-06-01T02:00:00+02:00", "window_seconds": 86400{rest}}}"#
    )
}

const JOB: &str = r#"{"duration_seconds": 129600, "energy_kilowatt_hours": 37.3}"#;

#[test]
fn fields_left_out_have_their_defaults() {
    let request = Request::from_json(&request_json(JOB, "")).unwrap().validate().unwrap();
    assert_eq!(request.start, Timestamp::from_unix_seconds(1_590_969_600));
    assert_eq!(request.window, Span::from_days(1));
    assert_eq!(request.energy, Energy::from_kilowatt_hours(37.3).unwrap());
    assert_eq!((request.pue, request.home, request.signal), (Pue::ONE, None, None));
    assert_eq!(request.pause_costs, PauseCosts::default());
}

#[test]
fn every_field_is_parsed() {
    let rest = r#", "power_usage_effectiveness": 1.2, "signal": "average", "home_region": "north",
        "pause_costs": {"energy_kilowatt_hours": 0.5, "time_seconds": 90.5, "paused_power_watts": 80,
        "least_run_seconds": 600, "most_pauses": 3, "milestones": [{"work_seconds": 60, "by": "2020-06-01T00:00:00Z"}]}"#;
    let job = r#"{"duration_seconds": 600, "profile": [[0, 100], [300.5, 200]]}"#;
    let request = Request::from_json(&request_json(job, rest)).unwrap().validate().unwrap();
    let offset = Span::from_micros(300_500_000);
    assert_eq!(request.job.power_at(offset).as_watts(), 200.0);
    assert_eq!((request.home.as_deref(), request.signal), (Some("north"), Some(Signal::Average)));
    let costs = request.pause_costs;
    assert_eq!(
        (costs.energy.as_kilowatt_hours(), costs.time),
        (0.5, Span::from_micros(90_500_000))
    );
    assert_eq!((costs.paused_power.as_watts(), costs.most_pauses), (80.0, Some(3)));
    assert_eq!((costs.least_run, costs.milestones.len()), (Span::from_seconds(600), 1));
}

#[test]
fn a_share_of_the_servers_power_makes_the_job_that_of_the_servers() {
    let watts = r#"{"duration_seconds": 7200, "power_watts": 1000}"#;
    let kilowatt_hours = r#"{"duration_seconds": 7200, "energy_kilowatt_hours": 2}"#;
    let profile = r#"{"duration_seconds": 7200, "profile": [[0, 1500], [3600, 500]]}"#;
    for job in [watts, kilowatt_hours, profile] {
        for (share, percent) in
            [("null", 100.0), (r#""paper""#, 74.0), ("74", 74.0), ("12.5", 12.5)]
        {
            let rest = format!(r#", "host_share": {share}"#);
            let request =
                Request::from_json(&request_json(job, &rest)).unwrap().validate().unwrap();
            let expected = 2.0 * 100.0 / percent;
            for energy in [request.energy, request.job.energy()] {
                let found = energy.as_kilowatt_hours();
                assert!((found - expected).abs() < 1e-12 * expected, "{job} {share}: {found} kWh");
            }
            let is_paper = request.host_share == HostShare::PAPER;
            assert_eq!(is_paper, share.contains("paper"), "{share}");
        }
    }
}

#[test]
fn a_share_that_is_neither_the_papers_nor_a_number_is_refused_with_what_is_allowed() {
    let job = r#"{"duration_seconds": 7200, "power_watts": 1000}"#;
    for share in [r#""half""#, "true", "[74]", "{}"] {
        let rest = format!(r#", "host_share": {share}"#);
        let error = Request::from_json(&request_json(job, &rest)).unwrap_err().to_string();
        assert!(error.contains("\"paper\" or a number of percent from 1 to 100"), "{error}");
        assert!(error.contains("host_share"), "{error}");
    }
}

#[test]
fn an_error_has_the_path_of_its_field() {
    let job = |fields: &str| request_json(&format!(r#"{{"duration_seconds": 600, {fields}}}"#), "");
    let rest = |rest: &str| request_json(JOB, &format!(", {rest}"));
    for (json, field) in [
        ("[".to_owned(), "."),
        (request_json(JOB, "") + "x", "."),
        (rest(r#""windows": 3"#), "windows"),
        (rest(r#""signal": "both""#), "signal"),
        (rest(r#""power_usage_effectiveness": 0.9"#), "power_usage_effectiveness"),
        (rest(r#""host_share": 0.5"#), "host_share"),
        (rest(r#""host_share": 101"#), "host_share"),
        (rest(r#""host_share": "most""#), "host_share"),
        (rest(r#""pause_costs": {"time": 1}"#), "pause_costs.time"),
        (rest(r#""pause_costs": {"most_pauses": -1}"#), "pause_costs.most_pauses"),
        (rest(r#""pause_costs": {"least_run_seconds": -1}"#), "pause_costs.least_run_seconds"),
        (
            rest(r#""pause_costs": {"milestones": [{"work_seconds": 1, "by": "noon"}]}"#),
            "pause_costs.milestones[0].by",
        ),
        (job(r#""power_watts": "1""#), "job.power_watts"),
        (job(r#""power_watts": -1"#), "job.power_watts"),
        (job(r#""energy_kilowatt_hours": 1e400"#), "job.energy_kilowatt_hours"),
        (job(r#""power_watts": 1, "energy_kilowatt_hours": 1"#), "job"),
        (request_json(r#"{"duration_seconds": 600}"#, ""), "job"),
        (job(r#""profile": []"#), "job.profile"),
        (job(r#""profile": [[0, 1], [600, 1]]"#), "job.profile"),
        (job(r#""profile": [[0, 1], [5, -1]]"#), "job.profile[1][1]"),
        (request_json(r#"{"duration_seconds": 0, "power_watts": 1}"#, ""), "job.duration_seconds"),
        (request_json(r#"{"power_watts": 1}"#, ""), "job"),
        (request_json(JOB, "").replace("02:00:00", "25:00:00"), "start"),
        (request_json(JOB, "").replace("86400", "-1"), "window_seconds"),
    ] {
        let error = Request::from_json(&json).and_then(|request| request.validate()).unwrap_err();
        assert_eq!(error.field, field, "{json}: {error}");
        assert!(!error.message.is_empty());
    }
    let long = rest(&format!(r#""a\nb{}": 1"#, "x".repeat(10_000)));
    let error = Request::from_json(&long).unwrap_err().to_string();
    assert!(!error.contains(char::is_control) && error.len() < 1000, "{error}");
}

proptest::proptest! {
    #[test]
    fn any_text_and_any_number_is_a_request_or_an_error(text in ".{0,200}", number in proptest::num::f64::ANY) {
        let _ = Request::from_json(&text);
        let number = serde_json::to_string(&number).unwrap_or_default();
        for (place, field) in [("86400", "window_seconds"), ("129600", "job"), ("37.3", "job")] {
            let json = request_json(JOB, "").replace(place, &number);
            if let Err(error) = Request::from_json(&json).and_then(|request| request.validate()) {
                proptest::prop_assert!(error.field.starts_with(field), "{}: {}", json, error);
            }
        }
    }
}
