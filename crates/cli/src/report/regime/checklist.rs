//! The paragraph about compute for the checklists of NeurIPS and ACL.

use gpu_carbon_core::{Signal, format};
use gpu_carbon_ledger::report::Totals;

use super::super::derived;
use super::super::manufacture::sources;
use super::ledger_part::LedgerPart;
use super::sheet::{Paragraph, Sheet, kilowatt_hours, mass};
use super::stages::{Stage, stages};
use crate::usage_error::UsageError;

/// The phases whose results a paper reports.
const REPORTED: [&str; 3] = ["training", "tuning", "inference"];

/// Fills in the sheet.
///
/// # Errors
///
/// When the ledger cannot be read, or a workload belongs to two phases.
pub(super) fn sheet(part: &LedgerPart<'_>) -> Result<Sheet, UsageError> {
    let mut sheet =
        Sheet { title: "Compute, for the checklists of NeurIPS and ACL", ..Sheet::default() };
    let stages = match &part.phases {
        Some(phases) => stages(phases, part.reader, part.time)?,
        None => Vec::new(),
    };
    let gpus = part.models(part.gpus.iter().copied());
    sheet.text("hardware", "hardware", gpus.clone());
    let hours = |totals: &Totals| totals.gpu_seconds / 3600.0;
    let text = |number: f64| format!("{} GPU-hours", format::digits(number));
    sheet.number("total_gpu_hours", "all of the ledger", Some(hours(&part.total)), text);
    let origins = part.reader.origins();
    sheet.energy("total_energy_kilowatt_hours", "  energy", part.total.joules());
    for (signal, name) in [
        (Signal::Average, "total_average_emissions_grams"),
        (Signal::Marginal, "total_marginal_emissions_grams"),
    ] {
        if let Some(grams) = part.total.grams(signal, origins) {
            let title = match signal {
                Signal::Average => "  emissions (average)",
                Signal::Marginal => "  emissions (marginal)",
            };
            sheet.mass(name, title, Some(grams));
        }
    }
    sheet.mass("total_embodied_emissions_grams", "  embodied", part.total.embodied_grams);
    sheet.number(
        "embodied_known_ratio",
        "  known for",
        part.total.embodied_known_ratio(),
        |ratio| format!("{} of the GPU-hours", format::percent(ratio)),
    );
    sheet.text("embodied_source", "  source", sources(&part.manufactures).join("; "));
    if let Some(share) = part.server(&part.total) {
        sheet.mass("server_embodied_emissions_grams", "  servers", Some(share.grams));
        sheet.text("server_embodied_source", "  source", share.basis);
    }
    let sum = |stages: &[&Stage]| {
        stages.iter().map(|stage| stage.totals.clone()).fold(Totals::default(), Totals::with)
    };
    let (reported, beyond): (Vec<&Stage>, Vec<&Stage>) =
        stages.iter().partition(|stage| stage.is(&REPORTED));
    if part.phases.is_some() {
        let (reported, beyond) = (sum(&reported), sum(&beyond));
        sheet.number("reported_gpu_hours", "reported runs", Some(hours(&reported)), text);
        sheet.number("beyond_gpu_hours", "beyond them", Some(hours(&beyond)), text);
        for (name, totals) in [
            ("reported_energy_kilowatt_hours", &reported),
            ("beyond_energy_kilowatt_hours", &beyond),
        ] {
            let title = if std::ptr::eq(totals, &raw const reported) {
                "  energy, reported"
            } else {
                "  energy, beyond"
            };
            sheet.number(name, title, Some(kilowatt_hours(totals.joules())), |number| {
                format!("{} kWh", format::digits(number))
            });
        }
    }
    let text = paragraph(part, &gpus, &stages);
    sheet.paragraphs.push(Paragraph { name: "paragraph", title: "Paragraph", text });
    if part.phases.is_none() {
        sheet.lacks("reported_runs", "which runs the paper reports, so that the compute beyond them is known: give --lifecycle");
    }
    sheet.lacks("parameters", "the number of parameters of each model (ACL, C1)");
    sheet.lacks("memory_and_storage", "the memory and storage of the machines, and whether they are of a cloud (NeurIPS, compute resources)");
    sheet.lacks("compute_of_each_run", "the compute of an individual run: gpu-carbon report --by workload and gpu-carbon job have it");
    sheet.lacks("other_hosts", "compute on hosts with ledgers of their own");
    Ok(sheet)
}

fn paragraph(part: &LedgerPart<'_>, gpus: &str, stages: &[Stage]) -> String {
    let origins = part.reader.origins();
    let amounts = |totals: &Totals| {
        let hours = format::digits(totals.gpu_seconds / 3600.0);
        let energy = format::energy(derived::energy(totals.joules()));
        format!("{hours} GPU-hours and {energy}")
    };
    let zone = part.args.time_zone;
    let time = zone.readable_interval(part.time);
    let mut text = format!("Compute ran on {gpus}, from {time} ({zone}).");
    for stage in stages.iter().filter(|stage| stage.is(&REPORTED)) {
        let workloads = match stage.workloads {
            1 => "1 run".to_owned(),
            count => format!("{count} runs"),
        };
        text += &format!(
            " {} took {} ({workloads}, failed ones included).",
            capitalized(&stage.name),
            amounts(&stage.totals)
        );
    }
    let beyond: Vec<String> = stages
        .iter()
        .filter(|stage| !stage.is(&REPORTED))
        .map(|stage| format!("{} ({})", amounts(&stage.totals), stage.name))
        .collect();
    if !beyond.is_empty() {
        text += &format!(" Beyond the reported runs, the GPUs used {}.", beyond.join(", "));
    }
    text += &format!(" In total, the GPUs were in use or reserved for {}.", amounts(&part.total));
    for signal in Signal::ALL {
        if let Some(grams) = part.total.grams(signal, origins) {
            let pue = derived::pue(&part.total, origins).unwrap_or(1.0);
            text += &format!(
                " By the {signal} carbon intensity of the grid at the time of use and a PUE of {}, this emitted {}.",
                format::digits(pue),
                mass(Some(grams))
            );
        }
    }
    text += &match part.total.embodied_grams {
        Some(grams) => format!(
            " The share of the GPUs' manufacture adds {} (known for {} of the GPU-hours; {}).",
            mass(Some(grams)),
            format::percent(part.total.embodied_known_ratio().unwrap_or_default()),
            sources(&part.manufactures).join("; ")
        ),
        None => " The emissions of the GPUs' manufacture are unknown.".to_owned(),
    };
    text + &format!(" The figures contain {}.", part.boundary.sentence())
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
