//! Figure 2: the emissions of each job, over all regions and starts, beside everyday emissions.

use anyhow::{Context, Result};
use gpu_carbon_core::Mass;
use gpu_carbon_core::equivalents::{EPA, PAPER};
use gpu_carbon_core::evaluate::Distribution;

use super::drawing::Drawing;
use crate::evaluate::jobs::Job;
use crate::evaluate::notes::{series, starts};
use crate::evaluate::request::Request;
use crate::output::Table;
use crate::output::text::{Layout, table};
use crate::progress::Progress;
use crate::svg::ranges::{Chart, Range, Reference};
use gpu_carbon_core::format;

/// The emissions of each job that runs at once.
pub(super) struct Masses<'a> {
    request: &'a Request<'a>,
    jobs: Vec<OneJob<'a>>,
}

/// The emissions of one job, from all starts in all regions.
struct OneJob<'a> {
    job: &'a Job,
    found: Distribution,
}

impl<'a> Masses<'a> {
    /// Evaluates every job in every region.
    ///
    /// # Errors
    ///
    /// When a series does not cover the year, or a job is longer than the year.
    pub(super) fn of(request: &'a Request<'a>) -> Result<Masses<'a>> {
        let mut masses: Vec<Vec<Mass>> = vec![Vec::new(); request.jobs.len()];
        let mut progress = Progress::of(request.regions.len() * request.jobs.len(), "evaluated");
        for region in &request.regions {
            let year = request.year_of(region)?;
            let slots = request.slots(&year);
            for (job, masses) in request.jobs.iter().zip(&mut masses) {
                masses.extend(request.baselines(job, &year, request.starts(&slots))?);
                progress.step();
            }
        }
        let jobs = request
            .jobs
            .iter()
            .zip(masses)
            .map(|(job, masses)| Some(OneJob { job, found: Distribution::of(masses)? }));
        let jobs = jobs.collect::<Option<_>>().context("there is no start")?;
        Ok(Masses { request, jobs })
    }
}

impl Drawing for Masses<'_> {
    fn table(&self) -> Table {
        let columns = vec![
            "job",
            "starts",
            "least_emissions_grams",
            "lower_quartile_emissions_grams",
            "median_emissions_grams",
            "mean_emissions_grams",
            "upper_quartile_emissions_grams",
            "most_emissions_grams",
            "mean_equivalent_count",
            "mean_equivalent_of",
            "mean_equivalent_source",
        ];
        let rows = self.jobs.iter().map(|OneJob { job, found }| {
            let one = PAPER.best(found.mean);
            vec![
                job.name.as_str().into(),
                found.count.into(),
                found.least.as_grams().into(),
                found.lower_quartile.as_grams().into(),
                found.median.as_grams().into(),
                found.mean.as_grams().into(),
                found.upper_quartile.as_grams().into(),
                found.most.as_grams().into(),
                one.count(found.mean).into(),
                one.many.into(),
                PAPER.source.into(),
            ]
        });
        Table { head: self.request.head_of_figure(2), columns, rows: rows.collect() }
    }

    fn text(&self) -> Vec<String> {
        let mut rows =
            vec![["job", "least", "25 %", "mean", "75 %", "most"].map(str::to_owned).to_vec()];
        let mut equivalents = vec!["the mean is as much as".to_owned()];
        for OneJob { job, found } in &self.jobs {
            let masses =
                [found.least, found.lower_quartile, found.mean, found.upper_quartile, found.most];
            rows.push([job.title.clone()].into_iter().chain(masses.map(format::mass)).collect());
            let one = PAPER.best(found.mean);
            equivalents.push(format!("{} {}", format::digits(one.count(found.mean)), one.many));
        }
        let layout = Layout { indent: 2, gap: 0, widths: &[0, 10, 10, 10, 10, 10] };
        let mut lines = vec![self.title(), self.about(), String::new()];
        let rows = table(&rows, layout).into_iter().zip(equivalents);
        lines.extend(rows.map(|(row, equivalent)| format!("{row}  {equivalent}")));
        lines.push(String::new());
        lines.extend(self.notes());
        lines
    }

    fn svg(&self) -> String {
        let range = |OneJob { job, found }: &OneJob<'_>| Range {
            name: with_unbroken_brackets(&job.title),
            least: found.least.as_grams(),
            lower: found.lower_quartile.as_grams(),
            mean: found.mean.as_grams(),
            upper: found.upper_quartile.as_grams(),
            most: found.most.as_grams(),
        };
        let reference = |one: gpu_carbon_core::equivalents::Equivalent| Reference {
            name: format!("1 {}", one.one),
            value: one.mass().as_grams(),
        };
        let chart = Chart {
            title: self.title(),
            about: self.about(),
            notes: self.notes(),
            ranges: self.jobs.iter().map(range).collect(),
            references: PAPER.factors.into_iter().map(reference).collect(),
        };
        let mass = |grams| Mass::from_grams(grams).unwrap_or_default();
        chart.draw(|grams| format::round_mass(mass(grams)), |grams| format::mass(mass(grams)))
    }
}

impl Masses<'_> {
    fn title(&self) -> String {
        format!("Emissions of each job, over all regions and starts, {}", self.request.year)
    }

    fn about(&self) -> String {
        let request = self.request;
        let regions = match request.regions.as_slice() {
            [only] => only.name.clone(),
            many => format!("{} regions", many.len()),
        };
        format!("{regions}; starts {}. Intensities are {}.", starts(request), request.signal)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "As Figure 2 of Dodge et al. (FAccT 2022). GPUs alone: no embodied share, PUE 1."
                .to_owned(),
            format!(
                "Comparisons: {}; for newer factors see the {} of {}.",
                PAPER.source, EPA.source, EPA.year
            ),
        ];
        notes.extend(series(self.request));
        notes
    }
}

/// Returns a title whose part in brackets contains no space at which a line may break.
fn with_unbroken_brackets(title: &str) -> String {
    match title.split_once('(') {
        Some((before, within)) => format!("{before}({}", within.replace(' ', "\u{a0}")),
        None => title.to_owned(),
    }
}
