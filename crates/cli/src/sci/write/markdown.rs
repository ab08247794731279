//! The report template of the Green Software Foundation, with the standard, the persona, the boundary and the runs beside it.

use gpu_carbon_core::disclosure::{
    Component, Disclosure, EXTENSION, EXTENSION_COMMIT, Figure, Methodology, STANDARD,
};
use gpu_carbon_core::format;
use gpu_carbon_feeds::rfc3339;

use super::number::{manufacture, number, score, timespan};
use crate::output;
use crate::sci::assessment::Assessment;

/// Returns the report.
pub(crate) fn write(assessment: &Assessment) -> String {
    let disclosure = &assessment.disclosure;
    let mut lines = head(assessment);
    lines.extend(standard(disclosure));
    lines.extend(coefficients(disclosure));
    lines.extend(summary(assessment));
    lines.extend(unit(disclosure));
    lines.extend(insights(assessment));
    lines.extend(runs(assessment));
    lines.extend(methodologies(disclosure));
    lines.extend(components(disclosure));
    output::text::write(&lines)
}

fn head(assessment: &Assessment) -> Vec<String> {
    let disclosure = &assessment.disclosure;
    let parts = disclosure.parts();
    let about = &parts.about;
    let mut lines = vec![format!("# {} SCI REPORT", about.name), String::new()];
    lines.push(format!("**SCI:** `{}`", score(disclosure, disclosure.score())));
    if assessment.is_estimate {
        lines.push(String::new());
        lines.push("An estimate from a plan: the job has not run.".to_owned());
    }
    lines.extend([String::new(), "**Breakdown:**".to_owned()]);
    lines.extend(parts.components.iter().map(|it| {
        format!("- {}: `{}`", it.name, score(disclosure, disclosure.component_score(it)))
    }));
    let none = || "none".to_owned();
    let fields = [
        ("Application Name", about.name.clone()),
        ("Application Version", about.version.clone()),
        ("Application Description", about.description.clone()),
        ("Application URL", about.url.clone().unwrap_or_else(none)),
        ("Organization Name", about.organization.clone()),
        ("Organization URL", about.organization_url.clone().unwrap_or_else(none)),
        ("Accountable Organization", about.accountable_organization.clone()),
        ("Accountable Person", about.accountable_person.clone()),
        ("Accountable Contact", about.accountable_contact.clone()),
        ("Measurement Date", rfc3339::format(parts.timespan.end())),
        ("Measurement Timespan", timespan(parts.timespan)),
        (
            "Measurement Manifest File",
            about.manifest_url.clone().unwrap_or_else(|| {
                "gpu-carbon sci --format impact-framework, with the same arguments".to_owned()
            }),
        ),
        ("Measurement Visualizer Link", about.visualizer_url.clone().unwrap_or_else(none)),
    ];
    for (name, value) in fields {
        lines.push(String::new());
        lines.push(format!("**{name}:** {value}"));
    }
    lines
}

fn heading(level: usize, title: &str) -> [String; 3] {
    [String::new(), format!("{} {title}", "#".repeat(level)), String::new()]
}

fn standard(disclosure: &Disclosure) -> Vec<String> {
    let parts = disclosure.parts();
    let stages: Vec<&str> = parts.stages.iter().map(|it| it.name()).collect();
    let mut lines = heading(2, "Standard, persona and boundary").to_vec();
    lines.push(format!("{STANDARD}; {EXTENSION} (commit {EXTENSION_COMMIT})."));
    lines.push(String::new());
    lines.push(format!("**Persona:** {}", parts.persona));
    lines.push(String::new());
    lines.push(format!("**Stages:** {}", stages.join(", ")));
    lines.extend([
        String::new(),
        "| Part | In, or left out | Contents, or reason |".to_owned(),
        "|---|---|---|".to_owned(),
    ]);
    let boundary = &parts.boundary;
    let sides = [(&boundary.included, "in"), (&boundary.left_out, "left out")];
    for (all, side) in sides {
        lines.extend(all.iter().map(|it| row(&[&it.name, side, &it.reason])));
    }
    lines.extend([
        String::new(),
        "| Grid zone | Signal | Gases | Source | Quality | Step | Share of the energy | g/kWh |"
            .to_owned(),
        "|---|---|---|---|---|---|---|---|".to_owned(),
    ]);
    lines.extend(parts.intensities.iter().map(|it| {
        let share = format::percent(it.share);
        let grams = it.grams_per_kilowatt_hour.map_or_else(|| "-".to_owned(), number);
        row(&[
            &it.zone,
            it.signal,
            it.scope.unwrap_or("unknown"),
            &it.source,
            it.quality,
            &it.step,
            &share,
            &grams,
        ])
    }));
    lines
}

