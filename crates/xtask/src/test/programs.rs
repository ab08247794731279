//! The test programs of the workspace: built once, then run by the stages that they belong to.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::Value;

use super::totals::Totals;
use crate::needs;
use crate::shell::{cargo, root, run as execute, run_reading, target};
use crate::starting;

/// One built test program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TestProgram {
    /// The name of its target: `e2e`, or a crate's name for its unit tests.
    pub(crate) name: String,
    path: PathBuf,
    /// The folder of its package, in which it runs.
    folder: PathBuf,
}

/// Builds the test programs of the workspace, and its binaries. A part of them would be built with the features that the dependencies
/// have without the rest: all of it a second time.
///
/// # Errors
///
/// When something does not compile.
pub(crate) fn build() -> Result<Vec<TestProgram>> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--locked", "--no-run"]);
    command.arg("--message-format=json-render-diagnostics");
    let mut programs = Vec::new();
    run_reading(&mut command, |line| programs.extend(program(line)))?;
    Ok(programs)
}

/// The test program that a message of cargo's reports, or `None` for any other message.
fn program(message: &str) -> Option<TestProgram> {
    let message: Value = serde_json::from_str(message).ok()?;
    let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str);
    if text("/reason") != Some("compiler-artifact")
        || message.pointer("/profile/test") != Some(&Value::Bool(true))
    {
        return None;
    }
    let manifest = PathBuf::from(text("/manifest_path")?);
    Some(TestProgram {
        name: text("/target/name")?.to_owned(),
        path: text("/executable")?.into(),
        folder: manifest.parent()?.to_owned(),
    })
}

/// The claim of a program to the processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// The claim of other programs.
    Normal,
    /// Most of the time that others leave.
    Low,
}

impl TestProgram {
    /// Runs its tests and prints their output. Tests that are ignored until something is installed run where it is.
    ///
    /// # Errors
    ///
    /// When a test fails, or the program cannot be started.
    pub(crate) fn run(&self, arguments: &[&str], totals: &mut Totals) -> Result<()> {
        self.run_telling(arguments, Class::Normal, totals, &mut |line| println!("{line}"))
    }

    /// Runs its tests as [`TestProgram::run`] does, and passes each line of output to `tell` instead.
    ///
    /// # Errors
    ///
    /// When a test fails, or the program cannot be started.
    pub(crate) fn run_telling(
        &self,
        arguments: &[&str],
        class: Class,
        totals: &mut Totals,
        tell: &mut dyn FnMut(&str),
    ) -> Result<()> {
        let (started, mut own, mut rerun) = (Instant::now(), Totals::default(), Totals::default());
        let first = self.run_once(arguments, class, &mut own, tell);
        let second = match own.ignored {
            0 => Ok(()),
            _ => self.run_conditional(arguments, class, &mut rerun, tell),
        };
        own.add_rerun(rerun);
        tell(&format!("{}: {:.1} s", self.name, started.elapsed().as_secs_f64()));
        *totals += own;
        first.and(second)
    }

    /// Runs those tests that are ignored until something is installed, where it is.
    ///
    /// # Errors
    ///
    /// When a test fails, or the program cannot be started.
    pub(crate) fn run_conditional(
        &self,
        arguments: &[&str],
        class: Class,
        totals: &mut Totals,
        tell: &mut dyn FnMut(&str),
    ) -> Result<()> {
        let met = needs::met();
        if met.is_empty() {
            return Ok(());
        }
        let again = ["--ignored"].iter().chain(arguments).chain(&met);
        self.run_once(&again.copied().collect::<Vec<_>>(), class, totals, tell)
    }

    /// Runs its tests with many more cases, and prints their output.
    ///
    /// # Errors
    ///
    /// When a test fails, or the program cannot be started.
    pub(crate) fn run_with_more_cases(&self) -> Result<()> {
        execute(self.command(Class::Normal).env("GPU_CARBON_MORE_CASES", "1"))
    }

    /// The program, to run in the folder of its package.
    fn command(&self, class: Class) -> Command {
        let mut command = match class {
            Class::Normal => starting::normally(&self.path),
            Class::Low => starting::after_others(&self.path),
        };
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder);
        command
    }

    /// Reports whether it belongs to the package of the end-to-end tests; other packages may have tests of its name.
    pub(crate) fn is_end_to_end(&self) -> bool {
        self.folder == root().join("tests")
    }

    /// Runs the tests that are not ignored, or those that the arguments name.
    ///
    /// # Errors
    ///
    /// When a test fails, or the program cannot be started.
    pub(crate) fn run_once(
        &self,
        arguments: &[&str],
        class: Class,
        totals: &mut Totals,
        tell: &mut dyn FnMut(&str),
    ) -> Result<()> {
        let mut command = self.command(class);
        command.args(arguments);
        command.env("GPU_CARBON_PYTHON", needs::python());
        command.env("GPU_CARBON_BINARIES", binaries());
        command.env("GPU_CARBON_PACKAGES", needs::packages());
        command.env("GPU_CARBON_IF_RUN", needs::impact_framework());
        let before = *totals;
        let outcome = run_reading(&mut command, |line| {
            tell(line);
            totals.add_line(line);
        });
        // A program that ends before its closing line has failed once, too.
        if outcome.is_err() && totals.failed == before.failed {
            totals.failed += 1;
        }
        outcome
    }
}

/// The folder of the binaries that [`build`] makes.
pub(crate) fn binaries() -> PathBuf {
    target().join("debug")
}

/// Runs the examples in the documentation of the crates.
///
/// # Errors
///
/// When one fails.
pub(crate) fn run_documentation(totals: &mut Totals) -> Result<()> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--locked", "--doc"]);
    run_reading(&mut command, |line| {
        println!("{line}");
        totals.add_line(line);
    })
}

/// The end-to-end test program of a name.
///
/// # Errors
///
/// When it was not built.
pub(crate) fn find<'a>(programs: &'a [TestProgram], name: &str) -> Result<&'a TestProgram> {
    let mut all = programs.iter();
    let found = all.find(|program| program.is_end_to_end() && program.name == name);
    found.with_context(|| format!("cargo built no end-to-end test program named {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_a_test_program_names_it_and_its_folder() {
        let message = r#"{"reason":"compiler-artifact","manifest_path":"/a/tests/Cargo.toml",
            "target":{"name":"e2e","kind":["test"]},"profile":{"test":true},
            "executable":"/a/target/debug/deps/e2e-1"}"#;
        let expected = TestProgram {
            name: "e2e".to_owned(),
            path: "/a/target/debug/deps/e2e-1".into(),
            folder: "/a/tests".into(),
        };
        assert_eq!(program(message), Some(expected));
        let binary = message.replace("\"test\":true", "\"test\":false");
        assert_eq!(program(&binary), None);
        assert_eq!(program("warning: of something else"), None);
    }
}
