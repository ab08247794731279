//! What is posted: signed amounts, each to one five-minute slot.

use std::sync::Arc;

use gpu_carbon_core::{Pue, Quality, Signal, Timestamp};

/// How energy was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// By the GPU's own counter, while it was watched.
    Counted,
    /// From samples of its power.
    Integrated,
    /// By the counter, after nobody had watched it for a while: spread evenly over that time.
    Recovered,
}

impl How {
    /// Every way.
    pub const ALL: [How; 3] = [How::Counted, How::Integrated, How::Recovered];
}

/// By what energy is priced, or waits to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// The grid's zone.
    pub zone: Arc<str>,
    /// Which question the intensity answers.
    pub signal: Signal,
    /// The energy of the whole data centre for each joule of a GPU.
    pub pue: Pue,
    /// The source of the intensity and how well it is known; `None` where energy waits for its price.
    pub price: Option<(Arc<str>, Quality)>,
}

/// A signed amount of energy, and of what it emitted, for one slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Posting {
    /// When the slot begins; a moment inside a slot stands for it.
    pub slot: Timestamp,
    /// What prices it.
    pub origin: Origin,
    /// How the energy was found.
    pub how: How,
    /// Of the GPU alone, without the data centre's overhead.
    pub energy_joules: f64,
    /// Of the energy with the overhead; it is ignored where the energy waits for its price.
    pub emissions_grams: f64,
}

/// For how long a GPU was there in one slot, whatever it used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Presence {
    /// When the slot begins; a moment inside a slot stands for it.
    pub slot: Timestamp,
    /// How much of the slot is added.
    pub seconds: f64,
    /// The share of the GPU's manufacture that belongs to that time.
    pub embodied_grams: f64,
}
