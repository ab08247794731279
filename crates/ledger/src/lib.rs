//! The ledger: what each GPU used and emitted, slot by slot, in one SQLite file that survives restarts.
//!
//! It is kept by double entry. The exporter *posts* signed amounts ([`Posting`]), and a row of the ledger is
//! the sum of its postings. Energy that waits for a price stands in a row without one; a late price posts
//! `-E` to that row and `+E` to a priced one, so that the sum over the rows is always the GPU's total.
//!
//! [`Ledger`] is the one writer of a file, and holds a lock on it. A [`Reader`] reads beside it, hinders nobody, and
//! leaves no trace; [`report`] adds up what it reads.
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
pub use posting::{How, Origin, Posting, Presence, SLOT};
pub use reader::{Carried, Gpu, ReadError, Reader, Stay, Use};
pub use restate::{Prices, Revision, SlotPrice};
