//! Buffers of pages, which are used again for later pages.
//!
//! A page with hundreds of workloads has more than 100 kB. When the allocator gets such a block back, it joins all the small blocks
//! that were freed before, and the next page has to cut them out again: that takes longer than to write the workloads.

use std::sync::{Mutex, PoisonError};

/// The buffers that no page has: one for each format that is usually asked for.
static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// The most buffers that are kept.
const MOST: usize = 2;

/// The most bytes of a buffer that is kept.
const MOST_BYTES: usize = 1 << 20;

/// A page in a buffer that is kept for another one when all that read it have ended.
#[derive(Debug)]
pub(super) struct PageBuffer(Vec<u8>);

impl PageBuffer {
    /// An empty buffer with room for so many bytes.
    pub(super) fn with_room(bytes: usize) -> Vec<u8> {
        let mut buffer = spare(Vec::pop).unwrap_or_default();
        buffer.reserve(bytes);
        buffer
    }

    /// A page that is written.
    pub(super) const fn of(page: Vec<u8>) -> PageBuffer {
        PageBuffer(page)
    }
}

impl AsRef<[u8]> for PageBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for PageBuffer {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.0);
        buffer.clear();
        spare(|spare| {
            if spare.len() < MOST && buffer.capacity() <= MOST_BYTES {
                spare.push(buffer);
            }
        });
    }
}

fn spare<T>(work: impl FnOnce(&mut Vec<Vec<u8>>) -> T) -> T {
    work(&mut SPARE.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_page_is_kept_until_its_last_reader_has_ended_and_its_buffer_is_empty_then() {
        let mut page = PageBuffer::with_room(10);
        page.extend_from_slice(b"page");
        let page = Bytes::from_owner(PageBuffer::of(page));
        let reader = page.slice(1..3);
        drop(page);
        assert_eq!(&*reader, b"ag");
        drop(reader);
        for room in [0, 10, 100_000] {
            let buffer = PageBuffer::with_room(room);
            assert!(buffer.is_empty() && buffer.capacity() >= room);
        }
    }

    #[test]
    fn few_buffers_are_kept_and_no_large_one() {
        let of = |bytes| PageBuffer::of(Vec::with_capacity(bytes));
        drop((0..20).map(|_| of(100)).collect::<Vec<_>>());
        assert!(spare(|spare| spare.len()) <= MOST);
        drop(of(2 * MOST_BYTES));
        assert!(spare(|spare| spare.iter().all(|buffer| buffer.capacity() <= MOST_BYTES)));
    }
}
