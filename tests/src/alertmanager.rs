//! A real Alertmanager as a process, and the receiver of its webhook.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::http_server::HttpServer;
use crate::machine::now;
use crate::prometheus::{free_port, program};
use crate::scaled_rules::scale_durations;
use crate::wait_for;

/// A running Alertmanager. Dropping it ends the process.
pub struct Alertmanager {
    process: Child,
    /// The address at which it listens, as `host:port`.
    pub address: String,
    received: Arc<Mutex<Vec<Notification>>>,
    _receiver: HttpServer,
    _folder: TempDir,
}

/// A notification of one alert, as the webhook received it.
#[derive(Debug, Clone)]
pub struct Notification {
    /// The time of its receipt, in seconds since the epoch.
    pub at: f64,
    /// Alertmanager's `status`, `labels`, `annotations`, `startsAt`.
    pub alert: Value,
}

impl Notification {
    /// A string of the alert by its JSON pointer, or an empty one.
    #[must_use]
    pub fn text(&self, path: &str) -> &str {
        self.alert.pointer(path).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Alertmanager {
    /// Starts one with a configuration whose only receiver is a webhook. It notifies a receiver in this process, after
    /// waits that [`scale_durations`] has shortened.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not come up.
    pub fn start(configuration: &Path) -> Result<Alertmanager> {
        let received = Arc::new(Mutex::new(Vec::new()));
        let receives = Arc::clone(&received);
        let receiver = HttpServer::start(move |text| {
            let body: Value = serde_json::from_str(text).unwrap_or_default();
            let alerts = body["alerts"].as_array().cloned().unwrap_or_default();
            let messages = alerts.into_iter().map(|alert| Notification { at: now(), alert });
            receives.lock().unwrap_or_else(PoisonError::into_inner).extend(messages);
            String::new()
        })?;
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("alertmanager.yml");
        let text = std::fs::read_to_string(configuration)?;
        let url = text.lines().find_map(|line| line.trim().strip_prefix("- url: "));
        let url = url.context("no webhook in the configuration")?;
        let here = format!("http://{}/", receiver.address);
        std::fs::write(&config, scale_durations(&text).replace(url, &here))?;

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
            Alertmanager { process, address, received, _receiver: receiver, _folder: folder };
        wait_for("Alertmanager", || {
            Ok(ureq::get(format!("http://{}/-/ready", started.address)).call()?)
        })?;
        Ok(started)
    }

    /// Every notification so far, in the order of their receipt.
    #[must_use]
    pub fn received(&self) -> Vec<Notification> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the last notification of an alert has a status, `firing` or `resolved`, and returns it.
    ///
    /// # Errors
    ///
    /// When none comes within [`PATIENCE`](crate::PATIENCE).
    pub fn wait_until(&self, alert: &str, status: &str) -> Result<Notification> {
        wait_for(&format!("{alert} to be {status}"), || {
            let received = self.received();
            let last =
                received.iter().rev().find(|message| message.text("/labels/alertname") == alert);
            let last = last.context("no notification of it")?;
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
