//! The GPUs of one script.

use super::handle::{DeviceHandle, Handles};
use crate::history::PowerHistory;
use crate::nvml_error::NvmlError;
use crate::script::{Gpu, Script};
use crate::time::UnixTime;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// The GPUs of one script. They never change: a new script makes a new world.
pub(crate) struct World {
    pub(crate) init: Option<NvmlError>,
    pub(crate) refuse_init: Option<NvmlError>,
    pub(crate) init_hang_ms: u64,
    pub(crate) shutdown_hang_ms: u64,
    pub(crate) driver_version: String,
    pub(crate) cuda_number: i32,
    pub(crate) gpus: Vec<Arc<LiveGpu>>,
    nodes: HashMap<DeviceHandle, Node>,
    /// The power of GPUs that are not in the script, in case they come back.
    departed: BTreeMap<String, PowerHistory>,
}

/// A GPU of the script.
pub(crate) struct LiveGpu {
    pub(crate) gpu: Gpu,
    pub(crate) index: u32,
    pub(crate) power: PowerHistory,
    /// The number of power samples that were returned.
    pub(crate) samples: AtomicU32,
    pub(crate) handle: DeviceHandle,
    /// The handles of its MIG instances, in order.
    pub(crate) instances: Vec<DeviceHandle>,
}

/// The device of a handle.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) live: Arc<LiveGpu>,
    /// The number of the MIG instance; `None` for a whole GPU.
    pub(crate) instance: Option<u32>,
}

impl World {
    /// Creates the world of a script. Its waveforms hold from `from` on, after those of the world `before`.
    pub(super) fn new(
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
                    None => PowerHistory::new(gpu.power.clone()),
                };
                let handle = handles.handle(&gpu.uuid);
                let instances =
                    (0..gpu.mig).map(|instance| handles.handle(&gpu.mig_uuid(instance))).collect();
                let samples = AtomicU32::new(0);
                Arc::new(LiveGpu { gpu, index, power, samples, handle, instances })
            })
            .collect();
        let nodes = gpus.iter().flat_map(nodes_of).collect();
        Self {
            init: script.init,
            refuse_init: script.refuse_init,
            init_hang_ms: script.init_hang_ms,
            shutdown_hang_ms: script.shutdown_hang_ms,
            driver_version: script.driver_version,
            cuda_number,
            gpus,
            nodes,
            departed,
        }
    }

    /// The device of a handle, if it is in the script.
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
