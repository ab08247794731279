//! The request: a job, its earliest start, the factors, and the regions.

use alloc::string::String;

use crate::boundary::HostShare;
use crate::job::Job;
use crate::provenance::{Scope, Signal};
use crate::pue::Pue;
use crate::schedule::{ExactError, PauseCosts};
use crate::series::Series;
use crate::time::{Interval, Span, Timestamp};
use crate::units::Energy;

/// A job, the time in which it may run, and the factors that hold in every region.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The job.
    pub job: Job,
    /// The energy of the job, as it was given if it was, and not computed from the power.
    pub energy: Energy,
    /// The earliest start.
    pub start: Timestamp,
    /// The longest delay of the start.
    pub window: Span,
    /// The costs and the limits of pauses.
    pub pause_costs: PauseCosts,
    /// The power usage effectiveness; 1 in the paper.
    pub pue: Pue,
    /// The boundary of the job and of its energy: the GPUs alone, or their servers.
    pub host_share: HostShare,
    /// The name of the home region, to which moving is compared; the first region of the signal if there is none.
    pub home: Option<String>,
    /// The signal of the home region; that of the first region if there is none.
    pub signal: Option<Signal>,
}

/// A region and its intensity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region<'a> {
    /// The name.
    pub name: &'a str,
    /// The source of its intensity.
    pub source: &'a str,
    /// The question that its intensity answers.
    pub signal: Signal,
    /// The scope of its intensity; `None` where it is unknown.
    pub scope: Option<Scope>,
    /// The intensity.
    pub series: &'a Series,
}

/// A reason why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhatIfError {
    /// A request without a region.
    #[error("there is no region to plan in: at least one is needed")]
    NoRegion,
    /// No region has the requested signal.
    #[error("no region has {0} intensities: give one, or ask for the other signal")]
    NoneOfSignal(Signal),
    /// The home region is not among those given.
    #[error(
        "the home region {0} is none of those given, or not of the signal asked for: name one of them"
    )]
    UnknownHome(String),
    /// A region without a plan.
    #[error("{region}: {why}")]
    Region {
        /// The region.
        region: String,
        /// The interval from the earliest start to the latest end.
        needed: Interval,
        /// The reason.
        why: ExactError,
    },
}

impl Request {
    /// A job that must start at a time, with free pauses and without overhead.
    #[must_use]
    pub fn new(job: Job, start: Timestamp) -> Request {
        Request {
            energy: job.energy(),
            job,
            start,
            window: Span::ZERO,
            pause_costs: PauseCosts::default(),
            pue: Pue::ONE,
            host_share: HostShare::GPUS_ONLY,
            home: None,
            signal: None,
        }
    }

    /// The request for the servers around the GPUs, whose job this request has: its power and its energy are divided by the
    /// GPUs' share of a server's power. The costs of pauses stay as they are.
    #[must_use]
    pub fn with_host_share(self, host_share: HostShare) -> Request {
        let factor = host_share.energy_factor();
        let (job, energy) = (self.job.times(factor), self.energy * factor);
        Request { job, energy, host_share, ..self }
    }

    /// Reports whether the cheapest intervals are the best ones: pauses are free and unlimited, and the power of the
    /// job is constant.
    #[must_use]
    pub fn pauses_are_free(&self) -> bool {
        self.pause_costs == PauseCosts::default() && self.job.constant_power().is_some()
    }

    /// All the time in which the job may run.
    #[must_use]
    pub fn horizon(&self) -> Interval {
        Interval::new(self.start, self.start + self.window + self.job.duration())
    }

    /// The index of the home region among some regions.
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
