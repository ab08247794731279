//! The compared programs, and the start of each on a machine.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::client::Client;
use crate::machine::Machine;
use crate::{PATIENCE, exporter};

/// One of the exporters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Our exporter.
    GpuCarbon,
    /// An exporter in Python, from PyPI.
    Nvitop,
    /// An exporter in Rust, from crates.io.
    NvidiaGpu,
}

/// An exporter that is built or installed.
#[derive(Debug, Clone)]
pub struct Program {
    /// The exporter.
    pub kind: Kind,
    /// Path of the executable.
    pub file: PathBuf,
    /// Bytes on the disk; of an exporter in Python, its packages without the interpreter.
    pub size_bytes: u64,
}

impl Kind {
    /// The name of its package.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::GpuCarbon => "gpu-carbon-exporter",
            Kind::Nvitop => "nvitop-exporter",
            Kind::NvidiaGpu => "nvidia-gpu-exporter",
        }
    }

    /// The times at which it reads the GPUs.
    #[must_use]
    pub const fn sampling(self) -> &'static str {
        match self {
            Kind::GpuCarbon => {
                "reads each GPU every second on a thread of its own; a scrape shows the latest"
            }
            Kind::Nvitop => {
                "reads all GPUs and the host every second, one after another; a scrape shows the latest"
            }
            Kind::NvidiaGpu => "starts NVML and reads all GPUs in every scrape, and never between",
        }
    }

    /// The beginning of the line with the power of a GPU, and the text that the line of the first GPU has in addition.
    const fn power(self) -> (&'static str, &'static str) {
        match self {
            Kind::GpuCarbon => ("gpu_carbon_gpu_power_watts{", "gpu=\"0\""),
            Kind::Nvitop => ("gpu_power_usage_W{", "index=\"0\""),
            Kind::NvidiaGpu => ("nvidia_power_usage{", "minor=\"0\""),
        }
    }

    /// Reports whether a page shows the power of the first GPU.
    #[must_use]
    pub fn shows_first_gpu(self, page: &[u8]) -> bool {
        let (series, first) = self.power();
        String::from_utf8_lossy(page)
            .lines()
            .any(|line| line.starts_with(series) && line.contains(first))
    }

    /// The number of GPUs whose power on a page is more than zero.
    #[must_use]
    pub fn gpus_shown(self, page: &[u8]) -> usize {
        let (series, _) = self.power();
        let text = String::from_utf8_lossy(page);
        let lines = text.lines().filter(|line| line.starts_with(series));
        let powers = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        powers.filter(|power| *power > 0.0).count()
    }
}

impl Program {
    /// Our exporter, built as the running program is.
    ///
    /// # Errors
    ///
    /// When it does not build.
    pub fn gpu_carbon() -> Result<Program> {
        Program::of_one_file(Kind::GpuCarbon, exporter::binary()?)
    }

    /// An exporter that is a single file.
    ///
    /// # Errors
    ///
    /// When there is no such file.
    pub fn of_one_file(kind: Kind, file: PathBuf) -> Result<Program> {
        let size_bytes = file.metadata().with_context(|| format!("no {}", file.display()))?.len();
        Ok(Program { kind, file, size_bytes })
    }

    /// Starts the exporter on a free port.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start(&self, machine: &Machine) -> Result<Running> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = match self.kind {
            Kind::GpuCarbon => exporter::command(machine)?,
            Kind::Nvitop | Kind::NvidiaGpu => Command::new(&self.file),
        };
        match self.kind {
            Kind::GpuCarbon => command.arg(format!("--web.listen-address={address}")),
            Kind::Nvitop => {
                command.args(["--bind-address", "127.0.0.1", "--port", &address.port().to_string()])
            }
            Kind::NvidiaGpu => command.args(["--web-listen-address", &address.to_string()]),
        };
        // An exporter that unloads the library and loads it again in every scrape would be charged for the fake's
        // start and for the memory that it leaves; a real driver takes longer, but how long is unknown here.
        command.env("LD_PRELOAD", machine.library());
        let started = Instant::now();
        let process = command
            .env("FAKE_NVML_SCRIPT", machine.script_path())
            .env("LD_LIBRARY_PATH", machine.library().parent().unwrap_or(Path::new("")))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} does not start", self.kind.name()))?;
        Ok(Running { kind: self.kind, process, started, address })
    }
}

/// A running exporter. Dropping it ends the process.
#[derive(Debug)]
pub struct Running {
    /// The exporter.
    pub kind: Kind,
    process: Child,
    started: Instant,
    /// The address at which it listens.
    pub address: SocketAddr,
}

impl Running {
    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Requests the page each millisecond until it shows the power of the first GPU, and returns the time since the start.
    ///
    /// # Errors
    ///
    /// When the exporter ends, or never shows it.
    pub fn wait_for_first_sample(&mut self) -> Result<Duration> {
        self.wait_for_page("power", |kind, page| kind.shows_first_gpu(page))
    }

    /// Waits until the page shows so many GPUs.
    ///
    /// # Errors
    ///
    /// When the exporter ends, or never shows as many.
    pub fn wait_for_gpus(&mut self, gpus: usize) -> Result<()> {
        self.wait_for_page("all GPUs", |kind, page| kind.gpus_shown(page) == gpus).map(|_| ())
    }

    fn wait_for_page(
        &mut self,
        what: &str,
        is_there: impl Fn(Kind, &[u8]) -> bool,
    ) -> Result<Duration> {
        let name = self.kind.name();
        let mut client = Client::new(self.address);
        loop {
            match client.get() {
                Ok(page) if is_there(self.kind, &page) => return Ok(self.started.elapsed()),
                Ok(_) => {}
                Err(_) => client = Client::new(self.address),
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("{name} ended: {status}");
            }
            ensure!(self.started.elapsed() < PATIENCE, "{name} does not show {what}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Sends SIGTERM, and returns the time until the end.
    ///
    /// # Errors
    ///
    /// When it does not end.
    pub fn terminate(mut self) -> Result<Duration> {
        let started = Instant::now();
        kill(Pid::from_raw(self.pid().try_into()?), Signal::SIGTERM)?;
        while self.process.try_wait()?.is_none() {
            ensure!(started.elapsed() < PATIENCE, "{} does not end", self.kind.name());
            std::thread::sleep(Duration::from_micros(100));
        }
        Ok(started.elapsed())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_gpus_by_their_power() {
        let page = b"# TYPE nvidia_power_usage gauge\nnvidia_power_usage{minor=\"1\"} 400123\n\
            nvidia_power_usage{minor=\"2\"} 0\nnvidia_power_usage_average{minor=\"0\"} 7\n";
        assert_eq!(Kind::NvidiaGpu.gpus_shown(page), 1);
        assert!(!Kind::NvidiaGpu.shows_first_gpu(page));
        assert!(Kind::NvidiaGpu.shows_first_gpu(b"nvidia_power_usage{minor=\"0\"} 400123\n"));
        assert_eq!(Kind::Nvitop.gpus_shown(b"gpu_power_usage_W{index=\"0\"} nan\n"), 0);
    }
}
