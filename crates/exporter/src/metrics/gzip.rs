//! Pages that are compressed by gzip.
//!
//! The tables of the compressor take 270 kB. They are used again for the next page: to get as much new memory from the kernel, page by
//! page, takes longer than to compress the metrics of hundreds of workloads.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};

/// The compressor that no page is using.
static SPARE: Mutex<Option<Compress>> = Mutex::new(None);

/// The bits of the window, as in every other program.
const WINDOW_BITS: u8 = 15;

/// The expected part of the plain bytes that is left: most of a line is in the line before it.
const EXPECTED_PART: usize = 6;

/// The least space for what is left, in bytes.
const LEAST_SPACE: usize = 1024;

/// Compresses a page, as fast as it can be done.
pub(super) fn gzip(plain: &[u8]) -> Bytes {
    let new = || Compress::new_gzip(Compression::fast(), WINDOW_BITS);
    let mut compressor = spare(Option::take).unwrap_or_else(new);
    let mut page = Vec::with_capacity(plain.len() / EXPECTED_PART + LEAST_SPACE);
    loop {
        let done = usize::try_from(compressor.total_in()).unwrap_or(usize::MAX);
        let rest = plain.get(done..).unwrap_or_default();
        match compressor.compress_vec(rest, &mut page, FlushCompress::Finish) {
            Ok(Status::StreamEnd) => break,
            Ok(Status::Ok | Status::BufError) => page.reserve(page.capacity()),
            // Its state is that of a stream, which has only begun: it cannot fail.
            Err(_) => return Bytes::new(),
        }
    }
    compressor.reset();
    spare(|spare| *spare = Some(compressor));
    page.into()
}

fn spare<T>(work: impl FnOnce(&mut Option<Compress>) -> T) -> T {
    work(&mut SPARE.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(plain: &[u8]) {
        let mut read = Vec::new();
        GzDecoder::new(&*gzip(plain)).read_to_end(&mut read).unwrap();
        assert!(read == plain, "{} bytes of {}", read.len(), plain.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

        #[test]
        fn every_page_is_read_as_it_was_whatever_was_compressed_before(
            pages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20_000), 1..4),
            letter in any::<u8>(),
        ) {
            for page in &pages {
                check(page);
                check(&vec![letter; page.len() * 20]);
            }
        }
    }

    #[test]
    fn pages_may_be_compressed_at_the_same_time() {
        std::thread::scope(|scope| {
            for letter in b'a'..b'h' {
                scope.spawn(move || (0..20).for_each(|it| check(&vec![letter; it * 10_000])));
            }
        });
    }
}
