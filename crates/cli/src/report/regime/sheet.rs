//! The document of a regime: a form, a table, paragraphs, and what is missing.

use gpu_carbon_core::format;
use gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;

use super::super::derived;
use crate::output::Value;

/// The document that a regime asks for, as far as a ledger fills it in.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) title: &'static str,
    /// The form, in order.
    pub(super) fields: Vec<Field>,
    /// The table for programs; `None` for a form.
    pub(super) table: Option<Rows>,
    /// The table for people: a header and rows; empty for a form.
    pub(super) summary: Vec<Vec<String>>,
    pub(super) paragraphs: Vec<Paragraph>,
    pub(super) not_known: Vec<NotKnown>,
    pub(super) notes: Vec<String>,
}

/// A field of a form.
#[derive(Debug)]
pub(super) struct Field {
    /// The name for programs, with the unit.
    pub(super) name: &'static str,
    /// The name for people.
    pub(super) title: &'static str,
    pub(super) value: Value,
    /// The value for people.
    pub(super) text: String,
}

/// Rows of named columns.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// A text that the regime asks for.
#[derive(Debug)]
pub(super) struct Paragraph {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) text: String,
}

/// Something that the regime asks for, and that the ledger does not have.
#[derive(Debug)]
pub(super) struct NotKnown {
    pub(super) name: &'static str,
    pub(super) reason: String,
}

/// The word for a value that is not known.
pub(super) const UNKNOWN: &str = "unknown";

impl Sheet {
    /// Adds a field whose value is a text.
    pub(super) fn text(
        &mut self,
        name: &'static str,
        title: &'static str,
        text: impl Into<String>,
    ) {
        let text = text.into();
        self.fields.push(Field { name, title, value: Value::Text(text.clone()), text });
    }

    /// Adds an energy, in kilowatt-hours for programs.
    pub(super) fn energy(&mut self, name: &'static str, title: &'static str, joules: f64) {
        let text = format::energy(derived::energy(joules));
        self.fields.push(Field { name, title, value: kilowatt_hours(joules).into(), text });
    }

    /// Adds a mass, in grams for programs; `None` is unknown.
    pub(super) fn mass(&mut self, name: &'static str, title: &'static str, grams: Option<f64>) {
        self.fields.push(Field { name, title, value: grams.into(), text: mass(grams) });
    }

    /// Adds a number with its text; `None` is unknown.
    pub(super) fn number(
        &mut self,
        name: &'static str,
        title: &'static str,
        number: Option<f64>,
        text: impl Fn(f64) -> String,
    ) {
        let text = number.map_or_else(|| UNKNOWN.to_owned(), text);
        self.fields.push(Field { name, title, value: number.into(), text });
    }

    /// Adds something that the regime asks for and the ledger does not have.
    pub(super) fn lacks(&mut self, name: &'static str, reason: impl Into<String>) {
        self.not_known.push(NotKnown { name, reason: reason.into() });
    }
}

/// Returns a mass for people; `None` is unknown.
pub(super) fn mass(grams: Option<f64>) -> String {
    grams.map_or_else(|| UNKNOWN.to_owned(), |grams| format::mass(derived::mass(grams)))
}

/// Returns an energy in kilowatt-hours.
pub(super) fn kilowatt_hours(joules: f64) -> f64 {
    joules / JOULES_PER_KILOWATT_HOUR
}

/// Returns an energy in megawatt-hours.
pub(super) fn megawatt_hours(joules: f64) -> f64 {
    kilowatt_hours(joules) / 1e3
}

/// Returns a number with three significant digits and no exponent, such as 0.00296 or 12400.
pub(super) fn significant(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return "0".to_owned();
    }
    #[expect(clippy::cast_possible_truncation, reason = "an exponent of ten is at most 308")]
    let exponent = number.abs().log10().floor() as i32;
    let decimals = usize::try_from(2 - exponent).unwrap_or(0);
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_numbers_have_three_significant_digits() {
        for (number, text) in [
            (0.0, "0"),
            (0.002_957, "0.00296"),
            (0.1, "0.100"),
            (1.0, "1.00"),
            (17.169, "17.2"),
            (12_400.4, "12400"),
        ] {
            assert_eq!(significant(number), text);
        }
    }
}
