//! The MIG instances of one GPU: their list, and the measurement of their use.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::clock;
use crate::holders::{Partition, UseByInstance};
use crate::nvml::{DriverError, Gpu, InstanceSample, MigInstance};

/// The time between two lists. Instances are made before a workload can hold them, and seldom.
const PERIOD: Duration = Duration::from_secs(5);

/// The MIG instances of one GPU.
pub(super) struct Instances<'library> {
    known: Vec<MigInstance>,
    next: Instant,
    /// False if the use cannot be measured.
    has_gpm: bool,
    /// The last sample of each GPU instance, and the time at which it was taken.
    samples: BTreeMap<u32, (InstanceSample<'library>, Instant)>,
}

impl<'library> Instances<'library> {
    /// The instances of a GPU; `None` if it is not divided.
    pub(super) fn of(gpu: &Gpu<'library>) -> Option<Instances<'library>> {
        gpu.is_partitioned().then(|| Instances {
            known: Vec::new(),
            next: clock::instant(),
            has_gpm: gpu.has_gpm(),
            samples: BTreeMap::new(),
        })
    }

    /// Lists the instances, if it is time.
    pub(super) fn list_if_due(
        &mut self,
        gpu: &Gpu<'library>,
    ) -> Option<Result<Partition, DriverError>> {
        let now = clock::instant();
        if now < self.next {
            return None;
        }
        self.next = now + PERIOD;
        Some(self.list(gpu))
    }

    fn list(&mut self, gpu: &Gpu<'library>) -> Result<Partition, DriverError> {
        self.known = gpu.instances(&self.known)?;
        let known = &self.known;
        self.samples.retain(|id, _| known.iter().any(|it| it.gpu_instance == Some(*id)));
        Ok(Partition { slices: gpu.slices()?, instances: self.known.clone() })
    }

    /// True if the use of each instance can be measured.
    pub(super) const fn has_gpm(&self) -> bool {
        self.has_gpm
    }

    /// Measures how much of each instance was used since the last measurement. One in which no process ever ran is not used.
    ///
    /// # Errors
    ///
    /// If the driver does not answer.
    pub(super) fn measure(&mut self, gpu: &Gpu<'library>) -> Result<UseByInstance, DriverError> {
        let mut used = UseByInstance::new();
        let mut samples = std::mem::take(&mut self.samples);
        for id in self.known.iter().filter_map(|instance| instance.gpu_instance) {
            if self.samples.contains_key(&id) {
                continue; // another compute instance of it was measured
            }
            let (sample, now) = (gpu.sample_instance(id)?, clock::instant());
            if let Some((before, at)) = samples.remove(&id) {
                let thousandths = sample.percent_since(&before)? * 1e3;
                let millis = now.saturating_duration_since(at).as_secs_f64() * 1e3;
                used.insert(id, whole(thousandths * millis));
            }
            self.samples.insert(id, (sample, now));
        }
        Ok(used)
    }

    /// Forgets what was measured, since no one asked for a while.
    pub(super) fn forget_use(&mut self) {
        self.samples.clear();
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, and the number is not below zero"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}
