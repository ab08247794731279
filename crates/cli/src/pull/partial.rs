//! The part of a download that is complete, in a file that grows by whole periods, so that an interrupted download
//! continues.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use gpu_carbon_core::Timestamp;

use super::destination::begins_with;

/// A value of the series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) at: Timestamp,
    /// The intensity in g/kWh.
    pub(super) grams: f64,
    /// True where the value was measured, rather than estimated or forecast.
    pub(super) measured: bool,
}

/// A file of values, and its content.
#[derive(Debug)]
pub(super) struct PartialFile {
    path: PathBuf,
    /// The first line, which names the download.
    title: String,
    /// The file; `None` until it has a whole period of this download.
    file: Option<File>,
    rows: Vec<Row>,
    until: Timestamp,
}

/// The beginning of the first line, which the title of the download follows.
const TITLE: &str = "# gpu-carbon pull ";

/// The beginning of the line that ends a period.
const UNTIL: &str = "# until ";

impl PartialFile {
    /// Opens the file that an earlier run of the same title left, up to its last whole period. A file of another title stays
    /// until this download has a period.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, or is not a file of this program.
    pub(super) fn open(path: &Path, title: &str) -> Result<PartialFile> {
        let title = format!("{TITLE}{title}\n");
        let opened = fs::metadata(path).map_or(Ok(true), |found| {
            Ok::<_, io::Error>(found.is_file() && begins_with(path, TITLE)?)
        });
        ensure!(
            opened.with_context(|| path.display().to_string())?,
            "{}: the download needs this file meanwhile, but it holds something else: give another --output",
            path.display()
        );
        let text = fs::read_to_string(path).unwrap_or_default();
        let earlier = text.strip_prefix(&title).and_then(read);
        let open = || match &earlier {
            Some(Complete { length, .. }) => {
                let file = OpenOptions::new().append(true).open(path)?;
                file.set_len(u64::try_from(title.len() + length).unwrap_or(u64::MAX))?;
                Ok(Some(file))
            }
            None => check_writable(path).map(|()| None),
        };
        let file = open().with_context(|| path.display().to_string())?;
        let (rows, until) =
            earlier.map_or((Vec::new(), Timestamp::FIRST), |found| (found.rows, found.until));
        Ok(PartialFile { path: path.to_owned(), title, file, rows, until })
    }

    /// Returns the end of the last complete period.
    pub(super) fn until(&self) -> Timestamp {
        self.until
    }

    /// Returns the values, in order of time.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Adds a whole period, and writes it to the disk.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(super) fn add(&mut self, rows: &[Row], until: Timestamp) -> Result<()> {
        let line = |row: &Row| {
            format!("{},{},{}\n", row.at.as_unix_micros(), row.grams, u8::from(row.measured))
        };
        let mut text: String = rows.iter().map(line).collect();
        text.push_str(&format!("{UNTIL}{}\n", until.as_unix_micros()));
        let is_first = self.file.is_none();
        let mut append = || {
            let file = match &mut self.file {
                Some(file) => file,
                none => {
                    text.insert_str(0, &self.title);
                    none.insert(File::create(&self.path)?)
                }
            };
            file.write_all(text.as_bytes())?;
            file.sync_data()
        };
        if let Err(error) = append() {
            if is_first && self.file.is_some() {
                let _ = fs::remove_file(&self.path); // the error of the writing says more
            }
            return Err(error).with_context(|| self.path.display().to_string());
        }
        self.rows.extend_from_slice(rows);
        self.until = until;
        Ok(())
    }

    /// Returns the path of the file, for the next run; `None` where it has no period of this download.
    pub(super) fn keep(self) -> Option<PathBuf> {
        self.file.map(|_| self.path)
    }

    /// Deletes the file, after the download.
    pub(super) fn remove(self) {
        // A file that remains does no harm: only a run for the same period reads it.
        let _ = fs::remove_file(self.path);
    }
}

/// Checks that a file can be written, which changes nothing.
fn check_writable(path: &Path) -> io::Result<()> {
    let is_new = !path.exists();
    OpenOptions::new().create(true).append(true).open(path)?;
    if is_new { fs::remove_file(path) } else { Ok(()) }
}

/// The complete periods of a file.
struct Complete {
    rows: Vec<Row>,
    /// The end of the last one.
    until: Timestamp,
    /// The length of their text, in bytes.
    length: usize,
}

/// Reads the complete periods of a text; `None` where it has none, or is damaged.
fn read(text: &str) -> Option<Complete> {
    // A line without its end was not written completely.
    let text = text.get(..=text.rfind('\n')?)?;
    let last = text.rfind(UNTIL)?;
    let (end, _) = text.get(last + UNTIL.len()..)?.split_once('\n')?;
    let until = Timestamp::from_unix_micros(end.parse().ok()?);
    let rows = text.get(..last)?.lines().filter(|line| !line.starts_with(UNTIL));
    let rows = rows.map(row).collect::<Option<Vec<_>>>()?;
    Some(Complete { rows, until, length: last + UNTIL.len() + end.len() + 1 })
}

fn row(line: &str) -> Option<Row> {
    let mut fields = line.split(',');
    let mut next = || fields.next();
    let (at, grams, measured) = (next()?, next()?, next()?);
    Some(Row {
        at: Timestamp::from_unix_micros(at.parse().ok()?),
        grams: grams.parse().ok()?,
        measured: measured == "1",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_cut_anywhere_continues_from_its_last_whole_period() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.part");
        let at = Timestamp::from_unix_seconds;
        let row = |seconds, grams| Row { at: at(seconds), grams, measured: seconds % 600 == 0 };
        let mut partial = PartialFile::open(&path, "a").unwrap();
        partial.add(&[row(0, 1.5), row(300, 0.1)], at(600)).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        partial.add(&[row(600, 3.0)], at(900)).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        for cut in first.len()..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let mut partial = PartialFile::open(&path, "a").unwrap();
            assert_eq!(
                (partial.rows(), partial.until()),
                ([row(0, 1.5), row(300, 0.1)].as_slice(), at(600))
            );
            partial.add(&[row(600, 3.0)], at(900)).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), whole);
        }
        assert_eq!(PartialFile::open(&path, "a").unwrap().keep(), Some(path.clone()));
        let other = PartialFile::open(&path, "b").unwrap();
        assert_eq!(other.until(), Timestamp::FIRST, "another period");
        assert_eq!(other.keep(), None);
        assert_eq!(fs::read_to_string(&path).unwrap(), whole, "that of the other one stays");
        let mut other = PartialFile::open(&path, "b").unwrap();
        other.add(&[], at(900)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{TITLE}b\n{UNTIL}900000000\n"));
        let fresh = folder.path().join("fresh.part");
        assert_eq!(PartialFile::open(&fresh, "a").unwrap().keep(), None);
        assert!(!fresh.exists(), "there is nothing to continue");
        for other in ["of another program", "# gpu-carbon"] {
            fs::write(&path, other).unwrap();
            let error = PartialFile::open(&path, "a").unwrap_err().to_string();
            assert!(error.contains("it holds something else"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), other);
        }
    }
}
