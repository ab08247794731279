//! The figures of the paper (Dodge et al., FAccT 2022), on any series: their data, and the drawing.

mod drawing;
mod masses;
mod months;

use anyhow::Result;

use super::args::Figure;
use super::request::Request;
use masses::Masses;
use months::{Months, Shown};

pub(super) use drawing::Drawing;

/// Asks the core for the data of a figure.
///
/// # Errors
///
/// When a series does not cover the year, or a job is too long for it.
pub(super) fn of<'a>(request: &'a Request<'a>, figure: Figure) -> Result<Box<dyn Drawing + 'a>> {
    Ok(match figure {
        Figure::Regions => Box::new(Months::of(request, Shown::Emissions)?),
        Figure::Jobs => Box::new(Masses::of(request)?),
        Figure::Waiting => Box::new(Months::of(request, Shown::Waiting)?),
        Figure::Pausing => Box::new(Months::of(request, Shown::Pausing)?),
    })
}
