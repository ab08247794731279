//! One process of the exporter, from its start to its end.

use std::fs::{File, read_dir};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bench::exporter::client::Client;
use crate::bench::usage::Memory;
use crate::disk_fault::DiskFault;
use crate::machine::Machine;
use crate::set_clock::SetClock;
use crate::{exporter, wait_for};

/// A running exporter. Dropping it kills it.
#[derive(Debug)]
pub struct Instance {
    process: Child,
    started: Instant,
}

/// The resources that it holds at some time.
#[derive(Debug, Clone, Copy)]
pub struct Resources {
    /// Memory that it has written, in bytes: without its code, which comes and goes.
    pub anonymous_bytes: f64,
    /// Open file descriptors.
    pub descriptors: f64,
}

impl Instance {
    /// Starts an exporter at the address of the earlier ones, and appends to their log.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start(
        machine: &Machine,
        address: SocketAddr,
        log: &Path,
        disk: &DiskFault,
        clock: &SetClock,
    ) -> Result<Instance> {
        let log = File::options().create(true).append(true).open(log)?;
        let mut command = exporter::command(machine)?;
        command.arg(format!("--web.listen-address={address}")).arg("--web.openmetrics-created");
        command.stdout(Stdio::null()).stderr(log);
        disk.apply_to(&mut command);
        clock.apply_to(&mut command);
        Ok(Instance { process: command.spawn()?, started: Instant::now() })
    }

    /// The time since its start.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Waits until it answers.
    ///
    /// # Errors
    ///
    /// When it ends before, or never answers.
    pub fn wait_until_it_answers(&mut self, address: SocketAddr) -> Result<()> {
        wait_for("the exporter to answer", || {
            self.ensure_alive()?;
            Client::new(address).get().map(drop)
        })
    }

    /// Checks that it has not ended by itself.
    ///
    /// # Errors
    ///
    /// When it has.
    pub fn ensure_alive(&mut self) -> Result<()> {
        match self.process.try_wait()? {
            Some(status) => bail!("the exporter ended by itself: {status}"),
            None => Ok(()),
        }
    }

    /// The resources that it holds now.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn resources(&self) -> Result<Resources> {
        let pid = self.process.id();
        let descriptors = read_dir(format!("/proc/{pid}/fd"))?.count() as f64;
        Ok(Resources { anonymous_bytes: Memory::of(pid)?.anonymous_bytes as f64, descriptors })
    }

    /// Kills it, as `kill -9` does.
    ///
    /// # Errors
    ///
    /// When it had ended before.
    pub fn kill(mut self) -> Result<()> {
        self.ensure_alive()?;
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Ends it by SIGTERM.
    ///
    /// # Errors
    ///
    /// When it does not end, or ends with an error.
    pub fn terminate(mut self) -> Result<()> {
        self.ensure_alive()?;
        kill(Pid::from_raw(self.process.id().try_into()?), Signal::SIGTERM)?;
        let status: ExitStatus =
            wait_for("the exporter to end", || self.process.try_wait()?.context("still running"))?;
        ensure!(status.success(), "after SIGTERM, the exporter ended with {status}");
        Ok(())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
