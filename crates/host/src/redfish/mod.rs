//! The power of a host by its management controller (BMC), from the answers of Redfish.
//!
//! [`PowerSource::find`] follows the links of a BMC to the chassis of the host, and to the resource that shows its power:
//! `EnvironmentMetrics`, the power supplies of `PowerSubsystem`, or the older `Power`. [`PowerSource::read`] reads it. The
//! requests are a function of the caller, so the module has no connection.

mod error;
mod find;
mod read;
mod resource;

pub use error::RedfishError;
pub use read::{PowerSource, Quantity, Shown};
