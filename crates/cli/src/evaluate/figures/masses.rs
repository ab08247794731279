//! Figure 2: what each job emits, over all regions and starts, beside things that emit as much.

use anyhow::{Context, Result};
use gpu_carbon_core::Mass;
use gpu_carbon_core::equivalents::{EPA, PAPER};
use gpu_carbon_core::evaluate::Distribution;

use super::Drawing;
use crate::evaluate::jobs::Job;
use crate::evaluate::notes::{series, starts};
use crate::evaluate::request::Request;
use crate::format;
use crate::progress::Progress;
use crate::sheet::{Sheet, Value};
use crate::svg::ranges::{Chart, Range, Reference};

/// What each job emits when it is not put off.
pub(super) struct Masses<'a> {
    request: &'a Request<'a>,
    jobs: Vec<(&'a Job, Distribution)>,
}

impl<'a> Masses<'a> {
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
            .map(|(job, masses)| Some((job, Distribution::of(masses)?)));
        let jobs = jobs.collect::<Option<_>>().context("there is no start")?;
        Ok(Masses { request, jobs })
    }
}

impl Drawing for Masses<'_> {
    fn sheet(&self) -> Sheet {
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
        let grams = |mass: Mass| Value::Number(Some(mass.as_grams()));
        let rows = self.jobs.iter().map(|(job, found)| {
            let one = PAPER.best(found.mean);
            vec![
                Value::Text(job.name.clone()),
                Value::Count(found.count),
                grams(found.least),
                grams(found.lower_quartile),
                grams(found.median),
                grams(found.mean),
                grams(found.upper_quartile),
                grams(found.most),
                Value::Number(Some(one.count(found.mean))),
                Value::Text(one.many.to_owned()),
                Value::Text(PAPER.source.to_owned()),
            ]
        });
        Sheet { head: self.request.head_of_figure(2), columns, rows: rows.collect() }
    }

    fn text(&self) -> Vec<String> {
        let mut lines = vec![self.title(), self.about(), String::new()];
        let width = self.jobs.iter().map(|(job, _)| job.title.chars().count()).max().unwrap_or(0);
        let row = |name: &str, cells: [String; 5], after: &str| {
            let cells = cells.map(|cell| format!("{cell:>10}")).concat();
            format!("  {name:<width$}{cells}  {after}")
        };
        let names = ["least", "25 %", "mean", "75 %", "most"].map(str::to_owned);
        lines.push(row("job", names, "the mean is as much as"));
        for (job, found) in &self.jobs {
            let masses =
                [found.least, found.lower_quartile, found.mean, found.upper_quartile, found.most];
            let one = PAPER.best(found.mean);
            let equivalent = format!("{} {}", format::digits(one.count(found.mean)), one.many);
            lines.push(row(&job.title, masses.map(format::mass), &equivalent));
        }
        lines.push(String::new());
        lines.extend(self.notes());
        lines
    }

    fn svg(&self) -> String {
        let range = |(job, found): &(&Job, Distribution)| Range {
            name: unbroken(&job.title),
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
        format!("What each job emits, over all regions and starts, {}", self.request.year)
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
                "What emits as much: {}; for newer factors see the {} of {}.",
                PAPER.source, EPA.source, EPA.year
            ),
        ];
        notes.extend(series(self.request));
        notes
    }
}

/// What stands in brackets stays in one line.
fn unbroken(title: &str) -> String {
    match title.split_once('(') {
        Some((before, within)) => format!("{before}({}", within.replace(' ', "\u{a0}")),
        None => title.to_owned(),
    }
}
