//! The queries of the dashboard over a day, as Grafana sends them where nothing is selected.

use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::machine::now;
use crate::prometheus::Prometheus;

/// The seconds between two points of a chart of a day.
const STEP: f64 = 120.0;
const DAY: f64 = 86_400.0;

/// The time of one query.
#[derive(Debug)]
pub struct Panel {
    /// The title of the panel, and the letter of the query.
    pub title: String,
    /// In seconds.
    pub seconds: f64,
}

/// Sends each query of a dashboard, and returns the slowest first.
///
/// # Errors
///
/// When the dashboard cannot be read, or a query fails.
pub fn measure(dashboard: &str, prometheus: &Prometheus) -> Result<Vec<Panel>> {
    let dashboard: Value = serde_json::from_str(dashboard)?;
    let mut measured = Vec::new();
    for panel in dashboard["panels"].as_array().context("no panels")? {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let mut query = target["expr"].as_str().context("no query")?.to_owned();
            for (name, value) in [("$__range", "1d"), ("$__rate_interval", "1m")] {
                query = query.replace(name, value);
            }
            for name in ["cluster", "instance", "gpu", "workload"] {
                query = query.replace(&format!("${name}"), ".*");
            }
            let begun = Instant::now();
            if target["instant"] == true {
                prometheus.query(&query, None)?;
            } else {
                let now = now();
                prometheus.range_by(&query, (now - DAY, now), STEP)?;
            }
            measured.push(Panel {
                title: format!(
                    "{} ({})",
                    panel["title"].as_str().unwrap_or_default(),
                    target["refId"].as_str().unwrap_or_default()
                ),
                seconds: begun.elapsed().as_secs_f64(),
            });
        }
    }
    measured.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    Ok(measured)
}
