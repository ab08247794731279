//! Files of carbon intensity of every kind: encodings, compression, tables of several publishers, saved answers.

use gpu_carbon_core::Span;
use gpu_carbon_feeds::{csv, files, gaps};

/// A file is either read or refused in one line. What is read can be filled, written, and read again.
pub(crate) fn run(input: &[u8]) {
    let read = files::inflate(input).and_then(|content| {
        let text = files::text(&content)?.into_owned();
        files::read(&text)
    });
    let found = match read {
        Ok(found) => found,
        Err(error) => return crate::is_one_line(&error),
    };
    assert!(!found.is_empty());
    for files::FileSeries { series, metadata, doubt, .. } in found {
        if let Some(doubt) = doubt {
            crate::is_one_line(&doubt);
        }
        for filling in [gaps::Filling::Hold(Span::from_seconds(7200)), gaps::Filling::SameHour] {
            let filled = gaps::fill(&series, filling).unwrap();
            assert!(filled.series.points().len() >= series.points().len());
        }
        let text = metadata.write() + &csv::write(&series);
        // A written line is at most as long as a line that is read.
        let again = files::read(&text).unwrap();
        assert_eq!(again[0].series.points(), series.points());
    }
}
