//! The ledger's file. No other folder of the workspace uses SQLite, apart from tests.

mod column;
mod compact;
mod connection;
mod database;
mod error;
mod file_kind;
mod restate;
mod schema;
mod snapshot;
mod snapshot_error;
mod state;
mod time;
mod write;

pub(crate) use database::Database;
pub(crate) use file_kind::FileKind;
pub(crate) use snapshot::Snapshot;
pub(crate) use snapshot_error::SnapshotError;
