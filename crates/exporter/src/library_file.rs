//! The completeness of a shared library's file. The system loads a file that was cut off, such as one that is being copied,
//! and ends the process when it reads behind the end.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The positions in the header of a 64-bit ELF file, and in each of its program headers (the Linux manual, elf(5)).
const HEADER_LENGTH: usize = 64;
const PROGRAM_HEADERS_AT: usize = 32;
const PROGRAM_HEADER_LENGTH_AT: usize = 54;
const PROGRAM_HEADER_COUNT_AT: usize = 56;
const SEGMENT_AT: usize = 8;
const SEGMENT_LENGTH_AT: usize = 32;

/// The length of a program header.
const PROGRAM_HEADER_LENGTH: usize = 56;

/// The beginning of a 64-bit ELF file in the order of bytes of x86-64 and Arm.
const MAGIC: [u8; 6] = [0x7f, b'E', b'L', b'F', 2, 1];

/// Checks that a file has all segments that the system loads. A file of another kind is left to the system, which refuses it.
///
/// # Errors
///
/// If the file cannot be read, or ends before one of its segments does.
pub(crate) fn check_complete(path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut header = [0; HEADER_LENGTH];
    if file.read_exact_at(&mut header, 0).is_err() || !header.starts_with(&MAGIC) {
        return Ok(());
    }
    let [first, entry, count] = [
        number(&header, PROGRAM_HEADERS_AT, 8),
        number(&header, PROGRAM_HEADER_LENGTH_AT, 2),
        number(&header, PROGRAM_HEADER_COUNT_AT, 2),
    ];
    for index in 0..count {
        let at = first.saturating_add(index.saturating_mul(entry));
        let mut program_header = [0; PROGRAM_HEADER_LENGTH];
        let read = file.read_exact_at(&mut program_header, at);
        let is_loaded = number(&program_header, 0, 4) == 1;
        let end = number(&program_header, SEGMENT_AT, 8).saturating_add(number(
            &program_header,
            SEGMENT_LENGTH_AT,
            8,
        ));
        if read.is_err() || (is_loaded && end > length) {
            let reason = format!("the library is cut off after {length} bytes: install it again");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, reason));
        }
    }
    Ok(())
}

/// A number of some bytes, of which the lowest comes first.
fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let bytes = bytes.iter().skip(at).take(length);
    bytes.rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_library_that_is_cut_off_is_not_complete() {
        let whole = fs::read(std::env::current_exe().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.so");
        let is_complete = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            check_complete(&path).is_ok()
        };
        assert!(is_complete(&whole));
        for length in [64, 65, 100, 4096, 100_000] {
            assert!(!is_complete(&whole[..length]), "{length}");
        }
        // The system refuses these.
        for other in [&whole[..63], b"", b"a text"] {
            assert!(is_complete(other));
        }
        assert!(check_complete(&folder.path().join("missing")).is_err());
    }
}
