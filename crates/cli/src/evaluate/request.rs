//! What is asked: jobs, windows, regions, starts; and what each part of the answer asks the core.

use anyhow::Result;
use gpu_carbon_core::evaluate::{EvaluateError, Outcome, Starts, Window, Year, outcomes, steps};
use gpu_carbon_core::exposure::CoverageError;
use gpu_carbon_core::{Interval, Mass, Power, SLOT, Signal, Span};
use gpu_carbon_feeds::calendar;

use super::args::{NamedWindow, StartsArg};
use super::calendar::covered;
use super::jobs::Job;
use crate::region::Region;
use crate::sheet::Value;
use crate::usage_error::UsageError;

/// The jobs, the windows, the regions and the factors.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) jobs: Vec<Job>,
    /// Whether these are the paper's jobs.
    pub(super) jobs_are_the_papers: bool,
    pub(super) windows: &'a [NamedWindow],
    pub(super) regions: Vec<Region>,
    pub(super) year: i32,
    pub(super) starts: StartsArg,
    pub(super) signal: Signal,
}

impl Request<'_> {
    /// Some of the paper's jobs, by name and in that order; of other jobs all.
    pub(super) fn jobs_of_the_paper_or_all(&self, names: &[&str]) -> Vec<&Job> {
        if !self.jobs_are_the_papers {
            return self.jobs.iter().collect();
        }
        let named = |name: &&str| self.jobs.iter().find(|job| job.name == *name);
        names.iter().filter_map(named).collect()
    }

    /// The year of a region: what its series covers of it.
    pub(super) fn year_of(&self, region: &Region) -> Result<Year> {
        let uncovered = |why| {
            let (region, year) = (region.name.clone(), self.year);
            UsageError::YearUncovered { region, year, why }
        };
        let interval = covered(self.year, &region.series)
            .ok_or_else(|| uncovered(CoverageError::Outside { covered: region.series.extent() }))?;
        Year::of(&region.series, interval).map_err(|error| match error {
            EvaluateError::Uncovered(why) => uncovered(why).into(),
            other => anyhow::Error::new(other).context(region.name.clone()),
        })
    }

    /// The regions whose series do not cover all of the year, and what they do cover of it.
    pub(super) fn short_years(&self) -> impl Iterator<Item = (&Region, Interval)> {
        let year = calendar::year(self.year);
        self.regions.iter().filter_map(move |region| {
            let covered = covered(self.year, &region.series)?;
            (Some(covered) != year).then_some((region, covered))
        })
    }

    /// The slots of the paper's starts; none where every slot is a start.
    pub(super) fn slots(&self, year: &Year) -> Vec<usize> {
        match self.starts {
            StartsArg::Every => Vec::new(),
            StartsArg::Paper => calendar::paper_starts(self.year)
                .into_iter()
                .filter_map(|start| year.slot_at(start))
                .collect(),
        }
    }

    /// Those slots, or each.
    pub(super) fn starts<'s>(&self, slots: &'s [usize]) -> Starts<'s> {
        match self.starts {
            StartsArg::Paper => Starts::At(slots),
            StartsArg::Every => Starts::Every,
        }
    }

    /// What one job comes to in a window from each start.
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

    /// What one job emits from each start, when it is not put off.
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

    pub(super) fn too_long(
        &self,
        error: EvaluateError,
        job: &Job,
        windows: &[NamedWindow],
    ) -> anyhow::Error {
        let EvaluateError::TooLong { window, .. } = error else {
            return anyhow::Error::new(error).context(job.name.clone());
        };
        let is_it = |named: &&NamedWindow| named.window.steps_of(job.duration) == window;
        let window = windows.iter().find(is_it);
        let window = window.map(|window| window.name.clone()).unwrap_or_default();
        UsageError::TooLong { job: job.name.clone(), window, year: self.year }.into()
    }

    /// What holds for every row of a figure's data.
    pub(super) fn head_of_figure(&self, number: usize) -> Vec<(&'static str, Value)> {
        [("figure", Value::Count(number))].into_iter().chain(self.head()).collect()
    }

    /// What holds for every row of an answer.
    pub(super) fn head(&self) -> Vec<(&'static str, Value)> {
        let sources =
            self.regions.iter().map(|region| format!("{}: {}", region.name, region.source));
        vec![
            ("year", Value::Count(usize::try_from(self.year).unwrap_or(0))),
            ("starts_at", Value::Text(self.starts.name().to_owned())),
            ("signal", Value::Text(self.signal.name().to_owned())),
            ("sources", Value::Texts(sources.collect())),
        ]
    }
}

impl Job {
    /// Its energy over its duration, as rounded to whole steps.
    pub(super) fn power(&self) -> Power {
        self.energy.over(self.length()).unwrap_or(Power::ZERO)
    }

    /// Its length as it is evaluated, in whole steps.
    pub(super) fn steps(&self) -> usize {
        steps(self.duration)
    }

    /// The same, as a time.
    pub(super) fn length(&self) -> Span {
        let steps = u64::try_from(self.steps()).unwrap_or(u64::MAX);
        Span::from_micros(steps.saturating_mul(SLOT.as_micros()))
    }
}
