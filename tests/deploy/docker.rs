//! The Dockerfiles, by their linter.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{deployed, run_checker};

/// Rules that are not applied, each with the reason.
const IGNORED: [(&str, &str); 1] =
    [("DL3008", "the newest CA roots are wanted; a pinned version vanishes from Debian's mirrors")];

/// The linter beside the Python that `cargo xtask test` fills, or the one of the system.
fn hadolint() -> Command {
    let python = std::env::var_os("GPU_CARBON_PYTHON").map(PathBuf::from);
    let beside = python.as_deref().and_then(Path::parent).map(|folder| folder.join("hadolint"));
    Command::new(beside.filter(|path| path.is_file()).unwrap_or_else(|| "hadolint".into()))
}

#[test]
fn the_linter_of_dockerfiles_finds_nothing() {
    for name in ["docker/Dockerfile", "kubernetes/carbon-window.Dockerfile"] {
        let mut lint = hadolint();
        for (rule, _) in IGNORED {
            lint.args(["--ignore", rule]);
        }
        assert_eq!(run_checker(lint.arg(deployed(name))), "", "{name}");
    }
}
