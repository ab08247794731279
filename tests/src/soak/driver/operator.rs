//! The operator: configurations, reloads and releases.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::exporter::Exporter;
use crate::machine::Machine;
use crate::wait_for;

const SUCCESSFUL: &str = "gpu_carbon_exporter_config_last_reload_successful";
const THRESHOLD: &str = "gpu_carbon_intensity_threshold_grams_per_kilowatt_hour";
const DROPPED: &str = "gpu_carbon_exporter_log_dropped_total";

/// The thresholds of two configurations that can be applied, which tell them apart.
const THRESHOLDS: [u32; 2] = [100, 200];

/// The requests in a flood, each of which is a line of the log.
const FLOOD: usize = 100;

/// The operator of one exporter.
#[derive(Debug, Default)]
pub(super) struct Operator {
    /// The number of configurations so far.
    turn: usize,
}

impl Operator {
    /// The configuration in force.
    fn threshold(&self) -> u32 {
        THRESHOLDS.get(self.turn % THRESHOLDS.len()).copied().unwrap_or_default()
    }

    fn configuration(&self) -> String {
        let threshold = self.threshold();
        let periods = [("500ms", "500ms"), ("400ms", "1s")];
        let (counter, rescan) = periods.get(self.turn % periods.len()).unwrap_or(&periods[0]);
        format!(
            "intensity: {{source: constant, grams_per_kilowatt_hour: 400, threshold_grams_per_kilowatt_hour: {threshold}}}\n\
             sampling: {{counter_period: {counter}, rescan_period: {rescan}}}\n\
             ledger: {{path: ledger.db, commit_period: 1s}}\n"
        )
    }

    /// Writes the first configuration.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(super) fn configure(&self, machine: &Machine) -> Result<()> {
        machine.configure(&self.configuration())
    }

    /// Reloads a configuration, and waits until it is in force, or is refused and the one before stays.
    ///
    /// # Errors
    ///
    /// When it does not happen.
    pub(super) fn reload(
        &mut self,
        machine: &Machine,
        exporter: &Exporter,
        by_signal: bool,
        is_valid: bool,
    ) -> Result<()> {
        if is_valid {
            self.turn += 1;
            machine.configure(&self.configuration())?;
        } else {
            // The threshold of this configuration must not be applied, either.
            let configuration = self.configuration().replace("ledger.db", "another.db");
            machine.configure(&configuration.replace("_hour: 400", "_hour: 900"))?;
        }
        if by_signal {
            exporter.signal("HUP")?;
        } else {
            let (status, text) = exporter.post("/-/reload")?;
            let expected = if is_valid { 200 } else { 500 };
            ensure!(status == expected, "a reload was answered with {status}: {text}");
        }
        let threshold = f64::from(self.threshold());
        wait_for("the reload", || {
            let page = exporter.scrape()?;
            let (successful, applied) = (page.value(SUCCESSFUL, &[])?, page.value(THRESHOLD, &[])?);
            ensure!(successful == f64::from(u8::from(is_valid)), "successful: {successful}");
            ensure!(applied == threshold, "a threshold of {applied}, not {threshold}");
            let intensity = page.value("gpu_carbon_intensity_grams_per_kilowatt_hour", &[])?;
            ensure!(intensity == 400.0, "an intensity of {intensity}");
            Ok(())
        })
    }

    /// Releases all GPUs: for a time by a request, or else by a signal.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub(super) fn release(&self, exporter: &Exporter, time: Option<Duration>) -> Result<()> {
        let Some(time) = time else { return exporter.signal("USR1") };
        let (status, text) = exporter.post(&format!("/-/release?for={}s", time.as_secs()))?;
        // 202 where a call of the driver has not returned yet.
        ensure!([200, 202].contains(&status), "a release was answered with {status}: {text}");
        Ok(())
    }

    /// Ends a release.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub(super) fn resume(&self, exporter: &Exporter) -> Result<()> {
        let (status, text) = exporter.post("/-/resume")?;
        ensure!(status == 200, "a resumption was answered with {status}: {text}");
        Ok(())
    }

    /// Reads the log no longer, and lets the exporter log until lines are dropped.
    ///
    /// # Errors
    ///
    /// When none is dropped.
    pub(super) fn stop_reading(&self, exporter: &Exporter) -> Result<()> {
        let dropped = || exporter.scrape()?.value(DROPPED, &[]);
        let before = dropped()?;
        exporter.pause_log(true);
        wait_for("lines to be dropped", || {
            // A request that is none is a line of the log at the level debug.
            (0..FLOOD).try_for_each(|_| exporter.send(b"\x00\r\n\r\n").map(drop))?;
            ensure!(dropped()? > before, "no line was dropped");
            Ok(())
        })
    }

    /// The number of lines that were dropped so far.
    ///
    /// # Errors
    ///
    /// When the exporter does not answer.
    pub(super) fn dropped_lines(exporter: &Exporter) -> Result<f64> {
        exporter.scrape()?.value(DROPPED, &[])
    }
}
