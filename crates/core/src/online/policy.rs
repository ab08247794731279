//! The common interface of policies: the information at a slot, and the decision.

/// Slots of five minutes in a day.
pub const SLOTS_PER_DAY: usize = 288;

/// A rule that decides in each slot whether a job runs.
pub trait Policy {
    /// Decides whether the job runs in the present slot. It is called only while there is a choice: work is left, and
    /// more slots than work.
    fn runs(&mut self, view: &View<'_>) -> bool;
}

impl<P: Policy + ?Sized> Policy for &mut P {
    fn runs(&mut self, view: &View<'_>) -> bool {
        P::runs(self, view)
    }
}

/// The information that a policy has at a slot. Intensities are in g/kWh, one for each slot of five minutes.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The intensities so far; the last value is that of the present slot.
    pub past: &'a [f64],
    /// A service's present forecast of the next slot, the one after it and so on; empty without one.
    pub forecast: &'a [f64],
    /// The job's slots of work in all.
    pub work: usize,
    /// The slots of work still to do, the present one included.
    pub left: usize,
    /// The slots until the deadline, the present one included.
    pub slots: usize,
    /// Reports whether the job ran in the slot before.
    pub running: bool,
    /// The costs of pauses.
    pub costs: PauseShares,
}

/// The costs of pauses, as shares of the energy of a running job in one slot.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PauseShares {
    /// The energy to save and restore the job. It is converted at the intensity of the slot that resumes. The first
    /// run is no resume.
    pub resume: f64,
    /// The energy of a slot in which the job is paused: after its first run and before its last. It must be less than
    /// 1, that of a slot in which the job runs.
    pub paused: f64,
}

impl View<'_> {
    /// The present slot's intensity.
    #[must_use]
    pub fn present(&self) -> f64 {
        self.past.last().copied().unwrap_or(0.0)
    }

    /// Reports whether the job has run at all.
    #[must_use]
    pub fn begun(&self) -> bool {
        self.left < self.work
    }
}

/// The value a number of slots before the last one.
pub(super) fn ago(past: &[f64], slots: usize) -> Option<f64> {
    past.len().checked_sub(slots + 1).and_then(|index| past.get(index)).copied()
}

/// The `rank`-th smallest value, counted from one; `None` if there are fewer.
pub(super) fn smallest(values: &mut [f64], rank: usize) -> Option<f64> {
    let index = rank.checked_sub(1).filter(|&index| index < values.len())?;
    Some(*values.select_nth_unstable_by(index, f64::total_cmp).1)
}
