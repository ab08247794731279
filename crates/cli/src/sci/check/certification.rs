//! Self-certifications by the form of the Green Software Foundation, in Markdown.

use gpu_carbon_core::disclosure::{Printed, Statement, Total};

use super::part::Part;
use super::quantity::{Quantity, number, plain, quantity, rate};
use super::report::field;

/// The fields of the form that must be filled in.
const REQUIRED: [&str; 8] = [
    "Organization name",
    "Contact name",
    "Software name",
    "Software version",
    "Measurement start date",
    "Measurement end date",
    "Total units in measurement period",
    "Total energy consumed",
];

/// Reads a self-certification; `None` where no line gives the score.
pub(super) fn read(text: &str) -> Option<Vec<Part>> {
    let score = field(text, "Your SCI score")?;
    let missing = REQUIRED.iter().filter(|name| field(text, name).is_none_or(str::is_empty));
    let mut statement = Statement {
        score: rate(&plain(score)).map(|(rate, _)| rate),
        missing: missing.map(|name| (*name).to_owned()).collect(),
        energy: printed(text, "Total energy consumed"),
        intensity: printed(text, "Carbon intensity value"),
        ..Statement::default()
    };
    if let Some(Quantity::Count { count, unit }) =
        read_quantity(text, "Total units in measurement period")
    {
        statement.units = Some(count);
        statement.unit = Some(unit).filter(|unit| !unit.is_empty());
    }
    // The energy of this form contains the PUE, and its operational emissions are not stated: they are the product.
    let operational = statement.energy.zip(statement.intensity).map(|(energy, intensity)| {
        let value = energy.value * intensity.value;
        let half_unit = energy.half_unit * intensity.value + intensity.half_unit * energy.value;
        Printed { value, half_unit }
    });
    let embodied =
        match read_quantity(text, "Total embodied emissions allocated to this measurement") {
            Some(Quantity::Mass(grams)) => Some(grams),
            _ => None,
        };
    if let (Some(operational), Some(embodied)) = (operational, embodied) {
        let total = |name: &str, amount| Total { name: name.to_owned(), amount };
        statement.emissions = vec![total("O", operational), total("M", embodied)];
    }
    Some(vec![Part::whole(statement)])
}

fn printed(text: &str, name: &str) -> Option<Printed> {
    let value = plain(field(text, name)?);
    Some(number(&value)?.0)
}

fn read_quantity(text: &str, name: &str) -> Option<Quantity> {
    let value = plain(field(text, name)?);
    Some(quantity(&value)?.0)
}
