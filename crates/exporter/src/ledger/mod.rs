//! The exporter's side of the ledger: one thread owns the file, so that neither the readers of GPUs nor the
//! accounting ever waits for a disk.

mod check;
mod commit_policy;
mod feed_zones;
mod grid_intensities;
mod messages;
mod revisions;
mod settings;
mod worker;

pub use check::check;
pub use commit_policy::{CommitPolicy, CommitReport, CommitSuccess};
pub use grid_intensities::GridIntensities;
pub use messages::{ConvertedBatch, LedgerCommand, LedgerEvent};
pub use revisions::Revisions;
pub use settings::Settings;
pub use worker::{Worker, needed_since};
