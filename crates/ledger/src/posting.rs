//! Postings: signed amounts, each for one five-minute slot.

use std::sync::Arc;

use gpu_carbon_core::{Pue, Quality, Scope, Signal, Timestamp};

use crate::energy_source::EnergySource;

/// The source of the intensity that converts energy to emissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntensitySource {
    /// The name of the source, such as `gb` or `file`.
    pub name: Arc<str>,
    /// The quality of the intensity: measured, estimated, forecast or fallback.
    pub quality: Quality,
    /// The emissions that a gram of it counts; `None` where that is unknown, as in all rows of earlier versions.
    pub scope: Option<Scope>,
}

/// The factors that convert the energy of a row to emissions.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// The grid's zone.
    pub zone: Arc<str>,
    /// The kind of intensity: marginal or average.
    pub signal: Signal,
    /// The power usage effectiveness: energy of the whole data centre for each joule of a GPU.
    pub pue: Pue,
    /// The source of the intensity; `None` while the energy is pending, that is, has no intensity yet.
    pub intensity_source: Option<IntensitySource>,
}

/// A signed amount of energy, and of its emissions, for one slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Posting {
    /// The start of the slot; any time within a slot stands for that slot.
    pub slot: Timestamp,
    /// The factors that convert the energy.
    pub origin: Origin,
    /// The way in which the energy was measured.
    pub source: EnergySource,
    /// Energy of the GPU alone, without the data centre's overhead, in joules.
    pub energy_joules: f64,
    /// Emissions of the energy and its overhead, in grams; ignored while the energy is pending.
    pub emissions_grams: f64,
}

/// The time for which a GPU was present in one slot, whatever energy it used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Presence {
    /// The start of the slot; any time within a slot stands for that slot.
    pub slot: Timestamp,
    /// The part of the slot that is added, in seconds.
    pub seconds: f64,
    /// The share of the GPU's embodied emissions for that time, in grams; `None` where no figure for its manufacture is
    /// known. The file stores `None` as 0, and a reader returns 0 as `None`.
    pub embodied_grams: Option<f64>,
}
