//! The stages of the tests, and which of them a command line asks for.

use std::fmt::Write;

use anyhow::Result;

use crate::usage::usage;

/// One kind of test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Lint,
    Audit,
    Unit,
    E2e,
    Deploy,
    Web,
    Engines,
    Fuzz,
    Soak,
}

/// The length of the stages that could go on for as long as one likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// The length in `cargo xtask test`.
    Short,
    /// The length in `cargo xtask fuzz` and `cargo xtask soak`.
    Long,
}

impl Length {
    /// The short time or the long one.
    pub(super) fn of(self, seconds: [u32; 2]) -> u32 {
        match self {
            Length::Short => seconds[0],
            Length::Long => seconds[1],
        }
    }
}

impl Stage {
    /// The stages of `cargo xtask test`, in the order in which they run: the cheapest first.
    pub(crate) const OF_TEST: [Stage; 7] =
        [Stage::Lint, Stage::Unit, Stage::E2e, Stage::Deploy, Stage::Web, Stage::Fuzz, Stage::Soak];

    /// The stages that `--only` can name: those of `test`, and the browsers that it leaves out.
    pub(crate) const NAMED: [Stage; 8] = [
        Stage::Lint,
        Stage::Unit,
        Stage::E2e,
        Stage::Deploy,
        Stage::Web,
        Stage::Engines,
        Stage::Fuzz,
        Stage::Soak,
    ];

    /// The stages of `cargo xtask ci`: those of `test`, and the audit.
    pub(crate) const OF_CI: [Stage; 8] = [
        Stage::Lint,
        Stage::Audit,
        Stage::Unit,
        Stage::E2e,
        Stage::Deploy,
        Stage::Web,
        Stage::Fuzz,
        Stage::Soak,
    ];

    /// The name after `--only` and in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Stage::Lint => "lint",
            Stage::Audit => "audit",
            Stage::Unit => "unit",
            Stage::E2e => "e2e",
            Stage::Deploy => "deploy",
            Stage::Web => "web",
            Stage::Engines => "engines",
            Stage::Fuzz => "fuzz",
            Stage::Soak => "soak",
        }
    }

    /// One line for `--help`.
    fn summary(self) -> &'static str {
        match self {
            Stage::Lint => {
                "rustfmt, clippy and rustdoc, each warning an error; the core without a standard library"
            }
            Stage::Audit => "licences, bans, sources and advisories of the dependencies",
            Stage::Unit => {
                "unit and integration tests of every crate, examples of the documentation, fuzz seeds"
            }
            Stage::E2e => {
                "the exporter and the client as processes, with Prometheus, Alertmanager and faulty services"
            }
            Stage::Deploy => "the files of deploy/, read by the programs that they are for",
            Stage::Web => "the calculator: its parts in Node.js, the whole page in a browser",
            Stage::Engines => "the calculator in Firefox and in WebKit: only where it is named",
            Stage::Fuzz => "ten seconds of fuzzing a target (`cargo xtask fuzz`: a minute)",
            Stage::Soak => "twenty seconds of faults and kills (`cargo xtask soak`: five minutes)",
        }
    }

    /// A line for each stage that `--only` can name: its name and its summary.
    pub(crate) fn list() -> String {
        let mut list = String::new();
        for stage in Stage::NAMED {
            let _ = writeln!(list, "    {:<7} {}", stage.name(), stage.summary());
        }
        list
    }

    /// The stages that a comma-separated list names, in the order in which they run.
    ///
    /// # Errors
    ///
    /// When a name is unknown, or the list is empty: names the stages that there are.
    pub(crate) fn parse_list(list: &str) -> Result<Vec<Stage>> {
        let names: Vec<&str> = list.split(',').map(str::trim).collect();
        let known = || Stage::NAMED.map(Stage::name).join(", ");
        for &name in &names {
            if !Stage::NAMED.iter().any(|stage| stage.name() == name) {
                usage!("--only: no stage is named `{name}`; allowed: {}", known());
            }
        }
        let mut stages = Stage::NAMED.to_vec();
        stages.retain(|stage| names.contains(&stage.name()));
        Ok(stages)
    }
}

#[cfg(test)]
mod tests {
    use super::Stage;

    #[test]
    fn a_list_names_stages_in_the_order_in_which_they_run() {
        let stages = Stage::parse_list("soak, unit,unit").unwrap();
        assert_eq!(stages, [Stage::Unit, Stage::Soak]);
    }

    #[test]
    fn an_unknown_stage_is_refused_with_those_allowed() {
        for list in ["nothing", "unit,nothing", "nothing,"] {
            let error = Stage::parse_list(list).unwrap_err().to_string();
            let allowed = "allowed: lint, unit, e2e, deploy, web, engines, fuzz, soak";
            assert_eq!(error, format!("--only: no stage is named `nothing`; {allowed}"));
        }
        assert!(Stage::parse_list("").unwrap_err().to_string().contains("named ``"));
    }
}
