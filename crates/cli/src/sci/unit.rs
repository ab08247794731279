//! The functional unit of a disclosure, from the arguments and the count.

use gpu_carbon_core::disclosure::{FunctionalUnit, Persona, UnitKind};

use super::args::Args;
use super::count::Counted;
use crate::usage_error::UsageError;

/// The persona for whom the score counts.
///
/// # Errors
///
/// When no unit is given.
pub(super) fn persona(args: &Args) -> Result<Persona, UsageError> {
    let of_unit = match (args.unit, &args.per) {
        (Some(unit), _) => UnitKind::from(unit).persona(),
        (None, Some(_)) => Persona::Consumer,
        (None, None) => {
            return Err(UsageError::CommandLine(
                "the functional unit is missing: give --unit, such as --unit token, or --per \"5e4 pages\""
                    .to_owned(),
            ));
        }
    };
    Ok(args.persona.map_or(of_unit, Persona::from))
}

/// The functional unit.
pub(super) fn of(args: &Args, counted: &Counted) -> FunctionalUnit {
    let Counted { count, source, method, .. } = counted;
    let kind = args.unit.map(UnitKind::from);
    let mut unit = match (kind, &args.per) {
        (Some(kind), _) => FunctionalUnit::of(kind, *count, source.clone(), *method),
        (None, per) => {
            let plural = per.as_ref().map(|per| per.unit.clone()).unwrap_or_default();
            let name = plural.strip_suffix('s').unwrap_or(&plural).to_owned();
            FunctionalUnit {
                kind: None,
                rationale: String::new(),
                name,
                plural,
                scale: 1.0,
                ..FunctionalUnit::of(UnitKind::Request, *count, source.clone(), *method)
            }
        }
    };
    unit.counting = args.counting();
    if let Some(scale) = args.scale {
        unit.scale = scale;
    }
    if let Some(rationale) = &args.rationale {
        unit.rationale.clone_from(rationale);
    }
    unit
}
