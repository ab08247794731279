//! A real Prometheus as a process.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::exporter::Exporter;
use crate::wait_for;

/// The bytes of the largest answer that is read.
const LARGEST_ANSWER: u64 = 1 << 30;

/// A running Prometheus. Dropping it ends the process.
#[derive(Debug)]
pub struct Prometheus {
    process: Child,
    /// The URL of its API, without a path.
    pub url: String,
    folder: TempDir,
}

/// Path of a program that a Debian package installs.
///
/// # Errors
///
/// When it is not installed: names the package.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).map(|folder| folder.join(name)).find(|p| p.is_file());
    found.with_context(|| format!("{name} is not installed; `apt-get install {package}`"))
}

/// A free port on loopback, another one at each call. It lies below those that the system gives to clients, so that none
/// of the tests that run at the same time takes it before its server does.
///
/// # Errors
///
/// When none is free.
pub fn free_port() -> Result<u16> {
    static NEXT: LazyLock<AtomicU16> =
        LazyLock::new(|| AtomicU16::new(u16::try_from(std::process::id() % 5_000).unwrap_or(0)));
    let mut ports = (0..5_000).map(|_| 25_000 + NEXT.fetch_add(1, Ordering::Relaxed) % 5_000);
    let free = ports.find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok());
    free.context("no port from 25000 to 29999 is free")
}

impl Prometheus {
    /// Starts a Prometheus that scrapes an exporter each second.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not come up.
    pub fn scraping(exporter: &Exporter) -> Result<Prometheus> {
        let target = exporter.address;
        Prometheus::start(&format!(
            "scrape_configs:\n- job_name: gpu-carbon\n  static_configs: [{{targets: ['{target}']}}]\n"
        ))
    }

    /// Starts a Prometheus that scrapes, and evaluates rules, each second; the rest of its configuration is given.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not come up.
    pub fn start(configuration: &str) -> Result<Prometheus> {
        Prometheus::start_in(tempfile::tempdir()?, configuration)
    }

    /// Starts a Prometheus that scrapes nothing, on the blocks in the `data` of a folder, however old.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not come up.
    pub fn over(folder: TempDir) -> Result<Prometheus> {
        Prometheus::start_in(folder, "")
    }

    fn start_in(folder: TempDir, configuration: &str) -> Result<Prometheus> {
        let global = "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n";
        Prometheus::start_with(folder, &format!("{global}{configuration}"), &[], &[])
    }

    /// Starts a Prometheus with a whole configuration, more flags and more environment variables, on the `data` of a folder.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not come up.
    pub fn start_with(
        folder: TempDir,
        configuration: &str,
        flags: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Prometheus> {
        std::fs::write(folder.path().join("prometheus.yml"), configuration)?;
        let port = free_port()?;
        let process = Command::new(program("prometheus", "prometheus")?)
            // A relative path, and so are those of the rules. Prometheus places a group within its interval by the path of its file.
            .current_dir(folder.path())
            .arg("--config.file=prometheus.yml")
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--log.level=error", "--storage.tsdb.retention.time=100y"])
            .args(flags)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let prometheus = Prometheus { process, url: format!("http://127.0.0.1:{port}"), folder };
        wait_for("Prometheus", || prometheus.query("up", None))?;
        Ok(prometheus)
    }

    /// Replaces the configuration. It needs the flag `--web.enable-lifecycle`.
    ///
    /// # Errors
    ///
    /// When it is invalid, or nothing answers.
    pub fn reload(&self, configuration: &str) -> Result<()> {
        std::fs::write(self.folder.path().join("prometheus.yml"), configuration)?;
        ureq::post(format!("{}/-/reload", self.url)).send_empty()?;
        Ok(())
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The version of the program.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn version(&self) -> Result<String> {
        let url = format!("{}/api/v1/status/buildinfo", self.url);
        let answer: Value =
            serde_json::from_str(&ureq::get(url).call()?.body_mut().read_to_string()?)?;
        let version = answer["data"]["version"].as_str().context("a version")?;
        Ok(version.to_owned())
    }

    /// The only value of an instant query.
    ///
    /// # Errors
    ///
    /// When there is none, or more than one.
    pub fn value(&self, query: &str, at: Option<f64>) -> Result<f64> {
        let result = self.query(query, at)?;
        let series = result.as_array().context("a vector")?;
        ensure!(series.len() == 1, "{query}: {} series: {result}", series.len());
        Ok(series[0]["value"][1].as_str().context("a number")?.parse()?)
    }

    /// The samples of the only series of a range selector: times and values.
    ///
    /// # Errors
    ///
    /// When there is no such series, or more than one.
    pub fn samples(&self, query: &str) -> Result<Vec<(f64, f64)>> {
        let result = self.query(query, None)?;
        let series = result.as_array().context("a matrix")?;
        ensure!(series.len() == 1, "{query}: {} series", series.len());
        let values = series[0]["values"].as_array().context("samples")?;
        let sample = |pair: &Value| {
            let value = pair[1].as_str().context("a number")?.parse()?;
            Ok((pair[0].as_f64().context("a time")?, value))
        };
        values.iter().map(sample).collect()
    }

    /// The whole answer to a range query with a sample each second.
    ///
    /// # Errors
    ///
    /// When nothing answers.
    pub fn range(&self, query: &str, from: f64, to: f64) -> Result<String> {
        self.range_by(query, (from, to), 1.0)
    }

    /// The whole answer to a range query with a sample each `step` seconds.
    ///
    /// # Errors
    ///
    /// When nothing answers.
    pub fn range_by(&self, query: &str, (from, to): (f64, f64), step: f64) -> Result<String> {
        let request = ureq::get(format!("{}/api/v1/query_range", self.url))
            .query("query", query)
            .query("start", from.to_string())
            .query("end", to.to_string())
            .query("step", step.to_string());
        let mut response = request.call()?;
        Ok(response.body_mut().with_config().limit(LARGEST_ANSWER).read_to_string()?)
    }

    /// The result of an instant query.
    ///
    /// # Errors
    ///
    /// When the query is invalid, or nothing answers.
    pub fn query(&self, query: &str, at: Option<f64>) -> Result<Value> {
        let url = format!("{}/api/v1/query", self.url);
        let mut request = ureq::get(url).query("query", query);
        if let Some(at) = at {
            request = request.query("time", at.to_string());
        }
        let mut response = request.call()?;
        let body = response.body_mut().with_config().limit(LARGEST_ANSWER).read_to_string()?;
        let mut answer: Value = serde_json::from_str(&body)?;
        ensure!(answer["status"] == "success", "{query}: {answer}");
        Ok(answer["data"]["result"].take())
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
