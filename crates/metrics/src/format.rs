//! The two exposition formats.

use crate::sample::Family;
use crate::{openmetrics, text};

/// An exposition format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The Prometheus text format 0.0.4, which every scraper reads.
    Text,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Format {
    /// The content type of the format.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The page of metrics in a format, as UTF-8. Families without a sample are left out.
#[must_use]
pub fn page(format: Format, families: &[Family]) -> Vec<u8> {
    match format {
        Format::Text => text::page(families),
        Format::OpenMetrics => openmetrics::page(families),
    }
}
