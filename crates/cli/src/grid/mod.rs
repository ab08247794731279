//! The grid of a question about the present: the live data of a cloud region, a file, or an exporter.

mod args;
mod unknown;

use gpu_carbon_core::what_if::Plans;
use gpu_carbon_core::{
    Intensity, Interval, Scope, Series, Signal, Span, Timestamp, format, what_if,
};
use gpu_carbon_feeds::exporter_intensity::PresentIntensity;
use gpu_carbon_feeds::{regions, rfc3339};

use crate::exporter_region;
use crate::gaps::GapsArg;
use crate::plan::{Question, ZonePlan, basis, usage_error, window_to};
use crate::region::{self, Region};
use crate::region_data::{DataQuery, RecordedData, ZoneData};
use crate::usage_error::UsageError;

pub use args::GridArgs;
pub use unknown::UnknownError;

/// The best start of a job.
#[derive(Debug)]
pub(crate) struct BestStart {
    pub(crate) start: Timestamp,
    /// The share of the emissions of a start at once that it saves; `None` where that emits nothing.
    pub(crate) saving_ratio: Option<f64>,
    /// The data that it is found by, in words.
    pub(crate) basis: String,
    /// True where it is found by another year, or by days that have passed.
    pub(crate) is_typical: bool,
    pub(crate) notes: Vec<String>,
}

/// All values that a grid has around the present.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) series: Series,
    pub(crate) signal: Signal,
    /// The data that they are from, in words.
    pub(crate) basis: String,
    /// True where they are those of another year.
    pub(crate) is_typical: bool,
}

/// The intensity at a time.
#[derive(Debug)]
pub(crate) struct Level {
    pub(crate) intensity: Intensity,
    pub(crate) signal: Signal,
    pub(crate) scope: Option<Scope>,
    /// The data that it is from, in words.
    pub(crate) basis: String,
}

/// The grid, with the data that it has.
#[derive(Debug)]
pub(crate) enum Grid {
    /// A file or an exporter.
    Series { region: Box<Region>, gaps: GapsArg },
    /// The grid zone of a cloud region.
    Zone { data: Box<ZoneData>, signal: Option<Signal> },
}

impl Grid {
    /// Opens what the arguments name, with the data of a time.
    ///
    /// # Errors
    ///
    /// A [`UsageError`] when a file cannot be used; [`UnknownError`] when an exporter does not answer.
    pub(crate) fn open(args: &GridArgs, needed: Interval, now: Timestamp) -> anyhow::Result<Grid> {
        let signal = args.asked_signal();
        if let Some(asked) = args.region {
            let query = DataQuery {
                needed,
                now,
                signal,
                offline: args.offline,
                base_url: args.base_url.clone(),
            };
            let zones: Vec<_> = regions::zone(asked.zone).into_iter().collect();
            let data = ZoneData::of(&zones, &query)?.pop();
            let data = data.ok_or_else(|| UnknownError(format!("{}: no grid zone", asked.id())))?;
            return Ok(Grid::Zone { data: Box::new(data), signal });
        }
        if let Some(url) = &args.from {
            let region = exporter_region::open(url).map_err(without_answer)?;
            return Ok(Grid::Series { region: Box::new(region), gaps: GapsArg::Refuse });
        }
        let path = args.intensity.as_deref().ok_or_else(|| {
            UsageError::CommandLine("one of --region, --intensity and --from is needed".to_owned())
        })?;
        let mut region = region::open_one(path, signal)?;
        region::fill_gaps(std::slice::from_mut(&mut region), args.gaps)?;
        Ok(Grid::Series { region: Box::new(region), gaps: args.gaps })
    }

    /// Returns all values that the grid has around the present: a recorded year answers where no service does.
    ///
    /// # Errors
    ///
    /// [`UnknownError`] when there are none.
    pub(crate) fn known(self) -> Result<Known, UnknownError> {
        let data = match self {
            Grid::Series { region, .. } => {
                let Region { name, series, signal, .. } = *region;
                return Ok(Known { series, signal, basis: name, is_typical: false });
            }
            Grid::Zone { data, .. } => *data,
        };
        let reason = no_hours(&data, &data.live.failures);
        if let Some(live) = data.live.data {
            let basis = format!("{}, zone {}", live.service.title(), live.zone);
            let signal = live.service.signal();
            return Ok(Known { series: live.series, signal, basis, is_typical: false });
        }
        match data.recorded {
            Some(RecordedData { bundled, year, series: Some(series), .. }) => {
                let basis = format!("{}, as in {year}", bundled.name());
                Ok(Known { series, signal: bundled.signal(), basis, is_typical: true })
            }
            _ => Err(UnknownError(reason)),
        }
    }

