//! A manifest of Impact Framework, which computes the same score: a child for each component, by the plugins that the framework has.

use gpu_carbon_core::disclosure::Component;
use gpu_carbon_feeds::rfc3339;

use super::number::quoted;
use crate::sci::assessment::Assessment;

/// The plugins: O = E x PUE x I, C = O + M, SCI = C / R.
const PLUGINS: &str = r#"initialize:
  plugins:
    operational-carbon:
      method: Multiply
      path: builtin
      config:
        input-parameters: ["energy", "power-usage-effectiveness", "grid-intensity"]
        output-parameter: "carbon-operational"
    total-carbon:
      method: Sum
      path: builtin
      config:
        input-parameters: ["carbon-operational", "carbon-embodied"]
        output-parameter: "carbon"
    sci:
      method: Sci
      path: builtin
      config:
        functional-unit: "functional-units"
"#;

/// Returns the manifest. Its numbers are not rounded.
pub(crate) fn write(assessment: &Assessment) -> String {
    let disclosure = &assessment.disclosure;
    let parts = disclosure.parts();
    let denominator = parts.unit.denominator();
    let mut text = format!(
        "# Run: if-run --manifest FILE. The aggregated sci is {} {}.\nname: {}\ndescription: {}\ntags:\n  kind: sci\n  persona: {}\naggregation:\n  metrics:\n    - sci\n  type: both\n{PLUGINS}tree:\n  children:\n",
        disclosure.score(),
        disclosure.score_unit(),
        quoted(&parts.about.name),
        quoted(&format!(
            "{} The score of a {}, in {}; one of the functional-units is {denominator}.",
            parts.about.description,
            parts.persona,
            disclosure.score_unit()
        )),
        parts.persona,
    );
    for component in &parts.components {
        text += &format!(
            "    {}:\n      pipeline:\n        compute:\n          - operational-carbon\n          - total-carbon\n          - sci\n      inputs:\n",
            quoted(&component.name)
        );
        text +=
            &format!("        - timestamp: {}\n", quoted(&rfc3339::format(parts.timespan.start())));
        // The framework takes a second at least.
        text += &format!("          duration: {}\n", parts.timespan.length().as_seconds().max(1.0));
        let [energy, pue, intensity] = conversion(component);
        text += &format!(
            "          energy: {energy}\n          power-usage-effectiveness: {pue}\n          grid-intensity: {intensity}\n"
        );
        let embodied = component.embodied.unwrap_or_default().as_grams();
        text += &format!("          carbon-embodied: {embodied}\n");
        text += &format!("          functional-units: {}\n", parts.unit.count / parts.unit.scale);
    }
    text
}

/// E in kWh, the PUE and I in g/kWh; the emissions alone where no energy is known.
fn conversion(component: &Component) -> [f64; 3] {
    match component.conversion {
        Some(it) => [
            it.energy.as_kilowatt_hours(),
            it.pue.as_number(),
            it.intensity.as_grams_per_kilowatt_hour(),
        ],
        None => [component.operational.as_grams(), 1.0, 1.0],
    }
}
