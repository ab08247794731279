//! The metrics of a snapshot, and their pages. The names and the formats are those of [`gpu_carbon_metrics`].

mod exporter;
mod gpus;
mod grid;
mod workloads;

use std::io::Write as _;
use std::sync::OnceLock;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use gpu_carbon_metrics::Family;
pub use gpu_carbon_metrics::Format;

use crate::snapshot::Snapshot;

/// The metrics of a snapshot, in a fixed order, without those that have no sample.
#[must_use]
pub fn families(snapshot: &Snapshot) -> Vec<Family> {
    let mut families = gpus::families(snapshot);
    families.extend(workloads::families(snapshot));
    families.extend(grid::families(snapshot));
    families.extend(exporter::families(snapshot));
    families.retain(|family| !family.samples.is_empty());
    families
}

/// A snapshot and its pages. Each page is written once, for the first request: ten scrapers of one snapshot cost
/// as much as one.
#[derive(Debug)]
pub struct Exposition {
    /// The values on the pages.
    pub snapshot: Snapshot,
    text: Page,
    openmetrics: Page,
    openmetrics_with_created: Page,
}

#[derive(Debug, Default)]
struct Page {
    plain: OnceLock<Bytes>,
    gzipped: OnceLock<Bytes>,
}

impl From<Snapshot> for Exposition {
    fn from(snapshot: Snapshot) -> Exposition {
        let [text, openmetrics, openmetrics_with_created] = [(); 3].map(|()| Page::default());
        Exposition { snapshot, text, openmetrics, openmetrics_with_created }
    }
}

impl Exposition {
    /// The page in a format.
    pub fn page(&self, format: Format) -> Bytes {
        let write = || gpu_carbon_metrics::page(format, &families(&self.snapshot)).into();
        self.cached(format).plain.get_or_init(write).clone()
    }

    /// The page in a format, compressed by gzip.
    pub fn gzipped_page(&self, format: Format) -> Bytes {
        self.cached(format).gzipped.get_or_init(|| gzip(&self.page(format))).clone()
    }

    const fn cached(&self, format: Format) -> &Page {
        match format {
            Format::Text => &self.text,
            Format::OpenMetrics => &self.openmetrics,
            Format::OpenMetricsWithCreated => &self.openmetrics_with_created,
        }
    }
}

fn gzip(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(plain);
    encoder.finish().unwrap_or_default().into()
}
