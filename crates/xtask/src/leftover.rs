//! Programs that compute in the time that others leave.

use std::ffi::OsStr;
use std::process::Command;
use std::sync::LazyLock;

use crate::shell::{program, succeeds};

/// True if this system can run a program that waits whenever another one wants to run. Many threads of a lower priority, as a
/// browser has, together still take most of a processor from one thread of a test.
static HAS_IDLE_CLASS: LazyLock<bool> =
    LazyLock::new(|| succeeds(program("chrt").args(["--idle", "0", "true"])));

/// A program that runs, with all that it starts, in the time that others leave.
pub(crate) fn command(name: impl AsRef<OsStr>) -> Command {
    let words: &[&str] =
        if *HAS_IDLE_CLASS { &["chrt", "--idle", "0"] } else { &["nice", "--adjustment=19"] };
    let mut command = program("env");
    command.args(words).arg(name);
    command
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn a_program_runs_with_its_arguments_and_its_status() {
        let mut shell = command("sh");
        assert_eq!(shell.args(["-c", "exit $1", "sh", "7"]).status().unwrap().code(), Some(7));
    }
}
