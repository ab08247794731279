//! The listing of the processes on one GPU, which its holders are found by where no scheduler names one, and the measurement
//! of their use where several hold it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::warn;

use super::driver_session::DriverSession;
use super::event::{Event, ProcessListing};
use super::instances::Instances;
use super::use_meter::UseMeter;
use crate::clock;
use crate::holders::{GpuPartition, GpuUse, Partition, ProcessList, Used};
use crate::logging::occurrences_to_log;
use crate::nvml::{DriverError, Gpu};

/// The least time between two lists: a holder is known that soon.
const PERIOD: Duration = Duration::from_secs(1);

/// The time by which a reading of the meters may be early, so that one list follows each of them.
const EARLY: Duration = Duration::from_millis(100);

/// The time between two attempts to read samples that the GPU does not have, as in MIG mode.
const UNSUPPORTED_RETRY: Duration = Duration::from_secs(60);

/// The listing of the processes on one GPU.
pub(super) struct Listing<'library> {
    uuid: Arc<str>,
    request: ProcessListing,
    next: Instant,
    use_meter: UseMeter,
    next_use: Instant,
    /// The MIG instances of a GPU that is divided into some.
    instances: Option<Instances<'library>>,
}

impl<'library> Listing<'library> {
    /// Reports that the energy of a GPU can be divided among its holders. `procfs` is the folder where procfs is mounted.
    pub(super) fn begin(
        session: &DriverSession,
        gpu: &Gpu<'library>,
        uuid: &Arc<str>,
        procfs: &Path,
    ) -> Listing<'library> {
        let (request, uuid) = (ProcessListing::default(), Arc::clone(uuid));
        let (listing, minor) = (request.clone(), gpu.minor_number());
        session.report(Event::Divisible { uuid: Arc::clone(&uuid), minor, listing });
        let (now, use_meter) = (clock::instant(), UseMeter::new(procfs));
        let instances = Instances::of(gpu);
        // Until the instances are listed, none of a divided GPU is known.
        let partition = instances.is_some().then(Partition::default);
        let of_gpu = GpuPartition { uuid: Arc::clone(&uuid), partition };
        session.report(Event::Partitioned(of_gpu));
        Listing { uuid, request, next: now, use_meter, next_use: now, instances }
    }

    /// The time at which a call is late, where the meters are read less often; `None` while none is wanted.
    pub(super) fn late(&self) -> Option<Instant> {
        let usage = self.request.is_use_wanted().then_some(self.next_use);
        let list = self.request.is_wanted().then_some(self.next);
        Some(list.into_iter().chain(usage).min()? + EARLY * 2)
    }

    /// Measures how much each process uses the GPU, if that is wanted and it is time. To be called between a reading of
    /// the meters and its report, so that the use belongs to the energy. The calls may hang, as each one of the driver.
    pub(super) fn measure_if_due(&mut self, session: &DriverSession, gpu: &Gpu<'library>) {
        if !self.request.is_use_wanted() {
            self.instances.iter_mut().for_each(Instances::forget_use);
            return self.use_meter.forget();
        }
        let now = clock::instant();
        if now < self.next_use {
            return;
        }
        let used = self.measure(gpu);
        let unsupported = used.as_ref().is_err_and(DriverError::is_unsupported);
        self.next_use =
            now + if unsupported { UNSUPPORTED_RETRY } else { PERIOD.saturating_sub(EARLY) };
        let used = used.map_err(|error| error.kind).flatten();
        session.report(Event::Used(GpuUse { uuid: Arc::clone(&self.uuid), used }));
    }

    fn measure(&mut self, gpu: &Gpu<'library>) -> Result<Result<Used, &'static str>, DriverError> {
        if let Some(instances) = self.instances.as_mut().filter(|it| it.has_gpm()) {
            return Ok(Ok(Used::ByInstance(instances.measure(gpu)?)));
        }
        let samples = gpu.process_samples(self.use_meter.since())?;
        // After the samples, so that each process that has one was listed, unless it has just ended.
        let mut listed = gpu.compute_processes()?;
        listed.extend(gpu.graphics_processes()?);
        Ok(self.use_meter.add(listed, &samples).map(Used::ByPlace))
    }

    /// Lists the MIG instances, if there are any and it is time. The calls may hang, as each one of the driver.
    pub(super) fn list_instances_if_due(&mut self, session: &DriverSession, gpu: &Gpu<'library>) {
        let listed = self.instances.as_mut().and_then(|instances| instances.list_if_due(gpu));
        let partition = match listed {
            None => return,
            Some(Ok(partition)) => partition,
            Some(Err(error)) => {
                if let Some(times) = occurrences_to_log("instances", error.kind) {
                    let uuid = &*self.uuid;
                    warn!(uuid, times, %error, "the driver does not list the MIG instances of a GPU");
                }
                return;
            }
        };
        let (uuid, partition) = (Arc::clone(&self.uuid), Some(partition));
        session.report(Event::Partitioned(GpuPartition { uuid, partition }));
    }

    /// Lists the processes, if they are wanted and it is time. The call may hang, as each one of the driver.
    pub(super) fn list_if_due(&mut self, session: &DriverSession, gpu: &Gpu<'_>) {
        let now = clock::instant();
        if !self.request.is_wanted() || now < self.next {
            return;
        }
        self.next = now + PERIOD.saturating_sub(EARLY);
        let pids = processes(gpu).map_err(|error| error.kind);
        session.report(Event::Processes(ProcessList { uuid: Arc::clone(&self.uuid), pids }));
    }
}

/// The numbers of the processes that compute on a GPU; where there are none, of those that draw.
fn processes(gpu: &Gpu<'_>) -> Result<Vec<u32>, DriverError> {
    let computing = gpu.compute_processes()?;
    if computing.is_empty() { gpu.graphics_processes() } else { Ok(computing) }
}
