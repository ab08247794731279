//! The names of pods by UID, from the folders of the kubelet's logs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use gpu_carbon_attribution::pods::{self, PodName};
use gpu_carbon_attribution::slurm::kind_of;
use gpu_carbon_core::Span;

use crate::clock::ClockReading;

/// The time between two readings of the names.
const PERIOD: Span = Span::from_seconds(5);

/// The names of pods by UID.
#[derive(Debug)]
pub(super) struct PodNames {
    folder: PathBuf,
    names: Arc<BTreeMap<String, PodName>>,
    last_read: Option<ClockReading>,
}

impl PodNames {
    /// The names that a folder of logs has, which was not read yet.
    pub(super) fn new(folder: PathBuf) -> PodNames {
        PodNames { folder, names: Arc::default(), last_read: None }
    }

    /// The names that are known.
    pub(super) const fn known(&self) -> &Arc<BTreeMap<String, PodName>> {
        &self.names
    }

    /// The names of a pod. The folder is read for one that is not known, unless that was done shortly before.
    ///
    /// # Errors
    ///
    /// The kind of error, if the folder cannot be read.
    pub(super) fn of(
        &mut self,
        uid: &str,
        now: ClockReading,
    ) -> Result<Option<PodName>, &'static str> {
        if !self.names.contains_key(uid) {
            self.read_if_due(now)?;
        }
        Ok(self.names.get(uid).cloned())
    }

    /// The UIDs of the pods of a name, of which all but one have ended. The folder is read if there is none, unless that
    /// was done shortly before.
    ///
    /// # Errors
    ///
    /// The kind of error, if the folder cannot be read.
    pub(super) fn uids_of(
        &mut self,
        pod: &PodName,
        now: ClockReading,
    ) -> Result<BTreeSet<String>, &'static str> {
        if !self.names.values().any(|known| known == pod) {
            self.read_if_due(now)?;
        }
        let of_pod = self.names.iter().filter(|(_, known)| *known == pod);
        Ok(of_pod.map(|(uid, _)| uid.clone()).collect())
    }

    fn read_if_due(&mut self, now: ClockReading) -> Result<(), &'static str> {
        if self.last_read.is_some_and(|last| now.awake.saturating_sub(last.awake) < PERIOD) {
            return Ok(());
        }
        self.last_read = Some(now);
        let names = pods::read_names(&self.folder).map_err(|error| kind_of(&error))?;
        self.names = Arc::new(names);
        Ok(())
    }
}
