//! Reading of files that someone may replace while the exporter runs: by a pipe, which blocks its reader, or by a
//! device without an end.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// Reads a regular file of a bounded length. It blocks for the disk alone.
///
/// # Errors
///
/// When the file cannot be read, is not a regular file, or is too long.
pub(crate) fn read(path: &Path, most_bytes: u64) -> io::Result<Vec<u8>> {
    // Without this flag, a pipe would be opened only when someone writes to it.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        let text = "it is not a regular file, but a folder, a device or a pipe";
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    let mut bytes = Vec::new();
    file.take(most_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most_bytes {
        let text = format!("it is longer than {most_bytes} bytes");
        return Err(io::Error::new(ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

/// Reads a regular file of UTF-8 text, as [`read`] does.
///
/// # Errors
///
/// As [`read`], and when the file is not UTF-8.
pub(crate) fn read_text(path: &Path, most_bytes: u64) -> io::Result<String> {
    String::from_utf8(read(path, most_bytes)?)
        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    #[test]
    fn only_a_regular_file_of_a_bounded_length_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let [file, pipe] = ["file", "pipe"].map(|name| folder.path().join(name));
        fs::write(&file, "12345").unwrap();
        mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
        assert_eq!(read_text(&file, 5).unwrap(), "12345");
        let kind = |path: &Path, most| read(path, most).unwrap_err().kind();
        assert_eq!(kind(&file, 4), ErrorKind::FileTooLarge);
        assert_eq!(kind(&pipe, 9), ErrorKind::InvalidInput, "and it does not block");
        assert_eq!(kind(Path::new("/dev/zero"), 9), ErrorKind::InvalidInput);
        assert_eq!(kind(folder.path(), 9), ErrorKind::InvalidInput);
        fs::write(&file, [0xff]).unwrap();
        assert_eq!(read_text(&file, 9).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
