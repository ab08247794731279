//! The policies' common interface: what a policy may know, and what it decides.

/// Slots of five minutes in a day.
pub const SLOTS_PER_DAY: usize = 288;

/// Decides, slot after slot, whether a job runs.
pub trait Policy {
    /// Whether the job runs in the present slot. It is asked only while there is a choice: there is work
    /// left, and more slots than work.
    fn runs(&mut self, view: &View<'_>) -> bool;
}

/// What a policy may know at a slot. Intensities are in g/kWh, one for each slot of five minutes.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// All that was, and as its last value the present slot's.
    pub past: &'a [f64],
    /// What a service foretells now for the next slot, the one after it and so on; empty without one.
    pub forecast: &'a [f64],
    /// Slots of work that the job has in all.
    pub work: usize,
    /// Slots of work still to do, the present one's included should it run.
    pub left: usize,
    /// Slots until the deadline, the present one included.
    pub slots: usize,
    /// Whether the job ran in the slot before.
    pub running: bool,
    /// What a resume costs: the energy to save and restore the job, as a share of what it uses in one slot.
    /// It is priced in the slot that resumes. The first run is no resume.
    pub pause_cost: f64,
}

impl View<'_> {
    /// The present slot's intensity.
    #[must_use]
    pub fn present(&self) -> f64 {
        self.past.last().copied().unwrap_or(0.0)
    }

    /// Whether the job has run at all.
    #[must_use]
    pub fn begun(&self) -> bool {
        self.left < self.work
    }
}

/// The value so many slots before the last one.
pub(super) fn ago(past: &[f64], slots: usize) -> Option<f64> {
    past.len().checked_sub(slots + 1).and_then(|index| past.get(index)).copied()
}

/// The `rank`-th smallest value, counted from one; `None` where there are not as many.
pub(super) fn smallest(values: &mut [f64], rank: usize) -> Option<f64> {
    let index = rank.checked_sub(1).filter(|&index| index < values.len())?;
    Some(*values.select_nth_unstable_by(index, f64::total_cmp).1)
}
