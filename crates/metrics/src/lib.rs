//! Metrics of gpu-carbon: the [`table`] of all metrics, and the one writer of both exposition formats.
//!
//! The exporter writes whole pages by a [`PageWriter`], in either [`Format`]: [`Family`] values, and a [`SeriesTable`] of each
//! metric that has hundreds of series. A long history, with a time at each sample, is streamed by an [`OpenMetricsWriter`].

mod format;
mod metric;
mod number;
mod openmetrics;
mod page;
mod sample;
mod series;
pub mod table;
mod text;

pub use format::Format;
pub use metric::{Kind, Metric};
pub use openmetrics::{OpenMetricsWriter, Point};
pub use page::PageWriter;
pub use sample::{Family, Label, Sample};
pub use series::{SeriesGroup, SeriesTable};
