//! Properties of the plan of every job on every series.

use std::fmt::Write;

use proptest::prelude::*;
use serde_json::Value;

use crate::harness::planned;

fn ratio(plan: &Value) -> Option<f64> {
    plan["saving_ratio"].as_f64()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn savings_are_shares_and_pauses_save_no_less(
        values in prop::collection::vec(prop_oneof![Just(0.0), 0.0..900.0_f64], 24),
        duration in 1_u64..3600,
        window in 0_u64..3600,
        pue in 1.0..2.0_f64,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grid.csv");
        let mut text = "timestamp_utc,gco2_per_kwh\n".to_owned();
        for (step, value) in values.iter().enumerate() {
            let minute = step * 5;
            writeln!(text, "2020-06-01T{:02}:{:02}:00Z,{value}", minute / 60, minute % 60).unwrap();
        }
        std::fs::write(&path, text).unwrap();
        let plan = planned(&format!(
            "--intensity {} --duration {duration}s --window {window}s --power 700W --pue {pue}",
            path.display()
        ));
        let region = &plan["regions"][0];
        let (flexible, paused) = (&region["flexible_start"], &region["pause_and_resume"]);
        let baseline = region["baseline"]["emissions_grams"].as_f64().unwrap();
        prop_assert_eq!(ratio(flexible).is_none(), baseline == 0.0);
        if let (Some(flexible), Some(paused)) = (ratio(flexible), ratio(paused)) {
            prop_assert!((0.0..=1.0).contains(&flexible) && (0.0..=1.0).contains(&paused));
            prop_assert!(paused >= flexible, "{} < {}", paused, flexible);
        }
        let runs = paused["intervals"].as_array().unwrap().len();
        prop_assert_eq!(paused["pauses"].as_u64().unwrap() + 1, runs as u64);
        prop_assert_eq!(plan["job"]["duration_seconds"].as_u64(), Some(duration));
    }
}
