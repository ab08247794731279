//! The two exposition formats.

/// An exposition format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The Prometheus text format 0.0.4, which every scraper reads.
    Text,
    /// OpenMetrics 1.0.0, without the series `_created`, so that it has the same series as the text.
    OpenMetrics,
    /// OpenMetrics 1.0.0, with a series `_created` for each series of a counter: the time from which it counts.
    OpenMetricsWithCreated,
}

impl Format {
    /// The content type of the format.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics | Format::OpenMetricsWithCreated => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }
}
