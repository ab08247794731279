//! Carbon intensity from the formats in which it is published, as core series. Parses text; does no I/O.

pub mod calendar;
pub mod checksum;
pub mod csv;
pub mod electricity_maps;
pub mod energy_charts;
mod error;
pub mod forecasts;
pub mod gb;
mod json;
pub mod moment;
pub mod pack;
pub mod profile;
pub mod prometheus;
mod published;
mod recognise;
pub mod replay;
pub mod scrape;
pub mod shipped;
pub mod table;
pub mod watttime;
pub mod yearly;

pub use error::FeedError;
pub use published::{Point, Published};
pub use recognise::{Recognised, Service, recognise};
