//! The ledger's file: SQLite is named in this folder alone.

mod compact;
mod fault;
mod read;
mod reading;
mod restate;
mod schema;
mod write;

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gpu_carbon_core::{Interval, Signal, Timestamp};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::compact::{Compacted, Retention};
use crate::error::{LedgerError, OpenError};
use crate::files::{self, beside};
use crate::gpu::{Batch, GpuBatch, GpuState};
use crate::restate::{Prices, Revision};
use fault::Fault;

pub(crate) use reading::{Reading, Unread};
pub(crate) use schema::VERSION as KNOWN;

/// How long another program's lock is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// The length of a database's header.
const HEADER: u64 = 100;

/// What stands at the place of a ledger, as far as its first bytes tell. Nothing is touched.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing, or an empty file.
    None,
    /// A ledger, it says.
    Ledger,
    /// Another program's database.
    Foreign,
    /// No database.
    Broken(&'static str),
}

impl Kind {
    pub(crate) fn of(path: &Path) -> io::Result<Kind> {
        let mut header = Vec::new();
        match File::open(path) {
            Ok(file) => file.take(HEADER).read_to_end(&mut header)?,
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        if header.is_empty() {
            let log = files::has_log(path);
            return Ok(if log {
                Kind::Broken("its log is there, and it is not")
            } else {
                Kind::None
            });
        }
        if !header.starts_with(b"SQLite format 3\0") {
            return Ok(Kind::Broken("it does not begin as an SQLite database does"));
        }
        // Versions of SQLite's own formats, of the file's and of the schema's: beyond these it would not write, or
        // not read at all, and no ledger is of that.
        let file = header.get(18..20).is_some_and(|it| it.iter().any(|&version| version > 2));
        let schema = header.get(44..48).is_some_and(|it| it != 4_u32.to_be_bytes());
        if file || schema {
            return Ok(Kind::Broken("its header is of a format that no ledger has"));
        }
        let id = header.get(68..72).and_then(|id| id.try_into().ok()).map(i32::from_be_bytes);
        Ok(match id {
            None => Kind::Broken("it ends within its header"),
            Some(schema::APPLICATION) => Kind::Ledger,
            Some(_) => Kind::Foreign,
        })
    }
}

/// A connection that may write.
#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
    connection: Connection,
}

impl Database {
    /// Begins a new ledger, with what is known of GPUs from an earlier one. It is made under another name and
    /// then renamed, so that it is whole or not there.
    pub(crate) fn begin(path: &Path, known: &Batch) -> Result<Database, OpenError> {
        let denied = |error| OpenError::Denied { path: path.to_owned(), error };
        let making = beside(path, ".new");
        for suffix in ["", "-wal", "-shm", "-journal"] {
            match std::fs::remove_file(beside(&making, suffix)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(denied(error)),
                _ => {}
            }
        }
        let make = || {
            let mut connection = connect(&making, OpenFlags::SQLITE_OPEN_CREATE)?;
            schema::create(&mut connection)?;
            transact(&mut connection, |transaction| write::batch(transaction, known))?;
            connection.close().map_err(|(_, error)| Fault::from(error))
        };
        make().map_err(|fault| fault.of(path))?;
        std::fs::rename(&making, path).map_err(denied)?;
        files::sync_folder(path).map_err(denied)?;
        Database::open(path)
    }

    /// Opens a ledger, and brings it to the newest version. All of it is checked.
    pub(crate) fn open(path: &Path) -> Result<Database, OpenError> {
        let open = || {
            let mut connection = connect(path, OpenFlags::empty())?;
            let newer = schema::check(&mut connection)?;
            Ok((connection, newer))
        };
        let (connection, newer) = open().map_err(|fault: Fault| fault.of(path))?;
        if let Some(found) = newer {
            return Err(OpenError::Newer { path: path.to_owned(), found, known: schema::VERSION });
        }
        let database = Database { path: path.to_owned(), connection };
        let check = || {
            schema::integrity(&database.connection)?;
            read::gpus(&database.connection)?;
            Ok(database.connection.is_readonly("main")?)
        };
        if check().map_err(|fault: Fault| fault.of(path))? {
            return Err(LedgerError::ReadOnly { path: path.to_owned() }.into());
        }
        Ok(database)
    }

    /// What can still be read of each GPU in a damaged ledger; nothing, if anything of it cannot.
    pub(crate) fn salvage(path: &Path) -> Vec<GpuBatch> {
        let read = || read::salvage(&connect(path, OpenFlags::empty())?);
        let gpus = read().unwrap_or_default();
        let batch = Batch { at: Timestamp::EPOCH, gpus };
        if write::check(&batch).is_ok() { batch.gpus } else { Vec::new() }
    }

    pub(crate) fn state(
        &self,
        zone: &str,
        signal: Signal,
        now: Timestamp,
    ) -> Result<Vec<GpuState>, LedgerError> {
        read::state(&self.connection, zone, signal, now).map_err(|fault| fault.of(&self.path))
    }

    pub(crate) fn signal(&self) -> Result<Option<Signal>, LedgerError> {
        read::signal(&self.connection).map_err(|fault| fault.of(&self.path))
    }

    pub(crate) fn read_at(&self, uuid: &str) -> Result<Option<Timestamp>, LedgerError> {
        read::read_at(&self.connection, uuid).map_err(|fault| fault.of(&self.path))
    }

    pub(crate) fn write(&mut self, batch: &Batch) -> Result<(), LedgerError> {
        write::check(batch)?;
        self.transact(|transaction| write::batch(transaction, batch))
    }

    pub(crate) fn restate(
        &mut self,
        prices: &dyn Prices,
        changed: Interval,
    ) -> Result<Vec<Revision>, LedgerError> {
        self.transact(|transaction| restate::rows(transaction, prices, changed))
    }

    pub(crate) fn compact(
        &mut self,
        now: Timestamp,
        retention: Retention,
    ) -> Result<Compacted, LedgerError> {
        self.transact(|transaction| compact::oldest_day(transaction, now, retention))
    }

    fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        transact(&mut self.connection, work).map_err(|fault| fault.of(&self.path))
    }
}

/// Does all of something, or on an error nothing. It is on the disk before this returns.
fn transact<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

/// A connection as the ledger wants it. Every commit is on the disk before it returns.
fn connect(path: &Path, more: OpenFlags) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 4194304; PRAGMA synchronous = FULL;",
    )?;
    Ok(connection)
}

/// A moment as the ledger keeps that of a slot: in whole seconds of UTC.
fn seconds(moment: Timestamp) -> i64 {
    moment.as_unix_micros().div_euclid(1_000_000)
}
