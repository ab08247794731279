//! A complete question: a job, the time and the regions in which it may run; and its emissions if it runs now, later, with
//! pauses or elsewhere.
//!
//! The command line, the exporter and the browser all ask it here, so that their answers are the same. [`Plans`] are the
//! plans of one region; an [`Answer`] ranks them; [`Shifts`] are the savings of moving, waiting and pausing.
//!
//! ```
//! use gpu_carbon_core::job::Job;
//! use gpu_carbon_core::what_if::{Answer, Region, Request, Shifts};
//! use gpu_carbon_core::{Energy, Intensity, Series, Signal, Span, Timestamp};
//!
//! let hour = Span::from_seconds(3600);
//! let series = |grams: [f64; 4]| -> Result<Series, Box<dyn std::error::Error>> {
//!     let at = |hours: u64| Timestamp::EPOCH + Span::from_seconds(3600 * hours);
//!     let points = (0..).map(at).zip(grams.map(Intensity::from_grams_per_kilowatt_hour));
//!     Ok(Series::new(points.map(|(at, value)| Ok((at, value?))).collect::<Result<_, Box<dyn std::error::Error>>>()?)?)
//! };
//! let (north, south) = (series([400.0, 500.0, 200.0, 400.0])?, series([300.0, 300.0, 400.0, 100.0])?);
//! let signal = Signal::Marginal;
//! let region = |name, series| Region { name, source: "an example", signal, scope: None, series };
//! let regions = [region("north", &north), region("south", &south)];
//!
//! let job = Job::of_energy(hour, Energy::from_kilowatt_hours(1.0)?)?;
//! let mut request = Request::new(job, Timestamp::EPOCH);
//! request.window = Span::from_seconds(3 * 3600);
//! let answer = Answer::to(&request, &regions)?;
//! let shifts = Shifts::of(&answer);
//! assert_eq!(answer.best().region.name, "south");
//! assert_eq!(shifts.moving.saving_ratio, Some(0.25)); // at once, in the south
//! assert_eq!(shifts.waiting.saving_ratio, Some(0.5)); // two hours later, in the north
//! assert_eq!(shifts.all.saving_ratio, Some(0.75)); // three hours later, in the south
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod disagreement;
mod frontier;
mod plans;
mod request;
mod seasonal;
mod shifts;
#[cfg(test)]
mod tests;
mod warning;

pub use answer::Answer;
pub use disagreement::Disagreement;
pub use frontier::Outlay;
pub use plans::{PausedPlan, PausedPlanCosts, Plan, Plans};
pub use request::{Region, Request, WhatIfError};
pub use seasonal::{PlanSpread, SEASON_DAYS, SeasonalPlans, UsualStart};
pub use shifts::{Shift, Shifts};
pub use warning::{SignalChoice, Warning};
