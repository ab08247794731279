//! The question: jobs, windows, regions and starts; and the requests to the core that parts of the answer share.

use anyhow::Result;
use gpu_carbon_core::evaluate::{EvaluateError, Outcome, Starts, Window, Year, outcomes};
use gpu_carbon_core::exposure::CoverageError;
use gpu_carbon_core::{Interval, Mass, Signal, Span};
use gpu_carbon_feeds::calendar;

use super::args::{NamedWindow, StartsArg};
use super::calendar::covered;
use super::jobs::Job;
use crate::gaps::{GapsArg, Missing};
use crate::output::{Record, Value};
use crate::region::Region;
use crate::usage_error::UsageError;

/// The name of the mean over regions, in columns that name a region.
pub(super) const MEAN: &str = "mean";

/// The jobs, the windows, the regions and the factors.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) jobs: Vec<Job>,
    /// True where the jobs are the paper's own.
    pub(super) jobs_are_the_papers: bool,
    pub(super) windows: &'a [NamedWindow],
    pub(super) regions: Vec<Region>,
    pub(super) year: i32,
    pub(super) starts: StartsArg,
    pub(super) signal: Signal,
    /// The rule by which gaps were filled.
    pub(super) gaps: GapsArg,
}

/// A region whose series does not cover all of the year.
#[derive(Debug)]
pub(super) struct ShortYear<'a> {
    pub(super) region: &'a Region,
    /// The part of the year that it covers.
    pub(super) covered: Interval,
}

impl Request<'_> {
    /// Returns those of the paper's jobs that have one of the names, in that order; all jobs where they are not the paper's.
    pub(super) fn jobs_of_the_paper_or_all(&self, names: &[&str]) -> Vec<&Job> {
        if !self.jobs_are_the_papers {
            return self.jobs.iter().collect();
        }
        let named = |name: &&str| self.jobs.iter().find(|job| job.name == *name);
        names.iter().filter_map(named).collect()
    }

    /// Returns the part of the year that the series of a region covers.
    ///
    /// # Errors
    ///
    /// When the series lacks more than a day at the ends of the year, or has a gap.
    pub(super) fn year_of(&self, region: &Region) -> Result<Year> {
        let uncovered = |why| {
            let (name, year) = (region.name.clone(), self.year);
            let needed = calendar::year(year).unwrap_or(region.series.extent());
            let missing = Missing::within(&region.series, needed, self.gaps);
            UsageError::YearUncovered { region: name, missing, year, why }
        };
        let interval = covered(self.year, &region.series)
            .ok_or_else(|| uncovered(CoverageError::Outside { covered: region.series.extent() }))?;
        Year::of(&region.series, interval).map_err(|error| match error {
            EvaluateError::Uncovered(why) => uncovered(why).into(),
            other => anyhow::Error::new(other).context(region.name.clone()),
        })
    }

    /// Returns the regions whose series do not cover all of the year.
    pub(super) fn short_years(&self) -> impl Iterator<Item = ShortYear<'_>> {
        let year = calendar::year(self.year);
        self.regions.iter().filter_map(move |region| {
            let covered = covered(self.year, &region.series)?;
            (Some(covered) != year).then_some(ShortYear { region, covered })
        })
    }

    /// Returns the slots of the paper's starts; none where every slot is a start.
    pub(super) fn slots(&self, year: &Year) -> Vec<usize> {
        match self.starts {
            StartsArg::Every => Vec::new(),
            StartsArg::Paper => calendar::paper_starts(self.year)
                .into_iter()
                .filter_map(|start| year.slot_at(start))
                .collect(),
        }
    }

    /// Returns the starts to evaluate: the slots given, or every slot.
    pub(super) fn starts<'s>(&self, slots: &'s [usize]) -> Starts<'s> {
        match self.starts {
            StartsArg::Paper => Starts::At(slots),
            StartsArg::Every => Starts::Every,
        }
    }

    /// Returns the outcome of one job in one window, from each start.
    ///
    /// # Errors
    ///
    /// When the job and its window are longer than the year.
    pub(super) fn outcomes(
        &self,
        job: &Job,
        window: &NamedWindow,
        year: &Year,
        starts: Starts<'_>,
    ) -> Result<Vec<Outcome>> {
        let windows = std::slice::from_ref(window);
        outcomes(year, job.duration, window.window, starts)
            .map_err(|error| self.too_long(error, job, windows))
    }

    /// Returns the emissions of one job that runs at once, from each start.
    ///
    /// # Errors
    ///
    /// When the job is longer than the year.
    pub(super) fn baselines(
        &self,
        job: &Job,
        year: &Year,
        starts: Starts<'_>,
    ) -> Result<Vec<Mass>> {
        let now = NamedWindow { name: "0h".to_owned(), window: Window::Span(Span::ZERO) };
        let power = job.power();
        let found = self.outcomes(job, &now, year, starts)?;
        Ok(found.iter().map(|outcome| outcome.baseline.emissions_of(power)).collect())
    }

    /// Returns the error for a job that is too long for the year, which names the job and its window.
    pub(super) fn too_long(
        &self,
        error: EvaluateError,
        job: &Job,
        windows: &[NamedWindow],
    ) -> anyhow::Error {
        let EvaluateError::TooLong { window, .. } = error else {
            return anyhow::Error::new(error).context(job.name.clone());
        };
        let has_its_length = |named: &&NamedWindow| named.window.steps_of(job.duration) == window;
        let window = windows.iter().find(has_its_length);
        let window = window.map(|window| window.name.clone()).unwrap_or_default();
        UsageError::TooLong { job: job.name.clone(), window, year: self.year }.into()
    }

    /// Returns the values that hold for every row of a figure's data.
    pub(super) fn head_of_figure(&self, number: usize) -> Record {
        Record::default().with("figure", number).followed_by(self.head())
    }

    /// Returns the values that hold for every row of an answer.
    pub(super) fn head(&self) -> Record {
        let sources =
            self.regions.iter().map(|region| format!("{}: {}", region.name, region.source));
        Record::default()
            .with("year", self.year)
            .with("starts_at", self.starts.name())
            .with("signal", self.signal.name())
            .with("sources", Value::Texts(sources.collect()))
    }
}
