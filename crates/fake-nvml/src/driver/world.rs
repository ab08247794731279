//! The GPUs of one script.

use super::handle::{DeviceHandle, Handles};
use crate::history::PowerHistory;
use crate::nvml_error::NvmlError;
use crate::script::{Gpu, Script};
use crate::time::UnixTime;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// The GPUs of one script. They never change: a new script makes a new world.
pub(crate) struct World {
    pub(crate) init: Option<NvmlError>,
    pub(crate) refuse_init: Option<NvmlError>,
    pub(crate) refuse_count: Option<NvmlError>,
    pub(crate) count: Option<u32>,
    pub(crate) init_hang_ms: u64,
    pub(crate) count_hang_ms: u64,
    pub(crate) shutdown_hang_ms: u64,
    pub(crate) driver_version: String,
    pub(crate) cuda_number: i32,
    pub(crate) gpus: Vec<Arc<LiveGpu>>,
    nodes: HashMap<DeviceHandle, Node>,
    /// The power of GPUs that are not in the script, in case they come back.
    departed: BTreeMap<String, Histories>,
}

/// A GPU of the script.
pub(crate) struct LiveGpu {
    pub(crate) gpu: Gpu,
    pub(crate) index: u32,
    /// The name by which it is known when it comes back.
    board: String,
    pub(crate) histories: Histories,
    /// The number of power samples that were returned.
    pub(crate) samples: AtomicU32,
    /// The number of counter values that were returned.
    pub(crate) counter_values: AtomicU32,
    /// The number of calls.
    pub(crate) calls: AtomicU32,
    pub(crate) handle: DeviceHandle,
    /// The handles of its MIG instances, in order.
    pub(crate) instances: Vec<DeviceHandle>,
}

/// The powers of a GPU since the library was loaded.
#[derive(Clone)]
pub(crate) struct Histories {
    /// The power of the GPU.
    pub(crate) power: PowerHistory,
    /// The power that its energy counter integrates: that of the GPU, or that of its module.
    pub(crate) counted: PowerHistory,
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
        let mut uuids = BTreeSet::new();
        let gpus: Vec<_> = (0..)
            .zip(script.gpus)
            .map(|(index, gpu)| {
                let board = board_name(&gpu, !uuids.insert(gpu.uuid.clone()));
                let histories = match departed.remove(&board) {
                    Some(Histories { power, counted }) => Histories {
                        power: power.followed_by(gpu.draw(), from),
                        counted: counted.followed_by(gpu.counted_power(), from),
                    },
                    None => Histories {
                        power: PowerHistory::new(gpu.draw()),
                        counted: PowerHistory::new(gpu.counted_power()),
                    },
                };
                let handle = handles.handle(&board);
                let instances =
                    (0..gpu.mig).map(|instance| handles.handle(&gpu.mig_uuid(instance))).collect();
                let [samples, counter_values, calls] = [0, 0, 0].map(AtomicU32::new);
                Arc::new(LiveGpu {
                    gpu,
                    index,
                    board,
                    histories,
                    samples,
                    counter_values,
                    calls,
                    handle,
                    instances,
                })
            })
            .collect();
        let nodes = gpus.iter().flat_map(nodes_of).collect();
        Self {
            init: script.init,
            refuse_init: script.refuse_init,
            refuse_count: script.refuse_count,
            count: script.count,
            init_hang_ms: script.init_hang_ms,
            count_hang_ms: script.count_hang_ms,
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

    fn histories(&self) -> BTreeMap<String, Histories> {
        let mut histories = self.departed.clone();
        let present = self.gpus.iter();
        histories.extend(present.map(|live| (live.board.clone(), live.histories.clone())));
        histories
    }
}

/// The name of a board: its UUID, with the PCI address if another one before it in the script has the same UUID.
fn board_name(gpu: &Gpu, is_repeated: bool) -> String {
    if is_repeated { format!("{}@{}", gpu.uuid, gpu.pci_bus_id) } else { gpu.uuid.clone() }
}

fn nodes_of(live: &Arc<LiveGpu>) -> Vec<(DeviceHandle, Node)> {
    let instances = (0..).zip(&live.instances).map(|(instance, handle)| (*handle, Some(instance)));
    [(live.handle, None)]
        .into_iter()
        .chain(instances)
        .map(|(handle, instance)| (handle, Node { live: Arc::clone(live), instance }))
        .collect()
}
