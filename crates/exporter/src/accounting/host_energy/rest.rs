//! The rest of a host: what its platform uses beside GPUs, processors and memory.

use gpu_carbon_core::remainder::Remainder;
use gpu_carbon_core::{Energy, Flow, Interval, Span};

use super::gpus_of_host::GpusOfHost;

/// The rest of a host.
#[derive(Debug, Default)]
pub(super) struct Rest {
    remainder: Remainder,
    /// The energy of the platform, and its time, that was not compared yet.
    platform: Option<Flow>,
    /// The energy of processors and memory that was not compared yet.
    parts: Energy,
    /// The energy of the GPUs that was compared.
    gpus_until: Option<Energy>,
}

/// The readings of the platform's meters in one round.
#[derive(Debug, Default)]
pub(super) struct PlatformRound {
    flow: Option<Flow>,
    /// True if a meter did not answer, so that its energy comes later.
    pub(super) is_incomplete: bool,
    /// True if the energy of a meter since its last reading is unknown.
    pub(super) is_unseen: bool,
}

impl PlatformRound {
    /// Adds the energy of one meter of the platform.
    pub(super) fn add(&mut self, flow: Flow) {
        self.flow = Some(joined(self.flow, flow));
    }
}

/// The energy of two flows, over the time of both.
fn joined(one: Option<Flow>, other: Flow) -> Flow {
    match one {
        None => other,
        Some(one) => {
            let interval: Interval = one.interval.hull(other.interval);
            Flow { interval, energy: one.energy + other.energy }
        }
    }
}

impl Rest {
    /// Adds energy of the processors or the memory.
    pub(super) fn add_part(&mut self, energy: Energy) {
        self.parts += energy;
    }

    /// Compares the platform with its parts, after a round of readings. Returns the energy of the rest, if it has grown.
    pub(super) fn settle(
        &mut self,
        round: PlatformRound,
        gpus: GpusOfHost,
        uptime: Span,
    ) -> Option<Flow> {
        if round.is_unseen {
            // What the parts have used in a time in which the platform is unknown is not compared.
            (self.platform, self.parts) = (None, Energy::ZERO);
            self.gpus_until = Some(gpus.energy);
            return None;
        }
        if let Some(flow) = round.flow {
            self.platform = Some(joined(self.platform, flow));
        }
        let platform = self.platform.take_if(|_| !round.is_incomplete)?;
        let before = self.gpus_until.replace(gpus.energy).unwrap_or(gpus.energy);
        let of_gpus = gpus.energy.saturating_sub(before);
        // A meter of a GPU that contains its processor has counted these parts.
        let parts = std::mem::take(&mut self.parts);
        let parts = if gpus.contain_host { of_gpus } else { of_gpus + parts };
        let energy = self.remainder.add(platform.energy, parts, uptime);
        Some(Flow { interval: platform.interval, energy })
    }

    /// The energy by which the parts were more than the platform.
    pub(super) fn disagreement(&self) -> Energy {
        self.remainder.disagreement()
    }
}
