//! The runs that a disclosure counts, failed ones included, and their sums by stage.

use std::collections::BTreeMap;

use gpu_carbon_core::disclosure::{ComponentEnergy, FunctionalUnit, Stage};
use gpu_carbon_core::{Energy, Interval, Mass, Span};
use gpu_carbon_ledger::report::Totals;

use super::args::Args;
use super::embodied;
use super::selection::Selection;
use crate::history::{self, History};
use crate::journal;
use crate::report::derived;

/// A workload that is counted.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) name: String,
    pub(super) stage: Stage,
    /// The way in which it ended, by the journals of `gpu-carbon run`; `None` where none has it.
    pub(super) ending: Option<String>,
    /// The time between its first and its last share.
    pub(super) time: Option<Interval>,
    pub(super) gpus: usize,
    pub(super) gpu_hours: f64,
    pub(super) energy: Energy,
    pub(super) operational: Mass,
    pub(super) embodied: Option<Mass>,
    /// The share of its GPU time for which M is known; `None` without GPU time.
    pub(super) embodied_known_ratio: Option<f64>,
}

/// All that is counted, as one project.
#[derive(Debug, Clone, Default)]
pub(super) struct Project {
    /// The workloads; none where all GPUs are counted.
    pub(super) runs: Vec<Run>,
    pub(super) gpu_hours: f64,
    /// The time of the measurement.
    pub(super) wall_clock: Span,
    /// The emissions of each stage.
    pub(super) stages: Vec<(Stage, Mass)>,
    /// The energy of the equipment for one unit, in joules; `None` where none is converted.
    pub(super) joules_per_unit: Option<f64>,
    /// The same with the overhead of the data centre.
    pub(super) drawn_joules_per_unit: Option<f64>,
}

impl Run {
    /// The emissions: O, and M as far as it is known.
    pub(super) fn emissions(&self) -> Mass {
        self.operational + self.embodied.unwrap_or_default()
    }
}

impl Project {
    /// The energy of the equipment for 1,000 units, in Wh.
    pub(super) fn watt_hours_per_1000(&self) -> Option<f64> {
        self.joules_per_unit.map(|joules| joules * 1000.0 / 3600.0)
    }

    /// The same with the overhead of the data centre.
    pub(super) fn drawn_watt_hours_per_1000(&self) -> Option<f64> {
        self.drawn_joules_per_unit.map(|joules| joules * 1000.0 / 3600.0)
    }
}

/// Adds up what is counted. `energy` converts totals as the disclosure does.
pub(super) fn of(
    args: &Args,
    selection: &Selection,
    whole: Option<ComponentEnergy>,
    unit: &FunctionalUnit,
    energy: &dyn Fn(&Totals) -> (Option<ComponentEnergy>, Mass),
) -> Project {
    let endings = if selection.workloads.is_empty() { BTreeMap::new() } else { endings(args) };
    let runs: Vec<Run> = selection
        .workloads
        .iter()
        .map(|counted| {
            let totals = &counted.totals.totals;
            let name = counted.totals.workload.name.to_string();
            Run {
                ending: endings.get(&name).cloned(),
                name,
                stage: counted.stage,
                time: counted.totals.time,
                gpus: counted.totals.gpus.len(),
                gpu_hours: totals.gpu_seconds / 3600.0,
                energy: derived::energy(totals.joules()),
                operational: energy(totals).1,
                embodied: embodied::of(args, totals),
                embodied_known_ratio: embodied::known_ratio(args, totals),
            }
        })
        .collect();
    let mut stages: BTreeMap<Stage, Mass> = BTreeMap::new();
    for run in &runs {
        let sum = stages.entry(run.stage).or_default();
        *sum += run.emissions();
    }
    if let ([], [stage]) = (runs.as_slice(), selection.stages.as_slice()) {
        let embodied = embodied::of(args, &selection.total).unwrap_or_default();
        stages.insert(*stage, energy(&selection.total).1 + embodied);
    }
    Project {
        runs,
        gpu_hours: selection.total.gpu_seconds / 3600.0,
        wall_clock: selection.time.length(),
        stages: stages.into_iter().collect(),
        ..of_energy(whole, unit)
    }
}

/// The energy for a unit.
pub(super) fn of_energy(whole: Option<ComponentEnergy>, unit: &FunctionalUnit) -> Project {
    let per_unit = |joules: f64| unit.per_scale(joules).map(|joules| joules / unit.scale);
    let drawn = |it: ComponentEnergy| (it.energy * it.pue).as_joules();
    Project {
        joules_per_unit: whole.and_then(|it| per_unit(it.energy.as_joules())),
        drawn_joules_per_unit: whole.and_then(|it| per_unit(drawn(it))),
        ..Project::default()
    }
}

/// The endings of the workloads that `gpu-carbon run` has run, by their names. Journals that cannot be read tell nothing.
fn endings(args: &Args) -> BTreeMap<String, String> {
    let journals = history::journals(&journal::folder(args.state.as_deref())).unwrap_or_default();
    let mut endings: BTreeMap<String, String> = BTreeMap::new();
    for history in journals.iter().filter_map(|path| History::open(path).ok()) {
        let Some((report, _)) = history.last_report() else { continue };
        let Some(workload) = report["workload"].as_str() else { continue };
        let ending = match history.status() {
            Some(0) => "succeeded".to_owned(),
            Some(status) => format!("failed with {status}"),
            None => history.state(),
        };
        // A workload that was run several times has the ending of each.
        match endings.get_mut(workload) {
            Some(earlier) => *earlier += &format!(", {ending}"),
            None => {
                endings.insert(workload.to_owned(), ending);
            }
        }
    }
    endings
}
