//! A disclosure as JSON: every quantity with its unit in its name, and without rounding.

use anyhow::Result;
use gpu_carbon_core::disclosure::{
    BoundaryPart, Coefficient, Component, Disclosure, EXTENSION, EXTENSION_COMMIT, IntensityShare,
    Methodology, STANDARD,
};

use crate::output::json;
use crate::output::{Record, Value};
use crate::sci::assessment::Assessment;
use crate::sci::project::{Project, Run};

/// Returns the document.
///
/// # Errors
///
/// When it cannot be serialized.
pub(crate) fn write(assessment: &Assessment) -> Result<String> {
    let disclosure = &assessment.disclosure;
    let parts = disclosure.parts();
    let about = &parts.about;
    let standard = Record::default()
        .with("name", STANDARD)
        .with("extension", EXTENSION)
        .with("commit", EXTENSION_COMMIT);
    let application = Record::default()
        .with("name", about.name.as_str())
        .with("version", about.version.as_str())
        .with("description", about.description.as_str())
        .with("url", about.url.as_deref())
        .with("guid", about.guid.as_deref());
    let organization = Record::default()
        .with("name", about.organization.as_str())
        .with("url", about.organization_url.as_deref());
    let accountable = Record::default()
        .with("organization", about.accountable_organization.as_str())
        .with("person", about.accountable_person.as_str())
        .with("contact", about.accountable_contact.as_str());
    let timespan =
        Record::default().with("start", parts.timespan.start()).with("end", parts.timespan.end());
    let document = Record::default()
        .with("standard", standard)
        .with("is_estimate", assessment.is_estimate)
        .with("score", score(disclosure, disclosure.score()))
        .with("application", application)
        .with("organization", organization)
        .with("accountable", accountable)
        .with("persona", parts.persona.name())
        .with("stages", Value::Texts(parts.stages.iter().map(|it| it.name().to_owned()).collect()))
        .with("timespan", timespan)
        .with("functional_unit", unit(disclosure))
        .with("boundary", boundary(disclosure))
        .with("emissions", emissions(assessment))
        .with("intensities", records(&parts.intensities, intensity))
        .with("components", records(&parts.components, |it| component(disclosure, it)))
        .with("coefficients", records(&parts.coefficients, coefficient))
        .with("methodologies", records(&parts.methodologies, methodology))
        .with(
            "counters",
            records(&assessment.counters, |it| {
                Record::default()
                    .with("name", it.name)
                    .with("query", it.query.as_str())
                    .with("count", it.count)
            }),
        )
        .with("project", project(disclosure, &assessment.project))
        .with("summary", about.summary.as_deref())
        .with("insights", Value::Texts(about.insights.clone()))
        .with("damage", Value::Texts(assessment.damage.clone()));
    json::write(&document)
}

fn records<T>(all: &[T], record: impl Fn(&T) -> Record) -> Value {
    Value::Records(all.iter().map(record).collect())
}

fn score(disclosure: &Disclosure, value: f64) -> Record {
    let unit = &disclosure.parts().unit;
    Record::default()
        .with("value", value)
        .with("unit", disclosure.score_unit())
        .with("per", unit.scale)
        .with("grams_per_unit", value / unit.scale)
}

fn unit(disclosure: &Disclosure) -> Record {
    let unit = &disclosure.parts().unit;
    Record::default()
        .with("unit", unit.name.as_str())
        .with("count", unit.count)
        .with("scale", unit.scale)
        .with("scale_text", unit.denominator())
        .with("counting", unit.counting.name())
        .with("rationale", unit.rationale.as_str())
        .with("source", unit.source.as_str())
        .with("method", unit.method.title())
}

fn boundary(disclosure: &Disclosure) -> Record {
    let boundary = &disclosure.parts().boundary;
    let part = |name: &'static str| {
        move |it: &BoundaryPart| {
            Record::default().with("part", it.name.as_str()).with(name, it.reason.as_str())
        }
    };
    Record::default()
        .with("included", records(&boundary.included, part("description")))
        .with("left_out", records(&boundary.left_out, part("reason")))
}

