//! Money and moving as text for people.

use gpu_carbon_core::format::{self, MassUnit};
use gpu_carbon_core::{Mass, Scope, Signal};

use super::choice::{Choice, Costs};
use crate::output::text::{Layout, table};

/// Returns a table for each kind of emissions, the least emissions first, and the notes below.
pub(crate) fn lines(costs: &Costs) -> Vec<String> {
    let mut kinds: Vec<Kind> = Vec::new();
    for choice in &costs.choices {
        let kind = Kind::of(choice);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let mut lines = Vec::new();
    for kind in kinds {
        let choices = costs.choices.iter().filter(|choice| Kind::of(choice) == kind);
        lines.push(format!("Emissions and money, side by side ({})", kind.title()));
        lines.extend(rows(costs, choices.collect()));
        lines.push(String::new());
    }
    let is_compared = |choice: &Choice| choice.is_unbeaten.is_some();
    if costs.choices.iter().any(is_compared) {
        lines.push(
            "* No other choice emits less for no more money, or costs less for no more emissions."
                .to_owned(),
        );
        lines.push("Money is for the hours in which the job runs or restores itself.".to_owned());
    }
    if let Some(gigabytes) = costs.gigabytes {
        lines.push(format!(
            "Moving {} GB takes {} ({} a GB: {}), half of it at home.",
            format::digits(gigabytes),
            format::energy(energy(costs, gigabytes)),
            format::energy(costs.energy_per_gigabyte),
            costs.source
        ));
    }
    lines
}

fn energy(costs: &Costs, gigabytes: f64) -> gpu_carbon_core::Energy {
    let kilowatt_hours = costs.energy_per_gigabyte.as_kilowatt_hours() * gigabytes;
    gpu_carbon_core::Energy::from_kilowatt_hours(kilowatt_hours).unwrap_or_default()
}

/// The kind of emissions: those of one kind may be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    signal: Signal,
    scope: Option<Scope>,
    is_hourly: bool,
}

impl Kind {
    fn of(choice: &Choice) -> Kind {
        let it = &choice.candidate;
        Kind { signal: it.signal, scope: it.scope, is_hourly: it.is_hourly }
    }

    fn title(self) -> String {
        let scope = self.scope.map(|scope| format!(", {}", scope.title())).unwrap_or_default();
        let level = if self.is_hourly { "" } else { ", by the yearly level" };
        format!("{}{scope}{level}", self.signal)
    }
}

fn rows(costs: &Costs, mut choices: Vec<&Choice>) -> Vec<String> {
    let grams = |choice: &Choice| choice.emissions().map_or(f64::INFINITY, Mass::as_grams);
    choices.sort_by(|a, b| grams(a).total_cmp(&grams(b)));
    let unit = MassUnit::of(choices.iter().map(|choice| choice.candidate.emissions));
    let mass = |mass: Option<Mass>| {
        mass.map_or("unknown".to_owned(), |mass| format::digits(unit.number(mass)))
    };
    let usd = |usd: Option<f64>| usd.map_or("unknown".to_owned(), |usd| format!("{usd:.2}"));
    let has_money = choices.iter().any(|choice| choice.usd().is_some());
    let mut head = vec!["region".to_owned(), "plan".to_owned(), format!("job {}", unit.symbol())];
    if costs.gigabytes.is_some() {
        head.push(format!("moving {}", unit.symbol()));
    }
    if has_money {
        head.push("USD".to_owned());
    }
    let mut cells = vec![head];
    for choice in &choices {
        let it = &choice.candidate;
        let mark = if choice.is_unbeaten == Some(true) { " *" } else { "" };
        let mut row =
            vec![format!("{}{mark}", it.region), it.plan.to_owned(), mass(Some(it.emissions))];
        if costs.gigabytes.is_some() {
            row.push(mass(choice.moving));
        }
        if has_money {
            row.push(usd(choice.usd()));
        }
        cells.push(row);
    }
    table(&cells, Layout { indent: 2, gap: 2, widths: &[] })
}
