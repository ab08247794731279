//! The sensitivity of a plan: to the start, to the window and to the cost of a pause.
//!
//! [`year()`] shows whether a saving is typical of a year's starts; [`curve()`] what a longer window would save;
//! [`pause_costs()`] up to which cost of a pause pausing pays.

mod curve;
mod pause_costs;
mod spread;
mod year;

pub use curve::{CurvePoint, curve};
pub use pause_costs::{PauseCostPoint, PauseCostStudy, pause_costs};
pub use spread::Spread;
pub use year::{Groups, Histogram, Question, YearStudy, year};
