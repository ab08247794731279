//! A draft is a disclosure where every field is there and every sum closes.

use gpu_carbon_core::disclosure::{
    About, BoundaryPart, Coefficient, Component, ComponentEnergy, DisclosureError, Draft, Figure,
    FunctionalUnit, IntensityShare, Method, Methodology, Persona, SoftwareBoundary, Stage,
    UnitKind,
};
use gpu_carbon_core::{Energy, Intensity, Interval, Mass, Pue, Timestamp};
use proptest::prelude::*;

fn component(name: &str, kilowatt_hours: f64, intensity: f64, embodied: f64) -> Component {
    let conversion = ComponentEnergy {
        energy: Energy::from_kilowatt_hours(kilowatt_hours).unwrap(),
        pue: Pue::from_number(1.25).unwrap(),
        intensity: Intensity::from_grams_per_kilowatt_hour(intensity).unwrap(),
    };
    Component {
        name: name.to_owned(),
        description: format!("the GPUs of {name}"),
        conversion: Some(conversion),
        operational: conversion.operational(),
        embodied: Some(Mass::from_grams(embodied).unwrap()),
        methodologies: vec!["energy".to_owned()],
    }
}

/// A draft of some components, with totals that a loop of its own adds up.
fn draft(components: Vec<Component>) -> Draft {
    let total = |of: &dyn Fn(&Component) -> f64| components.iter().map(of).sum::<f64>();
    let mass = |grams| Mass::from_grams(grams).unwrap();
    let energy = total(&|it| it.conversion.unwrap().energy.as_kilowatt_hours());
    let text = str::to_owned;
    Draft {
        about: About {
            name: text("llm"),
            version: text("1"),
            description: text("a service"),
            organization: text("us"),
            accountable_organization: text("us"),
            accountable_person: text("A. Person, Head"),
            accountable_contact: text("a@example.org"),
            ..About::default()
        },
        persona: Persona::Consumer,
        stages: vec![Stage::Operation],
        unit: FunctionalUnit::of(UnitKind::Token, 2e6, text("a counter"), Method::Counter),
        boundary: SoftwareBoundary {
            included: vec![BoundaryPart { name: text("GPUs"), reason: text("measured") }],
            left_out: Vec::new(),
        },
        timespan: Interval::new(Timestamp::EPOCH, Timestamp::from_unix_seconds(3600)),
        energy: Some(Energy::from_kilowatt_hours(energy).unwrap()),
        operational: mass(total(&|it| it.operational.as_grams())),
        embodied: Some(mass(total(&|it| it.embodied.unwrap().as_grams()))),
        components,
        intensities: vec![IntensityShare {
            zone: text("GB"),
            signal: "average",
            scope: None,
            source: text("gb"),
            quality: "measured",
            step: text("5 minutes"),
            share: 1.0,
            grams_per_kilowatt_hour: Some(200.0),
        }],
        coefficients: vec![Coefficient {
            name: text("pue"),
            description: text("overhead"),
            value: 1.25,
            unit: text("1"),
            source: text("the operator"),
        }],
        methodologies: vec![Methodology {
            figure: Figure::Energy,
            name: text("energy"),
            method: Method::Counter,
            description: text("the counters of the GPUs"),
            coefficients: vec![text("pue")],
        }],
    }
}

fn two() -> Draft {
    draft(vec![component("one", 1.0, 200.0, 50.0), component("two", 3.0, 100.0, 10.0)])
}

#[test]
fn a_whole_draft_has_a_score_and_scores_of_its_components_that_add_up() {
    let disclosure = two().close().unwrap();
    // (1 x 1.25 x 200 + 50 + 3 x 1.25 x 100 + 10) g over two million tokens.
    assert_eq!(disclosure.score(), (250.0 + 50.0 + 375.0 + 10.0) / 2.0);
    assert_eq!(disclosure.score_unit(), "g CO2e per 1e6 tokens");
    let parts = disclosure.parts();
    let sum: f64 = parts.components.iter().map(|it| disclosure.component_score(it)).sum();
    assert_eq!(sum, disclosure.score());
    assert_eq!(disclosure.emissions().as_grams(), 685.0);
}

