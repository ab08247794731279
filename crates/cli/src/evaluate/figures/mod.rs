//! The figures of the paper (Dodge et al., FAccT 2022), on any series: their data, and the drawing.

mod masses;
mod months;

use anyhow::Result;

use super::args::Figure;
use super::request::Request;
use crate::sheet::Sheet;
use masses::Masses;
use months::{Months, Shown};

/// What a figure shows, in each of its forms.
pub(super) trait Drawing {
    fn sheet(&self) -> Sheet;
    fn text(&self) -> Vec<String>;
    fn svg(&self) -> String;
}

/// Asks the core for the data of a figure.
pub(super) fn of<'a>(request: &'a Request<'a>, figure: Figure) -> Result<Box<dyn Drawing + 'a>> {
    Ok(match figure {
        Figure::Regions => Box::new(Months::of(request, Shown::Emissions)?),
        Figure::Jobs => Box::new(Masses::of(request)?),
        Figure::Waiting => Box::new(Months::of(request, Shown::Waiting)?),
        Figure::Pausing => Box::new(Months::of(request, Shown::Pausing)?),
    })
}
