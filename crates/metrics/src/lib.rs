//! Metrics of gpu-carbon: the [`table`] of all metrics, and the one writer of both exposition formats.
//!
//! The exporter writes a whole [`page`] of [`Family`] values, in either [`Format`]. A long history, with a time at
//! each sample, is streamed by an [`OpenMetricsWriter`].

mod format;
mod metric;
mod openmetrics;
mod sample;
pub mod table;
mod text;

pub use format::{Format, page};
pub use metric::{Kind, Metric};
pub use openmetrics::{OpenMetricsWriter, Point};
pub use sample::{Family, Label, Sample};
