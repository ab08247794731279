//! Counts the tests of a run, which cargo counts only for each binary.

use std::fmt;

/// Tests by outcome.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u32,
    failed: u32,
    skipped: u32,
}

impl Tally {
    /// Adds the closing line of one of cargo's binaries, or the closing lines of Node; any other line is left alone.
    pub(crate) fn add(&mut self, line: &str) {
        if let Some((outcome, Ok(number))) = line
            .strip_prefix("# ")
            .and_then(|line| line.split_once(' '))
            .map(|(outcome, number)| (outcome, number.parse::<u32>()))
        {
            match outcome {
                "pass" => self.passed += number,
                "fail" | "cancelled" => self.failed += number,
                "skipped" => self.skipped += number,
                _ => {}
            }
        }
        let Some((_, counts)) =
            line.strip_prefix("test result: ").and_then(|line| line.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            match count.split_once(' ').map(|(number, outcome)| (number.parse::<u32>(), outcome)) {
                Some((Ok(number), "passed")) => self.passed += number,
                Some((Ok(number), "failed")) => self.failed += number,
                Some((Ok(number), "ignored")) => self.skipped += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn adds_up_what_cargo_says() {
        let mut tally = Tally::default();
        for line in [
            "test faults::a_gpu_that_hangs_holds_up_nobody ... ok",
            "test result: ok. 25 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 113.92s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
            "7 passed; of nothing",
            "# tests 7",
            "# pass 5",
            "# fail 1",
            "# skipped 1",
            "# pass the salt",
        ] {
            tally.add(line);
        }
        assert_eq!(tally.to_string(), "33 passed, 3 failed, 2 skipped");
    }
}
