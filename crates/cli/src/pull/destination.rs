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
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(output),
        Err(error) => return Err(unreadable(error)),
        Ok(found) if !found.is_file() => return refuse("it is not a regular file"),
        Ok(_) => {}
    }
    match begins_with(&output, HEADER).map_err(unreadable)? {
        true => fs::canonicalize(&output).map_err(unreadable),
        false => refuse("it holds something else than a series"),
    }
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
        fs::write(file("page"), b"\xff\xfe").unwrap();
        std::os::unix::fs::symlink(file("old.csv"), file("link.csv")).unwrap();
        checked(file("empty.csv")).unwrap();
        let old = file("old.csv").canonicalize().unwrap();
        assert_eq!(checked(file("link.csv")).unwrap(), old, "the link remains");
        for other in ["notes.txt", "page"] {
            assert!(refused(file(other)).contains("holds something else"), "{other}");
        }
        for no_file in [folder.path().to_owned(), "/dev/null".into()] {
            assert!(refused(no_file).contains("it is not a regular file: give another file"));
        }
        assert!(refused("-".into()).starts_with("--output: -: "));
    }
}
