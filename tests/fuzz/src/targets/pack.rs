//! The compact file of a series.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use gpu_carbon_feeds::pack;

/// A longer series takes too long to pack again.
const MOST_POINTS: usize = 10_000;

/// Reads any bytes, and any bytes in a valid gzip file, whose checksum no mutation would find. A readable one is a series
/// that packs into the same bytes.
pub(crate) fn run(input: &[u8]) {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(input).unwrap();
    for bytes in [input, &gzip.finish().unwrap()] {
        match pack::decode(bytes) {
            Ok(series) if series.points().len() > MOST_POINTS => {}
            Ok(series) => {
                // The number of decimals that it was packed with is not in the file; the right one reproduces it.
                let packs = (0..=6).filter_map(|decimals| pack::encode(&series, decimals).ok());
                assert!(packs.map(|pack| pack::decode(&pack).unwrap()).any(|again| again == series));
            }
            Err(error) => crate::is_one_line(&error),
        }
    }
}
