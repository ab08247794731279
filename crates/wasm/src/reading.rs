//! A series as it was read, and what is known of it.

use gpu_carbon_core::{Quality, Series, Signal};

use crate::InputError;

/// A series that nobody has named yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What is known of it.
    pub provenance: Provenance,
    /// Its values.
    pub series: Series,
}

/// What is known of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// Which question its values answer.
    pub signal: Signal,
    /// Where they come from.
    pub source: String,
    /// The credit that must be shown with them.
    pub attribution: Option<String>,
    /// How well they are known: the least well-known one.
    pub quality: Quality,
}

/// The signal of a name.
pub(crate) fn signal_of(name: &str) -> Result<Signal, InputError> {
    Signal::named(name).ok_or_else(|| {
        InputError::of("signal", format!("must be marginal or average, got `{name}`"))
    })
}

/// The quality of a name.
#[cfg(feature = "engine")]
pub(crate) fn quality_of(name: &str) -> Result<Quality, InputError> {
    Quality::named(name)
        .ok_or_else(|| InputError::of("quality", format!("there is no quality `{name}`")))
}
