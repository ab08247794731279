//! Emissions through an outage, and the order of the fallback chain.

use super::*;

#[test]
fn a_day_without_the_service_loses_no_gram_and_counts_none_twice() {
    for limits in all_limits() {
        let (dark, end) = (6 * HOUR..6 * HOUR + DAY, 36 * HOUR);
        let mut calm = Simulation::new(limits);
        calm.run(0..end, |_, _| None);
        let mut disturbed = Simulation::new(limits);
        disturbed.run(0..dark.end, |second, _| dark.contains(&second).then(outage));
        let (_, before, pending) = disturbed.totals(dark.end);
        let (energy, ..) = calm.totals(end);
        assert!(
            pending > energy / 2.0,
            "most of a day is pending, and not converted by a fallback: {pending} J"
        );
        disturbed.run(dark.end..end, |_, _| None);
        let ((energy, grams, left), again) = (calm.totals(end), disturbed.totals(end));
        assert_eq!((energy, left), (again.0, again.2), "{limits:?}");
        assert!(before < grams && left < 400.0 * 1.2 * 4000.0, "{left} J");
        assert!(
            ((again.1 - grams) / grams).abs() < 1e-9,
            "{} g, and {grams} g undisturbed",
            again.1
        );
    }
}

#[test]
fn the_displayed_value_follows_the_order_of_the_chain() {
    let [watttime, ..] = all_limits();
    let mut days = Simulation::new(watttime);
    let intensity = Intensity::from_grams_per_kilowatt_hour(77.0).unwrap();
    days.rules.yearly = Some(YearlyFigure { source: "ember", intensity });
    days.run(0..HOUR, |_, _| None);
    assert_eq!(days.quality(HOUR - 1), Some(Quality::Estimated));
    let last = days.accounting.snapshot(at(HOUR)).grid.latest_value;
    // The fetched forecast reaches two days ahead; then come the earlier days; then the yearly figure.
    days.run(HOUR..HOUR + 10 * DAY, |_, _| Some(outage()));
    assert_eq!(days.quality(HOUR + 601), Some(Quality::Forecast));
    assert_eq!(
        days.accounting.snapshot(at(HOUR + 3 * HOUR)).grid.latest_value.unwrap().source,
        "x"
    );
    let mut early = Simulation::new(watttime);
    early.run(0..HOUR, |_, _| None);
    early.run(HOUR..HOUR + DAY, |_, _| Some(outage()));
    assert_eq!(early.quality(HOUR + DAY), Some(Quality::Forecast));
    assert_eq!(
        early.accounting.snapshot(at(HOUR + DAY)).grid.latest_value,
        last,
        "its age is published"
    );
    early.run(HOUR + DAY..HOUR + 3 * DAY, |_, _| Some(outage()));
    let present = early.accounting.snapshot(at(HOUR + 3 * DAY)).grid.current.unwrap();
    assert_eq!((present.source, present.quality), ("x", Quality::Fallback), "the earlier days");
    assert_ne!(present.intensity.as_grams_per_kilowatt_hour(), 77.0);
    let present = days.accounting.snapshot(at(HOUR + 10 * DAY)).grid.current.unwrap();
    assert_eq!((present.source, present.quality), ("ember", Quality::Fallback));
    assert_eq!(present.intensity.as_grams_per_kilowatt_hour(), 77.0);
    // Energy that was pending for three days is converted by a fallback.
    let (energy, _, pending) = days.totals(HOUR + 10 * DAY);
    assert!(pending < energy * 0.32 && pending > energy * 0.28, "{pending} of {energy} J");
}

#[test]
fn of_two_live_services_the_preferred_one_holds() {
    let now = at(DAY);
    let timeline = |grams: f64, published: Timestamp, quality| {
        let step = SLOT;
        let mut timeline = Timeline::new(step);
        let mut response = response(step, Interval::new(now - step, now + step), now);
        for point in &mut response.points {
            point.intensity = Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
            point.quality = quality;
        }
        timeline.merge(&response, published);
        timeline
    };
    let fallback_after = Span::from_days(3);
    let no_fallback_before = Timestamp::FIRST;
    let rules =
        FallbackRules { signal: Signal::Average, yearly: None, fallback_after, no_fallback_before };
    let live = timeline(100.0, now, Quality::Measured);
    let other = timeline(200.0, now, Quality::Measured);
    let forecast = timeline(300.0, now - Span::from_days(1), Quality::Forecast);
    let displayed = |services: &[(&'static str, &Timeline)]| {
        let services: Vec<_> =
            services.iter().map(|&(source, timeline)| of(source, timeline)).collect();
        let intensities = combine(&services, rules, now);
        let origin = intensities.origin(now).unwrap();
        let grams = intensities.displayed.unwrap().at(now).intensity.unwrap();
        let converting = intensities.converting.and_then(|series| series.at(now).intensity);
        (origin.source, grams.as_grams_per_kilowatt_hour(), converting.is_some())
    };
    assert_eq!(displayed(&[("a", &live), ("b", &other)]), ("a", 100.0, true));
    assert_eq!(displayed(&[("b", &other), ("a", &live)]), ("b", 200.0, true));
    assert_eq!(displayed(&[("c", &forecast), ("b", &other)]), ("b", 200.0, true));
    assert_eq!(displayed(&[("c", &forecast)]), ("c", 300.0, false));
}
