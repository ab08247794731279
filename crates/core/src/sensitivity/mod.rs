//! What a plan is worth beside others: beside every start of a year, other windows, dearer pauses.
//!
//! [`year()`] says whether a saving is of the typical day or of a lucky one; [`curve()`] what more time would save;
//! [`pause_costs()`] up to which cost of a pause pausing pays.

mod curve;
mod pause_costs;
mod spread;
mod year;

pub use curve::{CurvePoint, curve};
pub use pause_costs::{PauseCostPoint, PauseCostStudy, pause_costs};
pub use spread::Spread;
pub use year::{Groups, Histogram, Question, YearStudy, year};
