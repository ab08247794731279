//! Small files of sysfs.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::error::ReadError;

/// The most bytes of a file that are read: a number has 20 digits at most, and a name fewer letters.
const MOST_BYTES: u64 = 256;

/// The most letters of a wrong content that an error shows.
const MOST_SHOWN: usize = 40;

/// The error of a device that is gone, by its number in Linux.
const ENODEV: i32 = 19;

/// The content of a file without the end of its line, and without letters that control a terminal.
pub(crate) fn text(path: &Path) -> Result<String, ReadError> {
    let read = || {
        // A pipe would block the thread that reads all other meters.
        if !path.metadata()?.is_file() {
            let text = "it is not a regular file, but a folder, a device or a pipe";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
        io::Result::Ok(bytes)
    };
    let bytes = read().map_err(|error| {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::PermissionDenied => ReadError::Permission { path },
            io::ErrorKind::NotFound => ReadError::Gone { path, error },
            _ if error.raw_os_error() == Some(ENODEV) => ReadError::Gone { path, error },
            _ => ReadError::Io { path, error },
        }
    })?;
    // Errors, the log and labels show it in one line.
    let shown =
        |letter: char| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter };
    Ok(String::from_utf8_lossy(&bytes).trim_end().chars().map(shown).collect())
}

/// The whole number that a file holds.
pub(crate) fn number(path: &Path, unit: &'static str) -> Result<u64, ReadError> {
    let text = text(path)?;
    // A sign is none of the digits that `parse` alone would accept.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number).ok_or_else(|| {
        let found = text.chars().take(MOST_SHOWN).collect();
        ReadError::NotANumber { path: path.to_owned(), unit, found }
    })
}

/// The whole number that a file holds, if it is no more than the largest that the meter can show.
pub(crate) fn number_up_to(path: &Path, unit: &'static str, most: u64) -> Result<u64, ReadError> {
    let value = number(path, unit)?;
    if value > most {
        return Err(ReadError::TooLarge { path: path.to_owned(), value, unit, most });
    }
    Ok(value)
}
