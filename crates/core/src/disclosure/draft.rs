//! A disclosure before it is checked, and the check that makes it one.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::component::Component;
use super::error::DisclosureError;
use super::facts::{About, Coefficient, IntensityShare, SoftwareBoundary};
use super::method::Methodology;
use super::persona::{Persona, Stage};
use super::unit::FunctionalUnit;
use crate::sum::Sum;
use crate::time::{Interval, Span};
use crate::units::{Energy, Mass};

/// The largest relative difference of two sums that counts as rounding.
pub const CLOSES_WITHIN: f64 = 1e-9;

/// All parts of a disclosure, with totals that were added up on another way than the components, so that the two can be
/// compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The software, and those who answer for its score.
    pub about: About,
    /// The persona for whom the score counts.
    pub persona: Persona,
    /// The stages that are counted, each of the persona.
    pub stages: Vec<Stage>,
    /// The functional unit, and R.
    pub unit: FunctionalUnit,
    /// The boundary.
    pub boundary: SoftwareBoundary,
    /// The time in which the energy was used and the units were delivered.
    pub timespan: Interval,
    /// The components.
    pub components: Vec<Component>,
    /// The energy of the whole, without overhead; `None` where only emissions are known.
    pub energy: Option<Energy>,
    /// O of the whole.
    pub operational: Mass,
    /// M of the whole, as far as it is known; `None` where no part of it is.
    pub embodied: Option<Mass>,
    /// The origins of the intensities.
    pub intensities: Vec<IntensityShare>,
    /// The coefficients.
    pub coefficients: Vec<Coefficient>,
    /// The methodologies.
    pub methodologies: Vec<Methodology>,
}

/// A disclosure: every required field is there, the sums close, and there is a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Disclosure {
    parts: Draft,
    embodied: Mass,
    score: f64,
}

impl Draft {
    /// Checks the draft.
    ///
    /// # Errors
    ///
    /// Every fault: required fields that are missing, sums that do not close, units that the standard does not allow, references
    /// that lead to nothing.
    pub fn close(self) -> Result<Disclosure, Vec<DisclosureError>> {
        let mut faults = self.missing();
        faults.extend(self.unit_faults());
        faults.extend(self.sum_faults());
        faults.extend(self.name_faults());
        let foreign = self.stages.iter().filter(|stage| stage.persona() != self.persona);
        faults.extend(
            foreign.map(|&stage| DisclosureError::ForeignStage { stage, persona: self.persona }),
        );
        let emissions = self.operational + self.embodied.unwrap_or_default();
        let score = self.unit.per_scale(emissions.as_grams());
        match (score, self.embodied) {
            (Some(score), Some(embodied)) if faults.is_empty() => {
                Ok(Disclosure { parts: self, embodied, score })
            }
            _ => Err(faults),
        }
    }

    fn missing(&self) -> Vec<DisclosureError> {
        let about = &self.about;
        let required = [
            (about.name.as_str(), "application.name", "name the software"),
            (&about.version, "application.version", "give the version that was measured"),
            (&about.description, "application.description", "describe the software in a sentence"),
            (&about.organization, "organization.name", "name the organization that runs it"),
            (
                &about.accountable_organization,
                "accountable.organization",
                "name the organization that answers for the score",
            ),
            (&about.accountable_person, "accountable.person", "name a person, with a title"),
            (&about.accountable_contact, "accountable.contact", "give a mail address"),
            (&self.unit.name, "functional_unit.unit", "name the unit"),
            (&self.unit.rationale, "functional_unit.rationale", "say why this unit"),
            (&self.unit.source, "functional_unit.source", "say where the count comes from"),
        ];
        let is_empty = |(text, _, _): &(&str, _, _)| text.trim().is_empty();
        let texts = required.into_iter().filter(is_empty);
        let mut faults: Vec<_> =
            texts.map(|(_, field, remedy)| DisclosureError::Missing { field, remedy }).collect();
        let mut require = |is_there: bool, field, remedy| {
            if !is_there {
                faults.push(DisclosureError::Missing { field, remedy });
            }
        };
        require(!self.stages.is_empty(), "stages", "name the stages that are counted");
        require(!self.components.is_empty(), "components", "name at least one component");
        require(!self.boundary.included.is_empty(), "boundary.included", "name what is counted");
        require(
            self.timespan.length() > Span::ZERO,
            "timespan",
            "give a start and a later end of the measurement",
        );
        require(
            self.embodied.is_some(),
            "embodied (M)",
            "configure the manufacture of the GPUs, or give it with its source",
        );
        require(
            !self.methodologies.is_empty(),
            "methodologies",
            "describe how each figure was found",
        );
        require(
            !self.coefficients.is_empty(),
            "coefficients",
            "list the numbers that the score rests on",
        );
        faults
    }

