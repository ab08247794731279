//! The judgement of a document: whether the numbers that it states fit together.

use alloc::string::String;
use alloc::vec::Vec;

use super::printed::Printed;
use super::statement_error::StatementError;

/// A score as a document prints it: grams for some functional units.
#[derive(Debug, Clone, PartialEq)]
pub struct Rate {
    /// The grams.
    pub grams: Printed,
    /// The number of units that they are for, such as 1e6.
    pub per: f64,
    /// The name of one unit in lower case, such as token.
    pub unit: String,
}

/// An amount that a document states for the whole or for a part, with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    /// The name, such as that of a component.
    pub name: String,
    /// The amount.
    pub amount: Printed,
}

/// The numbers that a document states. Those that it does not state are not judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statement {
    /// The score.
    pub score: Option<Rate>,
    /// Other places in which the same score stands.
    pub repeated: Vec<Rate>,
    /// The scores of the components, with their names.
    pub components: Vec<(String, Rate)>,
    /// Emissions in g, all of which the score counts: O and M, or C.
    pub emissions: Vec<Total>,
    /// O in g, where energy and intensity are stated beside it.
    pub operational: Option<Printed>,
    /// E in kWh.
    pub energy: Option<Printed>,
    /// The power usage effectiveness; `None` where E contains it or there is none.
    pub pue: Option<Printed>,
    /// I in g/kWh.
    pub intensity: Option<Printed>,
    /// R: the number of units.
    pub units: Option<Printed>,
    /// The name of the unit of R, in lower case.
    pub unit: Option<String>,
    /// The names of the coefficients.
    pub coefficients: Option<Vec<String>>,
    /// The methodologies: the name, the class as it is written, and the coefficients that each refers to.
    pub methodologies: Vec<(String, Option<String>, Vec<String>)>,
    /// The methodologies that components refer to: the component, and the name.
    pub references: Vec<(String, String)>,
    /// Required fields that are missing or empty.
    pub missing: Vec<String>,
}

impl Rate {
    /// The grams for as many units as another rate is for.
    fn for_units_of(&self, other: &Rate) -> Printed {
        self.grams.times(other.per / self.per)
    }
}

impl Statement {
    /// Judges the numbers, and what a reader found missing. No fault means that what is stated fits together, not that it is true.
    #[must_use]
    pub fn faults(&self) -> Vec<StatementError> {
        let missing = self.missing.iter().cloned();
        let mut faults: Vec<_> = missing.map(|field| StatementError::Missing { field }).collect();
        if let Some(units) = self.units.filter(|units| units.value <= 0.0) {
            faults.push(StatementError::Nothing { units: units.value });
        }
        faults.extend(self.product_fault());
        if let Some(score) = &self.score {
            faults.extend(self.sum_faults(score));
            faults.extend(self.quotient_fault(score));
            for other in &self.repeated {
                faults.extend(repeated_fault(score, other));
            }
        }
        faults.extend(self.reference_faults());
        faults
    }

    /// The score that follows from the emissions and the units: grams for one unit. `None` where one of them is not stated.
    #[must_use]
    pub fn right_score(&self) -> Option<f64> {
        Some(self.quotient()?.value)
    }

    fn quotient(&self) -> Option<Printed> {
        let emissions = self.emissions.iter().map(|it| it.amount).reduce(Printed::plus)?;
        emissions.over(self.units?)
    }

    fn product_fault(&self) -> Option<StatementError> {
        let drawn = self.energy?.by(self.pue.unwrap_or(Printed::exact(1.0)));
        let right = drawn.by(self.intensity?);
        let stated = self.operational?;
        let fault = StatementError::Product { right: right.value, stated: stated.value };
        (!right.agrees_with(stated)).then_some(fault)
    }

    fn sum_faults(&self, score: &Rate) -> Vec<StatementError> {
        let mut faults = Vec::new();
        let mut sum = Printed::exact(0.0);
        for (name, rate) in &self.components {
            if rate.unit == score.unit {
                sum = sum.plus(rate.for_units_of(score));
            } else {
                faults.push(StatementError::Unit {
                    name: name.clone(),
                    found: rate.unit.clone(),
                    expected: score.unit.clone(),
                });
            }
        }
        if faults.is_empty() && !self.components.is_empty() && !sum.agrees_with(score.grams) {
            faults.push(StatementError::Sum {
                count: self.components.len(),
                sum: tidy(sum.value),
                score: score.grams.value,
                per: score.per,
                unit: score.unit.clone(),
            });
        }
        faults
    }

    fn quotient_fault(&self, score: &Rate) -> Option<StatementError> {
        let one = self.quotient()?;
        if self.unit.as_ref().is_some_and(|unit| *unit != score.unit) {
            return Some(StatementError::Unit {
                name: "the count of units (R)".into(),
                found: self.unit.clone().unwrap_or_default(),
                expected: score.unit.clone(),
            });
        }
        let right = one.times(score.per);
        let emissions = self.emissions.iter().map(|it| it.amount.value).sum();
        (!right.agrees_with(score.grams)).then(|| StatementError::Quotient {
            emissions,
            units: self.units.map_or(0.0, |it| it.value),
            unit: score.unit.clone(),
            per: score.per,
            right: tidy(right.value),
            stated: score.grams.value,
        })
    }

    fn reference_faults(&self) -> Vec<StatementError> {
        let mut faults = Vec::new();
        for (name, class, coefficients) in &self.methodologies {
            let class = class.as_deref().unwrap_or_default();
            if super::MethodClass::named(class).is_none() {
                faults.push(StatementError::Class { name: name.clone(), found: class.into() });
            }
            let known = self.coefficients.iter().flatten();
            let known: Vec<&String> = known.collect();
            let dangling = coefficients.iter().filter(|it| !known.contains(it));
            faults.extend(dangling.map(|it| StatementError::Dangling {
                owner: alloc::format!("the methodology {name}"),
                thing: "coefficient",
                name: it.clone(),
            }));
        }
        let is_known = |name: &String| self.methodologies.iter().any(|(known, _, _)| known == name);
        let dangling = self.references.iter().filter(|(_, name)| !is_known(name));
        faults.extend(dangling.map(|(component, name)| StatementError::Dangling {
            owner: alloc::format!("the component {component}"),
            thing: "methodology",
            name: name.clone(),
        }));
        faults
    }
}

fn repeated_fault(score: &Rate, other: &Rate) -> Option<StatementError> {
    if other.unit != score.unit {
        return Some(StatementError::Unit {
            name: "a second place with the score".into(),
            found: other.unit.clone(),
            expected: score.unit.clone(),
        });
    }
    let found = other.for_units_of(score);
    let fault = || StatementError::Repeated {
        first: score.grams.value,
        other: tidy(found.value),
        per: score.per,
        unit: score.unit.clone(),
    };
    (!found.agrees_with(score.grams)).then(fault)
}

/// A number without the last digits of rounding, for a message.
fn tidy(number: f64) -> f64 {
    alloc::format!("{number:.9e}").parse().unwrap_or(number)
}
