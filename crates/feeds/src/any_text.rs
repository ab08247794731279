//! The texts of a test of a parser: those that it must read, and those that it must refuse.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::error::FeedError;

/// Asserts that a parser reads an answer, refuses each start of it, and refuses or reads any other text without a panic, with an
/// error of one line.
#[track_caller]
pub(crate) fn assert_read_or_refused<T>(
    answer: &str,
    parse: impl Fn(&str) -> Result<T, FeedError>,
) {
    assert!(parse(answer).is_ok(), "{answer}");
    let starts: Vec<String> =
        answer.char_indices().map(|(end, _)| answer[..end].to_owned()).collect();
    for start in &starts {
        assert!(parse(start).is_err(), "{start}");
    }
    let texts = (prop::sample::select(starts), "\\PC{0,80}");
    let mut runner = TestRunner::default();
    let checked = runner.run(&texts, |(start, text)| {
        for text in [format!("{start}{text}"), text] {
            if let Err(error) = parse(&text) {
                prop_assert_eq!(error.to_string().lines().count(), 1, "{}", error);
            }
        }
        Ok(())
    });
    checked.unwrap();
}
