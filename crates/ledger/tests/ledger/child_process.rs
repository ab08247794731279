//! Tests with a second process, which is this test program again: it is killed, or has another disk.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment variable with the path of a child's ledger.
const LEDGER: &str = "GPU_CARBON_TEST_LEDGER";

/// The arguments with which this program runs one test.
fn arguments(test: &str) -> [&str; 4] {
    ["--exact", test, "--include-ignored", "--nocapture"]
}

/// A process that runs one test of this program, with a ledger.
pub(crate) fn command(test: &str, ledger: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments(test)).env(LEDGER, ledger);
    command
}

/// The same as [`command`], after a shell script that may mount file systems. Other processes do not see these.
pub(crate) fn command_with_mounts(test: &str, ledger: &Path, script: &str) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-e", "-c"]);
    command.arg(format!("{script}\nexec \"$@\"")).arg("sh").arg(program).args(arguments(test));
    command.env(LEDGER, ledger);
    command
}

/// The ledger of this process, if it is a child of a test.
pub(crate) fn ledger() -> Option<PathBuf> {
    std::env::var_os(LEDGER).map(PathBuf::from)
}
