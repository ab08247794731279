//! A real Alertmanager, as a process of its own, and the receiver of its webhook.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::http_server::HttpServer;
use crate::machine::now;
use crate::prometheus::{free_port, program};
use crate::shortened::shortened;
use crate::wait_for;

/// A running Alertmanager. Dropping it ends the process.
pub struct Alertmanager {
    process: Child,
    /// Where it listens, as `host:port`.
    pub address: String,
    heard: Arc<Mutex<Vec<Message>>>,
    _receiver: HttpServer,
    _folder: TempDir,
}

/// What the webhook hears of one alert.
#[derive(Debug, Clone)]
pub struct Message {
    /// When it came: seconds since the epoch.
    pub at: f64,
    /// `status`, `labels`, `annotations`, `startsAt`, as Alertmanager says them.
    pub alert: Value,
}

impl Message {
    /// A string within the alert, by its path, or nothing.
    #[must_use]
    pub fn text(&self, path: &str) -> &str {
        self.alert.pointer(path).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Alertmanager {
    /// Starts one by a configuration whose only receiver is a webhook: it sends to a receiver in this
    /// process, and waits as [`shortened`] says.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not come up.
    pub fn start(configuration: &Path) -> Result<Alertmanager> {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        let receiver = HttpServer::start(move |body| {
            let message: Value = serde_json::from_str(body).unwrap_or_default();
            let alerts = message["alerts"].as_array().cloned().unwrap_or_default();
            let messages = alerts.into_iter().map(|alert| Message { at: now(), alert });
            hears.lock().unwrap_or_else(PoisonError::into_inner).extend(messages);
            String::new()
        })?;
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("alertmanager.yml");
        let text = std::fs::read_to_string(configuration)?;
        let url = text.lines().find_map(|line| line.trim().strip_prefix("- url: "));
        let url = url.context("no webhook in the configuration")?;
        let here = format!("http://{}/", receiver.address);
        std::fs::write(&config, shortened(&text).replace(url, &here))?;

        let address = format!("127.0.0.1:{}", free_port()?);
        let process = Command::new(program("prometheus-alertmanager", "prometheus-alertmanager")?)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .args(["--cluster.listen-address=", "--log.level=error"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let started =
            Alertmanager { process, address, heard, _receiver: receiver, _folder: folder };
        wait_for("Alertmanager", || {
            Ok(ureq::get(format!("http://{}/-/ready", started.address)).call()?)
        })?;
        Ok(started)
    }

    /// Everything that the webhook heard so far, in its order.
    #[must_use]
    pub fn heard(&self) -> Vec<Message> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the last that was heard of an alert has a status, `firing` or `resolved`.
    ///
    /// # Errors
    ///
    /// When it does not come.
    pub fn hears(&self, alert: &str, status: &str) -> Result<Message> {
        wait_for(&format!("{alert} to be {status}"), || {
            let heard = self.heard();
            let last =
                heard.iter().rev().find(|message| message.text("/labels/alertname") == alert);
            let last = last.context("nothing was heard of it")?;
            ensure!(last.text("/status") == status, "it is {}", last.text("/status"));
            Ok(last.clone())
        })
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
