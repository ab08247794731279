//! The names under which an exporter may have the workload of a process.

use std::fs;
use std::path::Path;

use gpu_carbon_attribution::Place;
use gpu_carbon_attribution::process::read_place;

/// The file in which Kubernetes tells a container its namespace.
const NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// The file in which Linux tells a process its host's name, which in a pod is the pod's.
const HOST: &str = "/proc/sys/kernel/hostname";

/// The names that a workload may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Names {
    /// One of these, the likeliest first.
    Some(Vec<String>),
    /// The name of all logins, which is no one's own.
    Logins,
}

/// The facts that tell a workload's name.
#[derive(Debug, Clone, Default)]
struct Facts {
    /// The number of a Slurm job.
    job: Option<String>,
    /// The namespace and the name of a pod.
    pod: Option<(String, String)>,
    place: Option<Place>,
}

impl Names {
    /// The names of a process.
    pub(super) fn of(pid: u32) -> Names {
        let line = |path: &str| {
            let text = fs::read_to_string(path).ok()?;
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let is_pod = std::env::var_os("KUBERNETES_SERVICE_HOST").is_some();
        Names::by(Facts {
            job: std::env::var("SLURM_JOB_ID").ok().filter(|job| !job.is_empty()),
            pod: line(NAMESPACE).zip(line(HOST)).filter(|_| is_pod),
            place: read_place(Path::new("/proc"), pid).ok().flatten(),
        })
    }

    fn by(facts: Facts) -> Names {
        let Facts { job, pod, place } = facts;
        if place == Some(Place::UserSession) && job.is_none() {
            return Names::Logins;
        }
        let job = job.map(|job| format!("slurm:{job}"));
        let pod = pod.map(|(namespace, name)| format!("pod:{namespace}/{name}"));
        let place = place.filter(|place| *place != Place::UserSession);
        let mut names: Vec<String> =
            job.into_iter().chain(pod).chain(place.map(|place| place.to_string())).collect();
        names.dedup();
        Names::Some(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(job: Option<&str>, pod: Option<(&str, &str)>, cgroup: &str) -> Names {
        Names::by(Facts {
            job: job.map(str::to_owned),
            pod: pod.map(|(namespace, name)| (namespace.to_owned(), name.to_owned())),
            place: Place::of_process(cgroup),
        })
    }

    #[test]
    fn a_workload_has_the_names_that_an_exporter_may_give_it() {
        let uid = "2fc932ce-fdcc-454b-97bd-aadfdeb4c340";
        let job = "0::/system.slice/slurmstepd.scope/job_12/step_0/user/task_0/gpu-carbon-x";
        let pod = format!("0::/kubepods/pod{uid}/{}", "0a".repeat(32));
        let login = "0::/user.slice/user-1000.slice/session-3.scope";
        for (expected, found) in [
            (vec!["slurm:12".to_owned()], names(Some("12"), None, job)),
            (vec!["slurm:12".to_owned()], names(None, None, job)),
            (vec!["slurm:12".to_owned()], names(Some("12"), None, login)),
            (vec![format!("pod:{uid}")], names(None, None, &pod)),
            (vec!["pod:team/train-0".to_owned()], names(None, Some(("team", "train-0")), "0::/")),
            (
                vec!["pod:team/train-0".to_owned(), format!("pod:{uid}")],
                names(None, Some(("team", "train-0")), &pod),
            ),
            (
                vec!["unit:train.service".to_owned()],
                names(None, None, "0::/system.slice/train.service/gpu-carbon-x"),
            ),
            (vec![], names(None, None, "0::/")),
        ] {
            assert_eq!(found, Names::Some(expected));
        }
        assert_eq!(names(None, None, login), Names::Logins);
        assert!(matches!(Names::of(std::process::id()), Names::Some(_) | Names::Logins));
    }
}
