//! The kind of a file, from its first bytes.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::header::{APPLICATION_ID_AT, MAGIC};
use super::schema::APPLICATION_ID;
use crate::files;

/// The length of a database's header, in bytes ("The SQLite Database File Format", section 1.3).
const HEADER_BYTES: u64 = 100;

/// The kind of the file at a ledger's path, as its first bytes show it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// No file, or an empty one.
    Missing,
    /// A ledger, by its application id.
    Ledger,
    /// Another program's database.
    Foreign,
    /// A file that is neither a database nor the rest of a ledger.
    Other,
    /// A ledger that is no sound database, and the reason.
    Broken(&'static str),
}

impl FileKind {
    /// Reads the kind of a regular file. Nothing is changed.
    pub(crate) fn at(path: &Path) -> io::Result<FileKind> {
        let mut header = Vec::new();
        match File::open(path) {
            Ok(file) => file.take(HEADER_BYTES).read_to_end(&mut header)?,
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        let has_log = files::has_log(path);
        if header.is_empty() {
            return Ok(if has_log {
                FileKind::Broken("the log is there, and the database is not")
            } else {
                FileKind::Missing
            });
        }
        let id = header.get(APPLICATION_ID_AT).and_then(|id| id.try_into().ok());
        let id = id.map(i32::from_be_bytes);
        if !header.starts_with(MAGIC) {
            // Only a ledger has a ledger's application id, or a log of SQLite's beside it.
            return Ok(if id == Some(APPLICATION_ID) || has_log {
                FileKind::Broken("it does not begin as an SQLite database does")
            } else {
                FileKind::Other
            });
        }
        // The versions of SQLite's own formats, of the file and of the schema. With higher ones SQLite would not
        // write, or not even read, and no ledger has them.
        let file = header.get(18..20).is_some_and(|it| it.iter().any(|&version| version > 2));
        let schema = header.get(44..48).is_some_and(|it| it != 4_u32.to_be_bytes());
        if file || schema {
            return Ok(FileKind::Broken("its header is of a format that no ledger has"));
        }
        Ok(match id {
            None => FileKind::Broken("it ends within its header"),
            Some(APPLICATION_ID) => FileKind::Ledger,
            Some(_) => FileKind::Foreign,
        })
    }
}
