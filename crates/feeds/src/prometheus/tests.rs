use super::*;

/// An answer with series of samples, whose times are in seconds.
fn answer(series: &[&[(i64, &str)]]) -> String {
    let result: Vec<_> = (0..)
        .zip(series)
        .map(|(gpu, samples)| {
            let values: Vec<_> = samples.iter().map(|(at, watts)| serde_json::json!([at, watts])).collect();
            serde_json::json!({"metric": {"__name__": METRIC, "gpu": gpu.to_string()}, "values": values})
        })
        .collect();
    let data = serde_json::json!({"resultType": "matrix", "result": result});
    serde_json::json!({"status": "success", "data": data}).to_string()
}

fn error(text: &str) -> String {
    power_profile(text).unwrap_err().to_string()
}

#[test]
fn series_are_summed_and_the_last_sample_holds_for_a_step() {
    let text =
        answer(&[&[(60, "100"), (75, "200.5"), (90, "0")], &[(60, "1"), (75, "2"), (90, "3")]]);
    let measured = power_profile(&text).unwrap();
    let profile: Vec<_> =
        measured.profile.iter().map(|(at, watts)| (at.as_seconds(), watts.as_watts())).collect();
    assert_eq!(profile, [(0.0, 101.0), (15.0, 202.5), (30.0, 3.0)]);
    assert_eq!((measured.duration, measured.series), (Span::from_seconds(45), 2));
    assert_eq!(measured.start, Timestamp::from_unix_seconds(60));
    assert_eq!(measured.energy.as_joules(), 15.0 * 306.5);
}

#[test]
fn a_missing_sample_is_an_error_and_not_zero() {
    let gap = error(&answer(&[&[(0, "1"), (15, "1"), (45, "1")]]));
    assert!(
        gap.starts_with("the series {gpu=\"0\"} has no sample at 1970-01-01T00:00:30Z"),
        "{gap}"
    );
    let one = error(&answer(&[&[(0, "1"), (15, "1"), (30, "1")], &[(0, "1"), (30, "1")]]));
    assert!(
        one.starts_with("the series {gpu=\"1\"} has no sample at 1970-01-01T00:00:15Z"),
        "{one}"
    );
    let late = error(&answer(&[&[(0, "1"), (15, "1")], &[(15, "1")]]));
    assert!(
        late.starts_with("the series {gpu=\"1\"} has no sample at 1970-01-01T00:00:00Z"),
        "{late}"
    );
    assert_eq!(power_profile(&answer(&[])), Err(PrometheusError::NoSamples));
    assert_eq!(power_profile(&answer(&[&[(5, "1")]])), Err(PrometheusError::SingleTime));
}

#[test]
fn an_error_names_the_value_and_what_is_allowed() {
    for bad in ["NaN", "+Inf", "-1", "", "12W"] {
        let error = error(&answer(&[&[(0, bad), (15, "1")]]));
        assert!(error.contains("must be a finite number of watts"), "{error}");
    }
    assert!(error(&answer(&[&[(15, "1"), (0, "1")]])).contains("must ascend, got 0 s"));
    let other =
        answer(&[&[(0, "1"), (15, "1")]]).replace(METRIC, "gpu_carbon_gpu_energy_joules_total");
    assert!(error(&other).starts_with("the series are of `gpu_carbon_gpu_energy_joules_total`"));
    let vector = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[0,"1"]}]}}"#;
    assert!(error(vector).starts_with("the answer is of the type `vector`"));
    let failed =
        r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"step\""}"#;
    assert_eq!(error(failed), "the service refused: invalid parameter \"step\"");
    assert!(error("<html>").contains("web page") && error("").contains("empty"));
    assert!(error("[]").starts_with("the answer is not Prometheus's"));
}

proptest::proptest! {
    #[test]
    fn any_sample_is_read_or_an_error(
        text in ".{0,200}",
        at in proptest::prop_oneof![1.0_f64..1e6, proptest::num::f64::NORMAL],
        watts in "([0-9]{1,4}|.{0,12})",
    ) {
        let _ = power_profile(&text);
        if let Ok(measured) = power_profile(&answer(&[&[(0, &watts), (15, "1")]])) {
            let joules = 15.0 * (watts.parse::<f64>().unwrap() + 1.0);
            proptest::prop_assert!((measured.energy.as_joules() - joules).abs() <= 1e-9 * joules);
        }
        match power_profile(&answer(&[&[(0, "1"), (15, "1")]]).replace("15", &at.to_string())) {
            Ok(measured) => proptest::prop_assert_eq!(measured.series, 1),
            Err(error) => proptest::prop_assert!(!(1.0..1e6).contains(&at), "{}: {}", at, error),
        }
    }
}
