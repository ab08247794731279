//! What a job emits by the hour of the day at which it starts: the paper's Table 3.

use anyhow::Result;
use gpu_carbon_core::evaluate::{Distribution, Starts};
use gpu_carbon_core::schedule::saving_ratio;
use gpu_carbon_core::{Mass, Span, Timestamp};
use gpu_carbon_feeds::calendar;

use super::MEAN;
use super::args::StartsArg;
use super::jobs::Job;
use super::notes::series;
use super::request::Request;
use crate::format::{self, MassUnit};
use crate::progress::Progress;
use crate::sheet::{Sheet, Value};
use crate::time_zone::Zone;

/// The job of the paper's table.
const PAPER_JOB: &str = "bert_finetune";

/// The hours of a day.
const HOURS: usize = 24;

/// The most columns of the text.
const FEW: usize = 5;

/// What each job emits by the hour of its start.
#[derive(Debug)]
pub(super) struct Hours<'a> {
    request: &'a Request<'a>,
    days: usize,
    jobs: Vec<OneJob<'a>>,
}

/// In each region, each start, and what the job emits from it.
#[derive(Debug)]
struct OneJob<'a> {
    job: &'a Job,
    regions: Vec<Vec<(Timestamp, Mass)>>,
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
            let hours = |&midnight: &Timestamp| {
                (0..).take(HOURS).map(move |hour| midnight + Span::from_seconds(3600 * hour))
            };
            let starts: Vec<usize> = midnights
                .iter()
                .flat_map(hours)
                .filter_map(|moment| year.slot_at(moment))
                .collect();
            let moments = || starts.iter().map(|&start| year.time_of(start));
            for one in &mut jobs {
                let masses = request.baselines(one.job, &year, Starts::At(&starts))?;
                one.regions.push(moments().zip(masses).collect());
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
            one.columns(self.request, Zone::UTC).into_iter().flat_map(move |(region, hours)| {
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

    pub(super) fn text(&self, zone: Zone) -> Vec<String> {
        let mut lines = vec![
            format!(
                "What a job emits by the hour of its start, in {}. Hours are {zone}.",
                self.request.year
            ),
            format!("Means over {} days. Intensities are {}.", self.days, self.request.signal),
        ];
        for one in &self.jobs {
            lines.push(String::new());
            lines.extend(one.text(self.request, zone));
        }
        lines.push(String::new());
        lines.push("As Table 3 of Dodge et al. (FAccT 2022), over many days.".to_owned());
        lines.extend(series(self.request));
        lines
    }
}

impl OneJob<'_> {
    /// By the hours of a zone; all regions together first, where there are several.
    fn columns<'r>(&self, request: &'r Request<'_>, zone: Zone) -> Vec<Column<'r>> {
        let by_hour = |starts: &[(Timestamp, Mass)]| -> Vec<Distribution> {
            let mut hours: Vec<Vec<Mass>> = vec![Vec::new(); HOURS];
            for &(start, mass) in starts {
                let hour = zone.hour(start).and_then(|(hour, _)| hours.get_mut(hour));
                hour.into_iter().for_each(|masses| masses.push(mass));
            }
            hours.into_iter().filter_map(Distribution::of).collect()
        };
        let names = request.regions.iter().map(|region| region.name.as_str());
        let starts = self.regions.iter().map(|starts| by_hour(starts));
        let mut columns: Vec<Column<'r>> = names.zip(starts).collect();
        if columns.len() > 1 {
            columns.insert(0, (MEAN, by_hour(&self.regions.concat())));
        }
        columns
    }

    /// The minutes past the hour at which the starts are, in a zone.
    fn minutes(&self, zone: Zone) -> u32 {
        let first = self.regions.first().and_then(|starts| starts.first());
        first.and_then(|&(start, _)| zone.hour(start)).map_or(0, |(_, minutes)| minutes)
    }

    fn text(&self, request: &Request<'_>, zone: Zone) -> Vec<String> {
        let (mut columns, minutes) = (self.columns(request, zone), self.minutes(zone));
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
            line(&format!("{hour:02}:{minutes:02}"), &|column| mean(column).unwrap_or_default())
        }));
        lines.extend(columns.iter().filter_map(|column| extremes(column, minutes)));
        if left_out > 0 {
            lines.push(format!("--format csv has the {left_out} other regions, too."));
        }
        lines
    }
}

/// The best and the worst hour, and how far they are apart.
fn extremes((name, hours): &Column<'_>, minutes: u32) -> Option<String> {
    let by_mean = |a: &(usize, Mass), b: &(usize, Mass)| a.1.as_grams().total_cmp(&b.1.as_grams());
    let means = || hours.iter().map(|found| found.mean).enumerate();
    let ((least_at, least), (most_at, most)) = (means().min_by(by_mean)?, means().max_by(by_mean)?);
    let apart = format::percent(saving_ratio(most, least)?);
    Some(format!(
        "{name}: least at {least_at:02}:{minutes:02}, which saves {apart} of the most, at {most_at:02}:{minutes:02}."
    ))
}
