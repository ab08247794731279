//! The ledger: what each GPU used and emitted, slot by slot, in one SQLite file that survives restarts.
//!
//! It is kept by double entry. The exporter *posts* signed amounts ([`Posting`]), and a row of the ledger is
//! the sum of its postings. Energy that waits for a price stands in a row without one; a late price posts
//! `-E` to that row and `+E` to a priced one, so that the sum over the rows is always the GPU's total.
//!
//! [`Ledger`] is the one writer of a file, and holds a lock on it. A [`Reader`] reads beside it, hinders nobody, and
//! leaves no trace; [`report`] adds up what it reads.
//!
//! # What survives
//!
//! SQLite keeps a log beside the file (`-wal`), and flushes it to the disk (fsync) with every commit
//! (`synchronous = FULL`): when [`Ledger::write`] returns, the batch outlives a killed process and a loss of
//! power, as far as the disk keeps what it says it has flushed. A batch is there whole or not at all, since each
//! page of the log has a checksum that the next one goes on from: a log that ends early, or of which a part was
//! never written, is read up to its last whole batch. From the log pages go to the file every thousand pages, and
//! at the end; the log is flushed before that, and the file after it.
//!
//! [`Ledger::open`] reads all of the file (`quick_check`). What is no sound database is renamed to
//! `NAME.corrupt-20261124T120000Z`, and a new ledger begun, with the totals and what waits for a price if those
//! can still be read. What SQLite cannot know: an amount that changed on the disk within a sound page, and damage
//! in the middle of the log, whose later batches are then taken for never written.
//!
//! The lock is `flock` on `NAME.lock`. SQLite's log wants a disk of this machine: a network's file system will not
//! do. The file's tables are described where they are made, in `src/sqlite/schema.sql`.
#![deny(clippy::indexing_slicing)]

mod compact;
mod error;
mod files;
mod gpu;
mod ledger;
mod lock;
mod posting;
mod reader;
pub mod report;
mod restate;
mod sqlite;

pub use compact::{Compacted, PRICED_WITHIN, Retention, RetentionError};
pub use error::{LedgerError, OpenError};
pub use gpu::{Batch, GpuBatch, GpuState, GpuTotals, LastReading, Waiting};
pub use ledger::{Ledger, Opened};
pub use posting::{How, Origin, Posting, Presence};
pub use reader::{Carried, Gpu, ReadError, Reader, Stay, Use};
pub use restate::{Prices, Revision, SlotPrice};
