//! The table at the end of a run: each stage, its time and its tests.

use std::fmt;
use std::time::Duration;

use super::stage::{Length, Stage};
use super::totals::Totals;
use super::unchanged;

/// One line of the table.
#[derive(Debug)]
struct Row {
    stage: &'static str,
    time: Duration,
    totals: Totals,
}

/// The stages that have run so far.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// The time from the beginning to the end, which is less than the sum where stages ran side by side.
    pub(crate) time: Duration,
    rows: Vec<Row>,
    /// The stages that passed before, and read nothing that has changed since.
    unchanged: Vec<&'static str>,
    errors: Vec<String>,
}

impl Summary {
    /// Adds a stage; where it failed, also its error.
    pub(crate) fn add(
        &mut self,
        stage: &'static str,
        time: Duration,
        totals: Totals,
        error: Option<String>,
    ) {
        self.rows.push(Row { stage, time, totals });
        self.errors.extend(error.map(|error| format!("{stage}: {error}")));
    }

    /// Adds a stage that could not be started.
    pub(crate) fn add_unstarted(&mut self, stage: &'static str, error: &anyhow::Error) {
        self.add(stage, Duration::ZERO, Totals::of_check(false), Some(format!("{error:#}")));
    }

    /// Adds a stage that need not run: it passed before, and reads nothing that has changed since. Returns false for any other.
    pub(crate) fn add_if_unchanged(&mut self, stage: Stage, length: Length) -> bool {
        let digest = unchanged::digest(stage, length).ok().flatten();
        let is_unchanged = digest.is_some_and(|digest| unchanged::passed(stage, digest));
        self.unchanged.extend(is_unchanged.then(|| stage.name()));
        is_unchanged
    }

    /// The totals of all stages.
    pub(crate) fn totals(&self) -> Totals {
        let mut sum = Totals::default();
        self.rows.iter().for_each(|row| sum += row.totals);
        sum
    }

    /// The errors of the stages that failed, each after the name of its stage.
    pub(crate) fn errors(&self) -> &[String] {
        &self.errors
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<8}{:>9}{:>8}{:>8}{:>9}",
            "stage", "seconds", "passed", "failed", "ignored"
        )?;
        let line = |f: &mut fmt::Formatter<'_>, name, time: Duration, totals: Totals| {
            let Totals { passed, failed, ignored } = totals;
            let seconds = time.as_secs_f64();
            writeln!(f, "{name:<8}{seconds:>9.1}{passed:>8}{failed:>8}{ignored:>9}")
        };
        for row in &self.rows {
            line(f, row.stage, row.time, row.totals)?;
        }
        line(f, "total", self.time, self.totals())?;
        for stage in &self.unchanged {
            writeln!(
                f,
                "{stage} did not run: it passed before, and nothing that it reads has changed; \
                 `cargo xtask test --only {stage}` runs it"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_line_for_each_stage_and_their_sum() {
        let second = Duration::from_secs(1);
        let mut summary = Summary { time: 91 * second, ..Summary::default() };
        summary.add("unit", 90 * second, Totals { passed: 1200, failed: 0, ignored: 2 }, None);
        let error = Some("no browser".to_owned());
        summary.add("web", 2 * second, Totals { passed: 3, failed: 1, ignored: 0 }, error);
        let table = "\
stage     seconds  passed  failed  ignored
unit         90.0    1200       0        2
web           2.0       3       1        0
total        91.0    1203       1        2
";
        assert_eq!(summary.to_string(), table);
        summary.unchanged.push("deploy");
        let line = "deploy did not run: it passed before, and nothing that it reads has changed; \
            `cargo xtask test --only deploy` runs it\n";
        assert_eq!(summary.to_string(), format!("{table}{line}"));
        assert_eq!(summary.errors(), ["web: no browser"]);
    }
}
