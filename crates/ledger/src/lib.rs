//! The ledger: the energy and emissions of each GPU, and of the host around them, slot by slot, in one SQLite file that
//! survives restarts.
//!
//! It uses double-entry accounting. The exporter *posts* signed amounts ([`Posting`]), and a row of the ledger is the
//! sum of its postings. Energy is *pending* while no intensity is known for it: its row has no emissions. When the
//! intensity arrives, `-E` is posted to the pending row and `+E` to a converted one, so that the sum over all rows is
//! always the GPU's total.
//!
//! [`Ledger`] is the only writer of a file, and holds a lock on it. A [`Reader`] reads beside it without blocking it,
//! and changes nothing; [`report`] sums up the rows.
//!
//! # Durability
//!
//! SQLite writes each commit to a log beside the file (`-wal`), and flushes the log to the disk (fsync,
//! `synchronous = FULL`). When [`Ledger::write`] returns, the batch survives a killed process and a loss of power, as
//! far as the disk stores what it reports as flushed. A batch is complete or absent: each page of the log has a checksum
//! that continues that of the page before it, and a log that ends early or has a gap is read up to its last complete
//! batch. Pages move from the log to the file after every thousand pages, and when the ledger is closed; the log is
//! flushed before that, and the file after it.
//!
//! [`Ledger::open`] reads the whole file, and compares it with digests of its rows. A damaged ledger is renamed to
//! `NAME.corrupt-20261124T120000Z`, and replaced by a new one with all totals and pending energy that can be read. Damage
//! in the middle of the log is not detected: later batches count as never written.
//!
//! The locks are `flock` on the database and on `NAME.lock`. SQLite's log needs a local disk: network file systems are not
//! supported. The README of this crate describes the tables.
#![deny(clippy::indexing_slicing)]

mod backup_error;
mod check;
mod compact;
mod embodied;
mod energy_source;
mod error;
mod feed;
mod files;
mod gpu;
mod host;
mod ledger;
mod lock;
mod mix;
mod opened;
mod posting;
mod read_error;
mod reader;
pub mod report;
mod restate;
mod rows;
mod salvaged;
mod seal;
mod set_aside;
mod share;
mod sqlite;

pub use backup_error::BackupError;
pub use check::{Checked, CheckedContent, check};
pub use compact::{Compacted, MAX_INTENSITY_DELAY, Retention, RetentionError};
pub use embodied::EmbodiedSince;
pub use energy_source::{EnergyBySource, EnergySource};
pub use error::{LedgerError, OpenError};
pub use feed::Feed;
pub use gpu::{Batch, GpuBatch, GpuState, GpuTotals, LastReading, PendingEnergy};
pub use host::{
    HostAccount, HostAccountRow, HostShareRow, HostUsageRow, RecordedBoundary, is_of_host,
};
pub use ledger::Ledger;
pub use opened::Opened;
pub use posting::{IntensitySource, Origin, Posting, Presence};
pub use read_error::ReadError;
pub use reader::Reader;
pub use restate::{ConvertedEnergy, ConvertedTime, Revision, SlotIntensities, SlotIntensity};
pub use rows::{Carried, Gpu, PresenceRow, UsageRow};
pub use salvaged::Salvaged;
pub use share::{
    PendingShare, Pod, ShareBatch, SharePosting, ShareRevision, ShareRow, ShareState, ShareTotal,
    Workload, WorkloadRow,
};
