//! Money and moving for programs.

use serde::Serialize;

use super::choice::{Choice, Costs};

/// The JSON of money and moving.
#[derive(Debug, Serialize)]
pub(crate) struct CostsDocument {
    currency: &'static str,
    move_gigabytes: Option<f64>,
    move_kilowatt_hours_per_gigabyte: f64,
    move_energy_source: String,
    choices: Vec<ChoiceDocument>,
}

#[derive(Debug, Serialize)]
struct ChoiceDocument {
    region: String,
    signal: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    plan: &'static str,
    running_emissions_grams: f64,
    moving_emissions_grams: Option<f64>,
    emissions_grams: Option<f64>,
    running_usd: Option<f64>,
    moving_usd: f64,
    usd: Option<f64>,
    /// True where nothing beats the choice in both; null where one of the two is unknown.
    unbeaten: Option<bool>,
}

impl CostsDocument {
    pub(crate) fn of(costs: &Costs) -> CostsDocument {
        CostsDocument {
            currency: "USD",
            move_gigabytes: costs.gigabytes,
            move_kilowatt_hours_per_gigabyte: costs.energy_per_gigabyte.as_kilowatt_hours(),
            move_energy_source: costs.source.clone(),
            choices: costs.choices.iter().map(ChoiceDocument::of).collect(),
        }
    }
}

impl ChoiceDocument {
    fn of(choice: &Choice) -> ChoiceDocument {
        let candidate = &choice.candidate;
        ChoiceDocument {
            region: candidate.region.clone(),
            signal: candidate.signal.name(),
            scope: candidate.scope.map(|scope| scope.name()),
            plan: candidate.plan,
            running_emissions_grams: candidate.emissions.as_grams(),
            moving_emissions_grams: choice.moving.map(|mass| mass.as_grams()),
            emissions_grams: choice.emissions().map(|mass| mass.as_grams()),
            running_usd: choice.running_usd,
            moving_usd: choice.moving_usd,
            usd: choice.usd(),
            unbeaten: choice.is_unbeaten,
        }
    }
}

impl Choice {
    /// The names of the CSV columns.
    pub(crate) const COLUMNS: [&'static str; 8] = [
        "choice",
        "choice_running_emissions_grams",
        "choice_moving_emissions_grams",
        "choice_emissions_grams",
        "choice_running_usd",
        "choice_moving_usd",
        "choice_usd",
        "choice_unbeaten",
    ];

    /// The fields of the CSV columns.
    pub(crate) fn fields(&self) -> [String; 8] {
        let number = |number: Option<f64>| number.map(|it| it.to_string()).unwrap_or_default();
        [
            self.candidate.plan.to_owned(),
            self.candidate.emissions.as_grams().to_string(),
            number(self.moving.map(|mass| mass.as_grams())),
            number(self.emissions().map(|mass| mass.as_grams())),
            number(self.running_usd),
            self.moving_usd.to_string(),
            number(self.usd()),
            self.is_unbeaten.map(|it| it.to_string()).unwrap_or_default(),
        ]
    }
}
