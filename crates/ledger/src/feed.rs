//! The feed whose intensities a ledger has.

use gpu_carbon_core::Timestamp;

/// The feed of the intensities, and the time since which it is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The name, such as those of services with their zones.
    pub name: String,
    /// The time before which slots were converted by another feed, whose values this one must not revise.
    pub since: Timestamp,
}
