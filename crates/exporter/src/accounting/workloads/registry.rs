//! The workloads that are published: not more than a limit, each until some time after it held a GPU.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::Span;

use crate::holders::Workload;

/// The workloads that are published.
#[derive(Debug)]
pub(super) struct Registry {
    most: usize,
    keep_ended: Span,
    known: BTreeMap<Arc<str>, Known>,
    /// The workload of all that are beyond the most.
    other: Arc<Workload>,
    /// True once any workload was published as `other`.
    has_others: Cell<bool>,
}

#[derive(Debug)]
struct Known {
    workload: Arc<Workload>,
    /// The time at which it last held a GPU, since boot without the machine's sleep.
    held: Span,
}

impl Registry {
    pub(super) fn new(most: usize, keep_ended: Span) -> Registry {
        let other = Arc::new(Workload::other());
        Registry { most, keep_ended, known: BTreeMap::new(), other, has_others: Cell::new(false) }
    }

    /// Records that a workload holds a GPU, and admits it if there is room.
    pub(super) fn record(&mut self, workload: &Arc<Workload>, awake: Span) {
        if let Some(known) = self.known.get_mut(&workload.name) {
            known.held = awake;
        } else if self.known.len() < self.most {
            let known = Known { workload: Arc::clone(workload), held: awake };
            self.known.insert(Arc::clone(&workload.name), known);
        }
    }

    /// Forgets the workloads that held no GPU for some time, and returns their names.
    pub(super) fn forget_ended(&mut self, awake: Span) -> Vec<Arc<str>> {
        let keep = self.keep_ended;
        let is_kept = |known: &Known| awake.saturating_sub(known.held) <= keep;
        let ended: Vec<Arc<str>> = self
            .known
            .iter()
            .filter(|(_, known)| !is_kept(known))
            .map(|(name, _)| Arc::clone(name))
            .collect();
        self.known.retain(|_, known| is_kept(known));
        ended
    }

    /// A workload as it is published: itself, or `other`.
    pub(super) fn admitted(&self, workload: &Workload) -> Arc<Workload> {
        if let Some(known) = self.known.get(&workload.name) {
            return Arc::clone(&known.workload);
        }
        self.has_others.set(true);
        Arc::clone(&self.other)
    }

    /// The workloads that are published, by name.
    pub(super) fn workloads(&self) -> Vec<Arc<Workload>> {
        let other = self.has_others.get().then_some(&self.other);
        let known = self.known.values().map(|known| &known.workload);
        known.chain(other).map(Arc::clone).collect()
    }
}
