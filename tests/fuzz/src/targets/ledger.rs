//! A file that claims to be a ledger: it is reported, or refused.

use std::ffi::OsString;

use crate::is_one_line;

const LINES: [&str; 4] = [
    "--by gpu --format csv",
    "--by day --time-zone Asia/Kolkata --format json",
    "--from 2026-11-24 --by month --format text",
    "--format openmetrics",
];

pub(crate) fn run(input: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    std::fs::write(&path, input).unwrap();
    for line in LINES {
        let words = ["gpu-carbon", "report", "--ledger"].map(OsString::from);
        let words = words.into_iter().chain([path.clone().into_os_string()]);
        if let Err(error) = gpu_carbon_cli::run(words.chain(line.split(' ').map(OsString::from))) {
            is_one_line(&error);
        }
    }
    assert_eq!(std::fs::read(&path).unwrap(), input, "nothing is changed");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is made");
}
