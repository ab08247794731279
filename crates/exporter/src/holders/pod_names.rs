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
    /// The UIDs and the names that the last readings did not answer.
    unanswered: BTreeSet<String>,
}

impl PodNames {
    /// The names that a folder of logs has, which was not read yet.
    pub(super) fn new(folder: PathBuf) -> PodNames {
        PodNames { folder, names: Arc::default(), last_read: None, unanswered: BTreeSet::new() }
    }

    /// The names that are known.
    pub(super) const fn known(&self) -> &Arc<BTreeMap<String, PodName>> {
        &self.names
    }

    /// The names of a pod. The folder is read for one that is not known, unless that was done for it shortly before.
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
            self.read_if_due(uid, now)?;
        }
        if self.names.contains_key(uid) {
            self.unanswered.remove(uid);
        }
        Ok(self.names.get(uid).cloned())
    }

    /// The UIDs of the pods of a name, of which all but one have ended. `live` are those of all pods that run, if they can be seen. The
    /// folder is read if none of the name is known, or none of them runs, unless that was done for it shortly before: a pod of a
    /// `StatefulSet` has the name of the one before it.
    ///
    /// # Errors
    ///
    /// The kind of error, if the folder cannot be read.
    pub(super) fn uids_of(
        &mut self,
        pod: &PodName,
        live: Option<&BTreeSet<String>>,
        now: ClockReading,
    ) -> Result<BTreeSet<String>, &'static str> {
        let answers = |known: &BTreeSet<String>| {
            !known.is_empty() && !live.is_some_and(|live| known.is_disjoint(live))
        };
        let known = self.known_uids_of(pod);
        if answers(&known) {
            return Ok(known);
        }
        let question = format!("{}/{}", pod.namespace, pod.name);
        self.read_if_due(&question, now)?;
        let known = self.known_uids_of(pod);
        if answers(&known) {
            self.unanswered.remove(&question);
        }
        Ok(known)
    }

    fn known_uids_of(&self, pod: &PodName) -> BTreeSet<String> {
        let of_pod = self.names.iter().filter(|(_, known)| *known == pod);
        of_pod.map(|(uid, _)| uid.clone()).collect()
    }

    /// Reads the folder for a question that was not asked yet, or if the last reading was some time ago.
    fn read_if_due(&mut self, question: &str, now: ClockReading) -> Result<(), &'static str> {
        let is_recent =
            self.last_read.is_some_and(|last| now.awake.saturating_sub(last.awake) < PERIOD);
        if is_recent && self.unanswered.contains(question) {
            return Ok(());
        }
        if !is_recent {
            self.unanswered.clear();
            self.last_read = Some(now);
        }
        self.unanswered.insert(question.to_owned());
        let names = pods::read_names(&self.folder).map_err(|error| kind_of(&error))?;
        self.names = Arc::new(names);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use gpu_carbon_core::Timestamp;

    use super::*;

    const UIDS: [&str; 3] = [
        "2fc932ce-fdcc-454b-97bd-aadfdeb4c340",
        "00c932ce-fdcc-454b-97bd-aadfdeb4c341",
        "10c932ce-fdcc-454b-97bd-aadfdeb4c342",
    ];

    fn reading(seconds: i64) -> ClockReading {
        ClockReading::steady(Timestamp::from_unix_seconds(1_800_000_000 + seconds))
    }

    #[test]
    fn pods_that_come_soon_after_each_other_are_all_known() {
        let root = tempfile::tempdir().unwrap();
        let mut names = PodNames::new(root.path().into());
        for (second, uid) in (0..).zip(UIDS) {
            fs::create_dir(root.path().join(format!("team_train-{second}_{uid}"))).unwrap();
            let name = names.of(uid, reading(second)).unwrap().unwrap();
            assert_eq!(name.name, format!("train-{second}"));
        }
        // One that is not there is asked for once in a while.
        let late = "ffc932ce-fdcc-454b-97bd-aadfdeb4c342";
        assert_eq!(names.of(late, reading(3)), Ok(None));
        fs::create_dir(root.path().join(format!("team_late_{late}"))).unwrap();
        assert_eq!(names.of(late, reading(4)), Ok(None));
        assert!(names.of(late, reading(5)).unwrap().is_some());
    }

    #[test]
    fn a_pod_of_an_earlier_ones_name_has_its_own_uid() {
        let root = tempfile::tempdir().unwrap();
        let mut names = PodNames::new(root.path().into());
        let folder = |uid: &str| root.path().join(format!("team_train-0_{uid}"));
        let pod = PodName::new("team", "train-0").unwrap();
        let live = |uid: &str| BTreeSet::from([uid.to_owned()]);
        fs::create_dir(folder(UIDS[0])).unwrap();
        assert_eq!(names.uids_of(&pod, Some(&live(UIDS[0])), reading(0)), Ok(live(UIDS[0])));
        fs::rename(folder(UIDS[0]), folder(UIDS[1])).unwrap();
        assert_eq!(names.uids_of(&pod, Some(&live(UIDS[1])), reading(1)), Ok(live(UIDS[1])));
        assert_eq!(
            names.uids_of(&pod, None, reading(2)),
            Ok(live(UIDS[1])),
            "cgroups are not seen"
        );
    }
}
