//! The savings in each region, as the core finds them, and their means over the regions.

use anyhow::Result;
use gpu_carbon_core::evaluate::{Savings, Window, Year, evaluate};

use super::args::{NamedWindow, StartsArg};
use super::jobs::Job;
use super::request::{MEAN, Request};
use crate::progress::Progress;
use crate::region::Region;

/// The savings of every job in every window, in each region and in the mean over them.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) request: &'a Request<'a>,
    /// The number of starts; a region whose series covers less of the year has fewer.
    pub(super) starts: usize,
    /// The savings job by job, and within a job window by window.
    pub(super) cells: Vec<Cell<'a>>,
}

/// The savings of one job in one window.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    pub(super) job: &'a Job,
    pub(super) window: &'a NamedWindow,
    pub(super) mean: Savings,
    /// The savings in each region, in the order of the request.
    pub(super) regions: Vec<Savings>,
}

/// A line of a table: a cell in one region, or in the mean over all.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) job: &'a Job,
    pub(super) window: &'a str,
    /// The region; `None` for the mean over all.
    pub(super) region: Option<&'a Region>,
    pub(super) savings: Savings,
}

impl<'a> Answer<'a> {
    /// Evaluates every job in every region.
    ///
    /// # Errors
    ///
    /// When a series does not cover the year, or a job and its window are longer than the year.
    pub(super) fn to(request: &'a Request<'a>) -> Result<Answer<'a>> {
        let mut starts = 0;
        let mut by_region = Vec::with_capacity(request.regions.len());
        let mut progress = Progress::of(request.regions.len() * request.jobs.len(), "evaluated");
        for region in &request.regions {
            let year = request.year_of(region)?;
            let slots = request.slots(&year);
            starts = starts.max(match request.starts {
                StartsArg::Paper => slots.len(),
                StartsArg::Every => year.slots(),
            });
            by_region.push(savings(request, &year, &slots, &mut progress)?);
        }
        let pairs = request
            .jobs
            .iter()
            .flat_map(|job| request.windows.iter().map(move |window| (job, window)));
        let cells = pairs.enumerate().map(|(place, (job, window))| {
            let regions: Vec<Savings> =
                by_region.iter().filter_map(|savings| savings.get(place).copied()).collect();
            Cell { job, window, mean: Savings::mean(&regions), regions }
        });
        Ok(Answer { request, starts, cells: cells.collect() })
    }

    /// Returns, for each job and window, the row of the mean, and then a row for each region.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'a>> + '_ {
        self.cells.iter().flat_map(|cell| {
            let (job, window) = (cell.job, cell.window.name.as_str());
            let row = move |region, savings| Row { job, window, region, savings };
            let regions = self.request.regions.iter().map(Some);
            [row(None, cell.mean)].into_iter().chain(
                regions.zip(&cell.regions).map(move |(region, &savings)| row(region, savings)),
            )
        })
    }
}

impl Row<'_> {
    /// Returns the name of the region, or of the mean.
    pub(super) fn region(&self) -> &str {
        self.region.map_or(MEAN, |region| &region.name)
    }
}

/// Returns the savings in one region: job by job, and within a job window by window. Jobs of one length are computed
/// once, since their savings are equal.
fn savings(
    request: &Request<'_>,
    year: &Year,
    slots: &[usize],
    progress: &mut Progress,
) -> Result<Vec<Savings>> {
    let windows: Vec<Window> = request.windows.iter().map(|window| window.window).collect();
    let starts = request.starts(slots);
    let mut done: Vec<Vec<Savings>> = Vec::new();
    for job in &request.jobs {
        let same = request.jobs.iter().zip(&done).find(|(other, _)| other.duration == job.duration);
        let savings = match same {
            Some((_, savings)) => savings.clone(),
            None => evaluate(year, &[job.duration], &windows, starts)
                .map_err(|error| request.too_long(error, job, request.windows))?
                .into_iter()
                .map(|row| row.savings)
                .collect(),
        };
        done.push(savings);
        progress.step();
    }
    Ok(done.concat())
}