/// A row of a table.
fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |", cells.join(" | "))
}

fn coefficients(disclosure: &Disclosure) -> Vec<String> {
    let mut lines = heading(2, "Coefficients").to_vec();
    lines.push("| Coefficient | Description | Value | Unit | Source |".to_owned());
    lines.push("|---|---|---|---|---|".to_owned());
    lines.extend(
        disclosure
            .parts()
            .coefficients
            .iter()
            .map(|it| row(&[&it.name, &it.description, &number(it.value), &it.unit, &it.source])),
    );
    lines
}

fn summary(assessment: &Assessment) -> Vec<String> {
    let disclosure = &assessment.disclosure;
    let parts = disclosure.parts();
    let mut lines = heading(2, "Summary").to_vec();
    if let Some(summary) = &parts.about.summary {
        lines.extend([summary.clone(), String::new()]);
    }
    let energy = parts.energy.map_or_else(
        || "unknown energy".to_owned(),
        |it| format!("{} kWh", number(it.as_kilowatt_hours())),
    );
    lines.push(format!(
        "SCI = (O + M) / R = ({} g + {} g) / {} {} = {}, with O from {energy} of the equipment.",
        number(parts.operational.as_grams()),
        number(disclosure.embodied().as_grams()),
        number(parts.unit.count),
        parts.unit.plural,
        score(disclosure, disclosure.score()),
    ));
    if let Some(ratio) = assessment.embodied_known_ratio.filter(|ratio| *ratio < 1.0) {
        lines.push(format!("M is known for {} of the GPU time.", format::percent(ratio)));
    }
    lines
}

fn unit(disclosure: &Disclosure) -> Vec<String> {
    let unit = &disclosure.parts().unit;
    let mut lines = heading(2, "Functional Unit").to_vec();
    lines.push(format!("**Functional Unit:** {} ({})", unit.denominator(), unit.counting.name()));
    lines.push(String::new());
    lines.push(format!(
        "**Functional Unit Rationale:** {} R is {} {}: {}.",
        unit.rationale,
        number(unit.count),
        unit.plural,
        unit.source
    ));
    lines
}

fn insights(assessment: &Assessment) -> Vec<String> {
    let disclosure = &assessment.disclosure;
    let emissions = disclosure.emissions().as_grams();
    let mut lines = heading(2, "Key Insights").to_vec();
    lines.extend(disclosure.parts().about.insights.iter().map(|it| format!("- {it}")));
    if emissions > 0.0 {
        let share = disclosure.embodied().as_grams() / emissions;
        lines.push(format!("- Manufacture (M) is {} of the emissions.", format::percent(share)));
    }
    if let (Some(joules), Some(watt_hours)) =
        (assessment.project.joules_per_unit, assessment.project.watt_hours_per_1000())
    {
        let unit = &disclosure.parts().unit;
        lines.push(format!(
            "- The equipment used {} J for one {}, which is {} Wh for 1,000 {}, without the overhead of the data centre.",
            number(joules),
            unit.name,
            number(watt_hours),
            unit.plural
        ));
    }
    lines
}

