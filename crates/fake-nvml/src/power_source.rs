//! Power over time, and its integral.

use crate::quantity::{Femtojoules, Microwatts};
use crate::time::UnixTime;

/// Power over time that has an antiderivative.
pub(crate) trait PowerSource {
    /// The power at a time.
    fn power_at(&self, time: UnixTime) -> Microwatts;

    /// The antiderivative of the power. Only its differences have a meaning.
    fn cumulative_energy(&self, time: UnixTime) -> Femtojoules;
}
