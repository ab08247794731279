//! ITU-T L.1801: the stages of an AI system's life cycle.

use gpu_carbon_core::{Signal, format};
use gpu_carbon_ledger::report::Totals;

use super::super::derived;
use super::super::manufacture::sources;
use super::ledger_part::LedgerPart;
use super::sheet::{Rows, Sheet, kilowatt_hours, mass};
use super::stages::{Stage, stages};
use crate::output::{Record, Value};
use crate::usage_error::UsageError;

const NOT_ASSESSED: &str = "not assessed";

/// A stage of the life cycle.
struct Line {
    stage: String,
    /// `assessed`, `partly assessed` or `not assessed`.
    state: &'static str,
    /// The energy and the emissions of its electricity; `None` where they are not assessed.
    totals: Option<Totals>,
    embodied_grams: Option<f64>,
    note: String,
}

impl Line {
    fn not_assessed(stage: &str, note: &str) -> Line {
        Line {
            stage: stage.to_owned(),
            state: NOT_ASSESSED,
            totals: None,
            embodied_grams: None,
            note: note.to_owned(),
        }
    }

    fn of_use(stage: String, totals: Totals, note: String) -> Line {
        Line { stage, state: "partly assessed", totals: Some(totals), embodied_grams: None, note }
    }
}

/// Fills in the sheet.
///
/// # Errors
///
/// When the ledger cannot be read, or a workload belongs to two phases.
pub(super) fn sheet(part: &LedgerPart<'_>) -> Result<Sheet, UsageError> {
    let origins = part.reader.origins();
    let mut lines = vec![manufacture(part)];
    lines.push(Line::not_assessed(
        "production: data",
        "collection, storage and preparation of data are beyond the boundary",
    ));
    lines.extend(uses(part)?);
    lines.push(Line::not_assessed(
        "end of life",
        "no figure of the catalogue counts it alone; that of the A100 PCIe includes it in its manufacture",
    ));
    let mut sheet = Sheet {
        title: "ITU-T L.1801 (02/2026): stages of the life cycle of an AI system",
        ..Sheet::default()
    };
    let header = ["stage", "state", "energy", "emissions of electricity", "embodied"];
    sheet.summary = vec![header.map(str::to_owned).to_vec()];
    let mut rows: Vec<Record> = Vec::new();
    for line in &lines {
        let operational = |signal| line.totals.as_ref().and_then(|it| it.grams(signal, origins));
        let [marginal, average] = Signal::ALL.map(operational);
        let state = |grams: Option<f64>, is_assessed: bool| match (grams, is_assessed) {
            (_, false) => NOT_ASSESSED.to_owned(),
            (grams, true) => mass(grams),
        };
        let energy = line.totals.as_ref().map(Totals::joules);
        let energy_text = energy.map(|joules| format::energy(derived::energy(joules)));
        let emissions: Vec<String> = Signal::ALL
            .into_iter()
            .filter_map(|signal| Some(format!("{} ({signal})", mass(Some(operational(signal)?)))))
            .collect();
        let emissions = if emissions.is_empty() {
            state(None, line.totals.is_some())
        } else {
            emissions.join(", ")
        };
        let is_manufacture =
            line.embodied_grams.is_some() || line.state != NOT_ASSESSED && line.totals.is_none();
        sheet.summary.push(vec![
            line.stage.clone(),
            line.state.to_owned(),
            energy_text.unwrap_or_else(|| NOT_ASSESSED.to_owned()),
            emissions,
            state(line.embodied_grams, is_manufacture),
        ]);
        let record = Record::default()
            .with("stage", line.stage.as_str())
            .with("state", line.state)
            .with("energy_kilowatt_hours", energy.map(kilowatt_hours))
            .with("average_emissions_grams", average)
            .with("marginal_emissions_grams", marginal)
            .with("embodied_emissions_grams", line.embodied_grams)
            .with("note", line.note.as_str());
        rows.push(record);
        sheet.notes.push(format!("{}: {}.", line.stage, line.note));
    }
    let columns = rows.first().map(|row| row.fields().iter().map(|it| it.name).collect());
    sheet.table = Some(Rows {
        columns: columns.unwrap_or_default(),
        rows: rows.into_iter().map(Record::into_values).collect::<Vec<Vec<Value>>>(),
    });
    fields(&mut sheet, part);
    not_known(&mut sheet, part);
    Ok(sheet)
}

