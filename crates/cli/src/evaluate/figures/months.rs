//! Figures 1, 3 and 4: a line for each region, by the month of the start.

use anyhow::Result;
use gpu_carbon_core::evaluate::{Distribution, Outcome, Savings, Window, Year};
use gpu_carbon_core::{Mass, Ratio, Span};
use gpu_carbon_feeds::calendar;

use super::drawing::Drawing;
use crate::evaluate::args::NamedWindow;
use crate::evaluate::jobs::Job;
use crate::evaluate::notes::{series, starts};
use crate::evaluate::request::Request;
use crate::output::Table;
use crate::output::text::{Layout, table};
use crate::progress::Progress;
use crate::region::{self, Region};
use crate::svg::lines::{Chart, Line, Panel};
use gpu_carbon_core::format::{self, MassUnit};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The quantity that the lines show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The emissions of a job that runs at once (Figure 1).
    Emissions,
    /// The saving of the best start within 24 hours (Figure 3).
    Waiting,
    /// The saving of pausing, in up to twice the time (Figure 4).
    Pausing,
}

/// Means over the starts of each month.
pub(super) struct Months<'a> {
    request: &'a Request<'a>,
    shown: Shown,
    starts: usize,
    jobs: Vec<OneJob<'a>>,
}

/// The months of one job, in the order of the regions.
struct OneJob<'a> {
    job: &'a Job,
    regions: Vec<[Month; 12]>,
}

/// The number of starts in a month that count, and the mean over them: grams, or a ratio.
#[derive(Debug, Clone, Copy, Default)]
struct Month {
    starts: usize,
    mean: Option<f64>,
}

impl<'a> Months<'a> {
    /// Evaluates the jobs of the figure in every region.
    ///
    /// # Errors
    ///
    /// When a series does not cover the year, or a job and its window are longer than the year.
    pub(super) fn of(request: &'a Request<'a>, shown: Shown) -> Result<Months<'a>> {
        let jobs = request.jobs_of_the_paper_or_all(shown.paper_jobs());
        let mut jobs: Vec<OneJob<'a>> =
            jobs.into_iter().map(|job| OneJob { job, regions: Vec::new() }).collect();
        let window = shown.window();
        let mut progress = Progress::of(request.regions.len() * jobs.len(), "evaluated");
        let mut starts = 0;
        for region in &request.regions {
            let year = request.year_of(region)?;
            let slots = request.slots(&year);
            for one in &mut jobs {
                let outcomes = request.outcomes(one.job, &window, &year, request.starts(&slots))?;
                starts = starts.max(outcomes.len());
                one.regions.push(shown.months(one.job, &window, &year, &outcomes));
                progress.step();
            }
        }
        Ok(Months { request, shown, starts, jobs })
    }
}

impl Drawing for Months<'_> {
    fn table(&self) -> Table {
        let columns = vec!["job", "window", "region", "month", "starts", self.shown.column()];
        let row = |job: &Job, region: &str, month: usize, value: &Month| {
            vec![
                job.name.as_str().into(),
                self.shown.window().name.into(),
                region.into(),
                month.into(),
                value.starts.into(),
                value.mean.into(),
            ]
        };
        let rows = self.jobs.iter().flat_map(|one| {
            one.regions.iter().zip(&self.request.regions).flat_map(move |(months, region)| {
                (1..)
                    .zip(months)
                    .map(move |(month, value)| row(one.job, &region.name, month, value))
            })
        });
        let head = self.request.head_of_figure(self.shown.number());
        Table { head, columns, rows: rows.collect() }
    }

    fn text(&self) -> Vec<String> {
        let mut lines = vec![self.title(), self.about()];
        let regions = || self.request.regions.iter().map(|region| region.name.as_str());
        let widths = [&[6], [7; 12].as_slice()].concat();
        let header: Vec<String> =
            ["region"].iter().chain(&MONTHS).map(ToString::to_string).collect();
        for one in &self.jobs {
            let scale = Scale::of(self.shown, one, region::of_gas(&self.request.regions));
            lines.extend([String::new(), format!("{}; in {}", one.job.about(), scale.name())]);
            let mut rows = vec![header.clone()];
            rows.extend(regions().zip(&one.regions).map(|(name, months)| {
                let cells = months.iter().map(|month| scale.text(month.mean));
                [name.to_owned()].into_iter().chain(cells).collect()
            }));
            lines.extend(table(&rows, Layout { indent: 2, gap: 0, widths: &widths }));
        }
        lines.push(String::new());
        lines.extend(self.notes());
        lines
    }

    fn svg(&self) -> String {
        let panel = |one: &OneJob<'_>| {
            let scale = Scale::of(self.shown, one, region::of_gas(&self.request.regions));
            let line = |(region, months): (&Region, &[Month; 12])| Line {
                name: region.name.clone(),
                values: months
                    .iter()
                    .map(|month| month.mean.map(|mean| scale.number(mean)))
                    .collect(),
            };
            Panel {
                title: one.job.about(),
                unit: scale.name(),
                lines: self.request.regions.iter().zip(&one.regions).map(line).collect(),
            }
        };
        let chart = Chart {
            title: self.title(),
            about: self.about(),
            notes: self.notes(),
            places: MONTHS.map(str::to_owned).to_vec(),
            panels: self.jobs.iter().map(panel).collect(),
        };
        chart.draw()
    }
}

