//! The part of a ledger that a disclosure counts: all GPUs, or some workloads.

use std::collections::BTreeMap;

use gpu_carbon_core::boundary::BoundaryChoice;
use gpu_carbon_core::disclosure::{BoundaryPart, Persona, Stage};
use gpu_carbon_core::{Interval, Timestamp, format};
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_ledger::report::{Report, Totals, WorkloadTotals, by_workload_within};
use gpu_carbon_ledger::{HostAccount, Reader, Workload};

use super::args::Args;
use super::host::{Host, title};
use crate::report::phases::{Phases, matches};
use crate::report::{Bound, derived};
use crate::usage_error::UsageError;

/// The largest part of the energy by which the workloads and the GPUs may differ: rounding.
const CLOSES_WITHIN: f64 = 1e-9;

/// A part of the energy that becomes a component.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) totals: Totals,
    /// The part of the totals that is that of GPUs.
    pub(super) of_gpus: Totals,
    /// The accounts of the host whose energy is in the totals.
    pub(super) accounts: Vec<HostAccount>,
}

/// A workload that is counted.
#[derive(Debug, Clone)]
pub(super) struct CountedWorkload {
    pub(super) totals: WorkloadTotals,
    /// The part of the totals that is that of GPUs.
    of_gpus: Totals,
    pub(super) stage: Stage,
}

/// The part of a ledger that is counted.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) time: Interval,
    pub(super) stages: Vec<Stage>,
    pub(super) parts: Vec<Part>,
    /// The sum of all, on another way than by the parts.
    pub(super) total: Totals,
    /// The part of the total that is that of GPUs.
    pub(super) of_gpus: Totals,
    /// The workloads; none where all GPUs are counted.
    pub(super) workloads: Vec<CountedWorkload>,
    /// The host around the GPUs, where it is counted.
    pub(super) host: Option<Host>,
    pub(super) left_out: Vec<BoundaryPart>,
}

impl Selection {
    /// Selects what the arguments name.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read, has no energy in the time, or none of a workload.
    pub(super) fn of(
        args: &Args,
        reader: &Reader,
        persona: Persona,
    ) -> Result<Selection, UsageError> {
        let time = time(args, reader)?;
        let host = Host::of(reader, time)?;
        if args.workload.is_empty() && args.lifecycle.is_none() {
            return all(args, reader, time, persona, host);
        }
        let phases = args.lifecycle.as_deref().map(Phases::read).transpose()?;
        let within = |choice| by_workload_within(reader, time, choice).map_err(UsageError::Ledger);
        let mut of_gpus: BTreeMap<Workload, Totals> = within(BoundaryChoice::Gpus)?
            .into_iter()
            .map(|one| (one.workload, one.totals))
            .collect();
        let choice = if host.is_some() { BoundaryChoice::Host } else { BoundaryChoice::Gpus };
        let read = within(choice)?;
        let mut report = report(reader, time)?.total();
        if let Some(host) = &host {
            report = report.with(host.total());
        }
        let joules: f64 = read.iter().map(|one| one.totals.joules()).sum();
        if (joules - report.joules()).abs() > CLOSES_WITHIN * report.joules() {
            return Err(UsageError::CommandLine(format!(
                "{}: its workloads add up to {} kWh and what they share to {} kWh: it is damaged, and gpu-carbon report names the rows",
                path(args),
                joules / 3.6e6,
                report.joules() / 3.6e6
            )));
        }
        let (mut workloads, mut others) = (Vec::new(), Vec::new());
        for totals in read {
            let stage = match &phases {
                Some(phases) => phase_stage(&phases.of(&totals.workload.name)?.1),
                None => {
                    let is_named = |it: &String| matches(it, &totals.workload.name);
                    let is_counted = args.workload.iter().any(is_named);
                    is_counted.then(|| default_stage(args, persona))
                }
            };
            let counted = stage.filter(|stage| stage.persona() == persona);
            match counted.filter(|_| totals.workload.is_workload()) {
                Some(stage) => {
                    let of_gpus = of_gpus.remove(&totals.workload).unwrap_or_default();
                    workloads.push(CountedWorkload { totals, of_gpus, stage });
                }
                None => others.push((totals, stage)),
            }
        }
        if workloads.is_empty() {
            return Err(no_workload(args, persona, &others));
        }
        let total = workloads.iter().rev().map(|it| it.totals.totals.clone());
        let total = total.reduce(Totals::with).unwrap_or_default();
        let of_gpus = workloads.iter().map(|it| it.of_gpus.clone());
        let of_gpus = of_gpus.reduce(Totals::with).unwrap_or_default();
        let mut stages: Vec<Stage> = workloads.iter().map(|it| it.stage).collect();
        stages.extend(args.stage.iter().map(|&stage| Stage::from(stage)));
        stages.sort();
        stages.dedup();
        let time =
            if args.from.is_some() || args.to.is_some() { time } else { span(&workloads, time) };
        let left_out = others.iter().map(|(other, stage)| left_out(other, *stage, report.joules()));
        Ok(Selection {
            time,
            stages,
            parts: workload_parts(&workloads, phases.is_some(), host.as_ref()),
            total,
            of_gpus,
            left_out: left_out.collect(),
            workloads,
            host,
        })
    }
}

