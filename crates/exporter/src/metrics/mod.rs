//! The metrics of a snapshot, and their pages. The names and the formats are those of [`gpu_carbon_metrics`].

mod exporter;
mod gpus;
mod grid;
mod gzip;
mod host;
mod page_buffer;
mod workloads;

use std::sync::OnceLock;

use bytes::Bytes;
pub use gpu_carbon_metrics::Format;
use gpu_carbon_metrics::{Family, PageWriter, SeriesTable};

use crate::snapshot::Snapshot;
use gzip::gzip;
use page_buffer::PageBuffer;

/// The bytes of a page of eight GPUs, without those of workloads.
const OTHER_BYTES: usize = 24 * 1024;

/// A part of a page: metrics with a few series each, or those that have hundreds.
enum Part<'a> {
    Families(Vec<Family>),
    Tables(Vec<SeriesTable<'a>>),
}

/// All parts of a page, in its order.
fn parts(snapshot: &Snapshot) -> [Part<'_>; 6] {
    [
        Part::Families(gpus::families(snapshot)),
        Part::Tables(workloads::tables(snapshot)),
        Part::Families(workloads::families(snapshot)),
        Part::Families(host::families(snapshot)),
        Part::Families(grid::families(snapshot)),
        Part::Families(exporter::families(snapshot)),
    ]
}

/// The metrics of a snapshot, in a fixed order, without those that have no sample.
#[must_use]
pub fn families(snapshot: &Snapshot) -> Vec<Family> {
    let of_part = |part| match part {
        Part::Families(families) => families,
        Part::Tables(tables) => tables.iter().map(Family::from).collect(),
    };
    let families = parts(snapshot).into_iter().flat_map(of_part);
    families.filter(|family| !family.samples.is_empty()).collect()
}

/// The page of a snapshot: that of its [`families`], without a sample for each series of a workload.
fn page(format: Format, snapshot: &Snapshot) -> Bytes {
    let parts = parts(snapshot);
    let of_tables = parts.iter().map(|part| match part {
        Part::Families(_) => 0,
        Part::Tables(tables) => tables.iter().map(SeriesTable::estimated_bytes).sum(),
    });
    let room = OTHER_BYTES + of_tables.sum::<usize>();
    let mut page = PageWriter::in_buffer(format, PageBuffer::with_room(room));
    for part in &parts {
        match part {
            Part::Families(families) => page.families(families),
            Part::Tables(tables) => tables.iter().for_each(|table| page.series(table)),
        }
    }
    Bytes::from_owner(PageBuffer::of(page.finish()))
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
        let write = || page(format, &self.snapshot);
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
