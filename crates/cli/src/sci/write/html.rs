//! A page that a browser prints: an auditor can follow it from the score to the counters.

use gpu_carbon_core::disclosure::{Disclosure, EXTENSION, EXTENSION_COMMIT, STANDARD};
use gpu_carbon_core::{Mass, format};
use gpu_carbon_metrics::table::{GPU_ENERGY, WORKLOAD_ENERGY};

use super::number::{manufacture, number, score, timespan};
use crate::sanitize::sanitize;
use crate::sci::assessment::Assessment;

/// The style: black on white, and a page of A4 where it is printed.
const STYLE: &str = "@page{size:A4;margin:14mm}body{font:11px/1.4 sans-serif;font-variant-ligatures:none;color:#000;background:#fff;max-width:190mm;margin:auto;padding:4mm}\
    h1{font-size:19px;margin:0 0 2px}h2{font-size:13px;margin:12px 0 3px;border-bottom:1px solid #000;break-after:avoid}\
    p{margin:3px 0}.score{font-size:24px;font-weight:bold;margin:6px 0}table{border-collapse:collapse;width:100%;margin:3px 0}\
    tr{break-inside:avoid}th,td{border:1px solid #999;padding:2px 4px;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#eee}\
    td.n,th.n{text-align:right;white-space:nowrap}tr.sum td{font-weight:bold}code{font-size:10px}";

/// Returns the page.
pub(crate) fn write(assessment: &Assessment) -> String {
    let disclosure = &assessment.disclosure;
    let about = &disclosure.parts().about;
    let title = escaped(&format!("{} {}: Software Carbon Intensity", about.name, about.version));
    let sections = [
        summary(assessment),
        components(disclosure),
        runs(assessment),
        intensities(disclosure),
        coefficients(disclosure),
        methodologies(disclosure),
        boundary(disclosure),
        accountable(disclosure),
    ];
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{}</body>\n</html>\n",
        sections.concat()
    )
}

