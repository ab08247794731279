//! The division of the energy of the host around the GPUs among those who hold GPUs.

use std::collections::BTreeMap;

use gpu_carbon_core::share::{Weight, split};
use gpu_carbon_core::{Energy, Flow, Interval, Power, Ratio};

use super::cpu_weights::CpuWeights;
use super::division::GpuHolders;
use super::payer::Payer;
use crate::host_view::HostPart;

/// The holders of all GPUs of a host, and the use of its processors.
#[derive(Debug)]
pub(in crate::accounting) struct HostHolders<'a> {
    pub(super) gpus: Vec<GpuHolders<'a>>,
    /// The use of the processors; `None` if it is not known.
    pub(super) processors: Option<&'a CpuWeights>,
}

impl HostHolders<'_> {
    /// Divides energy of a part of the host. That of processors above `idle`, their power without work, is divided by processor time;
    /// all else by the held parts of all GPUs. Processor time of others, and GPUs that no one holds, are unallocated. The parts add up
    /// to the energy.
    pub(super) fn divide(&self, part: HostPart, flow: Flow, idle: Power) -> Vec<(Payer, Energy)> {
        let mut weights: BTreeMap<Payer, Weight> = self.held(flow.interval);
        if let (HostPart::Cpu, Some(processors)) = (part, self.processors) {
            let mut others = processors.others;
            for (name, time) in &processors.by_workload {
                let holder = weights.iter_mut().find(
                    |(payer, _)| matches!(payer, Payer::Workload(workload) if workload.name == *name),
                );
                match holder {
                    Some((_, weight)) => weight.used = ratio(*time),
                    None => others = others.saturating_add(*time),
                }
            }
            let none = Weight { held: Ratio::ZERO, used: Ratio::ZERO };
            weights.entry(Payer::Unallocated).or_insert(none).used = ratio(others);
        }
        let (payers, weights): (Vec<Payer>, Vec<Weight>) = weights.into_iter().unzip();
        payers.into_iter().zip(split(flow, &weights, idle)).collect()
    }

    /// True if the processors had next to nothing to do.
    pub(super) fn are_processors_quiet(&self) -> bool {
        self.processors.is_some_and(|processors| processors.is_quiet)
    }

    /// The time for which each payer held GPUs in an interval, summed over all GPUs. A host without GPUs is held by no one.
    fn held(&self, interval: Interval) -> BTreeMap<Payer, Weight> {
        let mut seconds: BTreeMap<Payer, f64> = BTreeMap::new();
        for gpu in &self.gpus {
            for (payer, held) in gpu.divide_time(interval).parts {
                *seconds.entry(payer).or_default() += held.as_joules();
            }
        }
        if seconds.is_empty() {
            seconds.insert(Payer::Unallocated, 1.0);
        }
        let weight = |seconds: f64| {
            let held = Ratio::from_number(seconds).unwrap_or_default();
            Weight { held, used: Ratio::ZERO }
        };
        seconds.into_iter().map(|(payer, seconds)| (payer, weight(seconds))).collect()
    }
}

/// Microseconds as a weight.
fn ratio(micros: u64) -> Ratio {
    #[expect(clippy::cast_precision_loss, reason = "a second of all processors is below 2^53")]
    let micros = micros as f64;
    Ratio::from_number(micros).unwrap_or_default()
}
