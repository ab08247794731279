//! The cgroup of a process, and the folder of a pod's logs: any text names one workload or none, in plain letters.

use gpu_carbon_attribution::{Place, pods};

pub(crate) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Some(place) = Place::of_process(&text) {
        let name = place.to_string();
        assert!(name.len() <= 300 && name.bytes().all(|byte| byte.is_ascii_graphic()), "{name:?}");
        if let Place::Container(id) | Place::Pod { container: Some(id), .. } = place {
            assert!(id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id:?}");
        }
    }
    if let Some((uid, pod)) = pods::pod_of_folder(&text) {
        let folder = format!("{}_{}_{uid}", pod.namespace, pod.name);
        assert!(folder.eq_ignore_ascii_case(&text), "{folder:?} {text:?}");
    }
}
