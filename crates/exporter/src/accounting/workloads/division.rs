//! The division of energy among the holders of one GPU.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::share::{Weight, cut, split};
use gpu_carbon_core::{Energy, Flow, Interval, Power, Ratio, Timestamp};

use super::instance_weights::GpuInstances;
use super::payer::{Payer, Weighted};
use super::registry::Registry;
use crate::holders::{Claim, UseByInstance, Watched, Workload};
use crate::snapshot::SharingMethod;

/// The holders of one GPU.
#[derive(Debug)]
pub(in crate::accounting) struct GpuHolders<'a> {
    /// The claims on the GPU; none if the sources do not answer any more.
    pub(super) claims: Vec<&'a Claim>,
    /// The times for which all holders are known, one for each source; `None` of a source that does not know them.
    pub(super) watched: Vec<Option<Watched>>,
    pub(super) registry: &'a Registry,
    /// The use of the GPU since the last energy; `None` if it was not measured.
    pub(super) used: Option<HolderUse>,
    /// The MIG instances, if the GPU is divided into some.
    pub(super) instances: Option<GpuInstances<'a>>,
    /// The use of each MIG instance since the last energy; `None` if it was not measured.
    pub(super) used_instances: Option<&'a UseByInstance>,
    /// The power of the GPU without work, if the configuration gives it.
    pub(super) idle: Option<Power>,
}

/// The use of one GPU, in sums of percents.
#[derive(Debug, Default)]
pub(super) struct HolderUse {
    /// The use by workloads that hold the GPU or held it lately, by their names.
    pub(super) by_workload: BTreeMap<Arc<str>, u64>,
    /// The use by all other processes.
    pub(super) unknown: u64,
}

/// The parts of a flow by payer, which add up to it. A payer may have several.
#[derive(Debug, PartialEq)]
pub(super) struct Division {
    pub(super) parts: Vec<(Payer, Energy)>,
    /// The method at the end of the flow.
    pub(super) method: SharingMethod,
}

