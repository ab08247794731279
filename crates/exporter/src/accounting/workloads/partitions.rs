//! The MIG instances of this host's GPUs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::holders::{Claim, ClaimedGpu, Partition};

/// The MIG instances of those GPUs that are divided.
#[derive(Debug, Default)]
pub(super) struct Partitions(BTreeMap<Arc<str>, Partition>);

impl Partitions {
    /// Takes the instances of a GPU; `None` if it is not divided.
    pub(super) fn set(&mut self, uuid: Arc<str>, partition: Option<Partition>) {
        match partition {
            Some(partition) => self.0.insert(uuid, partition),
            None => self.0.remove(&uuid),
        };
    }

    /// The instances of a GPU, if it is divided.
    pub(super) fn of(&self, uuid: &str) -> Option<&Partition> {
        self.0.get(uuid)
    }

    /// True if a claim is one on the GPU with a UUID and a number, or on an instance of it.
    pub(super) fn is_on(&self, claim: &Claim, uuid: &str, number: u32) -> bool {
        let has_instance =
            |partition: &Partition| partition.place_of(&claim.gpu, uuid, Some(number)).is_some();
        claim.is_of(uuid, Some(number)) || self.of(uuid).is_some_and(has_instance)
    }

    /// True if an open claim is on an instance that may be on the GPU with a number, and that no GPU is known to have.
    pub(super) fn may_have_another(&self, claims: &[Claim], uuid: &str, number: u32) -> bool {
        let is_lost = |claim: &&Claim| match &claim.gpu {
            ClaimedGpu::Instance(_) => !self
                .0
                .iter()
                .any(|(uuid, partition)| partition.place_of(&claim.gpu, uuid, None).is_some()),
            ClaimedGpu::NumberedInstance { number: of, .. } => {
                *of == number && !self.is_on(claim, uuid, number)
            }
            ClaimedGpu::Uuid(_) | ClaimedGpu::Number(_) => false,
        };
        claims.iter().filter(|claim| claim.until.is_none()).any(|claim| is_lost(&claim))
    }
}
