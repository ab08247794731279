//! The sensitivity of a plan's savings, as JSON: to the start within a year, to the window, and to the energy of a pause.

use std::cell::Cell;

use gpu_carbon_core::evaluate::{Starts, Window, Year, evaluate};
use gpu_carbon_core::schedule::with_overhead;
use gpu_carbon_core::sensitivity::{self, Groups, Histogram, Question, Spread, YearStudy};
use gpu_carbon_core::what_if::{Request, WhatIfError};
use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_feeds::calendar;
use gpu_carbon_schema::explain_error;
use serde::{Deserialize, Serialize};

use crate::json::json;
use crate::{InputError, Region};

/// The options of a study over a year.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearOptions {
    /// The minutes by which the user's clock is ahead of UTC. The heat map has the hours and months of that clock.
    utc_offset_minutes: i32,
    starts: StartsOption,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StartsOption {
    Every,
    Paper,
}

const HOURS: usize = 24;
const MONTHS: usize = 12;

/// Studies one job and its window from every start, or from the paper's starts, of the region's last year.
///
/// # Errors
///
/// When the series is too short for the job and its window.
pub fn year(
    request: &Request,
    region: &Region,
    options: YearOptions,
) -> Result<String, InputError> {
    let (year, wraps) = region.year()?;
    let job = &request.job;
    let question = Question { job, window: request.window, pue: request.pue, wraps };
    let offset = i64::from(options.utc_offset_minutes) * 60_000_000;
    // The starts come in order: the month is computed once a day.
    let latest = Cell::new(DayAndMonth { day: i64::MIN, month: 0 });
    let hour_and_month = |time: Timestamp| {
        let local = time.as_unix_micros().saturating_add(offset);
        let hour = local.rem_euclid(86_400_000_000) / 3_600_000_000;
        let day = local.div_euclid(86_400_000_000);
        if latest.get().day != day {
            let month = calendar::month_of(Timestamp::from_unix_micros(local)).unwrap_or(0);
            latest.set(DayAndMonth { day, month });
        }
        usize::try_from(hour).unwrap_or(0) * MONTHS + latest.get().month
    };
    let groups = Groups { count: HOURS * MONTHS, of: &hour_and_month };
    let paper = paper_starts(year);
    let starts = match options.starts {
        StartsOption::Every => Starts::Every,
        StartsOption::Paper => Starts::At(&paper),
    };
    let study = sensitivity::year(year, question, starts, &groups)
        .map_err(|error| InputError::of("window_seconds", error))?;
    let document = YearDocument::of(year, &study, options.utc_offset_minutes).ok_or_else(|| {
        let message =
            "no start of this series has room for the job and its window: give a longer series";
        InputError::of("window_seconds", message)
    })?;
    json(&document)
}

/// A day, counted from 1970-01-01, and its month, from 0 for January.
#[derive(Debug, Clone, Copy)]
struct DayAndMonth {
    day: i64,
    month: usize,
}

/// The slots of a year in which the paper's jobs start.
fn paper_starts(year: &Year) -> Vec<usize> {
    let numbers = [year.interval().start(), year.interval().end()].map(calendar::year_of);
    let [Some(first), Some(last)] = numbers else { return Vec::new() };
    let starts = (first..=last).flat_map(calendar::paper_starts);
    starts.filter_map(|start| year.slot_at(start)).collect()
}

#[derive(Debug, Serialize)]
struct YearDocument {
    from: String,
    to: String,
    starts: usize,
    left_out: usize,
    without_ratio: usize,
    baseline_grams: SpreadDocument,
    flexible_start_saving_ratio: Option<SpreadDocument>,
    pause_and_resume_saving_ratio: Option<SpreadDocument>,
    histogram: HistogramDocument,
    heat_map: HeatMap,
}

/// The quantiles and the mean of some ratios or masses.
#[derive(Debug, Serialize)]
pub(crate) struct SpreadDocument {
    p5: f64,
    p25: f64,
    p50: f64,
    p75: f64,
    p95: f64,
    mean: f64,
}

#[derive(Debug, Serialize)]
struct HistogramDocument {
    bin_ratio: f64,
    flexible_start: Vec<usize>,
    pause_and_resume: Vec<usize>,
}

#[derive(Debug, Serialize)]
struct HeatMap {
    utc_offset_minutes: i32,
    /// The mean emissions by hour, and within each hour by month; `None` where there is no start.
    mean_baseline_grams: Vec<Vec<Option<f64>>>,
}

