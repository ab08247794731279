//! A bound on what a policy may emit beyond a run at once.

use super::policy::{Policy, View};

/// A policy that waits as another one does, but only while the job cannot emit more than a run at once by more than an
/// allowance, whatever intensities follow, up to a greatest one.
///
/// After each slot, the most that the job can emit beyond a run at once, if it runs without a pause from then on, is
/// `emitted - emitted at once + (done at once - done) * greatest`, and `resume * greatest` more if it is paused. Running never raises
/// that. No policy without a forecast can promise less, but for that last resume: the intensity may be 0 until a run at once
/// has ended, and the greatest from then on.
#[derive(Debug, Clone)]
pub struct Bounded<Inner> {
    inner: Inner,
    bound: LossBound,
    state: State,
}

/// A bound on the emissions of a job beyond those of a run at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossBound {
    /// The most that the job may emit beyond a run at once, in g/kWh times slots.
    pub allowance: f64,
    /// The greatest intensity that is to be expected, in g/kWh.
    pub greatest: f64,
}

/// The emissions of a job and of a run at once, up to a slot, in g/kWh times slots.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct State {
    emitted: f64,
    at_once: f64,
    /// The slots since the start.
    slots: usize,
}

impl<Inner> Bounded<Inner> {
    /// A policy for one job, from its first slot on.
    #[must_use]
    pub fn new(inner: Inner, bound: LossBound) -> Bounded<Inner> {
        Bounded { inner, bound, state: State::default() }
    }
}

impl State {
    /// The state after a slot in which the job runs, or waits.
    fn after(self, view: &View<'_>, runs: bool) -> State {
        let (present, costs) = (view.present(), view.costs);
        let own = match (runs, view.begun()) {
            (true, begun) if begun && !view.running => present * (1.0 + costs.resume),
            (true, _) => present,
            (false, true) => present * costs.paused,
            (false, false) => 0.0,
        };
        let at_once = if self.slots < view.work { present } else { 0.0 };
        State {
            emitted: self.emitted + own,
            at_once: self.at_once + at_once,
            slots: self.slots + 1,
        }
    }

    /// The most that a job with this work left can emit beyond a run at once, if it runs without a pause from now on.
    fn worst(&self, view: &View<'_>, left: usize, greatest: f64) -> f64 {
        let at_once_left = view.work.saturating_sub(self.slots);
        let behind = left.saturating_sub(at_once_left) as f64;
        let resumes = if view.begun() { view.costs.resume } else { 0.0 };
        self.emitted - self.at_once + (behind + resumes) * greatest
    }
}

impl<Inner: Policy> Policy for Bounded<Inner> {
    fn runs(&mut self, view: &View<'_>) -> bool {
        let waiting = self.state.after(view, false);
        let worst = waiting.worst(view, view.left, self.bound.greatest.max(view.present()));
        let runs = self.inner.runs(view) || worst > self.bound.allowance;
        self.state = if runs { self.state.after(view, true) } else { waiting };
        runs
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::online::{PauseShares, SlotJob, Trace, simulate};

    /// Waits and runs as it is said, and then again.
    struct Scripted(Vec<bool>, usize);

    impl Policy for Scripted {
        fn runs(&mut self, _: &View<'_>) -> bool {
            self.1 += 1;
            self.0[self.1 % self.0.len()]
        }
    }

    const GREATEST: f64 = 500.0;

    fn bounded(script: Vec<bool>, allowance: f64) -> Bounded<Scripted> {
        Bounded::new(Scripted(script, 0), LossBound { allowance, greatest: GREATEST })
    }

    #[test]
    fn a_wait_may_cost_the_difference_to_the_greatest_intensity() {
        let job = SlotJob { work: 1, window: 1, costs: PauseShares::default() };
        for (present, allowance, waits) in
            [(400.0, 100.0, true), (400.0, 99.0, false), (500.0, 0.0, true), (0.0, 499.0, false)]
        {
            let values = [present, GREATEST];
            let mut policy = bounded(std::vec![false], allowance);
            let found = simulate(&mut policy, &Trace::new(&values), 0, &job).unwrap();
            assert_eq!(found.ran, [usize::from(waits)], "{present} {allowance}");
        }
    }

    proptest! {
        /// Neither a policy that decides by chance nor any intensity exceeds the bound; and without one nothing changes.
        #[test]
        fn no_job_exceeds_the_bound(
            values in prop::collection::vec(prop_oneof![Just(0.0), Just(GREATEST), 0.0..GREATEST], 80),
            script in prop::collection::vec(any::<bool>(), 1..30), work in 1_usize..40, window in 0_usize..40,
            resume in prop_oneof![Just(0.0), 0.0..4.0_f64], paused in prop_oneof![Just(0.0), 0.0..1.0_f64],
            allowance in prop_oneof![Just(0.0), 0.0..20_000.0_f64],
        ) {
            let job = SlotJob { work, window, costs: PauseShares { resume, paused } };
            let trace = Trace::new(&values);
            let found = simulate(&mut bounded(script.clone(), allowance), &trace, 0, &job).unwrap();
            prop_assert!(found.emissions <= found.baseline + allowance + 1e-6, "{found:?}");
            let free = simulate(&mut Scripted(script.clone(), 0), &trace, 0, &job).unwrap();
            let same = simulate(&mut bounded(script, f64::INFINITY), &trace, 0, &job).unwrap();
            prop_assert_eq!(free, same);
        }

        /// Whoever waits at first may be brought to the bound: with nothing until a run at once has ended, and then the greatest
        /// intensity. So a policy that promises less than `greatest - present` must run.
        #[test]
        fn no_policy_that_waits_can_promise_less(
            present in 0.0..GREATEST, script in prop::collection::vec(any::<bool>(), 1..30),
            work in 1_usize..20, window in 1_usize..20,
        ) {
            let mut values = std::vec![GREATEST; work + window];
            values[..work].fill(0.0);
            values[0] = present;
            let job = SlotJob { work, window, costs: PauseShares::default() };
            let found = simulate(&mut Scripted(script, 0), &Trace::new(&values), 0, &job).unwrap();
            if found.ran[0] > 0 {
                prop_assert!(found.emissions - found.baseline >= GREATEST - present - 1e-6, "{found:?}");
            }
        }
    }
}
