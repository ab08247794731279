//! The share of the oracle's saving that online policies achieve on real series.
#![expect(clippy::disallowed_methods, reason = "the test reads its data from files")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::path::Path;

use gpu_carbon_core::online::{
    Diurnal, Outcome, PauseShares, Policy, Replan, SLOTS_PER_DAY, SlotJob, Summary, Trace, simulate,
};

/// A marginal intensity of 2020 by WattTime, in g/kWh, five minutes apart. Its licence does not allow redistribution,
/// so it lies beside the workspace.
fn series(name: &str) -> Vec<f64> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/marginal")
        .join(name)
        .with_extension("csv");
    let text = std::fs::read_to_string(path).unwrap();
    let value = |line: &str| line.split(',').nth(1)?.parse().ok();
    text.lines().skip(1).map(|line| value(line).expect("a value in g/kWh")).collect()
}

/// The share of the oracle's saving that jobs of six hours with a day to spare achieve, from midnight UTC on, every
/// [`DAYS`] days. A policy is fitted to the past of each start.
fn share_of_oracle_saving<P: Policy>(
    policy: impl Fn(&[f64]) -> P,
    values: &[f64],
    pause_cost: f64,
) -> f64 {
    let starts = (28 * SLOTS_PER_DAY..values.len() - 360).step_by(DAYS * SLOTS_PER_DAY);
    let trace = Trace::new(values);
    let costs = PauseShares { resume: pause_cost, paused: 0.0 };
    let job = SlotJob { work: 72, window: 288, costs };
    let play = |start| simulate(&mut policy(trace.before(start)), &trace, start, &job);
    let outcomes: Vec<Outcome> = starts.map(|start| play(start).unwrap()).collect();
    Summary::of(&outcomes).share_of_oracle_saving.unwrap()
}

/// The days between two starts: there are 48 starts.
const DAYS: usize = 7;

/// Checks that replanning achieves more than a share of the oracle's saving, if a pause costs a quarter of a slot's
/// energy, and more than the diurnal policy.
#[track_caller]
fn check(name: &str, least: f64) {
    let values = series(name);
    let diurnal = share_of_oracle_saving(|_| Diurnal, &values, 0.25);
    let replan = share_of_oracle_saving(Replan::of_past, &values, 0.25);
    assert!(replan > least, "{name}, every {DAYS} days: {replan}");
    assert!(replan > diurnal, "{name}, every {DAYS} days: {replan}, the plain policy {diurnal}");
}

#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_replanning_nears_the_oracle_in_east_us() {
    check("WT_PJM_ROANOKE_2020", 0.83); // measured: 0.841
}

#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_replanning_nears_the_oracle_in_west_us() {
    check("WT_CAISO_NORTH_2020", 0.93); // measured: 0.950
}