    /// Finds the best start of a job.
    ///
    /// # Errors
    ///
    /// [`UnknownError`] when no data cover a start at once.
    pub(crate) fn best_start(&self, question: &Question) -> anyhow::Result<BestStart> {
        match self {
            Grid::Zone { data, signal } => {
                let plan = ZonePlan::of(question, data, *signal).map_err(UsageError::from)?;
                let Some(best) = plan.best_start(question) else {
                    return Err(UnknownError(no_hours(data, &plan.notes)).into());
                };
                Ok(BestStart {
                    start: best.start,
                    saving_ratio: best.saving_ratio,
                    basis: basis(&plan),
                    is_typical: plan.is_typical(),
                    notes: plan.notes,
                })
            }
            Grid::Series { region, gaps } => of_series(question, region, *gaps),
        }
    }

    /// The intensity at a time.
    ///
    /// # Errors
    ///
    /// [`UnknownError`] when no data cover the time; a recorded year does not tell it.
    pub(crate) fn level(&self, at: Timestamp) -> anyhow::Result<Level> {
        let (series, signal, scope, basis) = match self {
            Grid::Series { region, .. } => {
                (&region.series, region.signal, region.scope, region.name.clone())
            }
            Grid::Zone { data, .. } => {
                let Some(live) = &data.live.data else {
                    return Err(UnknownError(no_hours(data, &data.live.failures)).into());
                };
                let service = live.service;
                let basis = format!("{}, zone {}", service.title(), live.zone);
                (&live.series, service.signal(), Some(service.scope()), basis)
            }
        };
        let Some(intensity) = series.at(at).intensity else {
            return Err(UnknownError(format!("{basis}: {}", uncovered(series, at))).into());
        };
        Ok(Level { intensity, signal, scope, basis })
    }
}

/// The intensity now, as an exporter knows it, with a forecast or without.
///
/// # Errors
///
/// A [`UsageError`] when the address cannot be used; [`UnknownError`] when the exporter does not answer, or knows no intensity.
pub(crate) fn level_of_exporter(url: &str) -> anyhow::Result<Level> {
    let PresentIntensity { zone, intensity, signal, scope, source, quality } =
        exporter_region::present(url).map_err(without_answer)?;
    Ok(Level { intensity, signal, scope, basis: format!("{zone}, {source}, {quality}") })
}

/// An exporter that does not answer is no error of the command line.
fn without_answer(error: anyhow::Error) -> anyhow::Error {
    if error.is::<UsageError>() { error } else { UnknownError(format!("{error:#}")).into() }
}

/// Says that a time lies outside a series, or in a gap of it.
fn uncovered(series: &Series, at: Timestamp) -> String {
    let covered = series.extent();
    let readable = rfc3339::format;
    format!(
        "no value for {}: the values are from {} to {}",
        readable(at),
        readable(covered.start()),
        readable(covered.end())
    )
}

fn no_hours(data: &ZoneData, reasons: &[String]) -> String {
    let reasons = if reasons.is_empty() {
        "no service without an account has it".to_owned()
    } else {
        reasons.join("; ")
    };
    format!("grid zone {}: {reasons}", data.zone.code)
}

/// Finds the best start in a series, within the window that it covers.
fn of_series(question: &Question, region: &Region, gaps: GapsArg) -> anyhow::Result<BestStart> {
    let mut request = question.request.clone();
    let asked = request.window;
    let mut notes = Vec::new();
    if let Some(reach) = window_to(&request, region.series.extent().end())
        && reach < asked
    {
        request.window = reach;
        let [is, was] = [reach, asked].map(format::span);
        notes.push(format!(
            "{}: its values end before: the window is {is} instead of {was}",
            region.name
        ));
    }
    match Plans::of(&request, what_if::Region::from(region)) {
        Ok(plans) => {
            let best = &plans.flexible_start;
            let start = best.schedule.extent().map_or(request.start, |extent| extent.start());
            let saving_ratio = plans.saving(best);
            let basis = format!("by {}", region.name);
            Ok(BestStart { start, saving_ratio, basis, is_typical: false, notes })
        }
        Err(why) => Err(match usage_error(why, region, gaps) {
            uncovered @ UsageError::Uncovered { .. } => UnknownError(uncovered.to_string()).into(),
            other => other.into(),
        }),
    }
}

/// The time that a question without a job needs: the present.
pub(crate) fn present(now: Timestamp) -> Interval {
    Interval::new(now, now + Span::from_seconds(1))
}
