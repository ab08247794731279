//! The emissions of a job by the hour of the day at which it starts: the paper's Table 3.

use anyhow::Result;
use gpu_carbon_core::evaluate::{Distribution, Starts};
use gpu_carbon_core::schedule::saving_ratio;
use gpu_carbon_core::{Mass, Span, Timestamp};
use gpu_carbon_feeds::calendar;

use super::args::StartsArg;
use super::jobs::Job;
use super::notes::series;
use super::request::{MEAN, Request};
use crate::output::Table;
use crate::output::text::{Layout, table};
use crate::progress::Progress;
use crate::region;
use crate::time_zone::Zone;
use gpu_carbon_core::format::{self, MassUnit};

/// The job of the paper's table.
const PAPER_JOB: &str = "bert_finetune";

/// The number of hours in a day.
const HOURS: usize = 24;

/// The greatest number of regions in the text.
const FEW: usize = 5;

/// The emissions of each job by the hour of its start.
#[derive(Debug)]
pub(super) struct Hours<'a> {
    request: &'a Request<'a>,
    days: usize,
    jobs: Vec<OneJob<'a>>,
}

/// The starts of one job, by region.
#[derive(Debug)]
struct OneJob<'a> {
    job: &'a Job,
    regions: Vec<Vec<Start>>,
}

/// A start, and the emissions of the job from it.
#[derive(Debug, Clone, Copy)]
struct Start {
    at: Timestamp,
    emissions: Mass,
}

/// The emissions in a region, or in all together, hour by hour.
struct Column<'a> {
    name: &'a str,
    hours: Vec<Distribution>,
}

impl<'a> Hours<'a> {
    /// Evaluates a start at each hour of each day that has a start; of the paper's jobs, only that of its table.
    ///
    /// # Errors
    ///
    /// When a series does not cover the year, or a job is longer than the year.
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
            let starts: Vec<usize> =
                midnights.iter().flat_map(hours).filter_map(|hour| year.slot_at(hour)).collect();
            for one in &mut jobs {
                let masses = request.baselines(one.job, &year, Starts::At(&starts))?;
                let times = starts.iter().map(|&start| year.time_of(start));
                let starts = times.zip(masses).map(|(at, emissions)| Start { at, emissions });
                one.regions.push(starts.collect());
                progress.step();
            }
        }
        Ok(Hours { request, days: midnights.len(), jobs })
    }

    /// Returns the data: for each job and region, a row for each hour in UTC.
    pub(super) fn table(&self) -> Table {
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
            one.columns(self.request, Zone::UTC).into_iter().flat_map(move |column| {
                (0_usize..).zip(column.hours).map(move |(hour, found)| {
                    vec![
                        one.job.name.as_str().into(),
                        column.name.into(),
                        hour.into(),
                        found.count.into(),
                        found.mean.as_grams().into(),
                        found.least.as_grams().into(),
                        found.most.as_grams().into(),
                    ]
                })
            })
        });
        Table { head: self.request.head(), columns, rows: rows.collect() }
    }

    /// Returns the text: a table for each job, by the hours of a time zone, and the notes below.
    pub(super) fn text(&self, zone: Zone) -> Vec<String> {
        let year = self.request.year;
        let mut lines = vec![
            format!("Emissions of a job by the hour of its start, in {year}. Hours are {zone}."),
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
    /// Returns a column for each region, by the hours of a time zone; before them, where there are several regions, a
    /// column for all together.
    fn columns<'r>(&self, request: &'r Request<'_>, zone: Zone) -> Vec<Column<'r>> {
        let by_hour = |starts: &[Start]| -> Vec<Distribution> {
            let mut hours: Vec<Vec<Mass>> = vec![Vec::new(); HOURS];
            for start in starts {
                let hour = zone.hour(start.at).and_then(|local| hours.get_mut(local.hour));
                hour.into_iter().for_each(|masses| masses.push(start.emissions));
            }
            hours.into_iter().filter_map(Distribution::of).collect()
        };
        let names = request.regions.iter().map(|region| region.name.as_str());
        let columns = names.zip(&self.regions);
        let columns = columns.map(|(name, starts)| Column { name, hours: by_hour(starts) });
        let mut columns: Vec<Column<'r>> = columns.collect();
        if columns.len() > 1 {
            columns.insert(0, Column { name: MEAN, hours: by_hour(&self.regions.concat()) });
        }
        columns
    }

    /// Returns the minutes past the hour at which the starts are, in a time zone.
    fn minutes(&self, zone: Zone) -> u32 {
        let first = self.regions.first().and_then(|starts| starts.first());
        first.and_then(|start| zone.hour(start.at)).map_or(0, |local| local.minute)
    }

    fn text(&self, request: &Request<'_>, zone: Zone) -> Vec<String> {
        let (mut columns, minutes) = (self.columns(request, zone), self.minutes(zone));
        let left_out = columns.len().saturating_sub(FEW);
        columns.truncate(FEW);
        let means = columns.iter().flat_map(|column| column.hours.iter().map(|hour| hour.mean));
        let unit = MassUnit::of(means);
        let row = |first: String, cell: &dyn Fn(&Column<'_>) -> String| -> Vec<String> {
            [first].into_iter().chain(columns.iter().map(cell)).collect()
        };
        let mut rows = vec![row("start".to_owned(), &|column| column.name.to_owned())];
        rows.extend((0..HOURS).map(|hour| {
            let mean = |column: &Column<'_>| {
                column
                    .hours
                    .get(hour)
                    .map(|found| format::digits(unit.number(found.mean)))
                    .unwrap_or_default()
            };
            row(format!("{hour:02}:{minutes:02}"), &mean)
        }));
        let widths: Vec<usize> = [0].into_iter().chain(columns.iter().map(|_| 8)).collect();
        let of_gas = region::of_gas(&request.regions);
        let mut lines = vec![format!("{}; in {}{of_gas}", self.job.about(), unit.symbol())];
        lines.extend(table(&rows, Layout { indent: 2, gap: 2, widths: &widths }));
        lines.extend(columns.iter().filter_map(|column| column.extremes(minutes)));
        if left_out > 0 {
            lines.push(format!("--format csv has the other {left_out} regions, too."));
        }
        lines
    }
}

impl Column<'_> {
    /// Describes the best and the worst hour, and the saving of the one over the other.
    fn extremes(&self, minutes: u32) -> Option<String> {
        let hours = || self.hours.iter().map(|found| found.mean).enumerate();
        let by_mean =
            |a: &(usize, Mass), b: &(usize, Mass)| a.1.as_grams().total_cmp(&b.1.as_grams());
        let (least_at, least) = hours().min_by(by_mean)?;
        let (most_at, most) = hours().max_by(by_mean)?;
        let saving = format::percent(saving_ratio(most, least)?);
        Some(format!(
            "{}: least at {least_at:02}:{minutes:02}, which saves {saving} of the most, at {most_at:02}:{minutes:02}.",
            self.name
        ))
    }
}
