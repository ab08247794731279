//! The resources that this process uses, for the usual `process_*` metrics.

use std::sync::OnceLock;

use procfs::process::Process;
use rustix::process::{Resource, getrlimit};

/// The resources that this process uses, from `/proc/self`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessStats {
    /// The user and system CPU time, in seconds.
    pub cpu_seconds: f64,
    /// The number of open file descriptors.
    pub open_fds: f64,
    /// The limit of open file descriptors; infinite if there is none.
    pub max_fds: f64,
    /// The size of the virtual memory, in bytes.
    pub virtual_bytes: f64,
    /// The size of the resident memory, in bytes.
    pub resident_bytes: f64,
    /// The start of the process, in seconds since the epoch.
    pub started_seconds: f64,
    /// The number of threads.
    pub threads: f64,
}

/// Reads the resources of this process; `None` if `/proc` does not provide them.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no process has 2^53 ticks, bytes or descriptors")]
pub fn read() -> Option<ProcessStats> {
    let process = Process::myself().ok()?;
    let stat = process.stat().ok()?;
    let ticks = procfs::ticks_per_second() as f64;
    let max_fds = getrlimit(Resource::Nofile).current.map_or(f64::INFINITY, |limit| limit as f64);
    Some(ProcessStats {
        cpu_seconds: (stat.utime + stat.stime) as f64 / ticks,
        open_fds: process.fd_count().ok()? as f64,
        max_fds,
        virtual_bytes: stat.vsize as f64,
        resident_bytes: (stat.rss * procfs::page_size()) as f64,
        started_seconds: start_time(stat.starttime as f64 / ticks)?,
        threads: stat.num_threads as f64,
    })
}

/// The start of this process in seconds since the epoch, from its start in seconds since boot.
///
/// It is computed once: the kernel derives the boot time from the wall clock, so it changes by a second now and then,
/// and with it the process would look like another one.
#[expect(clippy::cast_precision_loss, reason = "no boot is 2^53 seconds ago")]
fn start_time(since_boot: f64) -> Option<f64> {
    static START_TIME: OnceLock<f64> = OnceLock::new();
    if let Some(&start_time) = START_TIME.get() {
        return Some(start_time);
    }
    let boot = procfs::boot_time_secs().ok()? as f64;
    Some(*START_TIME.get_or_init(|| boot + since_boot))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_resources_of_this_process_are_plausible() {
        let stats = super::read().unwrap();
        assert!(stats.resident_bytes > 1e5 && stats.resident_bytes < stats.virtual_bytes);
        assert!(stats.open_fds >= 3.0 && stats.open_fds <= stats.max_fds);
        assert!(stats.threads >= 1.0);
        assert!(stats.started_seconds > 1.7e9, "{stats:?}");
    }
}
