//! The machine that a process runs on: numbers of processes say nothing on another one, or after its next boot.

use std::fs;

use serde::{Deserialize, Serialize};

/// A machine, from one boot to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// The name of the host.
    pub(crate) host: String,
    /// The kernel's id of the boot.
    pub(crate) boot: String,
}

impl Machine {
    /// The machine that this process runs on.
    pub(crate) fn this() -> Machine {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Machine { host, boot: boot.trim().to_owned() }
    }
}
