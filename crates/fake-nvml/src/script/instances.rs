//! The MIG instances of a GPU: their names, their slices and their use.

use super::error::ScriptError;
use super::gpu::Gpu;
use crate::power_source::PowerSource;
use crate::quantity::Femtojoules;
use crate::time::UnixTime;

impl Gpu {
    /// The number of compute slices of one of the GPU's MIG instances.
    pub fn slices_of(&self, instance: u32) -> u32 {
        let index = usize::try_from(instance).ok();
        index.and_then(|index| self.mig_slices.get(index).copied()).unwrap_or(1)
    }

    /// The number of compute slices of all MIG instances.
    pub(crate) fn all_slices(&self) -> u32 {
        (0..self.mig).map(|instance| self.slices_of(instance)).fold(0, u32::saturating_add)
    }

    /// The time for which the processes of a MIG instance used its SMs until a time, as the energy of a load of a watt for each
    /// percent of them.
    pub(crate) fn use_of_instance(&self, instance: u32, until: UnixTime) -> Femtojoules {
        let here = self.processes.iter().filter(|process| process.instance == instance);
        let used = here.map(|process| process.load(1.0).cumulative_energy(until));
        let slices = f64::from(self.model.preset().mig_instances)
            / f64::from(self.slices_of(instance).max(1));
        used.fold(Femtojoules::ZERO, |sum, used| sum + used).scaled(slices)
    }

    /// The same for all processes and the SMs of the whole GPU.
    pub(crate) fn use_of_all(&self, until: UnixTime) -> Femtojoules {
        let used = self.processes.iter().map(|process| process.load(1.0).cumulative_energy(until));
        used.fold(Femtojoules::ZERO, |sum, used| sum + used)
    }

    /// The UUID of one of the GPU's MIG instances.
    pub fn mig_uuid(&self, instance: u32) -> String {
        // FNV-1a. Any hash that is the same in each process will do.
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = self.uuid.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
        format!("MIG-{:08x}-{:04x}-5000-8000-{instance:012x}", hash >> 32, hash & 0xffff)
    }

    /// Checks that there are not more instances and slices than the model has.
    pub(super) fn check_instances(&self) -> Result<(), ScriptError> {
        let highest = self.model.preset().mig_instances;
        if self.mig > highest {
            let wanted = if highest == 0 {
                format!("0 for a {:?}", self.model).to_lowercase()
            } else {
                format!("at most {highest}")
            };
            return Err(ScriptError::value("mig", &self.mig, wanted));
        }
        let count = u32::try_from(self.mig_slices.len()).unwrap_or(u32::MAX);
        let is_empty = self.mig_slices.contains(&0);
        if count > 0 && (count != self.mig || is_empty || self.all_slices() > highest) {
            let wanted =
                format!("1 or more for each of the {} instances, {highest} in all", self.mig);
            return Err(ScriptError::value(
                "mig_slices",
                &format!("{:?}", self.mig_slices),
                wanted,
            ));
        }
        Ok(())
    }
}
