//! The weights of those who hold MIG instances of one GPU.

use std::collections::BTreeMap;

use gpu_carbon_core::Ratio;
use gpu_carbon_core::share::Weight;

use super::payer::{Payer, Weighted};
use crate::holders::{Claim, Partition, UseByInstance};
use crate::snapshot::SharingMethod;

/// The MIG instances of one GPU, and its names.
#[derive(Debug, Clone, Copy)]
pub(super) struct GpuInstances<'a> {
    pub(super) partition: &'a Partition,
    pub(super) uuid: &'a str,
    pub(super) number: u32,
}

impl GpuInstances<'_> {
    /// The place of the instance of a claim; `None` of one on the whole GPU.
    fn place_of(&self, claim: &Claim) -> Option<usize> {
        self.partition.place_of(&claim.gpu, self.uuid, Some(self.number))
    }

    /// The weights of payers that hold instances: the slices that each holds, and the use of them. Where it was not measured, all
    /// slices that are held are used alike. `rest` pays for the idle power of slices that no one holds, and someone unknown for
    /// their use. `None` if one of the payers holds more than an instance.
    pub(super) fn weigh(
        &self,
        payers: &[(Payer, Option<&Claim>)],
        used: Option<&UseByInstance>,
        rest: &Payer,
    ) -> Option<(Vec<Weighted>, SharingMethod)> {
        let mut holders: BTreeMap<usize, Vec<&Payer>> = BTreeMap::new();
        for (payer, claim) in payers {
            holders.entry(self.place_of((*claim)?)?).or_default().push(payer);
        }
        let instances = &self.partition.instances;
        let use_of = |place: usize| {
            let instance = instances.get(place)?;
            let of_slice = used?.get(&instance.gpu_instance?).copied().unwrap_or_default();
            Some(of_slice as f64 * f64::from(instance.slices))
        };
        let mut weighted = Vec::new();
        let mut free = self.partition.slices;
        for (&place, sharers) in &holders {
            let slices = instances.get(place)?.slices;
            free = free.saturating_sub(slices);
            let of_each = |amount: f64| ratio(amount / sharers.len() as f64);
            let busy = if used.is_some() { use_of(place).unwrap_or(0.0) } else { slices.into() };
            let weight = Weight { held: of_each(slices.into()), used: of_each(busy) };
            weighted.extend(sharers.iter().map(|payer| ((*payer).clone(), weight)));
        }
        if free > 0 {
            weighted.push((rest.clone(), Weight { held: ratio(free.into()), used: Ratio::ZERO }));
        }
        let others = (0..instances.len()).filter(|place| !holders.contains_key(place));
        let by_others: f64 = others.filter_map(use_of).sum();
        if by_others > 0.0 {
            let weight = Weight { held: Ratio::ZERO, used: ratio(by_others) };
            weighted.push((Payer::Unknown, weight));
        }
        let is_used = weighted.iter().any(|(_, weight)| weight.used > Ratio::ZERO);
        let method = match used {
            Some(_) if is_used => SharingMethod::Utilization,
            _ if weighted.len() > 1 => SharingMethod::Held,
            _ => SharingMethod::Exclusive,
        };
        Some((weighted, method))
    }
}

fn ratio(number: f64) -> Ratio {
    Ratio::from_number(number).unwrap_or_default()
}
