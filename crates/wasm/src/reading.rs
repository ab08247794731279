//! A parsed series and its provenance.

use gpu_carbon_core::{Quality, Scope, Series, Signal};

use crate::InputError;

/// A parsed series, without a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The provenance of the values.
    pub provenance: Provenance,
    /// The values.
    pub series: Series,
}

/// The provenance of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// The signal of the values: marginal or average.
    pub signal: Signal,
    /// The scope of the values; `None` where it is unknown.
    pub scope: Option<Scope>,
    /// The source of the values: the name of a file, or a service and its zone.
    pub source: String,
    /// The credit that must be shown with the values.
    pub attribution: Option<String>,
    /// The lowest quality among the values.
    pub quality: Quality,
}

/// The signal with a name.
pub(crate) fn signal_of(name: &str) -> Result<Signal, InputError> {
    Signal::named(name).ok_or_else(|| {
        InputError::of("signal", format!("must be marginal or average, got `{name}`"))
    })
}

/// The quality with a name.
#[cfg(feature = "engine")]
pub(crate) fn quality_of(name: &str) -> Result<Quality, InputError> {
    Quality::named(name)
        .ok_or_else(|| InputError::of("quality", format!("there is no quality `{name}`")))
}
