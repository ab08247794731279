//! The division of energy among the holders of one GPU.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::share::{Weight, cut, split};
use gpu_carbon_core::{Energy, Flow, Interval, Power, Ratio, Timestamp};

use super::registry::Registry;
use crate::holders::{Claim, Watched, Workload};
use crate::snapshot::SharingMethod;

/// The payer of a part of a GPU's energy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Payer {
    /// A workload as it is published.
    Workload(Arc<Workload>),
    /// No workload: none held the GPU.
    Unallocated,
    /// One that is not known.
    Unknown,
}

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

/// A payer and its weight in the split.
type Weighted = (Payer, Weight);

impl GpuHolders<'_> {
    /// Divides a flow: it is cut at the times at which holders came and went, and each part is paid by those who held the
    /// GPU then. Several divide the energy of the idle power in equal shares, and the rest by their use, where it was
    /// measured. `learnt` is the idle power where none is configured.
    pub(super) fn divide(&self, flow: Flow, learnt: Power) -> Division {
        let idle = self.idle.unwrap_or(learnt);
        self.divide_by(flow, idle, |payers| match &self.used {
            Some(used) => self.weigh(payers, used),
            None => payers.iter().map(|(payer, _)| (payer.clone(), HELD)).collect(),
        })
    }

    /// Divides a time in which the GPU was present, as much energy as there are seconds: in equal shares, which do not depend on use.
    pub(super) fn divide_time(&self, interval: Interval) -> Division {
        let energy = Energy::from_joules(interval.length().as_seconds()).unwrap_or_default();
        let equal = |payers: &[(Payer, Option<&Claim>)]| {
            payers.iter().map(|(payer, _)| (payer.clone(), HELD)).collect()
        };
        self.divide_by(Flow { interval, energy }, Power::ZERO, equal)
    }

    fn divide_by(
        &self,
        flow: Flow,
        idle: Power,
        weigh: impl Fn(&[(Payer, Option<&Claim>)]) -> Vec<Weighted>,
    ) -> Division {
        let mut division = Division { parts: Vec::new(), method: SharingMethod::None };
        for part in cut(flow, self.times()) {
            let payers = self.payers(part.interval);
            let weighted = match payers.as_slice() {
                [(payer, _)] => vec![(payer.clone(), HELD)],
                several => weigh(several),
            };
            division.method = method(&weighted);
            let weights: Vec<Weight> = weighted.iter().map(|(_, weight)| *weight).collect();
            let energies = split(part, &weights, idle);
            let payers = weighted.into_iter().map(|(payer, _)| payer);
            division.parts.extend(payers.zip(energies));
        }
        division
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

    /// The payers of an interval that none of these times divides: the workloads of the first source that knows any.
    fn payers(&self, interval: Interval) -> Vec<(Payer, Option<&Claim>)> {
        let holding = || self.claims.iter().filter(|claim| claim.covers(interval));
        let Some(first) = holding().map(|claim| claim.rank).min() else {
            let is_known = self.watched.iter().all(|it| it.is_some_and(|it| it.covers(interval)));
            return vec![(if is_known { Payer::Unallocated } else { Payer::Unknown }, None)];
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
