//! The rest of a host: what its platform uses beside GPUs, processors and memory.

use gpu_carbon_core::remainder::Remainder;
use gpu_carbon_core::{Energy, Flow, Interval, Span};

use super::gpus_of_host::GpusOfHost;

/// The longest time for which the rest waits for energy of a part that is not read: a release of all GPUs takes ten minutes.
const LONGEST_WAIT: Span = Span::from_seconds(900);

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
    /// True once the platform was compared without energy of a part that may still come.
    lacks_part: bool,
}

/// The readings of the platform's meters in one round.
#[derive(Debug, Default)]
pub(super) struct PlatformRound {
    flow: Option<Flow>,
    /// True if a meter did not answer, so that its energy comes later.
    pub(super) is_incomplete: bool,
    /// True if the energy of a meter since its last reading is unknown.
    pub(super) is_unseen: bool,
    /// True if a part of the host is not read, and its energy may come later.
    pub(super) is_part_late: bool,
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
            self.lacks_part |= round.is_part_late;
            return None;
        }
        if let Some(flow) = round.flow {
            self.platform = Some(joined(self.platform, flow));
        }
        let is_late = round.is_part_late;
        let waits = |platform: &Flow| {
            is_late && !self.lacks_part && platform.interval.length() < LONGEST_WAIT
        };
        let platform = self.platform.take_if(|it| !round.is_incomplete && !waits(it))?;
        let before = self.gpus_until.replace(gpus.energy).unwrap_or(gpus.energy);
        let of_gpus = gpus.energy.saturating_sub(before);
        // A meter of a GPU that contains its processor has counted these parts.
        let parts = std::mem::take(&mut self.parts);
        let parts = if gpus.contain_host { of_gpus } else { of_gpus + parts };
        // What a part shows late was in the rest meanwhile, which makes up for it.
        let may_be_late = std::mem::replace(&mut self.lacks_part, is_late) || is_late;
        let late = if may_be_late { parts.saturating_sub(platform.energy) } else { Energy::ZERO };
        self.remainder.owe(late);
        let parts = parts.saturating_sub(late);
        let energy = self.remainder.add(platform.energy, parts, uptime);
        Some(Flow { interval: platform.interval, energy })
    }

    /// The energy by which the parts were more than the platform.
    pub(super) fn disagreement(&self) -> Energy {
        self.remainder.disagreement()
    }
}
