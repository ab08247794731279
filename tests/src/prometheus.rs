//! A real Prometheus, as a process of its own.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::exporter::Exporter;
use crate::wait_for;

/// A running Prometheus. Dropping it ends the process.
#[derive(Debug)]
pub struct Prometheus {
    process: Child,
    url: String,
    _folder: TempDir,
}

/// Where a program of a Debian package lies.
///
/// # Errors
///
/// When it is not installed: the package to install.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).map(|folder| folder.join(name)).find(|p| p.is_file());
    found.with_context(|| format!("{name} is not installed; `apt-get install {package}`"))
}

/// A port on loopback that nobody listens on now.
///
/// # Errors
///
/// When the system gives none.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl Prometheus {
    /// Starts one that scrapes an exporter each second.
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

    /// Starts one that scrapes, and evaluates rules, each second; the rest of its configuration is given.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not come up.
    pub fn start(configuration: &str) -> Result<Prometheus> {
        Prometheus::start_in(tempfile::tempdir()?, configuration)
    }

    /// Starts one that scrapes nothing, over the blocks in the `data` of a folder, however old.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not come up.
    pub fn over(folder: TempDir) -> Result<Prometheus> {
        Prometheus::start_in(folder, "")
    }

    fn start_in(folder: TempDir, configuration: &str) -> Result<Prometheus> {
        let config = folder.path().join("prometheus.yml");
        let global = "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n";
        std::fs::write(&config, format!("{global}{configuration}"))?;
        let port = free_port()?;
        let process = Command::new(program("prometheus", "prometheus")?)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--log.level=error", "--storage.tsdb.retention.time=100y"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let prometheus =
            Prometheus { process, url: format!("http://127.0.0.1:{port}"), _folder: folder };
        wait_for("Prometheus", || prometheus.query("up", None))?;
        Ok(prometheus)
    }

    /// The one value of an instant query.
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

    /// The samples of the one series of a range selector: moments and values.
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
            Ok((pair[0].as_f64().context("a moment")?, value))
        };
        values.iter().map(sample).collect()
    }

    /// What it answers to a query of a range, a sample each second: the whole text.
    ///
    /// # Errors
    ///
    /// When nothing answers.
    pub fn range(&self, query: &str, from: f64, to: f64) -> Result<String> {
        let request = ureq::get(format!("{}/api/v1/query_range", self.url))
            .query("query", query)
            .query("start", from.to_string())
            .query("end", to.to_string())
            .query("step", "1s");
        Ok(request.call()?.body_mut().read_to_string()?)
    }

    /// The result of an instant query.
    ///
    /// # Errors
    ///
    /// When it is no query, or nothing answers.
    pub fn query(&self, query: &str, at: Option<f64>) -> Result<Value> {
        let url = format!("{}/api/v1/query", self.url);
        let mut request = ureq::get(url).query("query", query);
        if let Some(at) = at {
            request = request.query("time", at.to_string());
        }
        let body = request.call()?.body_mut().read_to_string()?;
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
