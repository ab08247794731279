//! The file that receives the series: a new one, or one that was pulled before.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use gpu_carbon_feeds::csv::HEADER;

use crate::usage_error::UsageError;

/// Checks that the file of `--output` may be replaced, and returns it; the target where it is a link.
///
/// # Errors
///
/// When it is not a regular file, or holds something else than a series.
pub(super) fn checked(output: PathBuf) -> Result<PathBuf, UsageError> {
    let refuse = |why: &str| {
        Err(UsageError::CommandLine(format!(
            "--output: {}: {why}: give another file",
            output.display()
        )))
    };
    if output == Path::new("-") {
        return refuse(
            "standard output cannot be used, since an interrupted download continues from a file beside it",
        );
    }
    let unreadable = |error| UsageError::Unreadable { path: output.clone(), error };
    match fs::metadata(&output) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = output.parent().filter(|folder| *folder != Path::new(""));
            return match folder.is_none_or(Path::is_dir) {
                true => Ok(output),
                false => refuse("its folder does not exist"),
            };
        }
        Err(error) => return Err(unreadable(error)),
        Ok(found) if !found.is_file() => return refuse("it is not a regular file"),
        Ok(_) => {}
    }
    match holds_a_series(&output).map_err(unreadable)? {
        true => fs::canonicalize(&output).map_err(unreadable),
        false => refuse("it holds something else than a series"),
    }
}

/// The error of a file that cannot be opened: a [`UsageError`] where another file would do.
pub(super) fn unwritable(path: &Path, error: anyhow::Error) -> anyhow::Error {
    use io::ErrorKind::{IsADirectory, PermissionDenied, ReadOnlyFilesystem};
    let kind = error.chain().find_map(|cause| Some(cause.downcast_ref::<io::Error>()?.kind()));
    match kind {
        Some(PermissionDenied | ReadOnlyFilesystem | IsADirectory) => {
            UsageError::CommandLine(format!(
                "--output: {} cannot be written ({}): give another file",
                path.display(),
                error.root_cause()
            ))
            .into()
        }
        _ => error,
    }
}

/// The number of bytes in which the header of a series stands, after its comment lines.
const BEGINNING: u64 = 16 * 1024;

/// Returns true where a file begins with the header of a series, after comment lines or none, or is empty.
///
/// # Errors
///
/// When the file cannot be read.
fn holds_a_series(path: &Path) -> io::Result<bool> {
    let mut beginning = Vec::new();
    File::open(path)?.take(BEGINNING).read_to_end(&mut beginning)?;
    let mut lines =
        beginning.split(|byte| *byte == b'\n').skip_while(|line| line.starts_with(b"#"));
    Ok(beginning.is_empty() || lines.next().is_some_and(|line| line.starts_with(HEADER.as_bytes())))
}

/// Returns true where a file begins with a text, or is empty.
///
/// # Errors
///
/// When the file cannot be read.
pub(super) fn begins_with(path: &Path, text: &str) -> io::Result<bool> {
    let mut beginning = Vec::new();
    File::open(path)?.take(text.len() as u64).read_to_end(&mut beginning)?;
    Ok(beginning.is_empty() || beginning == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_holds_something_else_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let refused = |output: PathBuf| checked(output).unwrap_err().to_string();
        assert_eq!(checked(file("new.csv")).unwrap(), file("new.csv"));
        fs::write(file("empty.csv"), "").unwrap();
        fs::write(file("old.csv"), format!("{HEADER}\n2020-01-01T00:00:00Z,1\n")).unwrap();
        fs::write(file("notes.txt"), "precious").unwrap();
        fs::write(file("pulled.csv"), format!("# zone: GB\n# a\n{HEADER}\n")).unwrap();
        fs::write(file("diary"), "# 1 June\nprecious").unwrap();
        fs::write(file("page"), b"\xff\xfe").unwrap();
        std::os::unix::fs::symlink(file("old.csv"), file("link.csv")).unwrap();
        checked(file("empty.csv")).unwrap();
        checked(file("pulled.csv")).unwrap();
        let old = file("old.csv").canonicalize().unwrap();
        assert_eq!(checked(file("link.csv")).unwrap(), old, "the link remains");
        for other in ["notes.txt", "diary", "page"] {
            assert!(refused(file(other)).contains("holds something else"), "{other}");
        }
        for no_file in [folder.path().to_owned(), "/dev/null".into()] {
            assert!(refused(no_file).contains("it is not a regular file: give another file"));
        }
        assert!(refused("-".into()).starts_with("--output: -: "));
        let lost = refused(folder.path().join("no/such.csv"));
        assert!(lost.ends_with("its folder does not exist: give another file"), "{lost}");
        assert!(matches!(checked(file("old.csv/x.csv")), Err(UsageError::Unreadable { .. })));
    }

    #[test]
    fn a_file_that_may_not_be_written_is_a_usage_error_and_a_full_disk_is_none() {
        let error = |kind: io::ErrorKind| {
            let error = anyhow::Error::from(io::Error::from(kind)).context("x.csv.part");
            unwritable(Path::new("x.csv.part"), error)
        };
        for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem] {
            let error = error(kind).downcast::<UsageError>().unwrap().to_string();
            assert!(error.starts_with("--output: x.csv.part cannot be written ("), "{error}");
        }
        assert!(!error(io::ErrorKind::StorageFull).is::<UsageError>());
    }
}
