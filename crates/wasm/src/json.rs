//! Serialization of answers as JSON.

use std::io::{self, Write};

use serde::Serialize;

use crate::InputError;

/// Serializes a value as JSON without white space.
///
/// # Errors
///
/// Never in practice: the names are text, and the numbers are finite.
pub(crate) fn json(value: &impl Serialize) -> Result<String, InputError> {
    let mut text = Text { bytes: vec![0; INITIAL_BYTES], end: 0 };
    serde_json::to_writer(&mut text, value).map_err(InputError::new)?;
    text.bytes.truncate(text.end);
    String::from_utf8(text.bytes).map_err(InputError::new)
}

/// The initial size of the buffer, which most answers fit in.
const INITIAL_BYTES: usize = 8 << 10;

/// A buffer for the text. serde_json writes it in thousands of pieces of a few bytes, for which a call of `memcpy` takes longer than
/// the copy itself.
struct Text {
    bytes: Vec<u8>,
    end: usize,
}

impl Text {
    fn put(&mut self, piece: &[u8]) {
        let end = self.end + piece.len();
        if end > self.bytes.len() {
            self.bytes.resize(2 * end, 0);
        }
        let target = self.bytes.get_mut(self.end..end).unwrap_or_default();
        if let ([to], [from]) = (&mut *target, piece) {
            *to = *from;
        } else if !(copy_ends::<16>(target, piece)
            || copy_ends::<8>(target, piece)
            || copy_ends::<4>(target, piece)
            || copy_ends::<2>(target, piece))
        {
            target.copy_from_slice(piece);
        }
        self.end = end;
    }
}

impl Write for Text {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.put(piece);
        Ok(piece.len())
    }

    #[inline] // inlined, the compiler sees that it cannot fail
    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        self.put(piece);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Copies a piece as its first and its last `LENGTH` bytes, which may overlap; returns false where the piece has another length.
fn copy_ends<const LENGTH: usize>(to: &mut [u8], from: &[u8]) -> bool {
    if from.len() > 2 * LENGTH {
        return false;
    }
    let (Some(first), Some(last)) = (from.first_chunk::<LENGTH>(), from.last_chunk::<LENGTH>())
    else {
        return false;
    };
    if let Some(to) = to.first_chunk_mut() {
        *to = *first;
    }
    if let Some(to) = to.last_chunk_mut() {
        *to = *last;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_serde_json() {
        let mut all = Vec::new();
        for length in 0..200 {
            let text: String =
                "ab\u{e9}\"\n".chars().cycle().skip(length % 5).take(length).collect();
            let plain: String = ('a'..='z').cycle().take(length).collect();
            let value = (text, plain, length, 1.0 / length as f64, vec![None::<bool>; length % 3]);
            assert_eq!(json(&value).unwrap(), serde_json::to_string(&value).unwrap());
            all.push(value);
        }
        let found = json(&all).unwrap();
        assert!(found.len() > 2 * INITIAL_BYTES);
        assert_eq!(found, serde_json::to_string(&all).unwrap());
    }
}
