//! The holders of all GPUs at one time, as the sources name them.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_attribution::Place;
use gpu_carbon_attribution::pods::PodName;
use gpu_carbon_core::{Interval, Timestamp};

use super::cpu_use::CpuUse;
use super::workload::Workload;
use crate::clock::{ClockJump, ClockReading};

/// The holders of all GPUs at one time.
#[derive(Debug, Clone)]
pub struct Holdings {
    /// The time at which the sources were last asked.
    pub asked: ClockReading,
    /// False before their first answer.
    pub is_known: bool,
    /// The holders, and those that ended lately.
    pub claims: Vec<Claim>,
    /// The sources in order of belief.
    pub sources: Vec<SourceState>,
    /// The names of pods by UID.
    pub pods: Arc<BTreeMap<String, PodName>>,
    /// The processor time of the workloads, and of the whole host; `None` if it cannot be read.
    pub cpu: Option<Arc<CpuUse>>,
}

/// A holder of a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The GPU.
    pub gpu: ClaimedGpu,
    /// The workload; `None` of a process that belongs to none.
    pub workload: Option<Arc<Workload>>,
    /// The source's place in the order of belief, from 0.
    pub rank: usize,
    /// The time from which it holds the GPU.
    pub since: Timestamp,
    /// The time until which it held the GPU; `None` if it holds it now.
    pub until: Option<Timestamp>,
}

/// A GPU as a source names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimedGpu {
    /// The UUID.
    Uuid(Arc<str>),
    /// The number, as the configuration defines it.
    Number(u32),
    /// A MIG instance by its UUID.
    Instance(Arc<str>),
    /// A MIG instance by its number on the GPU of a number.
    NumberedInstance {
        /// The number of the GPU.
        number: u32,
        /// The number of the GPU instance.
        instance: u32,
    },
}

/// The state of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceState {
    /// The name, for the `source` label.
    pub name: &'static str,
    /// True if it answered when it was last asked.
    pub is_up: bool,
    /// The errors by kind.
    pub errors: BTreeMap<&'static str, u64>,
    /// The time for which it knows all holders.
    pub watch: Watch,
}

/// The time for which a source knows all holders: a GPU without one is then held by none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watch {
    /// The same for all GPUs; `None` if it was not read yet.
    All(Option<Watched>),
    /// The time for each GPU, by its UUID.
    ByGpu(BTreeMap<Arc<str>, Watched>),
}

/// A time for which all holders are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// The start.
    pub since: Timestamp,
    /// The end, if the source does not answer any more.
    pub until: Option<Timestamp>,
}

impl Claim {
    /// True if the holder has the GPU for all of an interval that no claim's start or end divides.
    #[must_use]
    pub fn covers(&self, interval: Interval) -> bool {
        is_within(interval, self.since, self.until)
    }

    /// True if the whole GPU with a UUID and a number is claimed.
    #[must_use]
    pub fn is_of(&self, uuid: &str, number: Option<u32>) -> bool {
        match &self.gpu {
            ClaimedGpu::Uuid(claimed) => **claimed == *uuid,
            ClaimedGpu::Number(claimed) => Some(*claimed) == number,
            ClaimedGpu::Instance(_) | ClaimedGpu::NumberedInstance { .. } => false,
        }
    }
}

impl Watched {
    /// The time that goes on, or a new one where there is none or it has ended.
    fn going_on(watched: Option<Watched>, at: Timestamp) -> Watched {
        let open = watched.filter(|watched| watched.until.is_none());
        open.unwrap_or(Watched { since: at, until: None })
    }

    /// True if all holders are known for an interval.
    #[must_use]
    pub fn covers(self, interval: Interval) -> bool {
        is_within(interval, self.since, self.until)
    }
}

fn is_within(interval: Interval, since: Timestamp, until: Option<Timestamp>) -> bool {
    since <= interval.start()
        && until.is_none_or(|until| interval.end() <= until && interval.start() < until)
}

impl Watch {
    /// The time for which the holders of a GPU are known; `None` if they never were.
    #[must_use]
    pub fn of(&self, uuid: &str) -> Option<Watched> {
        match self {
            Watch::All(watched) => *watched,
            Watch::ByGpu(watched) => watched.get(uuid).copied(),
        }
    }

    /// Records that the holders of all GPUs are known from a time on, unless they are known already.
    pub(super) fn begin_all(&mut self, at: Timestamp) {
        if let Watch::All(watched) = self {
            *watched = Some(Watched::going_on(*watched, at));
        }
    }

    /// Records that the holders of all GPUs are known no longer than until a time.
    pub(super) fn end_all(&mut self, at: Timestamp) {
        if let Watch::All(Some(watched)) = self {
            watched.until.get_or_insert(at);
        }
    }

    /// Records that the holders of a GPU are known from a time on, unless they are known already.
    pub(super) fn begin(&mut self, uuid: &Arc<str>, at: Timestamp) {
        if let Watch::ByGpu(watched) = self {
            let going_on = Watched::going_on(watched.get(uuid).copied(), at);
            watched.insert(Arc::clone(uuid), going_on);
        }
    }

    /// Records that the holders of a GPU are known no longer than until a time.
    pub(super) fn end(&mut self, uuid: &str, at: Timestamp) {
        if let Watch::ByGpu(watched) = self
            && let Some(watched) = watched.get_mut(uuid)
        {
            watched.until.get_or_insert(at);
        }
    }
}

impl Watched {
    fn set_clock(&mut self, jump: ClockJump) {
        self.since = jump.moved(self.since);
        self.until = self.until.map(|until| jump.moved(until));
    }
}

impl Watch {
    /// Keeps all times at the same moments after the wall clock was set.
    pub(super) fn set_clock(&mut self, jump: ClockJump) {
        match self {
            Watch::All(watched) => watched.iter_mut().for_each(|it| it.set_clock(jump)),
            Watch::ByGpu(watched) => watched.values_mut().for_each(|it| it.set_clock(jump)),
        }
    }
}

impl SourceState {
    /// Counts an error.
    pub(super) fn count_error(&mut self, kind: &'static str) {
        *self.errors.entry(kind).or_default() += 1;
    }
}

impl Holdings {
    /// The name of the workload of a process at a place.
    #[must_use]
    pub fn name_of(&self, place: &Place) -> Arc<str> {
        let pod = match place {
            Place::Pod { uid, .. } => self.pods.get(uid),
            _ => None,
        };
        Workload::of_place(place, pod).name
    }

    /// The holdings before the first answer of any source.
    pub(super) fn unknown(asked: ClockReading, sources: Vec<SourceState>) -> Holdings {
        let (claims, pods) = (Vec::new(), Arc::default());
        Holdings { asked, is_known: false, claims, sources, pods, cpu: None }
    }
}
