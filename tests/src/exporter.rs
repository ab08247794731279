//! The real exporter as a process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::PATIENCE;
use crate::machine::Machine;
use crate::scrape::Scrape;

/// A running exporter. Dropping it ends the process.
#[derive(Debug)]
pub struct Exporter {
    process: Child,
    /// The address at which it listens.
    pub address: SocketAddr,
    log: Arc<Mutex<String>>,
    /// True while the log is not read.
    is_log_paused: Arc<AtomicBool>,
    /// The log, open and not read.
    unread_log: Option<BufReader<ChildStderr>>,
}

/// Builds the exporter as the tests are built, and returns its path.
///
/// # Errors
///
/// When it does not build.
pub fn binary() -> Result<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            build("gpu-carbon-exporter", "gpu-carbon-exporter")
                .map_err(|error| format!("{error:#}"))
        })
        .clone()
        .map_err(anyhow::Error::msg)
}

/// Names the folder of the binaries where they are built already: by `cargo xtask test`.
const BINARIES: &str = "GPU_CARBON_BINARIES";

/// Builds a binary of this workspace as the tests are built, and returns its path.
///
/// # Errors
///
/// When it does not build.
pub fn build(package: &str, name: &str) -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os(BINARIES) {
        let binary = PathBuf::from(folder).join(name);
        ensure!(binary.is_file(), "{BINARIES} has no {name}");
        return Ok(binary);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", package, "--bin", name]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let built = build.current_dir(env!("CARGO_MANIFEST_DIR")).status()?;
    ensure!(built.success(), "{package} does not build");
    let here = std::env::current_exe()?;
    let folder = here.ancestors().find(|folder| folder.join(name).is_file());
    Ok(folder.with_context(|| format!("no {name} beside the tests"))?.join(name))
}

