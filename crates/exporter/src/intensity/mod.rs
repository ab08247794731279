//! The grid's intensity: its sources, and the task that publishes their updates.

mod grid;
mod intensities;
pub mod live;
mod series_file;
mod source;
mod source_error;

pub use grid::{Grid, RequestKind, Requests, SourceUpdate};
pub use intensities::{Intensities, Origin};
pub use source::{ServiceZone, Settings, Source, SourceKind, publish_updates};
pub use source_error::SourceError;
