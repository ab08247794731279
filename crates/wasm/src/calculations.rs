//! Calculations without a series: the paper's jobs, equivalents, embodied emissions and the terms of an SCI score.

use gpu_carbon_core::equivalents::{EPA, Edition, PAPER};
use gpu_carbon_core::job::PAPER_JOBS;
use gpu_carbon_core::sci::{EmbodiedShare, Sci};
use gpu_carbon_core::{Energy, Intensity, Mass, Power, Pue, Ratio, Span};
use serde::{Deserialize, Serialize};

use crate::InputError;

/// One of the eleven jobs of Dodge et al. 2022, Table 2.
#[derive(Debug, Serialize)]
pub struct PaperJob {
    name: &'static str,
    title: &'static str,
    gpus: &'static str,
    duration_seconds: f64,
    energy_kilowatt_hours: f64,
}

/// The eleven jobs of Dodge et al. 2022, Table 2.
#[must_use]
pub fn paper_jobs() -> Vec<PaperJob> {
    let job = |job: &gpu_carbon_core::job::PaperJob| PaperJob {
        name: job.name,
        title: job.title,
        gpus: job.gpus,
        duration_seconds: job.duration().as_seconds(),
        energy_kilowatt_hours: job.energy().as_kilowatt_hours(),
    };
    PAPER_JOBS.iter().map(job).collect()
}

/// The equivalents of a mass by the factors of one edition.
#[derive(Debug, Serialize)]
pub struct Equivalents {
    edition: EditionName,
    items: Vec<Item>,
}

#[derive(Debug, Serialize)]
struct EditionName {
    source: &'static str,
    year: u16,
}

#[derive(Debug, Serialize)]
struct Item {
    name: &'static str,
    many: &'static str,
    count: f64,
}

/// The equivalents of a mass in grams CO2e, such as kilometres in a car: by the edition of the factors that the paper used, and by
/// the newer edition.
///
/// # Errors
///
/// When `grams` is not finite, or below zero.
pub fn equivalents(grams: f64) -> Result<[Equivalents; 2], InputError> {
    let mass = Mass::from_grams(grams).map_err(|error| InputError::of("grams", error))?;
    let by = |edition: Edition| Equivalents {
        edition: EditionName { source: edition.source, year: edition.year },
        items: edition
            .factors
            .iter()
            .map(|one| Item { name: one.one, many: one.many, count: one.count(mass) })
            .collect(),
    };
    Ok([PAPER, EPA].map(by))
}

/// The terms of a Software Carbon Intensity score.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    energy_kilowatt_hours: f64,
    power_usage_effectiveness: f64,
    /// O = E x I: the emissions of that energy.
    operational_grams: f64,
    /// The terms of M; `None` where it is unknown or left out.
    embodied: Option<EmbodiedTerms>,
    /// R: the number of functional units.
    units: f64,
}

/// The terms of an embodied share: M = TE x (TiR/EL) x (RR/ToR).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbodiedTerms {
    kilograms_per_gpu: f64,
    gpus: f64,
    lifetime_years: f64,
    seconds: f64,
}

/// A Software Carbon Intensity score, and each of its terms.
#[derive(Debug, Serialize)]
pub struct Score {
    /// E, with the overhead of the data centre.
    energy_kilowatt_hours: f64,
    /// I: the mean over the job, weighted by its energy; `None` where there is no energy.
    intensity_grams_per_kilowatt_hour: Option<f64>,
    operational_grams: f64,
    /// M; `None` where it is unknown or left out.
    embodied_grams: Option<f64>,
    total_grams: f64,
    units: f64,
    grams_per_unit: f64,
}

/// The Software Carbon Intensity, ((E x I) + M) per R.
///
/// # Errors
///
/// The first term that is out of range.
pub fn sci(terms: &Terms) -> Result<Score, InputError> {
    let of = |field: &'static str| move |error| InputError::of(field, error);
    let energy = Energy::from_kilowatt_hours(terms.energy_kilowatt_hours)
        .map_err(of("energy_kilowatt_hours"))?;
    let pue = Pue::from_number(terms.power_usage_effectiveness)
        .map_err(|error| InputError::of("power_usage_effectiveness", error))?;
    let operational = Mass::from_grams(terms.operational_grams).map_err(of("operational_grams"))?;
    let embodied = terms.embodied.as_ref().map(EmbodiedTerms::mass).transpose();
    let embodied = embodied.map_err(|error| error.within("embodied"))?;
    let energy = energy * pue;
    let sci = Sci { operational, embodied: embodied.unwrap_or(Mass::ZERO) };
    let grams_per_unit = sci.grams_per_unit(terms.units).ok_or_else(|| {
        InputError::of("units", format!("must be a number above 0, got {}", terms.units))
    })?;
    Ok(Score {
        energy_kilowatt_hours: energy.as_kilowatt_hours(),
        intensity_grams_per_kilowatt_hour: (operational / energy)
            .map(Intensity::as_grams_per_kilowatt_hour),
        operational_grams: operational.as_grams(),
        embodied_grams: embodied.map(Mass::as_grams),
        total_grams: (sci.operational + sci.embodied).as_grams(),
        units: terms.units,
        grams_per_unit,
    })
}

