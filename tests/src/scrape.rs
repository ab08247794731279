//! The samples of one scrape.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

/// Values by series, written as in the text format: `name{label="value"}`.
#[derive(Debug, Clone, Default)]
pub struct Scrape {
    samples: BTreeMap<String, f64>,
}

impl Scrape {
    /// Reads the text format.
    ///
    /// # Errors
    ///
    /// When a line is not a sample.
    pub fn parse(text: &str) -> Result<Scrape> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let sample = |line: &str| {
            let (series, value) = line.rsplit_once(' ').with_context(|| line.to_owned())?;
            Ok((series.to_owned(), value.parse().with_context(|| line.to_owned())?))
        };
        Ok(Scrape { samples: lines.map(sample).collect::<Result<_>>()? })
    }

    /// The only sample of a metric whose series contains all `labels`, each as `label="value"`.
    ///
    /// # Errors
    ///
    /// When there is none, or more than one.
    pub fn value(&self, metric: &str, labels: &[&str]) -> Result<f64> {
        let mut found = self.values(metric, labels);
        let first = found.next().with_context(|| format!("no {metric} with {labels:?}"))?;
        match found.next() {
            None => Ok(first),
            Some(_) => anyhow::bail!("more than one {metric} with {labels:?}"),
        }
    }

    /// All samples, each with its series.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.samples.iter().map(|(series, &value)| (series.as_str(), value))
    }

    /// All samples of a metric whose series contain all `labels`.
    pub fn values<'a>(
        &'a self,
        metric: &'a str,
        labels: &'a [&'a str],
    ) -> impl Iterator<Item = f64> + 'a {
        self.samples
            .iter()
            .filter(move |(series, _)| {
                series.split('{').next() == Some(metric)
                    && labels.iter().all(|label| series.contains(label))
            })
            .map(|(_, &value)| value)
    }

    /// The value of a metric of the GPU at an index.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn gpu(&self, index: usize, metric: &str) -> Result<f64> {
        self.value(&format!("gpu_carbon_gpu_{metric}"), &[&format!("gpu=\"{index}\"")])
    }
}
