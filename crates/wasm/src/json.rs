//! Answers as JSON.

use std::io::{self, Write};

use serde::Serialize;

use crate::InputError;

/// A value as JSON, without a space.
///
/// # Errors
///
/// None that is known: the names are text, and the numbers are finite.
pub(crate) fn json(value: &impl Serialize) -> Result<String, InputError> {
    let mut text = Text { bytes: vec![0; ROOM], end: 0 };
    serde_json::to_writer(&mut text, value).map_err(InputError::new)?;
    text.bytes.truncate(text.end);
    String::from_utf8(text.bytes).map_err(InputError::new)
}

/// Most answers have room in it, and need no second.
const ROOM: usize = 8 << 10;

/// Where the text goes, in a thousand pieces of a few bytes each: to call what copies memory would take longer than to copy
/// them.
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
        let room = self.bytes.get_mut(self.end..end).unwrap_or_default();
        if let ([to], [from]) = (&mut *room, piece) {
            *to = *from;
        } else if !(ends::<16>(room, piece)
            || ends::<8>(room, piece)
            || ends::<4>(room, piece)
            || ends::<2>(room, piece))
        {
            room.copy_from_slice(piece);
        }
        self.end = end;
    }
}

impl Write for Text {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.put(piece);
        Ok(piece.len())
    }

    #[inline] // that it cannot fail is known only where it is seen
    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        self.put(piece);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Copies a piece by its two ends, where they meet or overlap.
fn ends<const LENGTH: usize>(to: &mut [u8], from: &[u8]) -> bool {
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
    fn writes_as_serde_json_does() {
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
        assert!(found.len() > 2 * ROOM);
        assert_eq!(found, serde_json::to_string(&all).unwrap());
    }
}
