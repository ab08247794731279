//! The Model Documentation Form of the EU's code of practice for general-purpose AI: the fields about energy and compute.

use gpu_carbon_core::format;
use gpu_carbon_ledger::EnergySource;
use gpu_carbon_ledger::report::Totals;

use super::esrs::facility_joules;
use super::ledger_part::LedgerPart;
use super::sheet::{Field, Paragraph, Sheet, megawatt_hours, significant};
use super::stages::{Stage, stages};
use crate::output::Value;
use crate::usage_error::UsageError;

const SECONDS_PER_DAY: f64 = 86_400.0;

/// The training as the ledger has it.
struct Training {
    totals: Totals,
    /// The time with a workload of the training, in seconds; `None` where the ledger does not divide its time.
    wall_clock_seconds: Option<f64>,
    gpus: Vec<usize>,
    /// The workloads that it adds up, in words.
    words: String,
}

/// Fills in the sheet.
///
/// # Errors
///
/// When the ledger cannot be read, or a workload belongs to two phases.
pub(super) fn sheet(part: &LedgerPart<'_>) -> Result<Sheet, UsageError> {
    let mut sheet = Sheet {
        title: "Model Documentation Form (EU AI Act, general-purpose AI): energy and compute",
        ..Sheet::default()
    };
    let training = training(part)?;
    let facility = facility_joules(&training.totals, part.reader.origins());
    let text = |number: f64| format!("{} MWh (measured)", significant(number));
    let gpus = Some(megawatt_hours(training.totals.joules()));
    sheet.number("training_energy_megawatt_hours", "training energy", gpus, text);
    let text =
        |number: f64| format!("{} MWh (the measured energy times the PUE)", significant(number));
    sheet.number(
        "training_energy_with_pue_megawatt_hours",
        "  with the PUE",
        Some(megawatt_hours(facility)),
        text,
    );
    sheet.text("training_energy_kind", "  kind", "measured");
    sheet.text("training_workloads", "training", training.words.clone());
    flops(&mut sheet, part);
    let days = |number: f64| format!("{} days", significant(number));
    let wall_clock = training.wall_clock_seconds.map(|seconds| seconds / SECONDS_PER_DAY);
    sheet.number("training_wall_clock_days", "training time", wall_clock, days);
    let hardware_days = Some(training.totals.gpu_seconds / SECONDS_PER_DAY);
    let text = |number: f64| format!("{} GPU-days", significant(number));
    sheet.number("training_hardware_days", "  on hardware", hardware_days, text);
    sheet.text("training_hardware", "hardware", part.models(training.gpus.iter().copied()));
    inference(&mut sheet, part);
    sheet.paragraphs.push(Paragraph {
        name: "training_energy_method",
        title: "Method of the training energy",
        text: method(part, &training),
    });
    if training.wall_clock_seconds.is_none() {
        sheet.lacks(
            "training_wall_clock_days",
            "which part of the time was training: give the workloads of the phases by --lifecycle",
        );
        sheet.lacks("training_workloads", "which workloads were training: without --lifecycle all energy of the ledger counts as training");
    }
    sheet.lacks("other_hosts", "training on hosts with ledgers of their own: add up their sheets");
    sheet.lacks(
        "parameters_and_data",
        "the size of the model, its data and its release: the form asks for them elsewhere",
    );
    Ok(sheet)
}

/// Adds up the phase of training; all of the ledger without phases.
fn training(part: &LedgerPart<'_>) -> Result<Training, UsageError> {
    let Some(phases) = &part.phases else {
        return Ok(Training {
            totals: part.total.clone(),
            wall_clock_seconds: None,
            gpus: part.gpus.iter().copied().collect(),
            words: "all energy of the ledger, whose phases are not given".to_owned(),
        });
    };
    let stages = stages(phases, part.reader, part.time)?;
    let training: Vec<&Stage> = stages.iter().filter(|stage| stage.is(&["training"])).collect();
    if training.is_empty() {
        return Err(UsageError::CommandLine(
            "--regime ai-act: no workload of the ledger is of the phase training: name some in the file of --lifecycle".to_owned(),
        ));
    }
    let totals =
        training.iter().map(|stage| stage.totals.clone()).fold(Totals::default(), Totals::with);
    let workloads: usize = training.iter().map(|stage| stage.workloads).sum();
    let plural = if workloads == 1 { "" } else { "s" };
    Ok(Training {
        totals,
        wall_clock_seconds: Some(training.iter().map(|stage| stage.wall_clock_seconds()).sum()),
        gpus: training.iter().flat_map(|stage| stage.gpus.iter().copied()).collect(),
        words: format!(
            "{workloads} workload{plural} of the phase training, those that failed included"
        ),
    })
}

fn flops(sheet: &mut Sheet, part: &LedgerPart<'_>) {
    let regime = &part.args.regime;
    sheet.number("training_flops", "training compute", regime.training_flops, |count| {
        format!("{count:e} FLOP (as given)")
    });
    if regime.training_flops.is_none() {
        sheet.lacks(
            "training_flops",
            "the operations of the training: give them by --training-flops",
        );
    }
    match &regime.training_flops_method {
        Some(method) => sheet.text("training_flops_method", "  method", method.clone()),
        None => sheet.lacks(
            "training_flops_method",
            "the method by which the operations were found: give it by --training-flops-method",
        ),
    }
}

fn inference(sheet: &mut Sheet, part: &LedgerPart<'_>) {
    let regime = &part.args.regime;
    sheet.number("inference_flops", "compute of inference", regime.inference_flops, |count| {
        format!("{count:e} FLOP (as given)")
    });
    match &regime.inference_task {
        Some(task) => sheet.text("inference_task", "  task and hardware", task.clone()),
        None => {
            sheet.fields.push(Field {
                name: "inference_task",
                title: "  task and hardware",
                value: Value::Missing,
                text: super::sheet::UNKNOWN.to_owned(),
            });
            sheet.lacks("inference_flops", "the operations of a benchmark of inference, with its task and hardware: give them by --inference-flops and --inference-task");
        }
    }
}

/// The method of the energy, in about a hundred words.
fn method(part: &LedgerPart<'_>, training: &Training) -> String {
    let totals = &training.totals;
    let share = |source| {
        let whole = totals.joules();
        format::percent(if whole > 0.0 { totals.joules_from(source) / whole } else { 0.0 })
    };
    format!(
        "The energy is that of {}. Meters gave {} of it by their energy counters, {} by integrating power that was sampled, and {} by the \
         counters after times in which no exporter ran. It adds up {}, on {}. Storage, network and cooling are not measured; the second figure multiplies \
         the energy by the power usage effectiveness that the operator configured. The form does not define the boundary, so this sheet states it. NVIDIA's power readings are typically within 5 % for a \
         steady load.",
        part.boundary.sentence(),
        share(EnergySource::Counted),
        share(EnergySource::Integrated),
        share(EnergySource::Recovered),
        training.words,
        part.models(training.gpus.iter().copied()),
    )
}