/// The stage of materials and manufacture of the hardware.
fn manufacture(part: &LedgerPart<'_>) -> Line {
    let stage = "raw materials and manufacture of hardware".to_owned();
    let gpus = part.total.embodied_grams;
    let server = part.server(&part.total).map(|share| share.grams);
    let sum = [gpus, server].into_iter().flatten().reduce(|one, other| one + other);
    let mut note = match part.total.embodied_known_ratio() {
        Some(ratio) if ratio > 0.0 => {
            format!(
                "the GPUs' share for the time of use, known for {} of the GPU-hours",
                format::percent(ratio)
            )
        }
        _ => "no figure for the GPUs is published or configured".to_owned(),
    };
    note += match server {
        Some(_) => ", with the servers around them",
        None if part.contains_servers() => {
            ", with the servers around them as the ledger counts them"
        }
        None => "; the servers around them are left out (--server adds them)",
    };
    let state = if sum.is_some() { "partly assessed" } else { NOT_ASSESSED };
    Line { stage, state, totals: None, embodied_grams: sum, note }
}

/// The stages in which GPUs run: by the phases that are given, else one for all.
fn uses(part: &LedgerPart<'_>) -> Result<Vec<Line>, UsageError> {
    let within = "the electricity within the boundary";
    let Some(phases) = &part.phases else {
        let whole = Line::of_use(
            "production and use, not divided".to_owned(),
            part.total.clone(),
            format!("{within}; --lifecycle divides it into stages"),
        );
        let apart = "not told apart from the other stages: give --lifecycle";
        return Ok(vec![
            Line::not_assessed("production: design and exploration", apart),
            Line::not_assessed("production: training and tuning", apart),
            Line::not_assessed("use: inference", apart),
            whole,
        ]);
    };
    let stages = stages(phases, part.reader, part.time)?;
    let mut lines = Vec::new();
    let named: [(&str, &[&str]); 3] = [
        ("production: design and exploration", &["exploration"]),
        ("production: training and tuning", &["training", "tuning"]),
        ("use: inference", &["inference"]),
    ];
    for (name, phases) in named {
        let of_phase: Vec<&Stage> = stages.iter().filter(|stage| stage.is(phases)).collect();
        if of_phase.is_empty() {
            lines.push(Line::not_assessed(name, "no workload of the ledger is of it"));
            continue;
        }
        let totals =
            of_phase.iter().map(|stage| stage.totals.clone()).fold(Totals::default(), Totals::with);
        lines.push(Line::of_use(name.to_owned(), totals, within.to_owned()));
    }
    let is_named = |stage: &Stage| named.iter().any(|(_, phases)| stage.is(phases));
    for stage in stages.iter().filter(|stage| !is_named(stage)) {
        let note = format!("{within}, which no phase of --lifecycle has");
        lines.push(Line::of_use(format!("no stage: {}", stage.name), stage.totals.clone(), note));
    }
    Ok(lines)
}

fn fields(sheet: &mut Sheet, part: &LedgerPart<'_>) {
    let (total, origins) = (&part.total, part.reader.origins());
    sheet.energy("energy_kilowatt_hours", "energy", total.joules());
    let names = [
        (Signal::Average, "average_emissions_grams", "climate change, electricity (average)"),
        (Signal::Marginal, "marginal_emissions_grams", "climate change, electricity (marginal)"),
    ];
    for (signal, name, title) in names {
        if let Some(grams) = total.grams(signal, origins) {
            sheet.mass(name, title, Some(grams));
        }
    }
    sheet.mass("embodied_emissions_grams", "climate change, manufacture", total.embodied_grams);
    sheet.number("embodied_known_ratio", "  known for", total.embodied_known_ratio(), |ratio| {
        format!("{} of the GPU-hours", format::percent(ratio))
    });
    let words = sources(&part.manufactures).join("; ");
    sheet.text("embodied_source", "  source", words);
    if let Some(share) = part.server(total) {
        sheet.mass("server_embodied_emissions_grams", "  servers", Some(share.grams));
        sheet.text("server_embodied_source", "  source", share.basis);
    }
}

fn not_known(sheet: &mut Sheet, part: &LedgerPart<'_>) {
    sheet.lacks(
        "other_impact_categories",
        "impacts other than climate change, such as water, minerals and metals: not assessed",
    );
    sheet.lacks(
        "second_order_effects",
        "effects of the use of the AI system in other sectors: not assessed",
    );
    sheet.lacks(
        "functional_unit",
        "the unit to which the impacts refer: gpu-carbon job --per has that of a workload",
    );
    sheet.lacks(
        "rest_of_the_hardware",
        "what the boundary leaves out, and the manufacture of processors, memory, storage, network and buildings",
    );
    if part.phases.is_none() {
        sheet.lacks("stages", "which workloads belong to which stage: give --lifecycle");
    }
}
