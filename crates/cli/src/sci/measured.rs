//! A disclosure from the exporter's ledger.

use anyhow::Result;
use gpu_carbon_core::disclosure::{
    BoundaryPart, Component, ComponentEnergy, Draft, IntensityShare, Persona,
};
use gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;
use gpu_carbon_core::{Energy, Intensity, Interval, Mass, Pue, Scope, Signal, format};
use gpu_carbon_ledger::report::Totals;
use gpu_carbon_ledger::{Origin, Reader};

use super::args::Args;
use super::assessment::Assessment;
use super::boundary_part::part;
use super::selection::Selection;
use super::{about, boundary, coefficients, count, embodied, methods, project};
use crate::report::{derived, manufacture};
use crate::usage_error::UsageError;

/// The largest share of the energy that may be without an intensity. It is left out, and named; the guides of carbon accounting
/// take 5 % for the limit of what is material.
const MOST_PENDING: f64 = 0.05;

/// Assesses a part of a ledger.
///
/// # Errors
///
/// A [`UsageError`] when an argument or the ledger cannot be used; another error when Prometheus does not answer.
pub(super) fn assess(args: &Args, reader: &Reader, persona: Persona) -> Result<Assessment> {
    let selection = Selection::of(args, reader, persona)?;
    let origins = reader.origins();
    let signal = signal(&selection.total, origins)?;
    let counted = count::count(args, selection.time)?;
    let unit = super::unit::of(args, &counted);
    let energy = |totals: &Totals| conversion(totals, signal, origins);
    let components = selection.parts.iter().map(|part| {
        let (conversion, operational) = energy(&part.totals);
        Component {
            name: part.name.clone(),
            description: part.description.clone(),
            conversion,
            operational,
            embodied: embodied::of(args, &part.totals),
            methodologies: methods::names(args, part, selection.host.as_ref(), origins, &unit),
        }
    });
    let (whole, operational) = energy(&selection.total);
    let mut manufactures = manufacture::read(reader, selection.time)?;
    manufactures.retain(|it| selection.holds(it.position()));
    let (included, mut left_out) = boundary::of_host(&selection, reader, &manufactures);
    left_out.extend(selection.left_out.iter().cloned());
    left_out.extend(pending(&selection.total, origins)?);
    left_out.extend(embodied::gap(args, &selection.total));
    let draft = Draft {
        about: about::read(args.about.as_deref())?,
        persona,
        stages: selection.stages.clone(),
        boundary: boundary::complete(included, left_out, persona, &selection.stages),
        timespan: selection.time,
        components: components.collect(),
        energy: whole.map(|it| it.energy),
        operational,
        embodied: embodied::of(args, &selection.total),
        intensities: intensities(&selection.total, signal, reader, selection.time)?,
        coefficients: coefficients::of(
            args,
            &selection,
            &manufactures,
            origins,
            signal,
            &counted,
            &unit,
        ),
        methodologies: methods::of(args, &selection, origins, &counted, &unit),
        unit: unit.clone(),
    };
    let project = project::of(args, &selection, whole, &unit, &energy);
    let mut assessment = Assessment::of(draft, project, counted)?;
    assessment.embodied_known_ratio = embodied::known_ratio(args, &selection.total);
    assessment.damage = reader.damage();
    Ok(assessment)
}

/// The one signal by which the energy was converted.
fn signal(total: &Totals, origins: &[Origin]) -> Result<Signal, UsageError> {
    let wrong = |text: &str| UsageError::CommandLine(text.to_owned());
    let grams = Signal::ALL.map(|signal| total.grams(signal, origins));
    match grams {
        [Some(_), None] => Ok(Signal::Marginal),
        [None, Some(_)] => Ok(Signal::Average),
        [Some(_), Some(_)] => Err(wrong(
            "a part of the energy was converted by marginal intensities and a part by average ones, and no score mixes the two: give --from and --to within the time of one",
        )),
        [None, None] => Err(wrong(
            "no energy of that time has an intensity yet, so that there is no O: wait for it, or give an earlier --to",
        )),
    }
}

/// The energy that was converted and the means by which it was, and its emissions.
pub(super) fn conversion(
    totals: &Totals,
    signal: Signal,
    origins: &[Origin],
) -> (Option<ComponentEnergy>, Mass) {
    let (mut joules, mut drawn, mut grams) = (0.0, 0.0, 0.0);
    for (origin, part) in totals.origins(origins) {
        if origin.signal == signal && origin.intensity_source.is_some() {
            joules += part.joules;
            drawn += part.joules * origin.pue.as_number();
            grams += part.grams;
        }
    }
    let operational = derived::mass(grams);
    let conversion = || {
        Some(ComponentEnergy {
            energy: Energy::from_joules(joules).ok().filter(|_| joules > 0.0)?,
            // A mean of numbers from 1 on may be below by rounding.
            pue: Pue::from_number((drawn / joules).max(Pue::MIN)).ok()?,
            intensity: Intensity::from_grams_per_kilowatt_hour(
                operational.as_grams() / (drawn / JOULES_PER_KILOWATT_HOUR),
            )
            .ok()?,
        })
    };
    (conversion(), operational)
}

/// The energy without an intensity, as a part that is left out.
fn pending(total: &Totals, origins: &[Origin]) -> Result<Option<BoundaryPart>, UsageError> {
    let joules = total.pending_joules(origins);
    let share = if total.joules() > 0.0 { joules / total.joules() } else { 0.0 };
    let amount =
        format!("{} ({})", format::energy(derived::energy(joules)), format::percent(share));
    if share > MOST_PENDING {
        return Err(UsageError::CommandLine(format!(
            "{amount} of the energy has no intensity yet, and a score may leave out {} at most: wait for it, or give an earlier --to",
            format::percent(MOST_PENDING)
        )));
    }
    Ok((joules > 0.0)
        .then(|| part("pending energy", &format!("no intensity covers it yet: {amount}"))))
}

/// The origins of the intensities, the greatest share first.
fn intensities(
    total: &Totals,
    signal: Signal,
    reader: &Reader,
    time: Interval,
) -> Result<Vec<IntensityShare>, UsageError> {
    let step = step(reader, time)?;
    let factors = derived::factors(total, reader.origins());
    let converted = factors
        .iter()
        .filter(|(origin, _)| origin.signal == signal && origin.intensity_source.is_some());
    let joules: f64 = converted.clone().map(|(_, part)| part.joules).sum();
    let share = |(origin, part): &(&Origin, gpu_carbon_ledger::report::OriginTotals)| {
        let source = origin.intensity_source.as_ref()?;
        Some(IntensityShare {
            zone: origin.zone.to_string(),
            signal: signal.name(),
            scope: derived::scope(origin).map(Scope::title),
            source: source.name.to_string(),
            quality: source.quality.name(),
            step: step.clone(),
            share: if joules > 0.0 { part.joules / joules } else { 0.0 },
            grams_per_kilowatt_hour: derived::intensity(origin, *part),
        })
    };
    Ok(converted.filter_map(share).collect())
}

/// The steps of time in which energy and intensity were multiplied, in words.
fn step(reader: &Reader, time: Interval) -> Result<String, UsageError> {
    let mut longest = 0.0_f64;
    reader
        .usage_rows(time, |row| longest = longest.max(row.interval.length().as_seconds()))
        .map_err(UsageError::Ledger)?;
    Ok(match longest {
        ..=300.0 => "5 minutes",
        ..=3600.0 => "5 minutes, of which the ledger has old rows by the hour",
        _ => "5 minutes, of which the ledger has old rows by the hour and the day",
    }
    .to_owned())
}
