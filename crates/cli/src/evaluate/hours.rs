//! What a job emits by the hour of the day at which it starts: the paper's Table 3.

use anyhow::Result;
use gpu_carbon_core::Mass;
use gpu_carbon_core::evaluate::{Distribution, Starts};
use gpu_carbon_core::schedule::saving_ratio;
use gpu_carbon_feeds::calendar;

use super::MEAN;
use super::args::StartsArg;
use super::jobs::Job;
use super::notes::credit;
use super::request::Request;
use super::sheet::{Sheet, Value};
use crate::human::{self, MassUnit};
use crate::progress::Progress;

/// The job of the paper's table.
const PAPER_JOB: &str = "bert_finetune";

/// The hours of a day, and the slots of an hour.
const HOURS: usize = 24;
const HOUR_SLOTS: usize = 12;

/// The most columns of the text.
const FEW: usize = 5;

/// What each job emits by the hour of its start.
#[derive(Debug)]
pub(super) struct Hours<'a> {
    request: &'a Request<'a>,
    days: usize,
    jobs: Vec<OneJob<'a>>,
}

/// In each region, hour by hour, day by day.
#[derive(Debug)]
struct OneJob<'a> {
    job: &'a Job,
    regions: Vec<Vec<Vec<Mass>>>,
}

/// A region, or all of them together, hour by hour.
type Column<'a> = (&'a str, Vec<Distribution>);

impl<'a> Hours<'a> {
    /// Starts at each hour of the days of the starts; of the paper's jobs, only that of its table.
    pub(super) fn of(request: &'a Request<'a>) -> Result<Hours<'a>> {
        let jobs = request.jobs_of_the_paper_or_all(&[PAPER_JOB]);
        let mut jobs: Vec<OneJob<'a>> =
            jobs.into_iter().map(|job| OneJob { job, regions: Vec::new() }).collect();
        let midnights = match request.starts {
            StartsArg::Paper => calendar::paper_starts(request.year),
            StartsArg::Every => calendar::midnights(request.year),
        };
        let mut progress = Progress::of(request.regions.len() * jobs.len(), "evaluated");
        for region in &request.regions {
            let year = request.year_of(region)?;
            let midnights: Vec<usize> =
                midnights.iter().filter_map(|&midnight| year.slot_at(midnight)).collect();
            for one in &mut jobs {
                let hour = |hour: usize| {
                    let starts = midnights.iter().map(|midnight| midnight + hour * HOUR_SLOTS);
                    let starts: Vec<usize> = starts.collect();
                    request.baselines(one.job, &year, Starts::At(&starts))
                };
                one.regions.push((0..HOURS).map(hour).collect::<Result<_>>()?);
                progress.step();
            }
        }
        Ok(Hours { request, days: midnights.len(), jobs })
    }

    pub(super) fn sheet(&self) -> Sheet {
        let columns = vec![
            "job",
            "region",
            "hour_utc",
            "starts",
            "mean_emissions_grams",
            "least_emissions_grams",
            "most_emissions_grams",
        ];
        let rows = self.jobs.iter().flat_map(|one| {
            one.columns(self.request).into_iter().flat_map(move |(region, hours)| {
                (0..).zip(hours).map(move |(hour, found)| {
                    vec![
                        Value::Text(one.job.name.clone()),
                        Value::Text(region.to_owned()),
                        Value::Count(hour),
                        Value::Count(found.count),
                        Value::Number(Some(found.mean.as_grams())),
                        Value::Number(Some(found.least.as_grams())),
                        Value::Number(Some(found.most.as_grams())),
                    ]
                })
            })
        });
        Sheet { head: self.request.head(), columns, rows: rows.collect() }
    }

    pub(super) fn text(&self) -> Vec<String> {
        let mut lines = vec![
            format!(
                "What a job emits by the hour of its start, in {}. Hours are UTC.",
                self.request.year
            ),
            format!("Means over {} days. Intensities are {}.", self.days, self.request.signal),
        ];
        for one in &self.jobs {
            lines.push(String::new());
            lines.extend(one.text(self.request));
        }
        lines.push(String::new());
        lines.push("As Table 3 of Dodge et al. (FAccT 2022), over many days.".to_owned());
        lines.extend(credit(self.request));
        lines
    }
}

impl OneJob<'_> {
    /// All regions together first, where there are several.
    fn columns<'r>(&self, request: &'r Request<'_>) -> Vec<Column<'r>> {
        let of = |hours: &Vec<Vec<Mass>>| -> Vec<Distribution> {
            hours.iter().filter_map(|days| Distribution::of(days.iter().copied())).collect()
        };
        let names = request.regions.iter().map(|region| region.name.as_str());
        let mut columns: Vec<Column<'r>> = names.zip(self.regions.iter().map(of)).collect();
        if columns.len() > 1 {
            let hour = |hour: usize| {
                let days = self.regions.iter().filter_map(|hours| hours.get(hour)).flatten();
                Distribution::of(days.copied())
            };
            columns.insert(0, (MEAN, (0..HOURS).filter_map(hour).collect()));
        }
        columns
    }

    fn text(&self, request: &Request<'_>) -> Vec<String> {
        let mut columns = self.columns(request);
        let left_out = columns.len().saturating_sub(FEW);
        columns.truncate(FEW);
        let means = columns.iter().flat_map(|(_, hours)| hours.iter().map(|hour| hour.mean));
        let unit = MassUnit::of(means);
        let width = |name: &str| name.chars().count().max(8);
        let line = |first: &str, cell: &dyn Fn(&Column<'_>) -> String| {
            let cells = columns
                .iter()
                .map(|column| format!("{:>width$}", cell(column), width = width(column.0)));
            format!("  {first}  {}", cells.collect::<Vec<_>>().join("  "))
        };
        let mut lines = vec![format!("{}; in {}", self.job.about(), unit.name())];
        lines.push(line("start", &|(name, _)| (*name).to_owned()));
        lines.extend((0..HOURS).map(|hour| {
            let mean =
                |(_, hours): &Column<'_>| hours.get(hour).map(|found| unit.count(found.mean));
            line(&format!("{hour:02}:00"), &|column| mean(column).unwrap_or_default())
        }));
        lines.extend(columns.iter().filter_map(extremes));
        if left_out > 0 {
            lines.push(format!("--format csv has the {left_out} other regions, too."));
        }
        lines
    }
}

/// The best and the worst hour, and how far they are apart.
fn extremes((name, hours): &Column<'_>) -> Option<String> {
    let by_mean = |a: &(usize, Mass), b: &(usize, Mass)| a.1.as_grams().total_cmp(&b.1.as_grams());
    let means = || hours.iter().map(|found| found.mean).enumerate();
    let ((least_at, least), (most_at, most)) = (means().min_by(by_mean)?, means().max_by(by_mean)?);
    let apart = human::percent(saving_ratio(most, least)?);
    Some(format!(
        "{name}: least at {least_at:02}:00, which saves {apart} of the most, at {most_at:02}:00."
    ))
}