/// A text without markup and control characters.
fn escaped(text: &str) -> String {
    let text = sanitize(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A cell of a table: text to the left, or a number to the right.
enum Cell {
    Text(String),
    Number(String),
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn amount(value: f64) -> Cell {
    Cell::Number(number(value))
}

fn mass(mass: Option<Mass>) -> Cell {
    mass.map_or_else(|| Cell::Number("unknown".to_owned()), |it| amount(it.as_grams()))
}

fn row(tag: &str, class: &str, cells: &[Cell]) -> String {
    let cells: String = cells
        .iter()
        .map(|cell| match cell {
            Cell::Text(text) => format!("<{tag}>{}</{tag}>", escaped(text)),
            Cell::Number(text) => format!("<{tag} class=\"n\">{}</{tag}>", escaped(text)),
        })
        .collect();
    format!("<tr{class}>{cells}</tr>\n")
}

fn table(header: &[Cell], rows: &[Vec<Cell>], sum: Option<Vec<Cell>>) -> String {
    let rows: String = rows.iter().map(|cells| row("td", "", cells)).collect();
    let sum = sum.map(|cells| row("td", " class=\"sum\"", &cells)).unwrap_or_default();
    format!("<table>\n{}{rows}{sum}</table>\n", row("th", "", header))
}

fn section(title: &str, body: &str) -> String {
    format!("<h2>{}</h2>\n{body}", escaped(title))
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

fn summary(assessment: &Assessment) -> String {
    let disclosure = &assessment.disclosure;
    let parts = disclosure.parts();
    let stages: Vec<&str> = parts.stages.iter().map(|it| it.name()).collect();
    let mut body = paragraph(&parts.about.description);
    body +=
        &format!("<p class=\"score\">{}</p>\n", escaped(&score(disclosure, disclosure.score())));
    if assessment.is_estimate {
        body += &paragraph("An estimate from a plan: the job has not run.");
    }
    body += &paragraph(&format!(
        "SCI = (O + M) / R = ({} g + {} g) / {} {}. O = E x PUE x I, added up over the components below.",
        number(parts.operational.as_grams()),
        number(disclosure.embodied().as_grams()),
        number(parts.unit.count),
        parts.unit.plural
    ));
    body += &paragraph(&format!(
        "{STANDARD}; {EXTENSION} (commit {EXTENSION_COMMIT}). Persona: {}, stages: {}. Time: {}.",
        parts.persona,
        stages.join(", "),
        timespan(parts.timespan)
    ));
    body += &paragraph(&format!(
        "R: {} {} ({}), {}. {}",
        number(parts.unit.count),
        parts.unit.plural,
        parts.unit.counting.name(),
        parts.unit.source,
        parts.unit.rationale
    ));
    if let Some(ratio) = assessment.embodied_known_ratio.filter(|ratio| *ratio < 1.0) {
        body += &paragraph(&format!("M is known for {} of the GPU time.", format::percent(ratio)));
    }
    if let Some(summary) = &parts.about.summary {
        body += &paragraph(summary);
    }
    body
}

fn components(disclosure: &Disclosure) -> String {
    let parts = disclosure.parts();
    let title = |text: &str| Cell::Number(text.to_owned());
    let header = [
        text("Component"),
        title("E, kWh"),
        title("PUE"),
        title("I, g/kWh"),
        title("O, g"),
        title("M, g"),
        title(&disclosure.score_unit()),
    ];
    let missing = || Cell::Number("-".to_owned());
    let rows = parts.components.iter().map(|it| {
        let conversion = it.conversion;
        vec![
            text(&it.name),
            conversion.map_or_else(missing, |it| amount(it.energy.as_kilowatt_hours())),
            conversion.map_or_else(missing, |it| amount(it.pue.as_number())),
            conversion.map_or_else(missing, |it| amount(it.intensity.as_grams_per_kilowatt_hour())),
            amount(it.operational.as_grams()),
            mass(it.embodied),
            amount(disclosure.component_score(it)),
        ]
    });
    let sum = vec![
        text("sum"),
        parts.energy.map_or_else(missing, |it| amount(it.as_kilowatt_hours())),
        Cell::Number(String::new()),
        Cell::Number(String::new()),
        amount(parts.operational.as_grams()),
        amount(disclosure.embodied().as_grams()),
        amount(disclosure.score()),
    ];
    section("Components", &table(&header, &rows.collect::<Vec<_>>(), Some(sum)))
}

fn runs(assessment: &Assessment) -> String {
    let project = &assessment.project;
    let disclosure = &assessment.disclosure;
    let unit = &disclosure.parts().unit;
    let mut body = String::new();
    if !project.runs.is_empty() {
        let title = |text: &str| Cell::Number(text.to_owned());
        let missing = || Cell::Number("-".to_owned());
        let header = [
            text("Run"),
            text("Stage"),
            text("Ended"),
            title("Wall-clock"),
            title("GPU-hours"),
            title("kWh"),
            title("O, g"),
            title("M, g"),
            title(&disclosure.score_unit()),
        ];
        let rows = project.runs.iter().map(|it| {
            vec![
                text(&it.name),
                text(it.stage.name()),
                text(it.ending.as_deref().unwrap_or("not known")),
                Cell::Number(
                    it.time.map_or_else(|| "-".to_owned(), |time| format::span(time.length())),
                ),
                amount(it.gpu_hours),
                amount(it.energy.as_kilowatt_hours()),
                amount(it.operational.as_grams()),
                Cell::Number(manufacture(it)),
                unit.per_scale(it.emissions().as_grams()).map_or_else(missing, amount),
            ]
        });
        body += &table(&header, &rows.collect::<Vec<_>>(), None);
    }
    let stages = project.stages.iter();
    let stages = stages.map(|(stage, mass)| format!("{stage} {} g", number(mass.as_grams())));
    body += &paragraph(&format!(
        "{} GPU-hours within {}; by stage: {}. Runs that failed count as the others do.",
        number(project.gpu_hours),
        format::span(project.wall_clock),
        stages.collect::<Vec<_>>().join(", ")
    ));
    if let (Some(joules), Some(watt_hours)) =
        (project.joules_per_unit, project.watt_hours_per_1000())
    {
        body += &paragraph(&format!(
            "Energy of the equipment: {} J for one {}, {} Wh for 1,000 {}.",
            number(joules),
            unit.name,
            number(watt_hours),
            unit.plural
        ));
    }
    section("Runs", &body)
}

fn intensities(disclosure: &Disclosure) -> String {
    let header = [
        text("Grid zone"),
        text("Signal"),
        text("Gases"),
        text("Source"),
        text("Quality"),
        text("Step"),
        Cell::Number("Share of E".to_owned()),
        Cell::Number("g/kWh".to_owned()),
    ];
    let rows = disclosure.parts().intensities.iter().map(|it| {
        vec![
            text(&it.zone),
            text(it.signal),
            text(it.scope.unwrap_or("unknown")),
            text(&it.source),
            text(it.quality),
            text(&it.step),
            Cell::Number(format::percent(it.share)),
            it.grams_per_kilowatt_hour.map_or_else(|| Cell::Number("-".to_owned()), amount),
        ]
    });
    section("Carbon intensity (I)", &table(&header, &rows.collect::<Vec<_>>(), None))
}

fn coefficients(disclosure: &Disclosure) -> String {
    let header = [
        text("Coefficient"),
        text("Description"),
        Cell::Number("Value".to_owned()),
        text("Unit"),
        text("Source"),
    ];
    let rows = disclosure.parts().coefficients.iter().map(|it| {
        vec![
            text(&it.name),
            text(&it.description),
            amount(it.value),
            text(&it.unit),
            text(&it.source),
        ]
    });
    section("Coefficients", &table(&header, &rows.collect::<Vec<_>>(), None))
}

fn methodologies(disclosure: &Disclosure) -> String {
    let header = [
        text("Figure"),
        text("Methodology"),
        text("Class"),
        text("Description"),
        text("Coefficients"),
    ];
    let rows = disclosure.parts().methodologies.iter().map(|it| {
        vec![
            text(it.figure.title()),
            text(&it.name),
            text(&format!("{} ({})", it.method.class(), it.method.title())),
            text(&it.description),
            text(&it.coefficients.join(", ")),
        ]
    });
    section("Methodologies", &table(&header, &rows.collect::<Vec<_>>(), None))
}

fn boundary(disclosure: &Disclosure) -> String {
    let boundary = &disclosure.parts().boundary;
    let sides = [(&boundary.included, "in"), (&boundary.left_out, "left out")];
    let rows = sides.into_iter().flat_map(|(all, side)| {
        all.iter().map(move |it| vec![text(&it.name), text(side), text(&it.reason)])
    });
    let header = [text("Part"), text("In, or left out"), text("Contents, or reason")];
    section("Boundary", &table(&header, &rows.collect::<Vec<_>>(), None))
}

fn accountable(disclosure: &Disclosure) -> String {
    let parts = disclosure.parts();
    let about = &parts.about;
    let time =
        [parts.timespan.start(), parts.timespan.end()].map(gpu_carbon_feeds::rfc3339::format);
    let follow = format!(
        "<p>The counters behind a ledger's energy: <code>gpu-carbon report --ledger FILE --from {} --to {} --by workload --format json</code>; its rows of five minutes: <code>sqlite3 -readonly FILE 'SELECT * FROM readable'</code>; in Prometheus: <code>{}</code>, of each workload <code>{}</code>.</p>\n",
        time[0], time[1], GPU_ENERGY.name, WORKLOAD_ENERGY.name
    );
    let who = paragraph(&format!(
        "Accountable: {}, {}, {}. Run by {}.",
        about.accountable_person,
        about.accountable_organization,
        about.accountable_contact,
        about.organization
    ));
    section("To follow, and to ask", &(follow + &who))
}
