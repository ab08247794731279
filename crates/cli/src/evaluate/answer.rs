//! The answer: what the core finds in each region, and the means over them.

use anyhow::Result;
use gpu_carbon_core::evaluate::{Savings, Window, Year, evaluate};

use super::MEAN;
use super::args::{NamedWindow, StartsArg};
use super::jobs::Job;
use super::request::Request;
use crate::progress::Progress;
use crate::region::Region;

/// What every job saves in every window, in each region and in the mean over them.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) request: &'a Request<'a>,
    /// How many starts there are; in a region whose series covers less of the year, fewer.
    pub(super) starts: usize,
    /// Job by job, and within a job window by window.
    pub(super) cells: Vec<Cell<'a>>,
}

/// One job in one window.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    pub(super) job: &'a Job,
    pub(super) window: &'a NamedWindow,
    pub(super) mean: Savings,
    /// In the order of the regions.
    pub(super) regions: Vec<Savings>,
}

/// One line of a table: a cell in a region, or in the mean over them.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) job: &'a Job,
    pub(super) window: &'a str,
    /// None for the mean.
    pub(super) region: Option<&'a Region>,
    pub(super) savings: Savings,
}

impl<'a> Answer<'a> {
    pub(super) fn to(request: &'a Request<'a>) -> Result<Answer<'a>> {
        let cells = request.jobs.iter().flat_map(|job| {
            request
                .windows
                .iter()
                .map(move |window| (job, window, Vec::with_capacity(request.regions.len())))
        });
        let mut cells: Vec<(&Job, &NamedWindow, Vec<Savings>)> = cells.collect();
        let mut starts = 0;
        let mut progress = Progress::of(request.regions.len() * request.jobs.len(), "evaluated");
        for region in &request.regions {
            let year = request.year_of(region)?;
            let slots = request.slots(&year);
            starts = starts.max(match request.starts {
                StartsArg::Paper => slots.len(),
                StartsArg::Every => year.slots(),
            });
            let savings = savings(request, &year, &slots, &mut progress)?;
            cells.iter_mut().zip(savings).for_each(|(cell, savings)| cell.2.push(savings));
        }
        let cell = |(job, window, regions): (_, _, Vec<Savings>)| Cell {
            job,
            window,
            mean: Savings::mean(&regions),
            regions,
        };
        Ok(Answer { request, starts, cells: cells.into_iter().map(cell).collect() })
    }

    /// For each job and window, the mean first, and then each region.
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
    pub(super) fn region(&self) -> &str {
        self.region.map_or(MEAN, |region| &region.name)
    }
}

/// In one region: job by job, and within a job window by window. Jobs of the same length save the same.
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