/// The embodied emissions attributed to a reservation of GPUs: their manufacture, times the part of their lifetime that the
/// reservation takes.
///
/// # Errors
///
/// When an argument is out of range, or the lifetime is zero.
pub fn embodied(
    kilograms_per_gpu: f64,
    gpus: f64,
    lifetime_years: f64,
    seconds: f64,
) -> Result<Mass, InputError> {
    EmbodiedTerms { kilograms_per_gpu, gpus, lifetime_years, seconds }.mass()
}

impl EmbodiedTerms {
    fn mass(&self) -> Result<Mass, InputError> {
        let of = |field: &'static str| move |error| InputError::of(field, error);
        let total =
            Mass::from_kilograms(self.kilograms_per_gpu).map_err(of("kilograms_per_gpu"))?;
        let resources = Ratio::from_number(self.gpus).map_err(of("gpus"))?;
        let reserved = Span::from_seconds_f64(self.seconds).ok_or_else(|| {
            InputError::of(
                "seconds",
                format!("must be a number, zero or more, got {}", self.seconds),
            )
        })?;
        let lifespan = Span::from_seconds_f64(self.lifetime_years * SECONDS_IN_YEAR);
        let share = lifespan
            .and_then(|lifespan| EmbodiedShare { total, reserved, lifespan, resources }.mass());
        share.ok_or_else(|| {
            let years = self.lifetime_years;
            InputError::of("lifetime_years", format!("must be a number above 0, got {years}"))
        })
    }
}

/// The power of some GPUs: the board power of one in watts, times their number, times their mean utilisation in percent.
///
/// # Errors
///
/// When an argument is out of range.
pub fn gpu_power(
    board_watts: f64,
    gpus: f64,
    utilisation_percent: f64,
) -> Result<Power, InputError> {
    let board =
        Power::from_watts(board_watts).map_err(|error| InputError::of("board_watts", error))?;
    let ratio =
        |field, value| Ratio::from_number(value).map_err(|error| InputError::of(field, error));
    Ok(board * ratio("gpus", gpus)? * ratio("utilisation_percent", utilisation_percent / 100.0)?)
}

/// A number of boards of one kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Boards {
    board_watts: f64,
    count: f64,
    utilisation_percent: f64,
}

/// The power of boards of several kinds: the sum of [`gpu_power`].
///
/// # Errors
///
/// When a number is out of range.
pub fn boards_power(boards: &[Boards]) -> Result<Power, InputError> {
    let power = |it: &Boards| gpu_power(it.board_watts, it.count, it.utilisation_percent);
    boards.iter().map(power).sum()
}

/// The emissions of an energy by one average intensity, such as that of a year.
///
/// # Errors
///
/// When an argument is out of range.
pub fn emissions(
    energy_kilowatt_hours: f64,
    power_usage_effectiveness: f64,
    grams_per_kilowatt_hour: f64,
) -> Result<Mass, InputError> {
    let of = |field: &'static str| move |error| InputError::of(field, error);
    let energy =
        Energy::from_kilowatt_hours(energy_kilowatt_hours).map_err(of("energy_kilowatt_hours"))?;
    let pue = Pue::from_number(power_usage_effectiveness)
        .map_err(|error| InputError::of("power_usage_effectiveness", error))?;
    let intensity = Intensity::from_grams_per_kilowatt_hour(grams_per_kilowatt_hour)
        .map_err(of("grams_per_kilowatt_hour"))?;
    Ok(energy * pue * intensity)
}

/// The seconds of 365 days, as in the worked cases of the SCI guide (Green Software Foundation, 2024).
const SECONDS_IN_YEAR: f64 = 365.0 * 86_400.0;
