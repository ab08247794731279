//! The names of pods, from the folders of the kubelet's logs: `/var/log/pods/<namespace>_<name>_<uid>`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::cgroup::is_pod_uid;

/// The names of a pod.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodName {
    /// The namespace.
    pub namespace: String,
    /// The name within the namespace.
    pub name: String,
}

impl PodName {
    /// The names of a pod; `None` if one is none that Kubernetes allows.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Option<PodName> {
        let names = || PodName { namespace: namespace.to_owned(), name: name.to_owned() };
        (is_dns(namespace) && is_dns(name)).then(names)
    }
}

/// The most characters in the name of an object of Kubernetes (RFC 1123, a DNS subdomain).
const LONGEST_NAME: usize = 253;

/// The name of a pod's folder of logs, as UID and names. `None` for another folder.
#[must_use]
pub fn pod_of_folder(folder: &str) -> Option<(String, PodName)> {
    let mut parts = folder.split('_'); // which no name has
    let (namespace, name, uid) = (parts.next()?, parts.next()?, parts.next()?);
    let is_pod = parts.next().is_none() && is_pod_uid(uid);
    is_pod.then(|| Some((uid.to_ascii_lowercase(), PodName::new(namespace, name)?))).flatten()
}

fn is_dns(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
        })
}

/// Reads the names of all pods that have a folder of logs, by UID in lower case.
///
/// # Errors
///
/// If the folder cannot be read.
pub fn read_names(folder: &Path) -> io::Result<BTreeMap<String, PodName>> {
    let entries = fs::read_dir(folder)?;
    Ok(entries.flatten().filter_map(|entry| pod_of_folder(entry.file_name().to_str()?)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_namespace_name_and_uid() {
        let uid = "2fc932ce-fdcc-454b-97bd-aadfdeb4c340";
        let (found, names) = pod_of_folder(&format!("team-a_train-0.x_{uid}")).unwrap();
        assert_eq!((found.as_str(), names.namespace.as_str()), (uid, "team-a"));
        assert_eq!(names.name, "train-0.x");
        for other in
            ["", "a_b", "a_b_c", "a_b_2fc932ce-fdcc", "a__2fc932ce-fdcc-454b-97bd-aadfdeb4c340"]
        {
            assert_eq!(pod_of_folder(other), None, "{other}");
        }
        assert_eq!(pod_of_folder(&format!("a_b_{uid}_c")), None);
        assert_eq!(pod_of_folder(&format!("A_b_{uid}")), None);
    }

    #[test]
    fn the_folders_of_a_node_are_read() {
        let root = tempfile::tempdir().unwrap();
        for name in ["a_b_8cf1a5ee2bd8b7d3c4b1f7d5a6e9c012", "lost+found"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        let names = read_names(root.path()).unwrap();
        assert_eq!(names.len(), 1);
        assert_eq!(names["8cf1a5ee2bd8b7d3c4b1f7d5a6e9c012"].name, "b");
        assert!(read_names(&root.path().join("missing")).is_err());
    }
}
