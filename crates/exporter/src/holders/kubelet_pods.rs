//! The source `kubelet`: the pods to which the kubelet has given GPUs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use gpu_carbon_attribution::kubelet::{DeviceId, PodDevice, PodDevices};
use gpu_carbon_attribution::live_pods::live_pods;
use gpu_carbon_attribution::pods::PodName;
use gpu_carbon_core::{Span, Timestamp};
use tracing::warn;

use super::claims::{Claims, Holding};
use super::holdings::{ClaimedGpu, SourceState, Watch};
use super::kubelet_client::KubeletAnswer;
use super::pod_names::PodNames;
use super::settings::Source;
use super::workload::Workload;
use crate::clock::{ClockJump, ClockReading};
use crate::latest::Latest;
use crate::logging::occurrences_to_log;

/// The time for which the last answer is believed: while the kubelet restarts, no pod begins.
const PATIENCE: Span = Span::from_seconds(10);

/// The pods that hold GPUs.
#[derive(Debug)]
pub(super) struct KubeletPods {
    answers: Arc<Latest<KubeletAnswer>>,
    last: Option<Arc<KubeletAnswer>>,
    /// The folder where cgroups are mounted.
    cgroups: PathBuf,
    /// The time of the first answer with each pod.
    first_seen: BTreeMap<PodName, Timestamp>,
    last_success: Option<ClockReading>,
    pub(super) claims: Claims,
    pub(super) state: SourceState,
}

impl KubeletPods {
    pub(super) fn new(
        answers: Arc<Latest<KubeletAnswer>>,
        cgroups: PathBuf,
        rank: usize,
    ) -> KubeletPods {
        let (name, watch) = (Source::Kubelet.name(), Watch::All(None));
        KubeletPods {
            answers,
            last: None,
            cgroups,
            first_seen: BTreeMap::new(),
            last_success: None,
            claims: Claims::new(rank),
            state: SourceState { name, is_up: false, errors: BTreeMap::new(), watch },
        }
    }

    /// Takes the latest answer. Returns true if something changed.
    pub(super) fn poll(&mut self, names: &mut PodNames, now: ClockReading) -> bool {
        let answer = self.answers.read();
        let is_new = self.last.as_ref().is_none_or(|last| !Arc::ptr_eq(last, &answer));
        if is_new {
            self.last = Some(Arc::clone(&answer));
            match &answer.pods {
                Some(Ok(pods)) => {
                    // The clock may have been set back since the answer.
                    let wall = answer.at.wall.min(now.wall);
                    self.record_pods(pods, names, ClockReading { wall, ..answer.at });
                    return true;
                }
                Some(Err(error)) => self.record_error(error.kind, &error.message),
                None => {}
            }
        }
        self.end_if_silent(now)
    }

    /// Keeps all times at the same moments after the wall clock was set.
    pub(super) fn set_clock(&mut self, jump: ClockJump) {
        self.claims.set_clock(jump);
        self.state.watch.set_clock(jump);
        self.first_seen.values_mut().for_each(|at| *at = jump.moved(*at));
        self.last_success = self.last_success.map(|success| success.on_clock_set(jump));
    }

    fn record_pods(&mut self, pods: &[PodDevices], names: &mut PodNames, at: ClockReading) {
        let pods = self.running(pods, names, at);
        let exclusive = self.newest_of_exclusive(&pods);
        let mut held: BTreeMap<Holding, Timestamp> = BTreeMap::new();
        for PodDevices { pod, devices } in pods {
            let workload = Arc::new(Workload::of_pod(pod));
            let is_held = |device: &&PodDevice| {
                device.is_replica || exclusive.get(&device.id).is_none_or(|newest| *newest == pod)
            };
            for device in devices.iter().filter(is_held) {
                let gpu = match &device.id {
                    DeviceId::Gpu(uuid) => ClaimedGpu::Uuid(uuid.as_str().into()),
                    DeviceId::Number(number) => ClaimedGpu::Number(*number),
                    DeviceId::Mig(uuid) => ClaimedGpu::Instance(uuid.as_str().into()),
                    DeviceId::Instance { number, instance } => {
                        ClaimedGpu::NumberedInstance { number: *number, instance: *instance }
                    }
                };
                held.insert((gpu, Some(Arc::clone(&workload))), at.wall);
            }
        }
        self.claims.update(|_| true, held, at.wall);
        self.claims.forget_before(at.wall);
        self.state.is_up = true;
        self.last_success = Some(at);
        self.state.watch.begin_all(at.wall);
    }

    /// The pods without those that have finished and are listed still: those whose cgroup is gone, where cgroups can be seen.
    fn running<'a>(
        &mut self,
        pods: &'a [PodDevices],
        names: &mut PodNames,
        at: ClockReading,
    ) -> Vec<&'a PodDevices> {
        self.first_seen.retain(|known, _| pods.iter().any(|listed| listed.pod == *known));
        let live = if pods.is_empty() { None } else { live_pods(&self.cgroups) };
        let mut running = Vec::new();
        for listed in pods {
            let uids = names.uids_of(&listed.pod, live.as_ref(), at).unwrap_or_else(|kind| {
                self.record_error(kind, "the names of pods cannot be read");
                BTreeSet::new()
            });
            let is_gone = |live: &BTreeSet<String>| !uids.is_empty() && uids.is_disjoint(live);
            if !live.as_ref().is_some_and(is_gone) {
                self.first_seen.entry(listed.pod.clone()).or_insert(at.wall);
                running.push(listed);
            }
        }
        running
    }

    /// Of several pods that are listed with one device of which there are no replicas, the newest: the others have finished.
    /// A device has none of them if they came together.
    fn newest_of_exclusive<'a>(
        &self,
        pods: &[&'a PodDevices],
    ) -> BTreeMap<&'a DeviceId, &'a PodName> {
        let seen = |pod: &PodName| self.first_seen.get(pod).copied();
        let mut newest: BTreeMap<&DeviceId, &PodName> = BTreeMap::new();
        let mut together: BTreeSet<&DeviceId> = BTreeSet::new();
        for PodDevices { pod, devices } in pods {
            for device in devices.iter().filter(|device| !device.is_replica) {
                let known = newest.entry(&device.id).or_insert(pod);
                if seen(pod) > seen(known) {
                    *known = pod;
                    together.remove(&device.id);
                } else if seen(pod) == seen(known) && *known != pod {
                    together.insert(&device.id);
                }
            }
        }
        newest.retain(|device, _| !together.contains(device));
        newest
    }

    /// Ends what is known once the kubelet has not answered for some time. Returns true if it did.
    fn end_if_silent(&mut self, now: ClockReading) -> bool {
        let Some(success) = self.last_success else { return false };
        let is_silent = now.awake.saturating_sub(success.awake) > PATIENCE;
        if is_silent && self.state.is_up {
            self.state.is_up = false;
            self.claims.update(|_| true, BTreeMap::new(), success.wall);
            self.state.watch.end_all(success.wall);
        }
        is_silent
    }

    fn record_error(&mut self, kind: &'static str, reason: &str) {
        self.state.count_error(kind);
        if let Some(times) = occurrences_to_log("kubelet", kind) {
            warn!(error = kind, reason, times, "the kubelet does not tell which pods hold GPUs");
        }
    }
}
