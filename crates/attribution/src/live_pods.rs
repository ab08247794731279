//! The pods that run, by the folders of their cgroups. The kubelet may list pods that have finished.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::cgroup::Place;

/// The hierarchies of cgroups below the folder where they are mounted: the only one of v2, and some of v1.
const HIERARCHIES: [&str; 5] = ["", "systemd", "memory", "pids", "cpu,cpuacct"];

/// The most folders between a hierarchy and a pod: a kubelet with a root of its own has `kubelet.slice/kubelet-kubepods.slice`
/// and one for the class of service.
const DEEPEST: usize = 4;

/// The UIDs of the pods that have a cgroup, in lower case, below the folder where cgroups are mounted. `None` if none can
/// be seen at all, as in a container that sees its own cgroup alone.
#[must_use]
pub fn live_pods(cgroups: &Path) -> Option<BTreeSet<String>> {
    HIERARCHIES.into_iter().find_map(|hierarchy| {
        let mut found = BTreeSet::new();
        add_pods(&cgroups.join(hierarchy), DEEPEST, &mut found);
        (!found.is_empty()).then_some(found)
    })
}

fn add_pods(folder: &Path, depth: usize, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if let Some(Place::Pod { uid, .. }) = Place::of_path(name) {
            found.insert(uid);
        } else if depth > 0 && is_on_the_way(name) {
            add_pods(&entry.path(), depth - 1, found);
        }
    }
}

/// True for a folder in which there may be cgroups of pods.
fn is_on_the_way(name: &str) -> bool {
    name.contains("kube") || ["burstable", "besteffort"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: &str = "2fc932ce-fdcc-454b-97bd-aadfdeb4c340";

    #[test]
    fn the_cgroups_of_pods_are_found() {
        let slice = format!("pod{}.slice", UID.replace('-', "_"));
        for path in [
            format!("kubepods.slice/kubepods-burstable.slice/kubepods-burstable-{slice}"),
            format!("kubepods/besteffort/pod{UID}"),
            format!("kubepods/pod{UID}"),
            format!("systemd/kubepods/burstable/pod{UID}"),
            format!("kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-{slice}"),
        ] {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir_all(root.path().join(&path)).unwrap();
            fs::create_dir_all(root.path().join("system.slice/x.service")).unwrap();
            assert_eq!(live_pods(root.path()), Some([UID.to_owned()].into()), "{path}");
        }
        let root = tempfile::tempdir().unwrap();
        assert_eq!(live_pods(root.path()), None);
        assert_eq!(live_pods(&root.path().join("missing")), None);
    }
}