fn emissions(assessment: &Assessment) -> Record {
    let parts = assessment.disclosure.parts();
    Record::default()
        .with("energy_kilowatt_hours", parts.energy.map(|it| it.as_kilowatt_hours()))
        .with("operational_grams", parts.operational.as_grams())
        .with("embodied_grams", assessment.disclosure.embodied().as_grams())
        .with("embodied_known_ratio", assessment.embodied_known_ratio)
        .with("total_grams", assessment.disclosure.emissions().as_grams())
}

fn intensity(it: &IntensityShare) -> Record {
    Record::default()
        .with("grid_zone", it.zone.as_str())
        .with("signal", it.signal)
        .with("scope", it.scope)
        .with("source", it.source.as_str())
        .with("quality", it.quality)
        .with("step", it.step.as_str())
        .with("share_of_energy", it.share)
        .with("grams_per_kilowatt_hour", it.grams_per_kilowatt_hour)
}

fn component(disclosure: &Disclosure, it: &Component) -> Record {
    let conversion = it.conversion;
    Record::default()
        .with("name", it.name.as_str())
        .with("score", disclosure.component_score(it))
        .with("calculation", it.calculation())
        .with("description", it.description.as_str())
        .with("energy_kilowatt_hours", conversion.map(|it| it.energy.as_kilowatt_hours()))
        .with("power_usage_effectiveness", conversion.map(|it| it.pue.as_number()))
        .with(
            "intensity_grams_per_kilowatt_hour",
            conversion.map(|it| it.intensity.as_grams_per_kilowatt_hour()),
        )
        .with("operational_grams", it.operational.as_grams())
        .with("embodied_grams", it.embodied.map(|it| it.as_grams()))
        .with("methodologies", Value::Texts(it.methodologies.clone()))
}

fn coefficient(it: &Coefficient) -> Record {
    Record::default()
        .with("name", it.name.as_str())
        .with("description", it.description.as_str())
        .with("value", it.value)
        .with("unit", it.unit.as_str())
        .with("source", it.source.as_str())
}

fn methodology(it: &Methodology) -> Record {
    Record::default()
        .with("figure", it.figure.letter())
        .with("name", it.name.as_str())
        .with("class", it.method.class().name())
        .with("method", it.method.title())
        .with("description", it.description.as_str())
        .with("coefficients", Value::Texts(it.coefficients.clone()))
}

fn project(disclosure: &Disclosure, project: &Project) -> Record {
    let stages = records(&project.stages, |(stage, mass)| {
        Record::default().with("stage", stage.name()).with("emissions_grams", mass.as_grams())
    });
    Record::default()
        .with("energy_kilowatt_hours", disclosure.parts().energy.map(|it| it.as_kilowatt_hours()))
        .with("gpu_hours", project.gpu_hours)
        .with("wall_clock_seconds", project.wall_clock)
        .with("stages", stages)
        .with("grams_per_scale", disclosure.score())
        .with("scale", disclosure.parts().unit.denominator())
        .with("joules_per_unit", project.joules_per_unit)
        .with("joules_per_unit_with_overhead", project.drawn_joules_per_unit)
        .with("watt_hours_per_1000_units", project.watt_hours_per_1000())
        .with("watt_hours_per_1000_units_with_overhead", project.drawn_watt_hours_per_1000())
        .with("runs", records(&project.runs, |it| run(disclosure, it)))
}

fn run(disclosure: &Disclosure, it: &Run) -> Record {
    let unit = &disclosure.parts().unit;
    Record::default()
        .with("workload", it.name.as_str())
        .with("stage", it.stage.name())
        .with("ending", it.ending.as_deref())
        .with("start", it.time.map(|time| time.start()))
        .with("end", it.time.map(|time| time.end()))
        .with("wall_clock_seconds", it.time.map(|time| time.length()))
        .with("gpus", it.gpus)
        .with("gpu_hours", it.gpu_hours)
        .with("energy_kilowatt_hours", it.energy.as_kilowatt_hours())
        .with("operational_grams", it.operational.as_grams())
        .with("embodied_grams", it.embodied.map(|it| it.as_grams()))
        .with("embodied_known_ratio", it.embodied_known_ratio)
        .with("emissions_grams", it.emissions().as_grams())
        .with("grams_per_scale", unit.per_scale(it.emissions().as_grams()))
}