/// Changes a draft, and returns its only fault.
fn fault(change: impl FnOnce(&mut Draft)) -> DisclosureError {
    let mut draft = two();
    change(&mut draft);
    let mut faults = draft.close().unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

#[test]
fn each_required_field_is_named_where_it_is_missing() {
    type Change = fn(&mut Draft);
    let changes: [(&str, Change); 15] = [
        ("application.name", |it| it.about.name.clear()),
        ("application.version", |it| it.about.version.clear()),
        ("application.description", |it| it.about.description = "  ".to_owned()),
        ("organization.name", |it| it.about.organization.clear()),
        ("accountable.organization", |it| it.about.accountable_organization.clear()),
        ("accountable.person", |it| it.about.accountable_person.clear()),
        ("accountable.contact", |it| it.about.accountable_contact.clear()),
        ("functional_unit.unit", |it| it.unit.name.clear()),
        ("functional_unit.rationale", |it| it.unit.rationale.clear()),
        ("functional_unit.source", |it| it.unit.source.clear()),
        ("stages", |it| it.stages.clear()),
        ("boundary.included", |it| it.boundary.included.clear()),
        ("timespan", |it| {
            it.timespan = Interval::new(it.timespan.start(), it.timespan.start());
        }),
        ("embodied (M)", |it| {
            it.embodied = None;
            it.components.iter_mut().for_each(|component| component.embodied = None);
        }),
        ("methodologies", |it| {
            it.methodologies.clear();
            it.components.iter_mut().for_each(|component| component.methodologies.clear());
        }),
    ];
    for (expected, change) in changes {
        match fault(change) {
            DisclosureError::Missing { field, remedy } => {
                assert_eq!(field, expected);
                assert!(!remedy.is_empty());
            }
            other => panic!("{expected}: {other}"),
        }
    }
}

#[test]
fn sums_that_do_not_close_are_refused_with_both_values() {
    let gram = Mass::from_grams(1.0).unwrap();
    let found = fault(|it| it.operational += gram).to_string();
    assert_eq!(
        found,
        "operational emissions (O): the components add up to 625 g, and the total is 626 g: correct the part that is wrong, or add the one that is missing"
    );
    let found = fault(|it| it.embodied = Some(it.embodied.unwrap() + gram)).to_string();
    assert!(found.contains("add up to 60 g, and the total is 61 g"), "{found}");
    let found = fault(|it| it.energy = Some(Energy::from_kilowatt_hours(5.0).unwrap())).to_string();
    assert!(found.contains("add up to 4 kWh, and the total is 5 kWh"), "{found}");
    let found = fault(|it| {
        it.components[0].conversion.as_mut().unwrap().pue = Pue::ONE;
    });
    assert!(
        matches!(found, DisclosureError::Product { product: 200.0, grams: 250.0, .. }),
        "{found}"
    );
    let found = fault(|it| it.intensities[0].share = 0.9);
    assert!(matches!(found, DisclosureError::Shares { .. }), "{found}");
}

#[test]
fn units_stages_and_references_are_those_of_the_standard() {
    let found = fault(|it| it.unit.count = 0.0);
    assert!(matches!(found, DisclosureError::Units { .. }), "{found}");
    let provider = |it: &mut Draft| {
        it.persona = Persona::Provider;
        it.stages = vec![Stage::Development];
    };
    let found = fault(provider);
    assert!(matches!(found, DisclosureError::ClosedList { .. }), "{found}");
    let found = fault(|it| it.unit.kind = Some(UnitKind::Flop));
    assert!(matches!(found, DisclosureError::ProvidersUnit { .. }), "{found}");
    let found = fault(|it| it.stages.push(Stage::Development));
    assert!(found.to_string().contains("are never added up"), "{found}");
    let found = fault(|it| it.components[0].methodologies.push("guess".to_owned()));
    assert!(matches!(found, DisclosureError::Dangling { .. }), "{found}");
    let found = fault(|it| it.methodologies[0].coefficients.push("tdp".to_owned()));
    assert!(matches!(found, DisclosureError::Dangling { .. }), "{found}");
    let found = fault(|it| it.components[1].name = "one".to_owned());
    assert!(matches!(found, DisclosureError::Duplicate { .. }), "{found}");
    let found = fault(|it| it.coefficients[0].value = f64::NAN);
    assert!(matches!(found, DisclosureError::NotFinite { .. }), "{found}");
}

proptest! {
    /// Whatever the components are, the score is that of all emissions, and a change of any part is found.
    #[test]
    fn the_score_is_the_emissions_over_the_units(
        parts in prop::collection::vec((1e-3..1e6, 1.0..1500.0, 0.0..1e9), 1..12),
        place in any::<prop::sample::Index>(),
    ) {
        let components: Vec<_> = parts
            .iter()
            .enumerate()
            .map(|(place, &(energy, intensity, embodied))| {
                component(&place.to_string(), energy, intensity, embodied)
            })
            .collect();
        let whole = draft(components);
        let disclosure = whole.clone().close().unwrap();
        let grams: f64 = parts.iter().map(|(energy, intensity, embodied)| energy * 1.25 * intensity + embodied).sum();
        prop_assert!((disclosure.score() / (grams / 2.0) - 1.0).abs() < 1e-12);
        let sum: f64 = whole.components.iter().map(|it| disclosure.component_score(it)).sum();
        prop_assert!((sum / disclosure.score() - 1.0).abs() < 1e-12);
        let mut wrong = whole;
        let place = place.index(wrong.components.len());
        let more = Mass::from_grams(wrong.operational.as_grams() * 1e-6).unwrap();
        wrong.components[place].operational += more;
        prop_assert!(wrong.close().is_err());
    }
}
