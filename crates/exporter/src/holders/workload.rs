//! A workload: what is billed for a GPU.

use std::sync::Arc;

use gpu_carbon_attribution::pods::PodName;
use gpu_carbon_attribution::{JobId, Place};

/// A workload, by its name. No part of it is the name of a user, a command line or the number of a process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Workload {
    /// The name, such as `slurm:123`, `pod:namespace/name`, `container:0123456789ab` or `unit:train.service`.
    pub name: Arc<str>,
    /// The kind.
    pub kind: WorkloadKind,
    /// The names of the pod, if they are known.
    pub pod: Option<PodName>,
}

/// The kind of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkloadKind {
    /// A job of Slurm.
    SlurmJob,
    /// A pod of Kubernetes.
    Pod,
    /// A container without a pod.
    Container,
    /// A unit of systemd.
    Unit,
    /// All workloads beyond the most that are published.
    Other,
}

impl WorkloadKind {
    /// All kinds.
    const ALL: [WorkloadKind; 5] = [
        WorkloadKind::SlurmJob,
        WorkloadKind::Pod,
        WorkloadKind::Container,
        WorkloadKind::Unit,
        WorkloadKind::Other,
    ];

    /// The name in labels: `slurm_job`, `pod`, `container`, `unit` or `other`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            WorkloadKind::SlurmJob => "slurm_job",
            WorkloadKind::Pod => "pod",
            WorkloadKind::Container => "container",
            WorkloadKind::Unit => "unit",
            WorkloadKind::Other => "other",
        }
    }
}

impl Workload {
    /// The workload that the ledger holds; `None` for one of a kind that this version does not know.
    pub(crate) fn restored(stored: &gpu_carbon_ledger::Workload) -> Option<Workload> {
        let gpu_carbon_ledger::Workload { name, kind, pod } = stored;
        let kind = WorkloadKind::ALL.into_iter().find(|known| *known.name() == **kind)?;
        let pod = pod
            .as_ref()
            .map(|pod| PodName { namespace: pod.namespace.clone(), name: pod.name.clone() });
        Some(Workload { name: Arc::clone(name), kind, pod })
    }

    /// The workload as the ledger holds it.
    pub(crate) fn stored(&self) -> gpu_carbon_ledger::Workload {
        let pod = self.pod.as_ref().map(|pod| gpu_carbon_ledger::Pod {
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
        });
        let (name, kind) = (Arc::clone(&self.name), self.kind.name().into());
        gpu_carbon_ledger::Workload { name, kind, pod }
    }

    /// The workload of a job.
    pub(super) fn of_job(job: &JobId) -> Workload {
        Workload { name: job.to_string().into(), kind: WorkloadKind::SlurmJob, pod: None }
    }

    /// The workload of a process at a place. A pod has its UID as its name where its names are not known.
    pub(super) fn of_place(place: &Place, pod: Option<&PodName>) -> Workload {
        let kind = match place {
            Place::SlurmJob(_) | Place::SlurmSluid(_) => WorkloadKind::SlurmJob,
            Place::Pod { .. } => WorkloadKind::Pod,
            Place::Container(_) => WorkloadKind::Container,
            Place::Unit(_) | Place::UserSession => WorkloadKind::Unit,
        };
        let name = match pod {
            Some(PodName { namespace, name }) => format!("pod:{namespace}/{name}"),
            None => place.to_string(),
        };
        Workload { name: name.into(), kind, pod: pod.cloned() }
    }

    /// The workload of a pod.
    pub(super) fn of_pod(pod: &PodName) -> Workload {
        let name = format!("pod:{}/{}", pod.namespace, pod.name).into();
        Workload { name, kind: WorkloadKind::Pod, pod: Some(pod.clone()) }
    }

    /// All workloads beyond the most that are published.
    #[must_use]
    pub fn other() -> Workload {
        Workload { name: "other".into(), kind: WorkloadKind::Other, pod: None }
    }
}
