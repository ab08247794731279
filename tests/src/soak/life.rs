//! One life of the exporter, from its start to the kill.

use std::fs::{File, read_dir};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bench::exporter::client::Client;
use crate::bench::usage::Memory;
use crate::machine::Machine;
use crate::{exporter, wait_for};

/// A running exporter. Dropping it kills it.
#[derive(Debug)]
pub struct Life {
    process: Child,
}

/// What it holds at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Holdings {
    /// Resident memory, in bytes.
    pub resident_bytes: f64,
    /// Open file descriptors.
    pub descriptors: f64,
}

impl Life {
    /// Starts one that listens where all those before it did, and goes on in their log.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start(machine: &Machine, address: SocketAddr, log: &Path) -> Result<Life> {
        let log = File::options().create(true).append(true).open(log)?;
        let mut command = exporter::command(machine)?;
        command.arg(format!("--web.listen-address={address}")).stdout(Stdio::null()).stderr(log);
        Ok(Life { process: command.spawn()? })
    }

    /// Waits until it answers.
    ///
    /// # Errors
    ///
    /// When it ends, or never does.
    pub fn wait_until_it_answers(&mut self, address: SocketAddr) -> Result<()> {
        wait_for("the exporter to answer", || {
            self.ensure_alive()?;
            Client::new(address).get().map(drop)
        })
    }

    /// That it has not ended by itself.
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

    /// What it holds.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn holdings(&self) -> Result<Holdings> {
        let pid = self.process.id();
        let descriptors = read_dir(format!("/proc/{pid}/fd"))?.count() as f64;
        Ok(Holdings { resident_bytes: Memory::of(pid)?.resident_bytes as f64, descriptors })
    }

    /// Kills it, as `kill -9` does.
    ///
    /// # Errors
    ///
    /// When it ended before that.
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
    /// When it does not end, or not well.
    pub fn terminate(mut self) -> Result<()> {
        self.ensure_alive()?;
        kill(Pid::from_raw(self.process.id().try_into()?), Signal::SIGTERM)?;
        let status: ExitStatus =
            wait_for("the exporter to end", || self.process.try_wait()?.context("still running"))?;
        ensure!(status.success(), "after SIGTERM, the exporter ended with {status}");
        Ok(())
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
