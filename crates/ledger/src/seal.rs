//! The seal of a ledger that was closed: a digest of the whole file, beside it. While both agree, the file is the one that its writer
//! had checked and written, bit by bit, and its rows need not be checked again.
//!
//! A ledger whose process was killed has no seal. A seal detects damage, and no forgery.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::files::{SEAL, beside, has_log};
use crate::mix::mix;

/// The first word of a seal.
const KIND: &str = "gpu-carbon-ledger-seal-1";

/// The most bytes of a seal.
const MOST_BYTES: u64 = 200;

/// The bytes that are read at once: a multiple of the bytes that are mixed at once.
const BLOCK: usize = 1 << 16;

/// The digests that are computed side by side, and the bytes of a word of each.
const LANES: usize = 4;
const WORD: usize = 8;

/// Seals a ledger that no one has open. Without a seal all of it is checked at the next start, so that an error has no consequence.
pub(crate) fn write(path: &Path) {
    if !has_log(path)
        && let Ok(seal) = of_file(path)
    {
        let _ = std::fs::write(place(path), seal);
    }
}

/// Takes the seal of a ledger away, and reports whether the file is the one that was sealed.
pub(crate) fn take(path: &Path) -> bool {
    let seal = read(path);
    let _ = std::fs::remove_file(place(path));
    !has_log(path) && seal.is_ok_and(|seal| of_file(path).is_ok_and(|of_file| of_file == seal))
}

fn place(path: &Path) -> PathBuf {
    beside(path, SEAL)
}

fn read(path: &Path) -> io::Result<String> {
    let mut seal = String::new();
    File::open(place(path))?.take(MOST_BYTES).read_to_string(&mut seal)?;
    Ok(seal)
}

/// The seal of a file as it is now.
fn of_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut block = vec![0; BLOCK];
    let (mut lanes, mut length) = ([1, 2, 3, 4], 0_u64);
    loop {
        let read = fill(&mut file, &mut block)?;
        if read == 0 {
            break;
        }
        length += read as u64;
        // A last block that is not full ends with zeros; the length tells it from one that has them.
        block.iter_mut().skip(read).for_each(|byte| *byte = 0);
        mix_block(&mut lanes, &block);
    }
    let [a, b, c, d] = lanes;
    Ok(format!("{KIND} {length} {a:016x}{b:016x}{c:016x}{d:016x}\n"))
}

/// Reads until a block is full, or the file ends.
fn fill(file: &mut File, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Mixes a block into the digests. Each takes every fourth word.
fn mix_block(lanes: &mut [u64; LANES], block: &[u8]) {
    for words in block.chunks_exact(LANES * WORD) {
        for (lane, word) in lanes.iter_mut().zip(words.chunks_exact(WORD)) {
            let word = word.try_into().map_or(0, u64::from_le_bytes);
            *lane = mix(*lane ^ word);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A file of so many bytes, no two words of which are alike.
    fn file(folder: &Path, length: usize) -> PathBuf {
        let path = folder.join("ledger.db");
        let words = (0..length as u64).flat_map(|word| mix(word).to_le_bytes());
        fs::write(&path, words.take(length).collect::<Vec<u8>>()).unwrap();
        path
    }

    #[test]
    fn a_file_is_as_it_was_sealed_once() {
        let folder = tempfile::tempdir().unwrap();
        for length in [0, 1, 31, 4096, BLOCK - 1, BLOCK, BLOCK + 1, 200_000] {
            let path = file(folder.path(), length);
            write(&path);
            assert!(take(&path), "{length} B");
            assert!(!take(&path), "the seal was taken");
        }
    }

    #[test]
    fn each_flipped_bit_breaks_the_seal() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), 3000);
        let sound = fs::read(&path).unwrap();
        let seal = of_file(&path).unwrap();
        for bit in (0..sound.len() * 8).step_by(7) {
            let mut damaged = sound.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, damaged).unwrap();
            assert_ne!(of_file(&path).unwrap(), seal, "bit {bit}");
        }
    }

    #[test]
    fn another_length_another_seal_and_a_log_break_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), 5000);
        let bytes = fs::read(&path).unwrap();
        let sealed_again = |change: &dyn Fn()| {
            fs::write(&path, &bytes).unwrap();
            write(&path);
            change();
            take(&path)
        };
        assert!(sealed_again(&|| ()));
        assert!(!sealed_again(&|| fs::write(&path, &bytes[..4999]).unwrap()));
        let longer = [&bytes[..], &[0]].concat();
        assert!(!sealed_again(&|| fs::write(&path, &longer).unwrap()));
        assert!(!sealed_again(&|| fs::write(place(&path), "").unwrap()));
        assert!(!sealed_again(&|| fs::write(place(&path), [0xff; 1000]).unwrap()));
        assert!(!sealed_again(&|| fs::write(beside(&path, "-wal"), "a").unwrap()));
    }
}