impl Selection {
    /// True for a GPU that is counted, by its position in the reader's list.
    pub(super) fn holds(&self, gpu: usize) -> bool {
        self.workloads.is_empty() || self.workloads.iter().any(|it| it.totals.gpus.contains(&gpu))
    }
}

/// Selects the energy of all GPUs, and of the host around them.
fn all(
    args: &Args,
    reader: &Reader,
    time: Interval,
    persona: Persona,
    host: Option<Host>,
) -> Result<Selection, UsageError> {
    let report = report(reader, time)?;
    let part = |(place, totals): (usize, Totals)| {
        let gpu = reader.gpus().get(place)?;
        let uuid: String = gpu.uuid.chars().take(12).collect();
        Some(Part {
            name: format!("GPU {} {uuid}", gpu.index),
            description: format!("The GPU {} {}, in use or idle.", gpu.name, gpu.uuid),
            of_gpus: totals.clone(),
            totals,
            accounts: Vec::new(),
        })
    };
    let of_host = |(account, totals): &(HostAccount, Totals)| Part {
        name: format!("{} ({})", title(account.part), account.method.name()),
        description: format!("The {} around the GPUs, in use or idle.", title(account.part)),
        totals: totals.clone(),
        of_gpus: Totals::default(),
        accounts: vec![*account],
    };
    let parts = report.by_gpu().into_iter().map(|it| (it.gpu, it.totals)).filter_map(part);
    let stages = match args.stage.as_slice() {
        [] => vec![default_stage(args, persona)],
        given => given.iter().map(|&stage| stage.into()).collect(),
    };
    Ok(Selection {
        time,
        stages,
        parts: parts.chain(host.iter().flat_map(|it| it.accounts.iter().map(of_host))).collect(),
        total: host.iter().fold(report.total(), |sum, host| sum.with(host.total())),
        of_gpus: report.total(),
        workloads: Vec::new(),
        left_out: Vec::new(),
        host,
    })
}

/// A component for each workload, or for each stage with several of them.
fn workload_parts(workloads: &[CountedWorkload], by_stage: bool, host: Option<&Host>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for CountedWorkload { totals, of_gpus, stage } in workloads {
        let WorkloadTotals { workload, totals, .. } = totals;
        let name = if by_stage { stage.name() } else { &*workload.name };
        match parts.iter_mut().find(|part| part.name == name) {
            Some(part) => {
                part.totals = std::mem::take(&mut part.totals).with(totals.clone());
                part.of_gpus = std::mem::take(&mut part.of_gpus).with(of_gpus.clone());
                part.description += &format!(", {}", workload.name);
            }
            None => parts.push(Part {
                name: name.to_owned(),
                description: if by_stage {
                    format!("The workloads of the stage {stage}: {}", workload.name)
                } else {
                    format!(
                        "The {} {}, while it held GPUs",
                        workload.kind.replace('_', " "),
                        workload.name
                    )
                },
                totals: totals.clone(),
                of_gpus: of_gpus.clone(),
                accounts: Vec::new(),
            }),
        }
    }
    for part in &mut parts {
        part.description.push('.');
        if part.totals.host_joules > 0.0 {
            let accounts = host.iter().flat_map(|host| &host.accounts);
            part.accounts = accounts.map(|(account, _)| *account).collect();
        }
    }
    parts
}