    fn unit_faults(&self) -> Option<DisclosureError> {
        let unit = || self.unit.name.clone();
        match (self.persona, self.unit.kind.map(|kind| kind.persona())) {
            _ if self.unit.per_scale(0.0).is_none() => {
                Some(DisclosureError::Units { count: self.unit.count })
            }
            (Persona::Provider, Some(Persona::Consumer) | None) => {
                Some(DisclosureError::ClosedList { unit: unit() })
            }
            (Persona::Consumer, Some(Persona::Provider)) => {
                Some(DisclosureError::ProvidersUnit { unit: unit() })
            }
            _ => None,
        }
    }

    fn sum_faults(&self) -> Vec<DisclosureError> {
        let sum = |amount: &dyn Fn(&Component) -> f64| {
            let mut sum = Sum::default();
            self.components.iter().for_each(|component| sum.add(amount(component)));
            sum.value()
        };
        let mut faults = Vec::new();
        let mut compare = |field, unit, parts: f64, total: f64| {
            if !closes(parts, total) {
                faults.push(DisclosureError::Sum { field, parts, total, unit });
            }
        };
        let operational = sum(&|it| it.operational.as_grams());
        compare("operational emissions (O)", "g", operational, self.operational.as_grams());
        let embodied = sum(&|it| it.embodied.unwrap_or_default().as_grams());
        compare(
            "embodied emissions (M)",
            "g",
            embodied,
            self.embodied.unwrap_or_default().as_grams(),
        );
        if let Some(energy) = self.energy {
            let of = |it: &Component| it.conversion.map_or(0.0, |it| it.energy.as_kilowatt_hours());
            compare("energy (E)", "kWh", sum(&of), energy.as_kilowatt_hours());
        }
        let products = self.components.iter().filter_map(|component| {
            let product = component.conversion?.operational().as_grams();
            let grams = component.operational.as_grams();
            let component = component.name.clone();
            (!closes(product, grams)).then_some(DisclosureError::Product {
                component,
                product,
                grams,
            })
        });
        faults.extend(products);
        let shares: f64 = self.intensities.iter().map(|it| it.share).sum();
        if !self.intensities.is_empty() && !closes(shares, 1.0) {
            faults.push(DisclosureError::Shares { sum: shares });
        }
        let values = self.coefficients.iter().filter(|it| !it.value.is_finite());
        faults.extend(
            values.map(|it| DisclosureError::NotFinite { field: it.name.clone(), value: it.value }),
        );
        faults
    }

    fn name_faults(&self) -> Vec<DisclosureError> {
        let components: Vec<_> = self.components.iter().map(|it| it.name.as_str()).collect();
        let methodologies: Vec<_> = self.methodologies.iter().map(|it| it.name.as_str()).collect();
        let coefficients: Vec<_> = self.coefficients.iter().map(|it| it.name.as_str()).collect();
        let mut faults = Vec::new();
        for (things, names) in [
            ("components", &components),
            ("methodologies", &methodologies),
            ("coefficients", &coefficients),
        ] {
            let repeated = names
                .iter()
                .enumerate()
                .filter(|&(place, name)| names.iter().take(place).any(|earlier| earlier == name));
            faults.extend(
                repeated
                    .map(|(_, &name)| DisclosureError::Duplicate { things, name: name.to_owned() }),
            );
        }
        let mut refer = |owner: &String, thing, names: &[String], known: &[&str]| {
            let dangling = names.iter().filter(|name| !known.contains(&name.as_str()));
            faults.extend(dangling.map(|name| DisclosureError::Dangling {
                owner: owner.clone(),
                thing,
                name: name.clone(),
            }));
        };
        for component in &self.components {
            refer(&component.name, "methodology", &component.methodologies, &methodologies);
        }
        for methodology in &self.methodologies {
            refer(&methodology.name, "coefficient", &methodology.coefficients, &coefficients);
        }
        faults
    }
}

impl Disclosure {
    /// The score: grams of CO2e for the scale of the functional unit.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.score
    }

    /// The score of a component, in the same unit: the sum over all is the score.
    #[must_use]
    pub fn component_score(&self, component: &Component) -> f64 {
        self.parts.unit.per_scale(component.emissions().as_grams()).unwrap_or_default()
    }

    /// The unit of the scores, such as `g CO2e per 1e6 tokens`.
    #[must_use]
    pub fn score_unit(&self) -> String {
        alloc::format!("g CO2e per {}", self.parts.unit.denominator())
    }

    /// M of the whole, as far as it is known.
    #[must_use]
    pub fn embodied(&self) -> Mass {
        self.embodied
    }

    /// The emissions of the whole: O + M.
    #[must_use]
    pub fn emissions(&self) -> Mass {
        self.parts.operational + self.embodied
    }

    /// The checked parts.
    #[must_use]
    pub fn parts(&self) -> &Draft {
        &self.parts
    }
}

/// True where two sums differ by no more than rounding.
fn closes(one: f64, other: f64) -> bool {
    (one - other).abs() <= CLOSES_WITHIN * one.abs().max(other.abs())
}
