//! The answer: the plans of every region, ranked; those of marginal and of average intensities apart.

use alloc::vec::Vec;

use crate::provenance::Signal;
use crate::schedule::saving_ratio;
use crate::what_if::{Plan, Plans, Region, Request, WhatIfError};

/// The plans of every region, and the home region.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The request.
    pub request: &'a Request,
    regions: Vec<Plans<'a>>,
    /// The index of the home region.
    home: usize,
}

impl<'a> Answer<'a> {
    /// Plans a job in each of some regions, and compares them.
    ///
    /// # Errors
    ///
    /// As [`Plans::of`] and [`Answer::of`].
    pub fn to(request: &'a Request, regions: &[Region<'a>]) -> Result<Answer<'a>, WhatIfError> {
        let plans = regions.iter().map(|&region| Plans::of(request, region));
        Answer::of(request, plans.collect::<Result<_, _>>()?)
    }

    /// Compares plans that were made for a request.
    ///
    /// # Errors
    ///
    /// When there is none, or none for the home region.
    pub fn of(request: &'a Request, regions: Vec<Plans<'a>>) -> Result<Answer<'a>, WhatIfError> {
        let home = request.home_among(regions.iter().map(|plans| plans.region))?;
        Ok(Answer { request, regions, home })
    }

    /// The plans of every region, in the order in which they were given.
    #[must_use]
    pub fn regions(&self) -> &[Plans<'a>] {
        &self.regions
    }

    /// The plans of the home region, to which moving is compared.
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "`of` found the index, and regions are never removed"
    )]
    pub fn home(&self) -> &Plans<'a> {
        &self.regions[self.home]
    }

    /// The signals of the regions, that of home first.
    pub fn signals(&self) -> impl Iterator<Item = Signal> + '_ {
        let home = self.home().region.signal;
        let other = Signal::ALL.into_iter().filter(move |&signal| signal != home);
        let has = |signal: &Signal| self.regions.iter().any(|plans| plans.region.signal == *signal);
        [home].into_iter().chain(other).filter(has)
    }

    /// The regions of a signal by the emissions of their best plans, the least first; of equals, the one given first.
    /// Regions of the other signal answer another question, and are never ranked among them.
    #[must_use]
    pub fn ranking(&self, signal: Signal) -> Vec<&Plans<'a>> {
        let mut ranking: Vec<_> = self.of_signal(signal).collect();
        let grams = |plans: &Plans<'_>| plans.best().emissions.as_grams();
        ranking.sort_by(|a, b| grams(a).total_cmp(&grams(b)));
        ranking
    }

    /// The region of home's signal whose best plan emits least.
    #[must_use]
    pub fn best(&self) -> &Plans<'a> {
        self.ranking(self.home().region.signal).first().copied().unwrap_or(self.home())
    }

    /// The saving of a plan over running at home at once; `None` if that emits nothing.
    #[must_use]
    pub fn saving_over_home(&self, plan: &Plan) -> Option<f64> {
        saving_ratio(self.home().baseline.emissions, plan.emissions)
    }

    pub(super) fn of_signal(&self, signal: Signal) -> impl Iterator<Item = &Plans<'a>> + '_ {
        self.regions.iter().filter(move |plans| plans.region.signal == signal)
    }
}
