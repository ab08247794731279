//! The paper's experiment: the savings of waiting for a better start, and of pausing, over a year (Dodge et al., FAccT 2022,
//! section 5).
//!
//! For each job, each window and each of many starts, it computes the emissions of the job as it is (the baseline), with
//! Flexible Start, and with Pause and Resume, by an oracle that knows the year. The chosen slots are those of
//! [`schedule`](crate::schedule); here a whole year of starts is evaluated at once.
//!
//! ```
//! use gpu_carbon_core::evaluate::{PAPER_WINDOWS, Starts, Year, evaluate};
//! use gpu_carbon_core::{Intensity, Interval, Series, Span, Timestamp, job::PAPER_JOBS};
//!
//! let day = |day: u64| Timestamp::EPOCH + Span::from_days(day);
//! let points = (0..60).map(|half_day| {
//!     let grams = if half_day % 2 == 0 { 400.0 } else { 100.0 };
//!     let start = Timestamp::EPOCH + Span::from_seconds(43_200 * half_day);
//!     Ok((start, Intensity::from_grams_per_kilowatt_hour(grams)?))
//! });
//! let series = Series::new(points.collect::<Result<_, gpu_carbon_core::UnitError>>()?)?;
//! let year = Year::of(&series, Interval::new(day(0), day(30)))?;
//!
//! let jobs: Vec<Span> = PAPER_JOBS.iter().map(|job| job.duration()).collect();
//! let midnights: Vec<usize> = (0..30).filter_map(|each| year.slot_at(day(each))).collect();
//! let rows = evaluate(&year, &jobs, &PAPER_WINDOWS, Starts::At(&midnights))?;
//!
//! // BERT finetuning takes 6 h: 6 h later it would still run in the dirty half of the day, to the minute.
//! assert_eq!(rows[0].savings.flexible_start_saving_ratio, Some(0.0));
//! assert_eq!(rows[1].savings.flexible_start_saving_ratio, Some(0.75));
//! assert_eq!((rows[1].job, rows[1].window, rows[1].savings.starts), (0, 1, 30));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cheapest;
mod distribution;
mod error;
mod experiment;
mod outcome;
mod rank_set;
mod trial;
mod window;
mod year;

pub use distribution::Distribution;
pub use error::EvaluateError;
pub(crate) use experiment::each_outcome;
pub use experiment::{Row, evaluate, outcomes};
pub use outcome::{Emissions, Outcome, Savings};
pub use trial::Starts;
pub use window::{PAPER_WINDOWS, Window, steps};
pub use year::Year;
