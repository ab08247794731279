//! The division of a GPU into MIG instances, and the claims on them.

use std::sync::Arc;

use super::holdings::ClaimedGpu;
use crate::nvml::MigInstance;

/// The division of a GPU into MIG instances.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partition {
    /// The number of compute slices of the whole GPU.
    pub slices: u32,
    /// The instances.
    pub instances: Vec<MigInstance>,
}

/// The instances of a GPU, as the thread that reads the GPU reports them.
#[derive(Debug)]
pub struct GpuPartition {
    /// The GPU's UUID.
    pub uuid: Arc<str>,
    /// The instances; `None` of a GPU that is not divided.
    pub partition: Option<Partition>,
}

impl Partition {
    /// The place in the list of the instance that is claimed on the GPU with a UUID and a number; `None` if it is none of them.
    #[must_use]
    pub fn place_of(&self, claimed: &ClaimedGpu, uuid: &str, number: Option<u32>) -> Option<usize> {
        let is_claimed = |instance: &MigInstance| match claimed {
            ClaimedGpu::Instance(name) => {
                *instance.uuid == **name || is_old_name(name, uuid, instance.gpu_instance)
            }
            ClaimedGpu::NumberedInstance { number: of, instance: claimed } => {
                Some(*of) == number && instance.gpu_instance == Some(*claimed)
            }
            ClaimedGpu::Uuid(_) | ClaimedGpu::Number(_) => false,
        };
        self.instances.iter().position(is_claimed)
    }
}

/// True if a name is that of an instance by drivers before 470: `MIG-GPU-8a1b.../3/0`, with the numbers of the GPU instance and
/// its compute instance.
fn is_old_name(name: &str, uuid: &str, gpu_instance: Option<u32>) -> bool {
    let rest =
        name.strip_prefix("MIG-").and_then(|name| name.strip_prefix(uuid)?.strip_prefix('/'));
    let number = rest.and_then(|rest| rest.split('/').next()?.parse::<u32>().ok());
    number.is_some() && number == gpu_instance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_found_by_each_of_its_names() {
        let instance =
            |uuid: &str, gpu_instance| MigInstance { uuid: uuid.into(), slices: 1, gpu_instance };
        let instances = vec![instance("MIG-a", Some(3)), instance("MIG-b", None)];
        let partition = Partition { slices: 7, instances };
        let place = |claimed| partition.place_of(&claimed, "GPU-x", Some(5));
        let by_name = |name: &str| place(ClaimedGpu::Instance(name.into()));
        assert_eq!((by_name("MIG-a"), by_name("MIG-b")), (Some(0), Some(1)));
        assert_eq!(by_name("MIG-GPU-x/3/0"), Some(0));
        for unknown in
            ["MIG-c", "MIG-GPU-x/4/0", "MIG-GPU-y/3/0", "MIG-GPU-x", "MIG-GPU-x/", "MIG-GPU-x3/0"]
        {
            assert_eq!(by_name(unknown), None, "{unknown}");
        }
        let numbered = |number, instance| place(ClaimedGpu::NumberedInstance { number, instance });
        assert_eq!((numbered(5, 3), numbered(5, 4), numbered(4, 3)), (Some(0), None, None));
        assert_eq!(place(ClaimedGpu::Number(5)), None);
    }
}
