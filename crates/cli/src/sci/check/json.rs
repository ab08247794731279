//! JSON: the disclosures of this program, and simple documents with a score and the amounts behind it.

use gpu_carbon_core::disclosure::{Printed, Rate, Statement, StatementError, Total};
use serde_json::Value;

use super::part::Part;
use super::quantity::{Quantity, number, one, plain, quantity, rate};

/// The fields that a disclosure of this program has, as pointers.
const REQUIRED: [&str; 14] = [
    "/standard/name",
    "/application/name",
    "/application/version",
    "/application/description",
    "/organization/name",
    "/accountable/organization",
    "/accountable/person",
    "/accountable/contact",
    "/persona",
    "/timespan/start",
    "/timespan/end",
    "/functional_unit/rationale",
    "/functional_unit/source",
    "/boundary/included/0/part",
];

/// Reads a document; `None` where it is no JSON, or has no score.
pub(super) fn read(text: &str) -> Option<Vec<Part>> {
    let document: Value = serde_json::from_str(text).ok()?;
    match document.pointer("/score/unit") {
        Some(_) => own(&document),
        None => simple(&document),
    }
}

/// A number of a document, which is not rounded.
fn exact(value: Option<&Value>) -> Option<Printed> {
    value.and_then(Value::as_f64).map(Printed::exact)
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|it| text(Some(it))).collect()
}

fn list<'a>(document: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    document[name].as_array().into_iter().flatten()
}

/// A disclosure of this program.
fn own(document: &Value) -> Option<Vec<Part>> {
    let score = &document["score"];
    let unit = text(Some(&score["unit"]));
    // A number that this program writes is not rounded.
    let rate_of = |value: &Value| -> Option<Rate> {
        let (rate, _) = rate(&plain(&format!("1 {unit}")))?;
        Some(Rate { grams: exact(Some(value))?, ..rate })
    };
    let is_missing = |pointer: &&&str| text(document.pointer(pointer)).trim().is_empty();
    let named = |it: &&str| it.trim_start_matches('/').replace('/', ".");
    let total = |name: &str, pointer: &str| {
        let amount = exact(document.pointer(pointer))?;
        Some(Total { name: name.to_owned(), amount })
    };
    let components: Vec<&Value> = list(document, "components").collect();
    let mut whole = Part::whole(Statement {
        score: rate_of(&score["value"]),
        components: components
            .iter()
            .filter_map(|it| Some((text(Some(&it["name"])), rate_of(&it["score"])?)))
            .collect(),
        emissions: [("O", "/emissions/operational_grams"), ("M", "/emissions/embodied_grams")]
            .into_iter()
            .filter_map(|(name, pointer)| total(name, pointer))
            .collect(),
        units: exact(document.pointer("/functional_unit/count")),
        unit: Some(one(&text(document.pointer("/functional_unit/unit")))),
        coefficients: Some(
            list(document, "coefficients").map(|it| text(Some(&it["name"]))).collect(),
        ),
        methodologies: list(document, "methodologies")
            .map(|it| {
                let class = text(Some(&it["class"]));
                (text(Some(&it["name"])), Some(class), texts(&it["coefficients"]))
            })
            .collect(),
        references: components
            .iter()
            .flat_map(|it| {
                let owner = text(Some(&it["name"]));
                texts(&it["methodologies"]).into_iter().map(move |name| (owner.clone(), name))
            })
            .collect(),
        missing: REQUIRED.iter().filter(is_missing).map(named).collect(),
        ..Statement::default()
    });
    if components.is_empty() {
        whole.faults.push(StatementError::NoBreakdown);
    }
    let mut parts = vec![whole];
    parts.extend(components.into_iter().map(|it| Part {
        place: format!("component {}", text(Some(&it["name"]))),
        statement: Statement {
            energy: exact(it.get("energy_kilowatt_hours")),
            pue: exact(it.get("power_usage_effectiveness")),
            intensity: exact(it.get("intensity_grams_per_kilowatt_hour")),
            operational: exact(it.get("operational_grams")),
            ..Statement::default()
        },
        faults: Vec::new(),
    }));
    Some(parts)
}

/// A simple document: `sci`, and what it rests on, each as a text with its unit.
fn simple(document: &Value) -> Option<Vec<Part>> {
    let field = |name: &str| {
        let value = document.get(name)?;
        Some(plain(&value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    };
    let stated = field("sci")?;
    let mut faults = Vec::new();
    let score = rate(&stated).map(|(rate, _)| rate);
    if score.is_none() {
        faults.push(StatementError::Form {
            field: "sci".to_owned(),
            found: stated,
            expected: "a score with its unit, such as 130 g CO2e/1e6 tokens",
        });
    }
    let mass = |name: &str| match field(name).as_deref().and_then(quantity) {
        Some((Quantity::Mass(grams), _)) => Some(grams),
        _ => None,
    };
    let amount = |name: &str| field(name).as_deref().and_then(number).map(|(value, _)| value);
    let operational = mass("operational");
    let named =
        [("operational", operational), ("embodied", mass("embodied")), ("carbon", mass("carbon"))];
    let emissions = named
        .into_iter()
        .filter_map(|(name, amount)| Some(Total { name: name.to_owned(), amount: amount? }));
    let units = match field("r").as_deref().and_then(quantity) {
        Some((Quantity::Count { count, unit }, _)) => Some((count, unit)),
        _ => None,
    };
    let components = document["components"].as_object().into_iter().flatten();
    let component = |(name, value): (&String, &Value)| {
        let value = plain(value.as_str()?);
        Some((name.clone(), rate(&value)?.0))
    };
    let statement = Statement {
        score,
        components: components.filter_map(component).collect(),
        emissions: emissions.collect(),
        operational,
        energy: amount("energy"),
        pue: amount("pue"),
        intensity: amount("intensity"),
        unit: units.as_ref().map(|(_, unit)| unit.clone()).filter(|unit| !unit.is_empty()),
        units: units.map(|(count, _)| count),
        ..Statement::default()
    };
    Some(vec![Part { place: String::new(), statement, faults }])
}
