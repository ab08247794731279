//! Totals of the tests of a stage, which cargo and Node count only for each program.

use std::fmt;
use std::ops::AddAssign;

/// Tests by outcome.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) ignored: u32,
}

impl Totals {
    /// The totals of one check.
    pub(crate) fn of_check(passed: bool) -> Totals {
        Totals { passed: passed.into(), failed: (!passed).into(), ignored: 0 }
    }

    /// The totals that the closing line of a run states; `None` for any other line.
    pub(crate) fn of_closing_line(line: &str) -> Option<Totals> {
        let mut counts = line.split(", ");
        let mut count = |outcome| counts.next()?.strip_suffix(outcome)?.trim_end().parse().ok();
        let (passed, failed) = (count("passed")?, count("failed")?);
        Some(Totals { passed, failed, ignored: count("skipped")? })
    }

    /// Adds the closing line of one of cargo's test programs, or one of Node's closing lines. Any other line changes
    /// nothing.
    pub(crate) fn add_line(&mut self, line: &str) {
        if let Some((outcome, Ok(number))) = line
            .strip_prefix("# ")
            .and_then(|line| line.split_once(' '))
            .map(|(outcome, number)| (outcome, number.parse::<u32>()))
        {
            match outcome {
                "pass" => self.passed += number,
                "fail" | "cancelled" => self.failed += number,
                "skipped" => self.ignored += number,
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
                Some((Ok(number), "ignored")) => self.ignored += number,
                _ => {}
            }
        }
    }

    /// Adds tests that a first run ignored and a second run executed: they no longer count as ignored.
    pub(crate) fn add_rerun(&mut self, rerun: Totals) {
        self.passed += rerun.passed;
        self.failed += rerun.failed;
        self.ignored = self.ignored.saturating_sub(rerun.passed + rerun.failed);
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Totals) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// The closing line of a run: `N passed, N failed, N skipped`.
impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.ignored)
    }
}

#[cfg(test)]
mod tests {
    use super::Totals;

    #[test]
    fn closing_lines_of_cargo_and_node_add_up() {
        let mut totals = Totals::default();
        for line in [
            "test faults::a_gpu_that_hangs_blocks_no_other ... ok",
            "test result: ok. 25 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 113.92s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
            "7 passed; of nothing",
            "# tests 7",
            "# pass 5",
            "# fail 1",
            "# skipped 1",
            "# pass the salt",
        ] {
            totals.add_line(line);
        }
        assert_eq!(totals.to_string(), "33 passed, 3 failed, 2 skipped");
    }

    #[test]
    fn the_closing_line_of_a_run_is_read_again() {
        let totals = Totals { passed: 1203, failed: 1, ignored: 22 };
        assert_eq!(Totals::of_closing_line(&totals.to_string()), Some(totals));
        for other in ["", "web: 3.1 s", "1 passed, 2 failed", "x passed, 1 failed, 2 skipped"] {
            assert_eq!(Totals::of_closing_line(other), None, "{other}");
        }
    }

    #[test]
    fn a_second_run_takes_tests_out_of_the_ignored() {
        let mut totals = Totals { passed: 10, failed: 0, ignored: 3 };
        totals.add_rerun(Totals { passed: 1, failed: 1, ignored: 0 });
        assert_eq!(totals, Totals { passed: 11, failed: 1, ignored: 1 });
    }
}
