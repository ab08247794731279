//! `cargo xtask audit`: the licences, versions, sources and advisories of every dependency, by cargo-deny; the files of `deploy/`,
//! by checkov.

use anyhow::{Result, ensure};

use crate::shell::{output, run as execute};
use crate::test::Totals;
use crate::{checkov, needs};

/// The checks that need no other file than those of this checkout.
const LOCAL: [&str; 3] = ["licenses", "bans", "sources"];

/// The settings, and only what fails.
const OPTIONS: [&str; 4] = ["--config", ".cargo/deny.toml", "--log-level", "error"];

/// Runs every check. The one of the advisories counts as ignored where their database cannot be reached, and checkov where it
/// cannot be installed.
///
/// # Errors
///
/// When a check fails.
pub(crate) fn run(totals: &mut Totals) -> Result<()> {
    let mut failed = Vec::new();
    let mut check = |name: &'static str, totals: &mut Totals| {
        let passed = execute(needs::cargo_deny().args(OPTIONS).args(["check", name])).is_ok();
        *totals += Totals::of_check(passed);
        failed.extend((!passed).then_some(name));
    };
    for name in LOCAL {
        check(name, totals);
    }
    let mut fetch = needs::cargo_deny();
    fetch.args(OPTIONS).args(["fetch", "db"]).env("GIT_TERMINAL_PROMPT", "0");
    match output(&mut fetch) {
        Ok(_) => check("advisories", totals),
        Err(error) => {
            eprintln!("ignored: the database of advisories cannot be fetched: {error:#}");
            totals.ignored += 1;
        }
    }
    match checkov::install() {
        Ok(()) => {
            let checked = checkov::run();
            *totals += Totals::of_check(checked.is_ok());
            if let Err(error) = checked {
                eprintln!("{error:#}");
                failed.push("files of deploy/");
            }
        }
        Err(error) => {
            eprintln!("ignored: checkov cannot be installed: {error:#}");
            totals.ignored += 1;
        }
    }
    ensure!(failed.is_empty(), "refused: {}", failed.join(", "));
    Ok(())
}
