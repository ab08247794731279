//! What is asked: a job, when it may start, the factors, and the regions.

use alloc::string::String;

use crate::job::Job;
use crate::provenance::Signal;
use crate::pue::Pue;
use crate::schedule::{ExactError, PauseCosts};
use crate::series::Series;
use crate::time::{Interval, Span, Timestamp};
use crate::units::Energy;

/// A job, when it may start, and the factors that hold in every region.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The job.
    pub job: Job,
    /// What the job uses: as it was given, where it was, and not by way of the power.
    pub energy: Energy,
    /// The earliest start.
    pub start: Timestamp,
    /// How much later it may start.
    pub window: Span,
    /// What pauses cost, and what limits them.
    pub pause_costs: PauseCosts,
    /// Power usage effectiveness; 1 in the paper.
    pub pue: Pue,
    /// The region that moving is measured from; the first of the signal where none is named.
    pub home: Option<String>,
    /// The signal of the home region; that of the first region where none is named.
    pub signal: Option<Signal>,
}

/// A region and its intensity, named by whoever asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where its intensity comes from.
    pub source: &'a str,
    /// Which question its intensity answers.
    pub signal: Signal,
    /// Its intensity.
    pub series: &'a Series,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhatIfError {
    /// There is nowhere to run.
    #[error("there is no region to plan in: at least one is needed")]
    NoRegion,
    /// No region has the signal that was asked for.
    #[error("no region has {0} intensities: give one, or ask for the other signal")]
    NoneOfSignal(Signal),
    /// The home region is none of those given.
    #[error(
        "the home region {0} is none of those given, or not of the signal asked for: name one of them"
    )]
    UnknownHome(String),
    /// There is no plan in a region.
    #[error("{region}: {why}")]
    Region {
        /// Which.
        region: String,
        /// From the earliest start to the latest end.
        needed: Interval,
        /// Why.
        why: ExactError,
    },
}

impl Request {
    /// A job that may start at a moment and no later, pauses free, without overhead.
    #[must_use]
    pub fn new(job: Job, start: Timestamp) -> Request {
        Request {
            energy: job.energy(),
            job,
            start,
            window: Span::ZERO,
            pause_costs: PauseCosts::default(),
            pue: Pue::ONE,
            home: None,
            signal: None,
        }
    }

    /// Whether the cheapest intervals are the best ones: pauses are free, and so is their number and length,
    /// and each slice of the job draws the same.
    #[must_use]
    pub fn pauses_are_free(&self) -> bool {
        self.pause_costs == PauseCosts::default() && self.job.constant_power().is_some()
    }

    /// All the time in which the job may run.
    #[must_use]
    pub fn horizon(&self) -> Interval {
        Interval::new(self.start, self.start + self.window + self.job.duration())
    }

    /// Where among these the home region stands.
    pub(super) fn home_among<'a>(
        &self,
        mut regions: impl Iterator<Item = Region<'a>> + Clone,
    ) -> Result<usize, WhatIfError> {
        if regions.clone().next().is_none() {
            return Err(WhatIfError::NoRegion);
        }
        let is_asked = |region: &Region<'_>| self.signal.is_none_or(|asked| region.signal == asked);
        let is_home = |region: &Region<'_>| {
            is_asked(region) && self.home.as_deref().is_none_or(|home| region.name == home)
        };
        let any = regions.clone().any(|region| is_asked(&region));
        regions.position(|region| is_home(&region)).ok_or_else(|| match (self.signal, &self.home) {
            (_, Some(home)) if any => WhatIfError::UnknownHome(home.clone()),
            (Some(signal), _) => WhatIfError::NoneOfSignal(signal),
            (None, _) => WhatIfError::NoRegion,
        })
    }
}
