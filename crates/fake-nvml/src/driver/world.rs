//! All that is true between two readings of the script.

use super::handle::{DeviceHandle, Handles};
use crate::history::PowerHistory;
use crate::nvml_error::NvmlError;
use crate::script::{Gpu, Script};
use crate::time::UnixTime;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The GPUs of one script. It never changes: a new script makes a new world.
pub(crate) struct World {
    pub(crate) init: Option<NvmlError>,
    pub(crate) driver_version: String,
    pub(crate) cuda_number: i32,
    pub(crate) gpus: Vec<Arc<LiveGpu>>,
    nodes: HashMap<DeviceHandle, Node>,
    /// The power of GPUs that are gone, for when they come back.
    departed: BTreeMap<String, PowerHistory>,
}

/// A GPU that is there.
pub(crate) struct LiveGpu {
    pub(crate) gpu: Gpu,
    pub(crate) index: u32,
    pub(crate) power: PowerHistory,
    pub(crate) handle: DeviceHandle,
    /// Its MIG instances, in order.
    pub(crate) instances: Vec<DeviceHandle>,
}

/// What a handle stands for.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) live: Arc<LiveGpu>,
    /// The MIG instance; the whole GPU without.
    pub(crate) instance: Option<u32>,
}

impl World {
    /// The world of `script`, whose waveforms hold from `from` on, after those of `before`.
    pub(super) fn build(
        script: Script,
        before: Option<&Self>,
        from: UnixTime,
        handles: &mut Handles,
    ) -> Self {
        let cuda_number = script.cuda_number().unwrap_or_default();
        let mut departed = before.map(Self::histories).unwrap_or_default();
        let gpus: Vec<_> = (0..)
            .zip(script.gpus)
            .map(|(index, gpu)| {
                let power = match departed.remove(&gpu.uuid) {
                    Some(history) => history.followed_by(&gpu.power, from),
                    None => PowerHistory::of(gpu.power.clone()),
                };
                let handle = handles.of(&gpu.uuid);
                let instances =
                    (0..gpu.mig).map(|instance| handles.of(&gpu.mig_uuid(instance))).collect();
                Arc::new(LiveGpu { gpu, index, power, handle, instances })
            })
            .collect();
        let nodes = gpus.iter().flat_map(nodes_of).collect();
        Self {
            init: script.init,
            driver_version: script.driver_version,
            cuda_number,
            gpus,
            nodes,
            departed,
        }
    }

    /// What a handle stands for, if that is there.
    pub(crate) fn node(&self, handle: DeviceHandle) -> Option<&Node> {
        self.nodes.get(&handle)
    }

    fn histories(&self) -> BTreeMap<String, PowerHistory> {
        let mut histories = self.departed.clone();
        histories.extend(self.gpus.iter().map(|live| (live.gpu.uuid.clone(), live.power.clone())));
        histories
    }
}

fn nodes_of(live: &Arc<LiveGpu>) -> Vec<(DeviceHandle, Node)> {
    let instances = (0..).zip(&live.instances).map(|(instance, handle)| (*handle, Some(instance)));
    [(live.handle, None)]
        .into_iter()
        .chain(instances)
        .map(|(handle, instance)| (handle, Node { live: Arc::clone(live), instance }))
        .collect()
}
