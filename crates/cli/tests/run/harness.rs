//! Runs of `gpu-carbon run` with a clock of a rehearsal, and the processes that they start.
#![allow(clippy::disallowed_methods, reason = "tests wait for real processes")]

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The beginning of each rehearsal.
pub(crate) const AT: &str = "2020-01-01T00:00:00Z";

/// A folder with intensities, journals, and the files of jobs.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { folder };
        place.write_series("clean.csv", 3600, |_| 100.0);
        place.write_series("dirty.csv", 3600, |_| 900.0);
        // Five minutes each: clean, dirty, clean, dirty.
        place.write_series("changing.csv", 300, |step| if step % 2 == 0 { 100.0 } else { 900.0 });
        place
    }

    /// Writes a series of three days from [`AT`] on.
    pub(crate) fn write_series(&self, name: &str, step: u64, grams: impl Fn(u64) -> f64) {
        let mut text = "timestamp_utc,gco2_per_kwh\n".to_owned();
        let first = chrono::DateTime::parse_from_rfc3339(AT).unwrap();
        for index in 0..3 * 86_400 / step {
            let at = first + chrono::TimeDelta::seconds((index * step).try_into().unwrap());
            let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            text += &format!("{at},{}\n", grams(index));
        }
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The text of a file; empty where it is not there.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// A run on a series, at a speed, with further flags, of a script of the shell.
    pub(crate) fn run(&self, series: &str, speed: u32, flags: &str, script: &str) -> Command {
        let mut command = self.run_program(series, speed, flags, "sh");
        command.args(["-c", script]);
        command
    }

    /// A run of a program, to which arguments may be added.
    pub(crate) fn run_program(
        &self,
        series: &str,
        speed: u32,
        flags: &str,
        program: impl AsRef<OsStr>,
    ) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
        command.arg("run").arg("--intensity").arg(self.path(series));
        command.args(["--at", AT, "--speed", &speed.to_string()]);
        command.arg("--state").arg(self.path("runs"));
        command.args(flags.split_whitespace()).arg("--").arg(program);
        command.current_dir(self.folder.path());
        command
    }

    /// The journals, oldest first.
    pub(crate) fn journals(&self) -> Vec<PathBuf> {
        let Ok(found) = fs::read_dir(self.path("runs")) else { return Vec::new() };
        let mut paths: Vec<_> = found.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }

    /// The lines of the only journal.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let journals = self.journals();
        let Some(path) = journals.first() else { return Vec::new() };
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The phase of the last change in the journal.
    pub(crate) fn phase(&self) -> Option<String> {
        let journal = self.journal();
        let last = journal.iter().rev().find(|entry| entry["event"] == "changed")?;
        Some(last["state"].as_str()?.to_owned())
    }

    /// Waits until the job is running or paused.
    pub(crate) fn wait_for_phase(&self, phase: &str) {
        wait_for(phase, || (self.phase().as_deref() == Some(phase)).then_some(()));
    }

    /// Waits for a number in a file that a job writes.
    pub(crate) fn wait_for_pid(&self, name: &str) -> i32 {
        wait_for(name, || {
            let text = self.read(name);
            text.ends_with('\n').then(|| text.trim().parse().ok()).flatten()
        })
    }
}

/// Waits for something, for half a minute.
pub(crate) fn wait_for<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{what} has not come within 30 s");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The letter of the state of a process; `None` where there is none. A shell that has called vfork(2) waits for a child that has not
/// executed its program yet: it is stopped if that is.
pub(crate) fn state(pid: i32) -> Option<char> {
    let (letter, _) = letter_and_parent(pid)?;
    let is_stopped = |child: i32| letter_and_parent(child) == Some(('T', pid));
    let waits_for_stopped = || {
        let entries = fs::read_dir("/proc").unwrap().flatten();
        entries.filter_map(|it| it.file_name().to_str()?.parse().ok()).any(is_stopped)
    };
    Some(if letter == 'D' && waits_for_stopped() { 'T' } else { letter })
}

fn letter_and_parent(pid: i32) -> Option<(char, i32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

pub(crate) fn is_alive(pid: i32) -> bool {
    state(pid).is_some_and(|state| !"ZX".contains(state))
}

/// Sends a signal by its name to a process or, where the number is negative, to a group.
pub(crate) fn kill(signal: &str, pid: i64) {
    let mut command = Command::new("kill");
    let status = command.args(["-s", signal, "--", &pid.to_string()]).stderr(Stdio::null());
    status.status().unwrap();
}

pub(crate) fn kill_child(signal: &str, child: &Child) {
    kill(signal, child.id().into());
}

/// A child that is killed at the end of a test, whatever its outcome.
pub(crate) struct Kept(pub(crate) Child);

impl Kept {
    pub(crate) fn spawn(command: &mut Command) -> Kept {
        Kept(command.spawn().unwrap())
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        wait_for("the end of the run", || self.0.try_wait().unwrap())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            kill_child("TERM", &self.0);
            let begin = Instant::now();
            while begin.elapsed() < Duration::from_secs(2) {
                if let Ok(Some(_)) = self.0.try_wait() {
                    return;
                }
                thread::sleep(Duration::from_millis(5));
            }
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

/// Reads a number of repetitions from the environment.
pub(crate) fn repetitions(variable: &str, usual: u32) -> u32 {
    std::env::var(variable).ok().and_then(|it| it.parse().ok()).unwrap_or(usual)
}

/// A process of a job that is ended at the end of a test.
pub(crate) struct Job(pub(crate) i32);

impl Drop for Job {
    fn drop(&mut self) {
        if is_alive(self.0) {
            kill("KILL", self.0.into());
        }
    }
}