impl GpuHolders<'_> {
    /// Divides a flow: it is cut at the times at which holders came and went, and each part is paid by those who held the
    /// GPU then. Several divide the energy of the idle power in equal shares, and the rest by their use, where it was
    /// measured. Those who hold MIG instances divide it by slices. `learnt` is the idle power where none is configured.
    pub(super) fn divide(&self, flow: Flow, learnt: Power) -> Division {
        let idle = self.idle.unwrap_or(learnt);
        self.divide_by(flow, idle, |payers, rest| self.weigh_use(payers, rest))
    }

    /// Divides a time in which the GPU was present, as much energy as there are seconds: by what the holders hold, whatever they use.
    pub(super) fn divide_time(&self, interval: Interval) -> Division {
        let energy = Energy::from_joules(interval.length().as_seconds()).unwrap_or_default();
        self.divide_by(Flow { interval, energy }, Power::ZERO, |payers, rest| {
            let (weighted, method) = self.weigh_held(payers, rest);
            let held = |(payer, weight)| (payer, Weight { used: Ratio::ZERO, ..weight });
            (weighted.into_iter().map(held).collect(), method)
        })
    }

    fn divide_by(
        &self,
        flow: Flow,
        idle: Power,
        weigh: impl Fn(&[(Payer, Option<&Claim>)], &Payer) -> (Vec<Weighted>, SharingMethod),
    ) -> Division {
        let mut division = Division { parts: Vec::new(), method: SharingMethod::None };
        for part in cut(flow, self.times()) {
            let payers = self.payers(part.interval);
            let (weighted, method) = weigh(&payers, &self.without_holder(part.interval));
            division.method = method;
            let weights: Vec<Weight> = weighted.iter().map(|(_, weight)| *weight).collect();
            let energies = split(part, &weights, idle);
            let payers = weighted.into_iter().map(|(payer, _)| payer);
            division.parts.extend(payers.zip(energies));
        }
        division
    }

    /// The weights of payers by their use, where it was measured; `rest` pays for slices of the GPU that no one holds.
    fn weigh_use(
        &self,
        payers: &[(Payer, Option<&Claim>)],
        rest: &Payer,
    ) -> (Vec<Weighted>, SharingMethod) {
        match &self.used {
            Some(used) if payers.len() > 1 && self.instances.is_none() => {
                let weighted = self.weigh(payers, used);
                let method = method(&weighted);
                (weighted, method)
            }
            _ => self.weigh_held(payers, rest),
        }
    }

    /// The weights of payers by what they hold: MIG instances of the GPU, or all of it alike.
    fn weigh_held(
        &self,
        payers: &[(Payer, Option<&Claim>)],
        rest: &Payer,
    ) -> (Vec<Weighted>, SharingMethod) {
        let instances = self.instances.as_ref();
        let by_instance = instances.and_then(|it| it.weigh(payers, self.used_instances, rest));
        by_instance.unwrap_or_else(|| {
            let weighted: Vec<Weighted> =
                payers.iter().map(|(payer, _)| (payer.clone(), HELD)).collect();
            let method = method(&weighted);
            (weighted, method)
        })
    }

    /// The weights of several payers by their use. What others use is paid by someone unknown.
    fn weigh(&self, payers: &[(Payer, Option<&Claim>)], used: &HolderUse) -> Vec<Weighted> {
        let weigh = |used: u64, weight: Weight| Weight { used: ratio(used), ..weight };
        let mut unknown = used.unknown;
        let mut weighted: Vec<Weighted> = payers
            .iter()
            .map(|(payer, claim)| {
                let workload = claim.and_then(|claim| claim.workload.as_ref());
                let used = match workload {
                    Some(workload) => used.by_workload.get(&workload.name).copied(),
                    None => Some(std::mem::take(&mut unknown)),
                };
                (payer.clone(), weigh(used.unwrap_or_default(), HELD))
            })
            .collect();
        if unknown > 0 {
            let nothing_held = Weight { held: Ratio::default(), used: ratio(unknown) };
            weighted.push((Payer::Unknown, nothing_held));
        }
        weighted
    }

    /// The workloads that hold the GPU now, of the first source that knows any.
    pub(super) fn all_holders(&self) -> Vec<Payer> {
        let holding = || self.claims.iter().filter(|claim| claim.until.is_none());
        let first = holding().map(|claim| claim.rank).min();
        let holders = holding().filter(|claim| Some(claim.rank) == first);
        let payer = |workload: &Arc<Workload>| Payer::Workload(self.registry.admitted(workload));
        let mut holders: Vec<Payer> =
            holders.filter_map(|claim| claim.workload.as_ref().map(payer)).collect();
        holders.sort();
        holders.dedup();
        holders
    }

    /// The workload that holds the GPU now, if it is only one, and no one unknown holds it beside.
    pub(super) fn only_holder(&self) -> Option<Payer> {
        let is_known = |claim: &&Claim| claim.until.is_some() || claim.workload.is_some();
        let mut holders = self.all_holders();
        if self.instances.is_some() {
            return None; // it may hold a part of the GPU alone
        }
        let only = holders.pop().filter(|_| holders.is_empty());
        only.filter(|_| self.claims.iter().all(is_known))
    }

    /// True once the sources have said who holds the GPU.
    pub(in crate::accounting) fn are_known(&self) -> bool {
        let is_open = |it: &Option<Watched>| it.is_some_and(|it| it.until.is_none());
        self.claims.iter().any(|claim| claim.until.is_none() && claim.rank == 0)
            || (!self.watched.is_empty() && self.watched.iter().all(is_open))
    }

    /// The times at which a holder came or went, or a source began or ceased to answer.
    fn times(&self) -> impl Iterator<Item = Timestamp> {
        let claims = self.claims.iter().flat_map(|claim| [Some(claim.since), claim.until]);
        let watched = self.watched.iter().flatten().flat_map(|it| [Some(it.since), it.until]);
        claims.chain(watched).flatten()
    }

    /// The payer of what no known workload holds in an interval: unallocated if all holders are known.
    fn without_holder(&self, interval: Interval) -> Payer {
        let is_known = self.watched.iter().all(|it| it.is_some_and(|it| it.covers(interval)));
        if is_known { Payer::Unallocated } else { Payer::Unknown }
    }

    /// The payers of an interval that none of these times divides: the workloads of the first source that knows any.
    fn payers(&self, interval: Interval) -> Vec<(Payer, Option<&Claim>)> {
        let holding = || self.claims.iter().filter(|claim| claim.covers(interval));
        let Some(first) = holding().map(|claim| claim.rank).min() else {
            return vec![(self.without_holder(interval), None)];
        };
        let payer = |claim: &Claim| match &claim.workload {
            Some(workload) => Payer::Workload(self.registry.admitted(workload)),
            None => Payer::Unknown,
        };
        let payers = holding().filter(|claim| claim.rank == first);
        payers.map(|claim| (payer(claim), Some(*claim))).collect()
    }
}

/// The weight of a holder whose use is not known.
const HELD: Weight = Weight { held: Ratio::ONE, used: Ratio::ZERO };

/// A sum of percents as a weight.
fn ratio(percents: u64) -> Ratio {
    #[expect(clippy::cast_precision_loss, reason = "a sum of percents is below 2^53")]
    let percents = percents as f64;
    Ratio::from_number(percents).unwrap_or_default()
}

/// The method of a split by these weights.
fn method(weighted: &[Weighted]) -> SharingMethod {
    match weighted {
        [(Payer::Unallocated | Payer::Unknown, _)] => SharingMethod::None,
        [_] => SharingMethod::Exclusive,
        several if several.iter().all(|(_, weight)| weight.used == Ratio::ZERO) => {
            SharingMethod::Held
        }
        _ => SharingMethod::Utilization,
    }
}