/// The time from the first share of the workloads to the last, within a time.
fn span(workloads: &[CountedWorkload], within: Interval) -> Interval {
    let times = workloads.iter().filter_map(|it| it.totals.time);
    let bounds = times.map(|time| (time.start(), time.end()));
    let hull = bounds.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    hull.map_or(within, |(start, end)| {
        Interval::new(start.max(within.start()), end.min(within.end()))
    })
}

fn report(reader: &Reader, time: Interval) -> Result<Report, UsageError> {
    Report::read(reader, vec![time.start(), time.end()]).map_err(UsageError::Ledger)
}

/// The time of the measurement, as far as the ledger has it.
fn time(args: &Args, reader: &Reader) -> Result<Interval, UsageError> {
    let wrong = |text: String| UsageError::CommandLine(text);
    let at = |bound: Option<Bound>, flag: &str| -> Result<Option<Timestamp>, UsageError> {
        let Some(bound) = bound else { return Ok(None) };
        let beyond = || wrong(format!("{flag} is beyond the calendar: give another"));
        bound.within(args.time_zone).map(Some).ok_or_else(beyond)
    };
    let (from, to) = (at(args.from, "--from")?, at(args.to, "--to")?);
    if from.zip(to).is_some_and(|(from, to)| to <= from) {
        return Err(wrong("--to is not after --from: give a later one".to_owned()));
    }
    let extent = reader.extent().ok_or_else(|| {
        wrong(format!("{}: it has no rows yet: wait until the exporter has measured", path(args)))
    })?;
    let start = from.map_or(extent.start(), |from| from.max(extent.start()));
    let end = to.map_or(extent.end(), |to| to.min(extent.end()));
    if start >= end {
        return Err(wrong(format!(
            "{}: it has no rows in that time: it covers {} to {}",
            path(args),
            rfc3339::format(extent.start()),
            rfc3339::format(extent.end())
        )));
    }
    Ok(Interval::new(start, end))
}

fn path(args: &Args) -> String {
    args.ledger.as_deref().map(|path| path.display().to_string()).unwrap_or_default()
}

/// The stage that is counted where none is named.
pub(super) fn default_stage(args: &Args, persona: Persona) -> Stage {
    match (args.stage.first(), persona) {
        (Some(&stage), _) => stage.into(),
        (None, Persona::Consumer) => Stage::Operation,
        (None, Persona::Provider) => Stage::Development,
    }
}

/// The stage to which a phase of `report --lifecycle` belongs; `None` for what is of no phase.
fn phase_stage(phase: &str) -> Option<Stage> {
    match phase {
        "exploration" => Some(Stage::Design),
        "training" | "tuning" => Some(Stage::Development),
        "inference" => Some(Stage::Operation),
        _ => None,
    }
}

/// A workload that is not counted, and the reason.
fn left_out(one: &WorkloadTotals, stage: Option<Stage>, whole: f64) -> BoundaryPart {
    let joules = one.totals.joules();
    let share = if whole > 0.0 { joules / whole } else { 0.0 };
    let amount =
        format!("{} ({})", format::energy(derived::energy(joules)), format::percent(share));
    let reason = match (&*one.workload.name, stage) {
        ("unallocated", _) => "no workload held the GPU".to_owned(),
        ("unknown", _) => "the holder of the GPU is not known".to_owned(),
        (_, Some(stage)) => format!(
            "the stage {stage} counts for the score of the {}, and the two are never added up",
            stage.persona()
        ),
        (_, None) => "another workload".to_owned(),
    };
    BoundaryPart { name: one.workload.name.to_string(), reason: format!("{reason}: {amount}") }
}

fn no_workload(
    args: &Args,
    persona: Persona,
    others: &[(WorkloadTotals, Option<Stage>)],
) -> UsageError {
    let known = others.iter().filter(|(it, _)| it.workload.is_workload());
    let wanted = match &args.lifecycle {
        Some(file) => format!("that a phase of a {persona} in {} names", file.display()),
        None => args.workload.join(", "),
    };
    UsageError::UnknownWorkload {
        ledger: args.ledger.clone().unwrap_or_default(),
        workload: wanted,
        known: known.map(|(it, _)| it.workload.name.to_string()).collect(),
    }
}
