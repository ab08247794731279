//! The copies of the rows of `gpu` in a file whose tables SQLite does not find, as where its first page is damaged.
//!
//! Each page is read by itself: a row of `gpu_copy` is recognized by its digest. The format is described at
//! <https://sqlite.org/fileformat2.html>, sections 1.6 and 2.1.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::error::SqliteError;
use super::gpu_copy::GpuCopy;
use super::header::PAGE_BYTES;
use super::{schema, unsettled};
use crate::files::beside;

/// The type of a page of a table with row ids that has rows.
const TABLE_LEAF: u8 = 13;

/// The columns of `gpu_copy` up to version 3, and since then.
const LEAST_COLUMNS: usize = 22;
const COLUMNS: usize = LEAST_COLUMNS + unsettled::COUNT;
/// The position of `energy_joules`, by which the newest of several rows is chosen.
const ENERGY: usize = 3;

/// The relative difference between two totals that is none.
const ROUNDING: f64 = 1e-12;

/// The number of commits with later totals that are looked at.
const MOST_LATER_COMMITS: usize = 8;

/// The lengths of the header of SQLite's log, and of each page in it, in bytes.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// A database in memory with the copies in a file and its log that have their digest. Of several of one GPU, it has that
/// with the most energy, since no total decreases.
pub(super) fn database(path: &Path) -> Result<Connection, SqliteError> {
    let mut rows = Vec::new();
    let mut read = |page: &[u8]| add_rows(page, &mut |row| rows.push(row));
    // A page that cannot be read ends the reading, and leaves the rows before it.
    let _ = read_pages(path, 0, 0, &mut |_, page| read(page));
    let _ = read_pages(&beside(path, "-wal"), LOG_HEADER, FRAME_HEADER, &mut |_, page| read(page));
    rows.sort_by(|one, other| energy(one).total_cmp(&energy(other)));
    database_of(rows)
}

/// The number of GPUs of which the log has later totals, of at least two commits, than the ledger shows. Where a page of the
/// log is damaged, SQLite takes the commits from there on as never written; the last one may really be incomplete.
pub(super) fn gpus_with_later_totals(
    path: &Path,
    known_joules: &BTreeMap<i64, f64>,
) -> Result<usize, SqliteError> {
    let is_later = |row: &Vec<Value>| match row.first() {
        Some(Value::Integer(id)) => {
            let known = known_joules.get(id);
            known.is_none_or(|&joules| energy(row) > joules * (1.0 + ROUNDING))
        }
        _ => false,
    };
    let (mut commits, mut commit): (Vec<Vec<Vec<Value>>>, Vec<Vec<Value>>) = Default::default();
    let _ = read_pages(&beside(path, "-wal"), LOG_HEADER, FRAME_HEADER, &mut |header, page| {
        add_rows(page, &mut |row| commit.extend(Some(row).filter(is_later)));
        // The length of the database after a commit, in pages.
        let is_last_page = header.get(4..8).is_some_and(|pages| pages != [0; 4]);
        if is_last_page && !commit.is_empty() && commits.len() < MOST_LATER_COMMITS {
            commits.push(std::mem::take(&mut commit));
        }
    });
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for rows in commits {
        let copies = database_of(rows)?;
        let mut ids = copies.prepare("SELECT id FROM gpu_copy")?;
        let ids = ids.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        ids.into_iter().for_each(|id| *counts.entry(id).or_default() += 1);
    }
    Ok(counts.into_values().filter(|&count| count > 1).count())
}

/// A database in memory with the rows that have their digest, of which the last one of each GPU counts.
fn database_of(rows: Vec<Vec<Value>>) -> Result<Connection, SqliteError> {
    let connection = schema::in_memory()?;
    let places = vec!["?"; COLUMNS].join(", ");
    for row in rows {
        let Some(Value::Integer(id)) = row.first().cloned() else { continue };
        connection.execute_batch("SAVEPOINT candidate")?;
        let sql = format!("INSERT OR REPLACE INTO gpu_copy VALUES ({places})");
        let inserted = connection.execute(&sql, params_from_iter(row));
        let copy = GpuCopy::read(&connection, id).ok().flatten();
        if inserted.is_err() || !copy.is_some_and(|copy| copy.is_intact) {
            connection.execute_batch("ROLLBACK TO candidate")?;
        }
        connection.execute_batch("RELEASE candidate")?;
    }
    Ok(connection)
}

