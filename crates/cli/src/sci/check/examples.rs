//! Worked examples in prose: `SCI = 6,500 kg CO2e / 50 billion tokens = 0.13 g CO2e/million tokens`, or the same over the lines of a
//! list.

use gpu_carbon_core::disclosure::{Printed, Rate, Statement, Total};

use super::part::Part;
use super::quantity::{Quantity, plain, quantity, rate};

/// The amounts of a list so far.
#[derive(Default)]
struct List {
    emissions: Vec<Total>,
    units: Option<(Printed, String)>,
}

/// Reads the examples; `None` where there is none.
pub(super) fn read(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let (mut list, mut heading) = (List::default(), String::new());
    for (line, number) in text.lines().zip(1..) {
        let line = plain(line);
        let line = line.trim();
        if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim().to_owned();
            list = List::default();
            continue;
        }
        let item = line.trim_start_matches(['-', ' ', '\t']);
        match item.split_once('=') {
            Some((name, value)) if name.contains("SCI") => {
                let statements = equation(value).or_else(|| from_list(&list, value));
                for statement in statements.into_iter().flatten() {
                    let place = if heading.is_empty() {
                        format!("line {number}")
                    } else {
                        format!("line {number}, {heading}")
                    };
                    parts.push(Part { place, statement, faults: Vec::new() });
                }
                list = List::default();
            }
            _ => list.read(item),
        }
    }
    (!parts.is_empty()).then_some(parts)
}

/// Reads `mass / count = rate`, where more rates may follow: a statement for each.
fn equation(text: &str) -> Option<Vec<Statement>> {
    let mut sides = text.split('=');
    let (mass, count) = sides.next()?.split_once(" / ")?;
    let (Quantity::Mass(amount), _) = quantity(mass)? else { return None };
    let (Quantity::Count { count, unit }, _) = quantity(count)? else { return None };
    let rates = sides.filter_map(|side| Some(rate(side)?.0));
    let emissions = vec![Total { name: "emissions".to_owned(), amount }];
    let statements = rates.map(|rate| statement(emissions.clone(), count, unit.clone(), rate));
    Some(statements.collect())
}

/// Reads the score that follows a list of amounts.
fn from_list(list: &List, text: &str) -> Option<Vec<Statement>> {
    let (rate, _) = rate(text)?;
    let (count, unit) = list.units.clone()?;
    if list.emissions.is_empty() {
        return None;
    }
    // The name of the unit may stand before the number, as in `Total parameters: 2.5 billion`.
    let unit = if unit.is_empty() { rate.unit.clone() } else { unit };
    Some(vec![statement(list.emissions.clone(), count, unit, rate)])
}

fn statement(emissions: Vec<Total>, count: Printed, unit: String, score: Rate) -> Statement {
    Statement {
        emissions,
        units: Some(count),
        unit: Some(unit),
        score: Some(score),
        ..Statement::default()
    }
}

impl List {
    /// Reads an amount `Total …: quantity`.
    fn read(&mut self, line: &str) {
        let Some((name, value)) = line.split_once(": ") else { return };
        if !name.starts_with("Total") {
            return;
        }
        match quantity(value) {
            Some((Quantity::Mass(amount), _)) => {
                self.emissions.push(Total { name: name.to_owned(), amount });
            }
            Some((Quantity::Count { count, .. }, _)) => self.units = Some((count, String::new())),
            None => {}
        }
    }
}
