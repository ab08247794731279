//! The integral of a sampled power.

use gpu_carbon_core::meter::SampledMeter;
use gpu_carbon_core::{Power, Span, Timestamp};
use proptest::prelude::*;

const LONGEST: Span = Span::from_seconds(5);

proptest! {
    #[test]
    fn power_is_integrated_by_straight_lines(
        samples in prop::collection::vec((1_u64..9000, 0.0..3000.0), 1..100),
    ) {
        let mut meter = SampledMeter::new(LONGEST);
        let (mut millis, mut last) = (0, None);
        for (length, watts) in samples {
            millis += length;
            let uptime = Span::from_micros(millis * 1000);
            let power = Power::from_watts(watts).unwrap();
            let measured = meter.observe(Timestamp::EPOCH + uptime, uptime, power);
            prop_assert_eq!(measured.power, Some(power));
            let seconds = length as f64 / 1000.0;
            match (last, measured.flow) {
                (None, flow) => prop_assert!(flow.is_none() && measured.unseen == Span::ZERO),
                (Some(_), None) => prop_assert!(length > 5000 && measured.unseen.as_seconds() == seconds),
                (Some(before), Some(flow)) => {
                    let joules: f64 = (watts + before) / 2.0 * seconds;
                    prop_assert!(length <= 5000);
                    prop_assert!((flow.energy.as_joules() - joules).abs() <= 1e-9 * joules);
                    prop_assert_eq!(flow.interval.length().as_seconds(), seconds);
                }
            }
            last = Some(watts);
        }
    }
}

#[test]
fn a_boot_ends_the_integral() {
    let mut meter = SampledMeter::new(LONGEST);
    let power = Power::from_watts(100.0).unwrap();
    let seconds = Span::from_seconds;
    meter.observe(Timestamp::EPOCH, seconds(100), power);
    let measured = meter.observe(Timestamp::EPOCH, seconds(3), power);
    assert_eq!((measured.flow, measured.unseen), (None, seconds(3)));
    assert_eq!(
        meter.observe(Timestamp::EPOCH, seconds(4), power).flow.unwrap().energy.as_joules(),
        100.0
    );
}