/// Variables that name proxies, which would stand between the exporter and the servers on loopback.
const PROXIES: [&str; 8] = [
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// A command that runs the exporter on a machine, on its default port, without any proxy of the host.
///
/// # Errors
///
/// When the exporter does not build.
pub fn command(machine: &Machine) -> Result<Command> {
    let mut command = Command::new(binary()?);
    command
        .env("FAKE_NVML_SCRIPT", machine.script_path())
        .arg("--config.file")
        .arg(machine.path("exporter.yaml"))
        .arg("--nvml.library")
        .arg(machine.library())
        .stdin(Stdio::null());
    for name in PROXIES {
        command.env_remove(name);
    }
    Ok(command)
}

impl Exporter {
    /// Starts the exporter on a machine.
    ///
    /// # Errors
    ///
    /// When it ends before it logs its address.
    pub fn start(machine: &Machine) -> Result<Exporter> {
        Exporter::run(command(machine)?)
    }

    /// Starts the exporter with a command made by [`command`], on a free port.
    ///
    /// # Errors
    ///
    /// When it ends before it logs its address.
    pub fn run(command: Command) -> Result<Exporter> {
        let (exporter, log) = Exporter::run_until_listening(command)?;
        let (text, is_paused) = (Arc::clone(&exporter.log), Arc::clone(&exporter.is_log_paused));
        let read = move || {
            for line in log.lines().map_while(Result::ok) {
                push(&text, &line);
                while is_paused.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        };
        std::thread::spawn(read);
        Ok(exporter)
    }

    /// Like [`Exporter::run`], but leaves the log unread from the line with the address on.
    ///
    /// # Errors
    ///
    /// When it ends before it logs its address.
    pub fn run_with_unread_log(command: Command) -> Result<Exporter> {
        let (mut exporter, log) = Exporter::run_until_listening(command)?;
        exporter.unread_log = Some(log);
        Ok(exporter)
    }

    /// Starts the exporter, and returns it with the rest of its log.
    fn run_until_listening(mut command: Command) -> Result<(Exporter, BufReader<ChildStderr>)> {
        command.arg("--web.listen-address=127.0.0.1:0");
        let mut process = command.stderr(Stdio::piped()).spawn()?;
        let mut rest = BufReader::new(process.stderr.take().context("a log")?);
        let log = Arc::new(Mutex::new(String::new()));
        let mut address = None;
        for line in rest.by_ref().lines() {
            let line = line?;
            push(&log, &line);
            let field = line.split_whitespace().find_map(|field| field.strip_prefix("address="));
            // The first TCP address; a Unix socket is no address of this kind.
            if let Some(Ok(found)) = field.map(str::parse) {
                address = Some(found);
                break;
            }
        }
        let Some(address) = address else {
            let _ = process.wait();
            bail!("the exporter did not start: {}", text(&log));
        };
        let is_log_paused = Arc::new(AtomicBool::new(false));
        Ok((Exporter { process, address, log, is_log_paused, unread_log: None }, rest))
    }

    /// The log so far.
    #[must_use]
    pub fn log(&self) -> String {
        text(&self.log)
    }

    /// Closes the reader's end of a log that is not read. Whatever is written to it from now on is an error.
    pub fn close_unread_log(&mut self) {
        self.unread_log = None;
    }

    /// Reads the log no longer, or again. The system's pipe stays open.
    pub fn pause_log(&self, is_paused: bool) {
        self.is_log_paused.store(is_paused, Ordering::Relaxed);
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

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Requests a path, and returns status and body, also of an error.
    ///
    /// # Errors
    ///
    /// When nothing answers.
    pub fn get(&self, path: &str) -> Result<(u16, String)> {
        self.get_as(path, "*/*")
    }

    /// Like [`Exporter::get`], with an `Accept` header.
    ///
    /// # Errors
    ///
    /// When nothing answers.
    pub fn get_as(&self, path: &str, accept: &str) -> Result<(u16, String)> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .proxy(None)
            .build()
            .into();
        let mut response = agent.get(self.url(path)).header("Accept", accept).call()?;
        Ok((response.status().as_u16(), response.body_mut().read_to_string()?))
    }

    /// Scrapes it once.
    ///
    /// # Errors
    ///
    /// When it does not answer with metrics.
    pub fn scrape(&self) -> Result<Scrape> {
        let (status, text) = self.get("/metrics")?;
        ensure!(status == 200, "status {status}: {text}");
        Scrape::parse(&text)
    }

    /// Sends raw bytes, and returns everything that comes back until the server closes the connection.
    ///
    /// # Errors
    ///
    /// When there is no connection.
    pub fn send(&self, bytes: &[u8]) -> Result<String> {
        let mut stream = self.connect()?;
        // A server may answer and close while the client still sends; what it answered before counts.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Opens a TCP connection.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    /// Sends a signal by its name or number, such as `HUP`.
    ///
    /// # Errors
    ///
    /// When there is no such signal or process.
    pub fn signal(&self, name: &str) -> Result<()> {
        let (signal, pid) = (format!("-{name}"), self.process.id().to_string());
        ensure!(Command::new("kill").args([&signal, &pid]).status()?.success(), "no kill {signal}");
        Ok(())
    }

    /// Sends a POST request, and returns status and body, also of an error.
    ///
    /// # Errors
    ///
    /// When nothing answers.
    pub fn post(&self, path: &str) -> Result<(u16, String)> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .proxy(None)
            .build()
            .into();
        let mut response = agent.post(self.url(path)).send_empty()?;
        Ok((response.status().as_u16(), response.body_mut().read_to_string()?))
    }

    /// Sends SIGTERM, and returns the exit status and the time until the process ended.
    ///
    /// # Errors
    ///
    /// When it does not end.
    pub fn terminate(self) -> Result<(Option<i32>, Duration)> {
        self.end_by("TERM")
    }

    /// Sends a signal, and returns the exit status and the time until the process ended.
    ///
    /// # Errors
    ///
    /// When it does not end.
    pub fn end_by(mut self, signal: &str) -> Result<(Option<i32>, Duration)> {
        let started = std::time::Instant::now();
        self.signal(signal)?;
        let status = crate::wait_for("the exporter to end", || {
            self.process.try_wait()?.context("still running")
        })?;
        Ok((status.code(), started.elapsed()))
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a command that must fail at startup, and returns its exit status and its standard error.
///
/// # Errors
///
/// When it keeps running.
pub fn startup_error(mut command: Command) -> Result<(Option<i32>, String)> {
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let ended = crate::wait_for("the process to end", || process.try_wait()?.context("it runs"));
    if ended.is_err() {
        let _ = process.kill();
    }
    let Output { status, stderr, .. } = process.wait_with_output()?;
    ended?;
    Ok((status.code(), String::from_utf8_lossy(&stderr).into_owned()))
}

fn push(log: &Mutex<String>, line: &str) {
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    log.push_str(line);
    log.push('\n');
}

fn text(log: &Mutex<String>) -> String {
    log.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
