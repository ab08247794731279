//! The place of a process in a host: the Slurm job, pod, container or unit that its cgroup names.

use std::fmt;

/// The place of a process, as its cgroup names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A job of Slurm, by its number.
    SlurmJob(u64),
    /// A job of Slurm 26.05 or later, by its SLUID: the letter `s` and 13 digits and letters.
    SlurmSluid(String),
    /// A pod of Kubernetes.
    Pod {
        /// The UID, in lower case: a UUID with dashes, or the 32 hexadecimal digits of a static pod.
        uid: String,
        /// The container's id of 64 hexadecimal digits, if the cgroup names it.
        container: Option<String>,
    },
    /// A container that belongs to no pod, by its id of 64 hexadecimal digits.
    Container(String),
    /// A service or scope of systemd, by its name.
    Unit(String),
    /// The login of a user, whom no name tells apart.
    UserSession,
}

/// The most characters in the name of a unit (systemd, `UNIT_NAME_MAX`).
const LONGEST_UNIT: usize = 255;

/// The number of hexadecimal digits in a container's id.
const CONTAINER_DIGITS: usize = 64;

/// The beginnings of a cgroup's name before the id of a container, and the runtimes that write them.
const RUNTIMES: [&str; 9] = [
    "docker-",
    "cri-containerd-",
    "containerd-",
    "crio-conmon-",
    "crio-",
    "libpod-payload-",
    "libpod-conmon-",
    "libpod-",
    "nerdctl-",
];

impl Place {
    /// The place that the text of `/proc/PID/cgroup` names, which has a line for each hierarchy. `None` if no line names
    /// one, such as for a process at the root.
    ///
    /// A job of Slurm counts before a pod, a pod before a container, and a container before a unit: a pod may run a
    /// container engine, and a node of Slurm may be a pod. Single components are compared, because a process in a
    /// cgroup namespace of its own sees its siblings without the beginning of their paths.
    #[must_use]
    pub fn of_process(cgroup: &str) -> Option<Place> {
        let places = cgroup.lines().filter_map(|line| Place::of_path(line.splitn(3, ':').nth(2)?));
        places.min_by_key(Place::rank)
    }

    /// The place that the path of one cgroup names.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Place> {
        let path = path.strip_suffix(" (deleted)").unwrap_or(path);
        let components: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
        slurm_job(&components)
            .or_else(|| pod(&components))
            .or_else(|| {
                components.iter().rev().find_map(|it| container_id(it)).map(Place::Container)
            })
            .or_else(|| unit(&components))
    }

    const fn rank(&self) -> u8 {
        match self {
            Place::SlurmJob(_) => 0,
            Place::SlurmSluid(_) => 1,
            Place::Pod { container: Some(_), .. } => 2,
            Place::Pod { container: None, .. } => 3,
            Place::Container(_) => 4,
            Place::Unit(_) => 5,
            Place::UserSession => 6,
        }
    }
}

/// The place as the name of a workload: `slurm:123`, `pod:UID`, `container:` and twelve digits, `unit:train.service`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::SlurmJob(job) => write!(f, "slurm:{job}"),
            Place::SlurmSluid(sluid) => write!(f, "slurm:{sluid}"),
            Place::Pod { uid, .. } => write!(f, "pod:{uid}"),
            Place::Container(id) => write!(f, "container:{}", id.get(..12).unwrap_or(id)),
            Place::Unit(unit) => write!(f, "unit:{unit}"),
            Place::UserSession => f.write_str("unit:user.slice"),
        }
    }
}

/// A job of Slurm: a component `job_N` or a SLUID that stands below the scope of slurmstepd or the folder of a user, or
/// above a step.
fn slurm_job(components: &[&str]) -> Option<Place> {
    let place = |index: usize, component: &str| {
        let above = index.checked_sub(1).and_then(|above| components.get(above));
        let is_below_slurm = above.is_some_and(|above| {
            above.ends_with("slurmstepd.scope") || number_after(above, "uid_").is_some()
        });
        let is_above_step = components.get(index + 1).is_some_and(|it| it.starts_with("step_"));
        if !is_below_slurm && !is_above_step {
            return None;
        }
        let job = number_after(component, "job_").map(Place::SlurmJob);
        job.or_else(|| is_sluid(component).then(|| Place::SlurmSluid(component.to_owned())))
    };
    components.iter().enumerate().rev().find_map(|(index, component)| place(index, component))
}

