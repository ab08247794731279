//! The standard streams of a process that only watches over another.

use std::fs::{File, OpenOptions};
use std::io;

use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

/// Replaces standard input and output by `/dev/null`, so that others see the end of what they share with the job as soon as the job
/// has closed it.
pub(crate) fn let_go() {
    let _ = null().and_then(|null| {
        dup2_stdin(&null)?;
        Ok(dup2_stdout(&null)?)
    });
}

/// Replaces standard error, too.
pub(super) fn let_go_of_all() {
    let_go();
    let _ = null().and_then(|null| Ok(dup2_stderr(&null)?));
}

fn null() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open("/dev/null")
}
