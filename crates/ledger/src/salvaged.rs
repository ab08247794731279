//! The account of what was carried over from a damaged ledger.

use std::fmt;

/// The amounts that were carried over from a damaged ledger into a new one, and those that were not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Salvaged {
    /// The number of GPUs whose totals were carried over.
    pub gpus: usize,
    /// The energy in these totals, in joules.
    pub joules: f64,
    /// The part of it that is pending, and may still be converted, in joules.
    pub pending_joules: f64,
    /// The UUIDs, or the row numbers, of the GPUs whose totals could not be read: they begin at zero.
    pub lost_gpus: Vec<String>,
    /// The energy in the readable rows of these GPUs, in joules. Their totals were this at least.
    pub lost_joules: f64,
    /// The number of pending rows that could not be read: their energy is in the totals, and is never converted.
    pub lost_pending_rows: usize,
    /// The number of days of which readable rows stay in the old file alone; `None` where no row can be read.
    pub days_left_behind: Option<usize>,
}

impl fmt::Display for Salvaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Salvaged {
            gpus,
            joules,
            pending_joules,
            lost_gpus,
            lost_joules,
            lost_pending_rows,
            ..
        } = self;
        write!(
            f,
            "carried over: {gpus} GPUs with {joules} J, of which {pending_joules} J are pending"
        )?;
        if !lost_gpus.is_empty() {
            let (count, names) = (lost_gpus.len(), lost_gpus.join(", "));
            write!(f, "; lost: the totals of {count} GPUs ({names}), {lost_joules} J or more")?;
        }
        if *lost_pending_rows > 0 {
            write!(f, "; lost: {lost_pending_rows} pending rows, whose energy is never converted")?;
        }
        match self.days_left_behind {
            Some(days) => write!(f, "; left in the old file: the rows of {days} days"),
            None => write!(f, "; left in the old file: rows that cannot be counted"),
        }
    }
}