fn number_after(component: &str, prefix: &str) -> Option<u64> {
    let digits = component.strip_prefix(prefix)?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| digits.parse().ok()).flatten()
}

/// True for the letter `s` and 13 digits and capital letters (Slurm 26.05, `SLUID`).
fn is_sluid(component: &str) -> bool {
    component.strip_prefix('s').is_some_and(|rest| {
        rest.len() == 13
            && rest.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    })
}

/// A pod: `pod<uid>`, or a slice of systemd that ends in `pod<uid>.slice`. A kubelet with systemd's driver before a
/// runtime without it writes `<slice>:cri-containerd:<id>`.
fn pod(components: &[&str]) -> Option<Place> {
    let of = |index: usize, component: &str| {
        let (slice, inner) = component.split_once(':').unwrap_or((component, ""));
        let uid = pod_uid(slice)?;
        let below = components.iter().skip(index + 1).find_map(|it| container_id(it));
        let container = container_id(inner.rsplit(':').next().unwrap_or_default()).or(below);
        Some(Place::Pod { uid, container })
    };
    components.iter().enumerate().rev().find_map(|(index, component)| of(index, component))
}

fn pod_uid(component: &str) -> Option<String> {
    let uid = match component.strip_suffix(".slice") {
        // The slice of a kubelet with a root of its own has that root's name before.
        Some(slice) => {
            let (kubepods, uid) = slice.rsplit_once("-pod")?;
            kubepods.contains("kubepods").then(|| uid.replace('_', "-"))?
        }
        None => component.strip_prefix("pod")?.to_owned(),
    };
    is_pod_uid(&uid).then(|| uid.to_ascii_lowercase())
}

/// True for a UUID with dashes, and for the 32 hexadecimal digits that name a static pod.
pub(crate) fn is_pod_uid(uid: &str) -> bool {
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let mut groups = uid.split('-');
    let is_uuid = [8, 4, 4, 4, 12]
        .into_iter()
        .all(|length| groups.next().is_some_and(|group| is_hex(group, length)));
    is_uuid && groups.next().is_none() || is_hex(uid, 32)
}

/// The id of a container: 64 hexadecimal digits, maybe after the name of a runtime, maybe as a scope.
fn container_id(component: &str) -> Option<String> {
    let name = component.strip_suffix(".scope").unwrap_or(component);
    let id = RUNTIMES.iter().find_map(|runtime| name.strip_prefix(runtime)).unwrap_or(name);
    let is_id = id.len() == CONTAINER_DIGITS && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.to_ascii_lowercase())
}

/// The innermost service or scope. Those below a user's slice are the user's login, since their names may tell who it is.
fn unit(components: &[&str]) -> Option<Place> {
    let is_users = |it: &&str| {
        it.strip_prefix("user-").is_some_and(|rest| rest.ends_with(".slice"))
            || it.strip_prefix("user@").is_some_and(|rest| rest.ends_with(".service"))
            || it.strip_prefix("session-").is_some_and(|rest| rest.ends_with(".scope"))
    };
    if components.iter().any(is_users) {
        return Some(Place::UserSession);
    }
    components.iter().rev().find(|it| is_unit(it)).map(|unit| Place::Unit((*unit).to_owned()))
}

/// True for a name that systemd gives a service or a scope (`systemd.unit(5)`).
fn is_unit(name: &str) -> bool {
    let stem = name.strip_suffix(".service").or_else(|| name.strip_suffix(".scope"));
    stem.is_some_and(|stem| {
        !stem.is_empty()
            && name.len() <= LONGEST_UNIT
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte))
    })
}
