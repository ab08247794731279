//! An exporter: its grid zone, with the intensity and the forecast that it publishes, and the counters of its workloads.

use std::time::Duration;

use anyhow::Context;
use gpu_carbon_feeds::exporter_intensity::PresentIntensity;
use gpu_carbon_feeds::exporter_workload::WorkloadCounters;
use gpu_carbon_fetch::{BaseUrl, Client, Exporter};

use crate::clock;
use crate::region::Region;
use crate::usage_error::UsageError;

/// The time that an exporter has to begin its answer. A person waits for it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks an exporter, such as `http://gpu-host:9877`, for its forecast.
///
/// # Errors
///
/// A [`UsageError`] when the address cannot be used; another error when the exporter does not answer, or has no forecast.
pub(crate) fn open(url: &str) -> anyhow::Result<Region> {
    let mut exporter = client(url)?;
    let response = exporter.forecast(clock::now()).with_context(|| format!("--from {url}"))?;
    let series = response.series().with_context(|| format!("--from {url}"))?;
    Ok(Region {
        name: response.zone.unwrap_or_else(|| url.to_owned()),
        series,
        signal: response.signal,
        is_signal_assumed: false,
        scope: response.scope,
        source: format!("the exporter at {url}"),
        credit: None,
        filled: None,
        is_one_of_several: false,
    })
}

/// Asks an exporter for the intensity now.
///
/// # Errors
///
/// A [`UsageError`] when the address cannot be used; another error when the exporter does not answer, or knows no intensity now.
pub(crate) fn present(url: &str) -> anyhow::Result<PresentIntensity> {
    client(url)?.intensity(clock::now()).with_context(|| format!("--from {url}"))
}

/// Asks an exporter for the counters of a workload.
///
/// # Errors
///
/// A [`UsageError`] when the address cannot be used; another error when the exporter does not answer, or divides no energy.
pub(crate) fn workload(url: &str, name: &str) -> anyhow::Result<WorkloadCounters> {
    client(url)?.workload(name, clock::now()).with_context(|| format!("--from {url}"))
}

fn client(url: &str) -> Result<Exporter, UsageError> {
    let base = BaseUrl::new(url).map_err(|error| {
        // The address may have a password, which is refused.
        let shown = if url.contains('@') { String::new() } else { format!(" {url}") };
        UsageError::CommandLine(format!("--from{shown}: {error}"))
    })?;
    Ok(Exporter::new(Client::new(base, TIMEOUT)))
}
