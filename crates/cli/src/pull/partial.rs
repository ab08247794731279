//! What was pulled so far, in a file that grows by whole periods, so that a run that was ended goes on.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use gpu_carbon_core::Timestamp;

use super::destination::begins_with;

/// One value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) at: Timestamp,
    pub(super) grams: f64,
    pub(super) measured: bool,
}

/// The file, and what is in it.
#[derive(Debug)]
pub(super) struct PartialFile {
    path: PathBuf,
    file: File,
    rows: Vec<Row>,
    until: Timestamp,
}

/// What every such file begins with.
const TITLE: &str = "# gpu-carbon pull ";

const UNTIL: &str = "# until ";

impl PartialFile {
    /// Opens what a run for the same title left, up to its last whole period; begins anew where that is of
    /// another.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or is a file of somebody else's.
    pub(super) fn open(path: &Path, title: &str) -> Result<PartialFile> {
        let first = format!("{TITLE}{title}\n");
        if path.exists() {
            let ours = begins_with(path, TITLE).with_context(|| path.display().to_string())?;
            ensure!(
                ours,
                "{}: what is pulled would be kept there, and it holds something else: name another --output",
                path.display()
            );
        }
        let text = fs::read_to_string(path).unwrap_or_default();
        let whole = text.strip_prefix(&first).and_then(read);
        let (rows, until, length) = whole.unwrap_or((Vec::new(), Timestamp::FIRST, 0));
        let open = || {
            let mut file = OpenOptions::new().create(true).append(true).open(path)?;
            if length == 0 {
                file.set_len(0)?;
                file.write_all(first.as_bytes())?;
            } else {
                file.set_len(u64::try_from(first.len() + length).unwrap_or(u64::MAX))?;
            }
            Ok::<_, std::io::Error>(file)
        };
        let file = open().with_context(|| path.display().to_string())?;
        Ok(PartialFile { path: path.to_owned(), file, rows, until })
    }

    /// Up to when everything is there.
    pub(super) fn until(&self) -> Timestamp {
        self.until
    }

    /// In order of time.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Adds a whole period.
    pub(super) fn add(&mut self, rows: &[Row], until: Timestamp) -> Result<()> {
        let line = |row: &Row| {
            format!("{},{},{}\n", row.at.as_unix_micros(), row.grams, u8::from(row.measured))
        };
        let mut text: String = rows.iter().map(line).collect();
        text.push_str(&format!("{UNTIL}{}\n", until.as_unix_micros()));
        self.file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_data())
            .with_context(|| self.path.display().to_string())?;
        self.rows.extend_from_slice(rows);
        self.until = until;
        Ok(())
    }

    /// It is not needed any more.
    pub(super) fn remove(self) {
        // Left behind, it is only read by a run for the same period, which it saves the work.
        let _ = fs::remove_file(self.path);
    }
}

/// The rows up to the last whole period, its end, and how long the text is up to there.
fn read(text: &str) -> Option<(Vec<Row>, Timestamp, usize)> {
    // A line without its end was cut.
    let text = text.get(..=text.rfind('\n')?)?;
    let last = text.rfind(UNTIL)?;
    let (end, _) = text.get(last + UNTIL.len()..)?.split_once('\n')?;
    let until = Timestamp::from_unix_micros(end.parse().ok()?);
    let rows = text.get(..last)?.lines().filter(|line| !line.starts_with(UNTIL));
    let rows = rows.map(row).collect::<Option<Vec<_>>>()?;
    Some((rows, until, last + UNTIL.len() + end.len() + 1))
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
    fn a_file_that_was_cut_anywhere_goes_on_from_its_last_whole_period() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.part");
        let at = Timestamp::from_unix_seconds;
        let row = |seconds, grams| Row { at: at(seconds), grams, measured: seconds % 600 == 0 };
        let mut kept = PartialFile::open(&path, "a").unwrap();
        kept.add(&[row(0, 1.5), row(300, 0.1)], at(600)).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        kept.add(&[row(600, 3.0)], at(900)).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        for cut in first.len()..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let mut kept = PartialFile::open(&path, "a").unwrap();
            assert_eq!(
                (kept.rows(), kept.until()),
                ([row(0, 1.5), row(300, 0.1)].as_slice(), at(600))
            );
            kept.add(&[row(600, 3.0)], at(900)).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), whole);
        }
        assert_eq!(
            PartialFile::open(&path, "b").unwrap().until(),
            Timestamp::FIRST,
            "another period"
        );
        for other in ["somebody else's", "# gpu-carbon"] {
            fs::write(&path, other).unwrap();
            let error = PartialFile::open(&path, "a").unwrap_err().to_string();
            assert!(error.contains("it holds something else"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), other);
        }
    }
}
