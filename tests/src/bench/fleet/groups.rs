//! The evaluations of rule groups, as Prometheus itself reports them.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use chrono::DateTime;
use serde_json::Value;

use crate::bench::usage::processor_time;
use crate::prometheus::Prometheus;

/// An evaluation of a group.
#[derive(Debug, Clone, Copy)]
pub struct Evaluation {
    /// The time at which it began, in seconds since the epoch.
    pub begun: f64,
    /// The seconds that it took.
    pub seconds: f64,
}

/// The evaluations of each group since the first poll.
#[derive(Debug, Default)]
pub struct Groups {
    /// Name of the group, and its evaluations.
    pub evaluations: BTreeMap<String, Vec<Evaluation>>,
    /// The longest evaluation of each rule, by its group, number and name.
    pub rules: BTreeMap<String, f64>,
    /// The processor time of the expressions of each group, in seconds, where nothing else runs in Prometheus.
    pub processor: BTreeMap<String, f64>,
}

/// All rules with their last evaluations.
///
/// # Errors
///
/// When Prometheus does not answer.
pub fn rules(prometheus: &Prometheus) -> Result<Value> {
    let answer = ureq::get(format!("{}/api/v1/rules", prometheus.url)).call()?;
    let body = answer.into_body().into_with_config().limit(1 << 30).read_to_string()?;
    Ok(serde_json::from_str(&body)?)
}

impl Groups {
    /// Asks for the last evaluation of each group.
    ///
    /// # Errors
    ///
    /// When Prometheus does not answer, or a rule fails.
    pub fn poll(&mut self, prometheus: &Prometheus) -> Result<()> {
        let answer = rules(prometheus)?;
        for group in answer["data"]["groups"].as_array().context("no groups")? {
            let name = group["name"].as_str().context("no name")?;
            let last = group["lastEvaluation"].as_str().context("no time")?;
            if last.starts_with("0001") {
                continue;
            }
            let last = DateTime::parse_from_rfc3339(last).map_err(anyhow::Error::msg)?;
            let begun = last.timestamp() as f64 + f64::from(last.timestamp_subsec_micros()) / 1e6;
            let seen = self.evaluations.entry(name.to_owned()).or_default();
            if seen.last().is_some_and(|it| it.begun == begun) {
                continue;
            }
            let seconds = group["evaluationTime"].as_f64().context("no seconds")?;
            seen.push(Evaluation { begun, seconds });
            let rules = group["rules"].as_array().context("no rules")?;
            for (number, rule) in rules.iter().enumerate() {
                let rule_name = rule["name"].as_str().unwrap_or_default();
                let error = rule["lastError"].as_str().unwrap_or_default();
                ensure!(error.is_empty(), "{rule_name}: {error}");
                let seconds = rule["evaluationTime"].as_f64().unwrap_or_default();
                let longest = self.rules.entry(format!("{name} {number} {rule_name}")).or_default();
                *longest = longest.max(seconds);
            }
        }
        Ok(())
    }

    /// Measures the processor time of each expression, at the time of the last evaluations. Prometheus must neither scrape nor
    /// evaluate rules meanwhile; `rules` are those that it had before.
    ///
    /// # Errors
    ///
    /// When a query fails.
    pub fn measure_processor(
        &mut self,
        prometheus: &Prometheus,
        rules: &Value,
        at: f64,
    ) -> Result<()> {
        for group in rules["data"]["groups"].as_array().context("no groups")? {
            let name = group["name"].as_str().context("no name")?;
            let mut sum = 0.0;
            for rule in group["rules"].as_array().context("no rules")? {
                let query = format!("count({})", rule["query"].as_str().context("no query")?);
                let mut least = f64::INFINITY;
                for _ in 0..3 {
                    let before = processor_time(prometheus.pid())?;
                    prometheus.query(&query, Some(at))?;
                    let spent = processor_time(prometheus.pid())?.saturating_sub(before);
                    least = least.min(spent.as_secs_f64());
                }
                sum += least;
            }
            self.processor.insert(name.to_owned(), sum);
        }
        Ok(())
    }

    /// The time of the last evaluation of a group, in seconds since the epoch.
    ///
    /// # Errors
    ///
    /// When there was none.
    pub fn last(&self, group: &str) -> Result<f64> {
        let seen = self.evaluations.get(group).and_then(|seen| seen.last());
        Ok(seen.context("no evaluation")?.begun)
    }

    /// The number of evaluations of a group.
    #[must_use]
    pub fn count(&self, group: &str) -> usize {
        self.evaluations.get(group).map_or(0, Vec::len)
    }
}