fn runs(assessment: &Assessment) -> Vec<String> {
    let project = &assessment.project;
    if project.runs.is_empty() {
        return Vec::new();
    }
    let disclosure = &assessment.disclosure;
    let mut lines = heading(2, "Runs").to_vec();
    lines.push(format!(
        "| Run | Stage | Ended | Wall-clock | GPU-hours | kWh | O in g | M in g | {} |",
        disclosure.score_unit()
    ));
    lines.push("|---|---|---|---|---|---|---|---|---|".to_owned());
    lines.extend(project.runs.iter().map(|it| {
        let per_scale = disclosure.parts().unit.per_scale(it.emissions().as_grams());
        row(&[
            &it.name,
            it.stage.name(),
            it.ending.as_deref().unwrap_or("not known"),
            &it.time.map_or_else(|| "-".to_owned(), |time| format::span(time.length())),
            &number(it.gpu_hours),
            &number(it.energy.as_kilowatt_hours()),
            &number(it.operational.as_grams()),
            &manufacture(it),
            &per_scale.map_or_else(|| "-".to_owned(), number),
        ])
    }));
    lines.push(String::new());
    let stages =
        project.stages.iter().map(|(stage, mass)| format!("{stage} {} g", number(mass.as_grams())));
    lines.push(format!(
        "The project: {} GPU-hours within {} of wall-clock time; by stage: {}. Runs that failed count as the others do.",
        number(project.gpu_hours),
        format::span(project.wall_clock),
        stages.collect::<Vec<_>>().join(", ")
    ));
    lines
}

fn methodologies(disclosure: &Disclosure) -> Vec<String> {
    let mut lines = heading(2, "Methodologies").to_vec();
    lines.pop();
    for figure in Figure::ALL {
        lines.extend(heading(3, figure.title()));
        let all = disclosure.parts().methodologies.iter().filter(|it| it.figure == figure);
        let all: Vec<&Methodology> = all.collect();
        if all.is_empty() {
            lines.push(match figure {
                Figure::Operational => "*O is the product of E, the PUE and I.*".to_owned(),
                _ => "*None.*".to_owned(),
            });
        }
        for (place, it) in all.into_iter().enumerate() {
            if place > 0 {
                lines.push(String::new());
            }
            lines.push(format!("#### {}", it.name));
            lines.push(format!("**Method:** {}", it.method.class()));
            lines.push(String::new());
            lines.push(format!("**Description:** {} ({})", it.description, it.method.title()));
            if !it.coefficients.is_empty() {
                lines.push(String::new());
                lines.push(format!("**Key Coefficients:** {}", it.coefficients.join(", ")));
            }
        }
    }
    lines
}

fn components(disclosure: &Disclosure) -> Vec<String> {
    let mut lines = heading(2, "Component Breakdown").to_vec();
    lines.pop();
    for it in &disclosure.parts().components {
        lines.extend(heading(3, &it.name));
        lines.push(format!(
            "**SCI Score:** `{}`",
            score(disclosure, disclosure.component_score(it))
        ));
        lines.push(String::new());
        lines.push(format!("**Calculation Method:** {}", it.calculation()));
        lines.push(String::new());
        lines.push(format!("**Description:** {} {}", it.description, arithmetic(it)));
        lines.extend([String::new(), "**Methodologies Used:**".to_owned()]);
        lines.extend(used(disclosure, it));
    }
    lines
}

/// The arithmetic of a component's emissions.
fn arithmetic(it: &Component) -> String {
    let embodied = match it.embodied {
        Some(mass) => format!("M = {} g", number(mass.as_grams())),
        None => "M is unknown".to_owned(),
    };
    let operational = number(it.operational.as_grams());
    match it.conversion {
        Some(conversion) => format!(
            "O = {} kWh x {} x {} g/kWh = {operational} g; {embodied}.",
            number(conversion.energy.as_kilowatt_hours()),
            number(conversion.pue.as_number()),
            number(conversion.intensity.as_grams_per_kilowatt_hour()),
        ),
        None => format!("O = {operational} g; {embodied}."),
    }
}

/// The methodologies of a component, by the figures that they find.
fn used(disclosure: &Disclosure, it: &Component) -> Vec<String> {
    let titles = [
        (Figure::Energy, "Energy"),
        (Figure::Intensity, "Grid Intensity"),
        (Figure::Embodied, "Embodied Carbon"),
        (Figure::Units, "Functional Unit"),
    ];
    let line = |(figure, title): (Figure, &str)| {
        let all = disclosure.parts().methodologies.iter();
        let names =
            all.filter(|known| known.figure == figure && it.methodologies.contains(&known.name));
        let names: Vec<&str> = names.map(|known| known.name.as_str()).collect();
        (!names.is_empty()).then(|| format!("- **{title}:** {}", names.join(", ")))
    };
    titles.into_iter().filter_map(line).collect()
}
