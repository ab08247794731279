//! The claims of one source, from one answer to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Span, Timestamp};

use super::holdings::{Claim, ClaimedGpu};
use super::workload::Workload;
use crate::clock::ClockJump;

/// The time for which claims that have ended are kept: a GPU whose calls hang may be read that late.
const KEPT: Span = Span::from_seconds(900);

/// The most claims of a source, so that jobs of a second each use no memory without bound.
const MOST: usize = 10_000;

/// A holder and the GPU that it holds.
pub(super) type Holding = (ClaimedGpu, Option<Arc<Workload>>);

/// The claims of one source.
#[derive(Debug)]
pub(super) struct Claims {
    rank: usize,
    claims: Vec<Claim>,
}

impl Claims {
    /// No claims, of the source at a place in the order of belief.
    pub(super) const fn new(rank: usize) -> Claims {
        Claims { rank, claims: Vec::new() }
    }

    /// Takes an answer about some GPUs: all holdings, each with the time since which it is one. Others end at a time.
    pub(super) fn update(
        &mut self,
        is_asked: impl Fn(&ClaimedGpu) -> bool,
        mut held: BTreeMap<Holding, Timestamp>,
        ended: Timestamp,
    ) {
        for claim in self.claims.iter_mut().filter(|claim| is_asked(&claim.gpu)) {
            let holding = (claim.gpu.clone(), claim.workload.clone());
            match (held.get(&holding).copied(), claim.until) {
                (Some(_), None) => {
                    held.remove(&holding);
                }
                // The same holder as before the source failed.
                (Some(since), Some(until)) if until > since => {
                    held.remove(&holding);
                    claim.until = None;
                }
                (None, None) => claim.until = Some(ended.max(claim.since)),
                _ => {}
            }
        }
        let rank = self.rank;
        let claim = |((gpu, workload), since)| Claim { gpu, workload, rank, since, until: None };
        self.claims.extend(held.into_iter().map(claim));
    }

    /// Forgets what ended long before a time, and the oldest beyond the most.
    pub(super) fn forget_before(&mut self, now: Timestamp) {
        let oldest = now - KEPT;
        self.claims.retain(|claim| claim.until.is_none_or(|until| until >= oldest));
        if self.claims.len() > MOST {
            self.claims.sort_by_key(|claim| (claim.until.is_none(), claim.until));
            self.claims.drain(..self.claims.len() - MOST);
        }
    }

    /// Keeps the times of all claims at the same moments after the wall clock was set.
    pub(super) fn set_clock(&mut self, jump: ClockJump) {
        for claim in &mut self.claims {
            claim.since = jump.moved(claim.since);
            claim.until = claim.until.map(|until| jump.moved(until));
        }
    }

    /// All claims.
    pub(super) fn all(&self) -> &[Claim] {
        &self.claims
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::holders::WorkloadKind;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn holding(name: &str) -> Holding {
        let workload = Workload { name: name.into(), kind: WorkloadKind::SlurmJob, pod: None };
        (ClaimedGpu::Number(0), Some(Arc::new(workload)))
    }

    fn spans(claims: &Claims) -> Vec<(String, i64, Option<i64>)> {
        let seconds = |time: Timestamp| time.as_unix_micros() / 1_000_000;
        let one = |claim: &Claim| {
            let name = claim.workload.as_ref().map_or("-", |it| &it.name).to_owned();
            (name, seconds(claim.since), claim.until.map(seconds))
        };
        claims.all().iter().map(one).collect()
    }

    #[test]
    fn a_claim_lasts_from_the_first_answer_to_the_last() {
        let mut claims = Claims::new(0);
        claims.update(|_| true, [(holding("a"), at(10))].into(), at(11));
        claims.update(|_| true, [(holding("a"), at(15)), (holding("b"), at(16))].into(), at(17));
        assert_eq!(spans(&claims), [("a".into(), 10, None), ("b".into(), 16, None)]);
        claims.update(|_| true, [(holding("b"), at(16))].into(), at(20));
        assert_eq!(spans(&claims), [("a".into(), 10, Some(20)), ("b".into(), 16, None)]);
        claims.update(|gpu| *gpu == ClaimedGpu::Number(1), BTreeMap::new(), at(30));
        assert_eq!(spans(&claims)[1].2, None, "the answer was about another GPU");
        claims.forget_before(at(20 + 900));
        assert_eq!(claims.all().len(), 2);
        claims.forget_before(at(21 + 900));
        assert_eq!(spans(&claims), [("b".into(), 16, None)]);
    }

    #[test]
    fn a_holder_that_comes_back_is_no_second_one() {
        let mut claims = Claims::new(0);
        claims.update(|_| true, [(holding("a"), at(10))].into(), at(10));
        claims.update(|_| true, BTreeMap::new(), at(20)); // the source failed
        claims.update(|_| true, [(holding("a"), at(10))].into(), at(25));
        assert_eq!(spans(&claims), [("a".into(), 10, None)]);
        claims.update(|_| true, BTreeMap::new(), at(30));
        claims.update(|_| true, [(holding("a"), at(40))].into(), at(40));
        assert_eq!(spans(&claims), [("a".into(), 10, Some(30)), ("a".into(), 40, None)]);
    }

    #[test]
    fn many_short_holders_use_no_memory_without_bound() {
        let mut claims = Claims::new(0);
        let many = (0..12_000).map(|job| (holding(&job.to_string()), at(0))).collect();
        claims.update(|_| true, many, at(0));
        claims.update(|_| true, [(holding("last"), at(1))].into(), at(1));
        claims.forget_before(at(1));
        assert_eq!(claims.all().len(), MOST);
        assert!(spans(&claims).contains(&("last".into(), 1, None)));
    }
}