impl YearDocument {
    fn of(year: &Year, study: &YearStudy, utc_offset_minutes: i32) -> Option<YearDocument> {
        let time = gpu_carbon_feeds::rfc3339::format;
        let YearStudy { flexible_start, pause_and_resume, .. } = study;
        let bins = flexible_start.bins().max(pause_and_resume.bins());
        let counts = |histogram: &Histogram| histogram.counts.iter().copied().take(bins).collect();
        Some(YearDocument {
            from: time(year.interval().start()),
            to: time(year.interval().end()),
            starts: study.starts,
            left_out: study.left_out,
            without_ratio: study.without_ratio,
            baseline_grams: study.baseline_grams?.into(),
            flexible_start_saving_ratio: study.flexible_start_saving_ratio.map(Into::into),
            pause_and_resume_saving_ratio: study.pause_and_resume_saving_ratio.map(Into::into),
            histogram: HistogramDocument {
                bin_ratio: Histogram::BIN,
                flexible_start: counts(flexible_start),
                pause_and_resume: counts(pause_and_resume),
            },
            heat_map: HeatMap {
                utc_offset_minutes,
                mean_baseline_grams: study
                    .mean_baseline_grams
                    .chunks(MONTHS)
                    .map(<[Option<f64>]>::to_vec)
                    .collect(),
            },
        })
    }
}

impl From<Spread> for SpreadDocument {
    fn from(spread: Spread) -> SpreadDocument {
        let Spread { p5, p25, p50, p75, p95, mean } = spread;
        SpreadDocument { p5, p25, p50, p75, p95, mean }
    }
}

#[derive(Debug, Serialize)]
struct CurveDocument {
    points: Vec<CurvePoint>,
}

#[derive(Debug, Serialize)]
struct CurvePoint {
    extra_hours: f64,
    flexible_start_saving_ratio: Option<f64>,
    pause_and_resume_saving_ratio: Option<f64>,
    mean_flexible_start_saving_ratio: Option<f64>,
    mean_pause_and_resume_saving_ratio: Option<f64>,
}

/// The savings of the job as its window grows: from the requested start, and as the mean over the paper's starts in the region's
/// last year, for which pauses are free. `hours` are the lengths of the windows.
///
/// # Errors
///
/// When a length is not finite, or below zero.
pub fn curve(request: &Request, region: &Region, hours: &[f64]) -> Result<String, InputError> {
    let window = |(index, &hours): (usize, &f64)| {
        let window = Span::from_seconds_f64(hours * 3600.0);
        let wrong = || {
            InputError::of(format!("hours[{index}]"), format!("must be zero or more, got {hours}"))
        };
        window.ok_or_else(wrong)
    };
    let windows = hours.iter().enumerate().map(window).collect::<Result<Vec<_>, _>>()?;
    let job = &request.job;
    let points =
        sensitivity::curve(job, request.start, &request.pause_costs, &region.exposures, &windows);
    let mean = |window: Span| {
        let (year, true) = region.year().ok()? else { return None };
        let starts = paper_starts(year);
        let covered = |&&start: &&usize| {
            let slots = [job.duration(), window].map(gpu_carbon_core::evaluate::steps);
            year.covers(start, slots.iter().sum())
        };
        let starts: Vec<usize> = starts.iter().filter(covered).copied().collect();
        let windows = [Window::Span(window)];
        let rows = evaluate(year, &[job.duration()], &windows, Starts::At(&starts)).ok()?;
        rows.first().map(|row| row.savings)
    };
    let points = points.iter().zip(hours).map(|(point, &extra_hours)| {
        let mean = mean(point.window);
        CurvePoint {
            extra_hours,
            flexible_start_saving_ratio: point.flexible_start_saving_ratio,
            pause_and_resume_saving_ratio: point.pause_and_resume_saving_ratio,
            mean_flexible_start_saving_ratio: mean.and_then(|it| it.flexible_start_saving_ratio),
            mean_pause_and_resume_saving_ratio: mean
                .and_then(|it| it.pause_and_resume_saving_ratio),
        }
    });
    let document = CurveDocument { points: points.collect() };
    json(&document)
}

#[derive(Debug, Serialize)]
struct PauseCostsDocument {
    points: Vec<PauseCostPoint>,
    stops_paying_at_kilowatt_hours: Option<f64>,
    flexible_start_emissions_grams: f64,
}

#[derive(Debug, Serialize)]
struct PauseCostPoint {
    energy_kilowatt_hours: f64,
    emissions_grams: f64,
    pauses: usize,
}

/// The exact plan as the energy of a pause grows, and the energy at which pausing stops saving emissions.
///
/// # Errors
///
/// The same as those of [`plan`](crate::plan::plan).
pub fn pause_costs(request: &Request, region: &Region) -> Result<String, InputError> {
    let study = sensitivity::pause_costs(
        &request.job,
        request.start,
        request.window,
        &request.pause_costs,
        &region.exposures,
    );
    let study = study.map_err(|why| {
        let (region, needed) = (region.name.clone(), request.horizon());
        InputError::from(explain_error(&WhatIfError::Region { region, needed, why }))
    })?;
    let grams = |emissions| with_overhead(emissions, request.pue).as_grams();
    let document = PauseCostsDocument {
        points: study
            .points
            .iter()
            .map(|point| PauseCostPoint {
                energy_kilowatt_hours: point.energy.as_kilowatt_hours(),
                emissions_grams: grams(point.emissions),
                pauses: point.pauses,
            })
            .collect(),
        stops_paying_at_kilowatt_hours: study
            .stops_paying_at
            .map(gpu_carbon_core::Energy::as_kilowatt_hours),
        flexible_start_emissions_grams: grams(study.flexible_start),
    };
    json(&document)
}
