//! Cloud regions, the grid zone that each lies in, and where the zone's carbon intensity can be found.
//!
//! One map serves the command line, the exporter and the calculator. Zones are named as Electricity Maps names them.

mod cloud;
mod error;
mod provider;
mod yearly;
mod zone;

pub use cloud::{CloudRegion, DisputedZone, all, find};
pub use error::RegionError;
pub use provider::Provider;
pub use yearly::{ATTRIBUTION as YEARLY_ATTRIBUTION, YEAR as YEARLY_YEAR, yearly_level};
pub use zone::{GridZone, ZoneSource, zone, zones};
