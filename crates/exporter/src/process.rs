//! What this process itself uses, as the usual `process_*` metrics want it.

use std::sync::OnceLock;

use procfs::process::{LimitValue, Process};

/// Of this process, from `/proc/self`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessStats {
    /// User and system time, in seconds.
    pub cpu_seconds: f64,
    /// Open file descriptors.
    pub open_fds: f64,
    /// The most file descriptors that may be open.
    pub max_fds: f64,
    /// Virtual memory, in bytes.
    pub virtual_bytes: f64,
    /// Resident memory, in bytes.
    pub resident_bytes: f64,
    /// When it started, in seconds since the epoch.
    pub started_seconds: f64,
    /// Its threads.
    pub threads: f64,
}

/// Reads them; `None` where `/proc` does not tell.
#[must_use]
#[allow(clippy::cast_precision_loss)] // no process opens, maps or runs for 2^53 of anything
pub fn read() -> Option<ProcessStats> {
    let process = Process::myself().ok()?;
    let stat = process.stat().ok()?;
    let ticks = procfs::ticks_per_second() as f64;
    let max_fds = match process.limits().ok()?.max_open_files.soft_limit {
        LimitValue::Value(most) => most as f64,
        LimitValue::Unlimited => f64::INFINITY,
    };
    Some(ProcessStats {
        cpu_seconds: (stat.utime + stat.stime) as f64 / ticks,
        open_fds: process.fd_count().ok()? as f64,
        max_fds,
        virtual_bytes: stat.vsize as f64,
        resident_bytes: (stat.rss * procfs::page_size()) as f64,
        started_seconds: started(stat.starttime as f64 / ticks)?,
        threads: stat.num_threads as f64,
    })
}

/// The start of this process, from its time since the boot. Asked once: the kernel reckons the boot's moment
/// back from the wall clock, so it moves by a second now and then, and with it would a process seem to be
/// another one.
#[allow(clippy::cast_precision_loss)] // no boot is 2^53 seconds away
fn started(since_boot: f64) -> Option<f64> {
    static STARTED: OnceLock<f64> = OnceLock::new();
    if let Some(&started) = STARTED.get() {
        return Some(started);
    }
    let boot = procfs::boot_time_secs().ok()? as f64;
    Some(*STARTED.get_or_init(|| boot + since_boot))
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_is_alive() {
        let stats = super::read().unwrap();
        assert!(stats.resident_bytes > 1e5 && stats.resident_bytes < stats.virtual_bytes);
        assert!(stats.open_fds >= 3.0 && stats.open_fds <= stats.max_fds);
        assert!(stats.threads >= 1.0);
        assert!(stats.started_seconds > 1.7e9, "{stats:?}");
    }
}
