//! The grid's intensity: its sources, and the task that publishes their updates.

mod grid;
mod intensities;
pub mod live;
mod source;

pub use grid::{Grid, RequestKind, Requests, SourceUpdate};
pub use intensities::{Intensities, Origin};
pub use source::{Settings, Source, SourceError, SourceKind, publish_updates};
