//! The options of `cargo xtask fuzz`.

use anyhow::Result;

use super::target::{Bounds, names};
use crate::usage::usage;

/// The length of a run, unless the options name another one.
const SECONDS: u32 = 60;

/// The targets to run, and for how long each.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) names: Vec<String>,
    pub(super) bounds: Bounds,
}

impl Options {
    /// Reads the words of a command line.
    ///
    /// # Errors
    ///
    /// When a word is neither an option nor a target.
    pub(super) fn parse(options: &[&str]) -> Result<Options> {
        let (mut chosen, mut bounds) = (Vec::new(), Bounds { seconds: SECONDS, seed: None });
        let mut words = options.iter();
        while let Some(&word) = words.next() {
            match word {
                "--seconds" => bounds.seconds = number(word, words.next())?,
                "--seed" => bounds.seed = Some(number(word, words.next())?),
                name => chosen.push(name.to_owned()),
            }
        }
        let known = names()?;
        if let Some(unknown) = chosen.iter().find(|&name| !known.contains(name)) {
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            usage!("{unknown} is not a target; the targets are {known}");
        }
        let names = if chosen.is_empty() { known.into_iter().collect() } else { chosen };
        Ok(Options { names, bounds })
    }
}

fn number(option: &str, value: Option<&&str>) -> Result<u32> {
    match value.and_then(|value| value.parse().ok()) {
        Some(number) if number > 0 => Ok(number),
        _ => usage!("{option} needs a whole number above 0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_name_targets_seconds_and_a_seed() {
        let options = Options::parse(&["http", "--seconds", "5", "--seed", "7"]).unwrap();
        let bounds = Bounds { seconds: 5, seed: Some(7) };
        assert_eq!(options, Options { names: vec!["http".to_owned()], bounds });
        let all = Options::parse(&[]).unwrap();
        assert_eq!(all.bounds, Bounds { seconds: 60, seed: None });
        assert!(all.names.len() > 10, "{:?}", all.names);
    }

    #[test]
    fn a_wrong_word_is_refused() {
        for (options, expected) in [
            (&["htp"][..], "htp is not a target; the targets are cgroup, command_line, "),
            (&["--seconds"], "--seconds needs a whole number above 0"),
            (&["--seed", "0"], "--seed needs a whole number above 0"),
        ] {
            let error = Options::parse(options).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
