//! The series of the real exporter.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::exporter::Exporter;
use crate::machine::{Machine, now};

/// Longest wait for the last series, the comparison of a counter with the power, which takes about a minute.
const PATIENCE: Duration = Duration::from_secs(240);

/// One series of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The metric.
    pub name: String,
    /// The labels in their order.
    pub labels: Vec<(String, String)>,
    /// The value.
    pub value: f64,
}

impl Line {
    /// Reads a line of the text format or of OpenMetrics; a label must contain no escapes.
    fn parse(line: &str) -> Result<Line> {
        let (series, value) = line.split_once("} ").unwrap_or_else(|| {
            let (name, value) = line.split_once(' ').unwrap_or((line, ""));
            (name, value)
        });
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let label = |text: &str| {
            let (name, value) = text.split_once("=\"").context("a label")?;
            Ok((name.to_owned(), value.trim_end_matches('"').to_owned()))
        };
        let labels = labels.split("\",").filter(|text| !text.is_empty());
        let labels: Result<Vec<_>> = labels.map(label).collect();
        let value = value.split(' ').next().unwrap_or_default();
        let value = value.parse().with_context(|| line.to_owned())?;
        Ok(Line { name: name.to_owned(), labels: labels.with_context(|| line.to_owned())?, value })
    }

    /// The value of a label.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// The samples of a page.
fn lines(page: &str) -> Result<Vec<Line>> {
    let lines = page.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(Line::parse).collect()
}

/// The pages of exporters with a ledger and two GPUs.
#[derive(Debug)]
pub struct Template {
    /// Of an exporter that does not divide the energy of its GPUs.
    pub plain: Vec<Line>,
    /// Of one that does; no one holds its GPUs.
    pub dividing: Vec<Line>,
    /// The number of series of a GPU that no one holds: in the text format, and in OpenMetrics.
    pub series_per_gpu: (usize, usize),
}

const GPUS: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\ncounter_step_ms = 20\n\
    [[gpu]]\nmodel = \"h100\"\npower = \"constant 100\"\ncounter_step_ms = 20\n";

impl Template {
    /// Starts both exporters, and waits until they have all their series.
    ///
    /// # Errors
    ///
    /// When they do not start, or lack a series after minutes.
    pub fn read() -> Result<Template> {
        let machines =
            [machine("")?, machine("attribution: {holders: [slurm], slurm: {jobs: jobs}}\n")?];
        let [plain, dividing] = [Exporter::start(&machines[0])?, Exporter::start(&machines[1])?];
        for exporter in [&plain, &dividing] {
            wait(exporter)?;
        }
        let read =
            |exporter: &Exporter, accept: &str| lines(&exporter.get_as("/metrics", accept)?.1);
        let text = read(&plain, "text/plain")?;
        let of_first = |line: &&Line| line.label("gpu") == Some("0");
        let open = read(&plain, "application/openmetrics-text;version=1.0.0")?;
        let count = |lines: &[Line]| lines.iter().filter(of_first).count();
        Ok(Template {
            series_per_gpu: (count(&text), count(&open)),
            plain: text,
            dividing: read(&dividing, "text/plain")?,
        })
    }
}

fn machine(more: &str) -> Result<Machine> {
    let machine = Machine::new(GPUS)?;
    std::fs::create_dir(machine.path("jobs"))?;
    machine.configure(&format!(
        "grid_zone: ZONE\nledger: {{path: ledger.db}}\nembodied: {{kilograms_per_gpu: 164}}\n\
         intensity: {{source: file, path: intensity.csv, threshold_grams_per_kilowatt_hour: 400}}\n{more}"
    ))?;
    #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
    let begin = now() as i64 / 300 * 300 - 3_600;
    let intensities: Vec<(i64, f64)> = (0..400).map(|step| (begin + 300 * step, 300.0)).collect();
    machine.set_intensities(&intensities)?;
    Ok(machine)
}

fn wait(exporter: &Exporter) -> Result<()> {
    let begun = Instant::now();
    while exporter.scrape()?.gpu(0, "energy_to_power_ratio").is_err() {
        if begun.elapsed() > PATIENCE {
            bail!("the exporter has no energy_to_power_ratio after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_with_its_labels() {
        let page = "# HELP a b\na{gpu=\"0\",name=\"NVIDIA H100, 80 GB\"} 1.5\nb 2\n# EOF\n";
        let read = lines(page).unwrap();
        assert_eq!((read.len(), read[0].value, read[1].value), (2, 1.5, 2.0));
        assert_eq!(read[0].label("name"), Some("NVIDIA H100, 80 GB"));
        assert_eq!((read[0].label("gpu"), read[1].labels.len()), (Some("0"), 0));
    }
}
