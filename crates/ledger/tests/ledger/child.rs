//! This test program again, as another process: to be killed, or to be put on another disk.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a child finds its ledger.
const LEDGER: &str = "GPU_CARBON_TEST_LEDGER";

/// The arguments with which this program runs one test that is ignored otherwise.
fn arguments(test: &str) -> [&str; 4] {
    ["--exact", test, "--ignored", "--nocapture"]
}

/// A test as a process of its own, with a ledger.
pub(crate) fn child(test: &str, ledger: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments(test)).env(LEDGER, ledger);
    command
}

/// The same after some lines of shell, where this user may mount a file system that nobody else sees.
pub(crate) fn child_on_a_disk_of_its_own(test: &str, ledger: &Path, shell: &str) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-e", "-c"]);
    command.arg(format!("{shell}\nexec \"$@\"")).arg("sh").arg(program).args(arguments(test));
    command.env(LEDGER, ledger);
    command
}

/// Whether this user may; some systems and containers forbid it.
pub(crate) fn can_mount() -> bool {
    let mut mount = Command::new("unshare");
    mount.args(["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]);
    mount.output().is_ok_and(|output| output.status.success())
}

/// The ledger of this child; `None` in a process that is none.
pub(crate) fn ledger() -> Option<PathBuf> {
    std::env::var_os(LEDGER).map(PathBuf::from)
}
