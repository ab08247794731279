//! Test programs, and those that compute in the time that others leave.

use std::ffi::OsStr;
use std::process::Command;
use std::sync::LazyLock;

use crate::shell::{program, succeeds};

/// True if this system can run a program that waits whenever another one wants to run. Many threads of a lower priority, as a
/// browser has, together still take most of a processor from one thread of a test.
static HAS_IDLE_CLASS: LazyLock<bool> =
    LazyLock::new(|| succeeds(program("chrt").args(["--idle", "0", "true"])));

/// A program that runs, with all that it starts, after others and before those in spare time.
pub(crate) fn after_others(name: impl AsRef<OsStr>) -> Command {
    let mut command = normally("nice");
    command.arg("--adjustment=19").arg(name);
    command
}

/// A program that runs, with all that it starts, in the time that others leave.
pub(crate) fn in_spare_time(name: impl AsRef<OsStr>) -> Command {
    let (first, rest): (_, &[&str]) =
        if *HAS_IDLE_CLASS { ("chrt", &["--idle", "0"]) } else { ("nice", &["--adjustment=19"]) };
    let mut command = normally(first);
    command.args(rest).arg(name);
    command
}

/// A program that gets the signals of the keyboard even where a shell started `cargo xtask` in its background, which ignores them.
pub(crate) fn normally(name: impl AsRef<OsStr>) -> Command {
    let mut command = program("env");
    command.arg("--default-signal=INT,QUIT").arg(name);
    command
}

#[cfg(test)]
mod tests {
    use super::{after_others, in_spare_time, normally};

    #[test]
    fn a_program_runs_with_its_arguments_and_its_status() {
        for mut shell in [in_spare_time("sh"), after_others("sh"), normally("sh")] {
            let status = shell.args(["-c", "exit $1", "sh", "7"]).status().unwrap();
            assert_eq!(status.code(), Some(7));
        }
    }
}