impl Months<'_> {
    fn title(&self) -> String {
        let year = self.request.year;
        match self.shown {
            Shown::Emissions => {
                format!("Emissions of a job by region and month of its start, {year}")
            }
            Shown::Waiting => format!(
                "Savings of waiting up to 24 hours, by region and month of the start, {year}"
            ),
            Shown::Pausing => {
                format!(
                    "Savings of pausing in up to twice the time, by region and month of the start, {year}"
                )
            }
        }
    }

    fn about(&self) -> String {
        format!(
            "Means over {} starts, {}. Intensities are {}.",
            self.starts,
            starts(self.request),
            self.request.signal
        )
    }

    fn notes(&self) -> Vec<String> {
        let mut notes =
            vec![format!("As Figure {} of Dodge et al. (FAccT 2022).", self.shown.number())];
        if self.shown != Shown::Emissions {
            notes.push(
                "Savings assume that the intensity is known ahead; forecasts reach 24 to 72 h."
                    .to_owned(),
            );
        }
        notes.extend(series(self.request));
        notes
    }
}

impl Shown {
    /// Returns the number of the paper's figure.
    fn number(self) -> usize {
        match self {
            Shown::Emissions => 1,
            Shown::Waiting => 3,
            Shown::Pausing => 4,
        }
    }

    /// Returns the names of the jobs in the paper's figure.
    fn paper_jobs(self) -> &'static [&'static str] {
        match self {
            Shown::Emissions => &["bert_lm"],
            Shown::Waiting | Shown::Pausing => &["densenet_201", "transformer_6b"],
        }
    }

    /// Returns the window of the paper's figure.
    fn window(self) -> NamedWindow {
        let (name, window) = match self {
            Shown::Emissions => ("0h", Window::Span(Span::ZERO)),
            Shown::Waiting => ("24h", Window::Span(Span::from_days(1))),
            Shown::Pausing => ("100%", Window::Share(Ratio::ONE)),
        };
        NamedWindow { name: name.to_owned(), window }
    }

    /// Returns the name of the column that holds the means.
    fn column(self) -> &'static str {
        match self {
            Shown::Emissions => "mean_emissions_grams",
            Shown::Waiting => "flexible_start_saving_ratio",
            Shown::Pausing => "pause_and_resume_saving_ratio",
        }
    }

    /// Returns the mean of each month, over the outcomes of a year.
    fn months(
        self,
        job: &Job,
        window: &NamedWindow,
        year: &Year,
        outcomes: &[Outcome],
    ) -> [Month; 12] {
        let mut months: [Vec<Outcome>; 12] = Default::default();
        for outcome in outcomes {
            let month = calendar::month_of(year.time_of(outcome.start));
            if let Some(month) = month.and_then(|month| months.get_mut(month)) {
                month.push(*outcome);
            }
        }
        months.map(|outcomes| {
            if self == Shown::Emissions {
                let power = job.power();
                let masses = outcomes.iter().map(|outcome| outcome.baseline.emissions_of(power));
                let found = Distribution::of(masses);
                return Month {
                    starts: outcomes.len(),
                    mean: found.map(|found| found.mean.as_grams()),
                };
            }
            let steps = job.steps() + window.window.steps_of(job.duration);
            let savings = Savings::of(&outcomes, steps);
            let mean = match self {
                Shown::Pausing => savings.pause_and_resume_saving_ratio,
                _ => savings.flexible_start_saving_ratio,
            };
            Month { starts: savings.starts, mean }
        })
    }
}

/// The unit of a job's numbers, and the gas after the unit of a mass.
enum Scale {
    Masses(MassUnit, &'static str),
    Percent,
}

impl Scale {
    fn of(shown: Shown, job: &OneJob<'_>, of_gas: &'static str) -> Scale {
        if shown != Shown::Emissions {
            return Scale::Percent;
        }
        let means = job.regions.iter().flatten().filter_map(|month| month.mean);
        let unit = MassUnit::of(means.filter_map(|grams| Mass::from_grams(grams).ok()));
        Scale::Masses(unit, of_gas)
    }

    fn name(&self) -> String {
        match self {
            Scale::Masses(unit, of_gas) => format!("{}{of_gas}", unit.symbol()),
            Scale::Percent => "% saved".to_owned(),
        }
    }

    fn number(&self, mean: f64) -> f64 {
        match self {
            Scale::Masses(unit, _) => unit.number(Mass::from_grams(mean).unwrap_or_default()),
            Scale::Percent => mean * 100.0,
        }
    }

    fn text(&self, mean: Option<f64>) -> String {
        match (self, mean) {
            (_, None) => "-".to_owned(),
            (Scale::Masses(..), Some(mean)) => format::digits(self.number(mean)),
            (Scale::Percent, Some(mean)) => format!("{:.1}", self.number(mean)),
        }
    }
}
