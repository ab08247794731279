//! Processor time and memory of a process, and the load of the whole machine.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::time::ClockId;
use nix::unistd::Pid;

/// Processor time of all threads of a process, also of those that have ended.
///
/// The process's own clock counts it in nanoseconds; `/proc/PID/stat` has it in ticks of 10 ms, more than some hundred
/// scrapes take.
///
/// # Errors
///
/// When there is no such process.
pub fn processor_time(pid: u32) -> Result<Duration> {
    let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(pid.try_into()?))?;
    Ok(clock.now()?.into())
}

/// Activity of all cores since the machine started, in ticks. It distinguishes a slow answer from one that had to wait for
/// a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cores {
    busy: u64,
    stolen: u64,
    all: u64,
}

impl Cores {
    /// The activity until now.
    ///
    /// # Errors
    ///
    /// When there is no `/proc/stat`.
    pub fn now() -> Result<Cores> {
        Cores::parse(&std::fs::read_to_string("/proc/stat")?)
    }

    /// User, nice, system, idle, waiting for a disk, interrupts, soft interrupts, and stolen by the host.
    pub(super) fn parse(stat: &str) -> Result<Cores> {
        let line = stat.lines().next().and_then(|line| line.strip_prefix("cpu "));
        let ticks = line.context("no cores")?.split_whitespace().take(8).map(str::parse);
        let ticks = ticks.collect::<Result<Vec<u64>, _>>()?;
        let [_, _, _, idle, disk, ..] = ticks[..] else { bail!("no idle time: {stat}") };
        let all = ticks.iter().sum();
        // Linux has told it since 2.6.11.
        let stolen = ticks.get(7).copied().unwrap_or_default();
        Ok(Cores { busy: all - idle - disk, stolen, all })
    }

    /// The share of all cores that was busy since an earlier time, or was stolen, from 0 to 1.
    #[must_use]
    pub fn busy_since(self, earlier: Cores) -> f64 {
        let all = self.all.saturating_sub(earlier.all).max(1);
        self.busy.saturating_sub(earlier.busy) as f64 / all as f64
    }

    /// The stolen share of the time in which a core was busy, or would have been, since an earlier time, from 0 to 1.
    #[must_use]
    pub fn stolen_since(self, earlier: Cores) -> f64 {
        let wanted = self.busy.saturating_sub(earlier.busy).max(1);
        self.stolen.saturating_sub(earlier.stolen) as f64 / wanted as f64
    }
}

/// The memory of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Resident memory now, in bytes.
    pub resident_bytes: u64,
    /// The greatest resident memory so far, in bytes.
    pub peak_bytes: u64,
    /// The part of the resident memory that the process has written, in bytes: without its code and other files, which the
    /// kernel maps and drops as it likes.
    pub anonymous_bytes: u64,
}

impl Memory {
    /// The memory of a process.
    ///
    /// # Errors
    ///
    /// When there is no such process.
    pub fn of(pid: u32) -> Result<Memory> {
        Memory::parse(&std::fs::read_to_string(format!("/proc/{pid}/status"))?)
    }

    fn parse(status: &str) -> Result<Memory> {
        let bytes = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let kibibytes = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
            anyhow::Ok(kibibytes.with_context(|| format!("no {key}"))?.parse::<u64>()? * 1024)
        };
        Ok(Memory {
            resident_bytes: bytes("VmRSS:")?,
            peak_bytes: bytes("VmHWM:")?,
            anonymous_bytes: bytes("RssAnon:")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nRssAnon:\t     512 kB\nThreads:\t3\n";
        let expected =
            Memory { resident_bytes: 1 << 20, peak_bytes: 2 << 20, anonymous_bytes: 1 << 19 };
        assert_eq!(Memory::parse(status).unwrap(), expected);
        assert!(Memory::parse("Name:\tx\n").is_err());
    }

    #[test]
    fn cores_are_busy_except_when_idle_or_waiting_for_a_disk() {
        let earlier = Cores::parse("cpu  10 0 10 100 0 0 0 0 7 7\ncpu0 1\n").unwrap();
        let now = Cores::parse("cpu  40 5 20 140 10 1 2 2 9 9\n").unwrap();
        assert_eq!(now.busy_since(earlier), 0.5);
        assert_eq!(now.busy_since(now), 0.0);
        assert_eq!(now.stolen_since(earlier), 0.04);
        assert_eq!(now.stolen_since(now), 0.0);
        assert!(Cores::parse("cpu  1 2 3\n").is_err() && Cores::parse("").is_err());
    }

    #[test]
    fn the_work_of_this_process_is_measured() {
        let pid = std::process::id();
        let before = processor_time(pid).unwrap();
        let sum: u64 = (0..1_000_000).map(std::hint::black_box).sum();
        assert_eq!(sum, 499_999_500_000);
        assert!(processor_time(pid).unwrap() > before);
        assert!(Memory::of(pid).unwrap().resident_bytes > 100_000);
    }
}