fn energy(row: &[Value]) -> f64 {
    match row.get(ENERGY) {
        Some(Value::Real(joules)) => *joules,
        // SQLite stores a whole number of a column of reals as an integer.
        #[allow(clippy::cast_precision_loss, reason = "it was a real number")]
        Some(Value::Integer(joules)) => *joules as f64,
        _ => 0.0,
    }
}

/// Reads all pages of a file, which has a header, and one before each page.
fn read_pages(
    path: &Path,
    header: usize,
    page_header: usize,
    read: &mut dyn FnMut(&[u8], &[u8]),
) -> io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    file.read_exact(&mut vec![0; header])?;
    let mut frame = vec![0; page_header + usize::from(PAGE_BYTES)];
    loop {
        match file.read_exact(&mut frame) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            outcome => outcome?,
        }
        let (header, page) = frame.split_at(page_header);
        read(header, page);
    }
}

/// Adds the rows of a page that have as many columns as `gpu_copy`.
fn add_rows(page: &[u8], add: &mut dyn FnMut(Vec<Value>)) {
    if page.first() != Some(&TABLE_LEAF) {
        return;
    }
    let number =
        |at: usize| Some(usize::from(u16::from_be_bytes([*page.get(at)?, *page.get(at + 1)?])));
    for cell in 0..number(3).unwrap_or_default() {
        let row = number(8 + 2 * cell).and_then(|at| page.get(at..)).and_then(row);
        row.into_iter().for_each(&mut *add);
    }
}

/// The columns of the row in a cell; `None` where it is no row of `gpu_copy`, all of which fit into a page.
fn row(cell: &[u8]) -> Option<Vec<Value>> {
    let mut rest = cell;
    let length = varint(&mut rest)?;
    let id = varint(&mut rest)?;
    let record = rest.get(..usize::try_from(length).ok()?)?;
    let mut after_length = record;
    let header = usize::try_from(varint(&mut after_length)?).ok()?;
    let mut types = record.get(record.len() - after_length.len()..header)?;
    let mut body = record.get(header..)?;
    let mut values = Vec::new();
    while !types.is_empty() && values.len() <= COLUMNS {
        values.push(value(varint(&mut types)?, &mut body)?);
    }
    // The record has NULL in place of the row id.
    *values.first_mut()? = Value::Integer(id);
    if !(LEAST_COLUMNS..=COLUMNS).contains(&values.len()) {
        return None;
    }
    values.resize(COLUMNS, Value::Null);
    Some(values)
}

/// The value of a type, from the start of a body.
fn value(kind: i64, body: &mut &[u8]) -> Option<Value> {
    let length = match kind {
        0 | 8 | 9 => 0,
        1..=4 => kind,
        5 => 6,
        6 | 7 => 8,
        12.. => (kind - 12) / 2,
        _ => return None,
    };
    let bytes = take(body, usize::try_from(length).ok()?)?;
    let integer = || {
        let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
        let first = if negative { -1 } else { 0 };
        bytes.iter().fold(first, |value: i64, &byte| value << 8 | i64::from(byte))
    };
    Some(match kind {
        0 => Value::Null,
        8 => Value::Integer(0),
        9 => Value::Integer(1),
        7 => Value::Real(f64::from_bits(integer().cast_unsigned())),
        1..=6 => Value::Integer(integer()),
        _ if kind % 2 == 0 => Value::Blob(bytes.to_vec()),
        _ => Value::Text(String::from_utf8(bytes.to_vec()).ok()?),
    })
}

/// Takes an integer of variable length: seven bits of each byte, of which the last has its highest bit clear.
fn varint(bytes: &mut &[u8]) -> Option<i64> {
    let mut value: i64 = 0;
    for place in 0..9 {
        let byte = *take(bytes, 1)?.first()?;
        if place == 8 {
            return Some(value << 8 | i64::from(byte));
        }
        value = value << 7 | i64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}
