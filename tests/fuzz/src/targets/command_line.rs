//! The command line of `gpu-carbon`, and the values of its flags.

use std::ffi::OsString;

use gpu_carbon_cli::args::Args;
use gpu_carbon_cli::time_arg::{MilestoneArg, TimeArg};
use gpu_carbon_cli::value_parsers;
use gpu_carbon_core::Pue;

/// Each line of the input is a word of a command line, and a value by itself. A wrong one is refused in one line; a right
/// one lies in its range.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let words = ["gpu-carbon"].into_iter().chain(text.lines());
    if let Err(error) = Args::read(words.map(OsString::from)) {
        // A word may hold a line end of another system, which is replaced where the error is printed.
        crate::is_one_line(&gpu_carbon_cli::sanitize(&error.to_string()));
    }
    for word in text.lines() {
        let _ = value_parsers::time(word);
        let _ = TimeArg::parse(word);
        let _ = MilestoneArg::parse(word);
        let _ = value_parsers::paper_job(word);
        let span = value_parsers::span(word);
        if let Ok(duration) = value_parsers::duration(word) {
            assert_eq!(span, Ok(duration));
        }
        if let (Ok(window), Ok(duration)) = (value_parsers::window(word), span) {
            assert_eq!(window.of(duration), duration);
        }
        // No text is both an energy and a power.
        assert!(value_parsers::energy(word).is_err() || value_parsers::power(word).is_err(), "{word}");
        if let Ok(pue) = value_parsers::pue(word) {
            assert!((Pue::MIN..=Pue::MAX).contains(&pue.as_number()));
        }
    }
}
