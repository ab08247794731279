//! The report for people.

use gpu_carbon_core::{Interval, Power, Signal, Span, TotalScope};
use gpu_carbon_ledger::report::Totals;
use gpu_carbon_ledger::{EnergySource, Gpu, IntensitySource, Origin};

use super::answer::{Answer, Key};
use super::args::By;
use super::{derived, manufacture};
use crate::output::text::{Layout, table};
use gpu_carbon_core::format;

/// The least share of the energy that the text mentions.
const LEAST_SHARE: f64 = 5e-5;

/// The distances of the tables.
const LAYOUT: Layout<'_> = Layout { indent: 0, gap: 2, widths: &[] };

/// Returns the tables and the notes below them.
pub(super) fn lines(answer: &Answer<'_>) -> Vec<String> {
    let mut lines = head(answer);
    if !answer.groups.is_empty() {
        lines.push(String::new());
        lines.extend(amounts(answer));
        lines.push(String::new());
        lines.extend(methods(answer));
        lines.extend(answer.host.lines());
        lines.push(String::new());
        lines.extend(factor_lines(&answer.total, answer.reader.origins()));
        lines.push(String::new());
        lines.extend(notes(answer));
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn head(answer: &Answer<'_>) -> Vec<String> {
    let (ledger, zone) = (answer.args.ledger.display(), answer.args.time_zone);
    let readable = |time: Interval| {
        // The ledger ends at a reading of a GPU; fractions of a second are of no use to people.
        let [start, end] = [time.start(), time.end()].map(|at| at.floor_to(Span::from_seconds(1)));
        zone.readable_interval(Interval::new(start, end))
    };
    let Some(time) = answer.time else {
        return vec![match answer.reader.extent() {
            Some(extent) => {
                format!("{ledger} has no rows in that time; it covers {}.", readable(extent))
            }
            None => format!("{ledger} has no rows yet."),
        }];
    };
    vec![
        if answer.host.boundary.is_gpus_alone() {
            format!("Energy and emissions of the GPUs in {ledger}")
        } else {
            format!("Energy and emissions of the GPUs and their host in {ledger}")
        },
        format!("{}. Times are {zone}.", readable(time)),
    ]
}

fn amounts(answer: &Answer<'_>) -> Vec<String> {
    let origins = answer.reader.origins();
    let occurs = |signal: &Signal| answer.total.grams(*signal, origins).is_some();
    let signals: Vec<Signal> = Signal::ALL.into_iter().filter(occurs).collect();
    let first = match answer.by {
        By::Gpu => "GPU",
        By::Day => "day",
        By::Month => "month",
        By::Workload => "workload",
        By::Namespace => "namespace",
        By::Kind => "kind",
        By::Phase => "phase",
    };
    let mut header = vec![first.to_owned(), "energy".to_owned()];
    for signal in &signals {
        let title = if signals.len() == 1 { "emissions" } else { signal.name() };
        header.extend([title.to_owned(), "g/kWh".to_owned()]);
    }
    header.extend(["embodied", "GPU-hours", "mean power"].map(str::to_owned));
    let cells = |name: String, totals: &Totals| {
        let mut cells = vec![name, format::energy(derived::energy(totals.joules()))];
        for &signal in &signals {
            cells.push(
                totals
                    .grams(signal, origins)
                    .map_or_else(none, |it| format::mass(derived::mass(it))),
            );
            cells.push(totals.intensity(signal, origins).map_or_else(none, format::digits));
        }
        let embodied = totals.embodied_grams.map(|grams| format::mass(derived::mass(grams)));
        cells.push(embodied.unwrap_or_else(|| "unknown".to_owned()));
        cells.push(format::digits(totals.gpu_seconds / 3600.0));
        let power = totals.mean_watts().and_then(|watts| Power::from_watts(watts).ok());
        cells.push(power.map_or_else(none, format::power));
        cells
    };
    let mut rows = vec![header];
    rows.extend(answer.groups.iter().map(|group| cells(name(&group.key), &group.totals)));
    if answer.groups.len() > 1 {
        rows.push(cells("total".to_owned(), &answer.total));
    }
    table(&rows, LAYOUT)
}

fn none() -> String {
    "-".to_owned()
}

fn name(key: &Key<'_>) -> String {
    match key {
        Key::Gpu(gpu) => gpu_name(gpu),
        Key::Host(account) => account.name(),
        Key::Period { name, .. } | Key::Holders { name } => name.clone(),
    }
}

/// Returns the index, the model, and enough of the UUID to distinguish the GPU from one that had its place before.
fn gpu_name(gpu: &Gpu) -> String {
    let uuid: String = gpu.uuid.chars().take(12).collect();
    format!("{} {} {uuid}", gpu.index, gpu.name)
}

/// Describes the methods by which the energy was measured, and the energy that is pending.
fn methods(answer: &Answer<'_>) -> Vec<String> {
    // Of the host, each part has its method in the line of the boundary.
    let total = &answer.gpus;
    let share = |joules: f64| joules / total.joules();
    let methods = [
        (EnergySource::Counted, "by the GPUs' counters"),
        (EnergySource::Integrated, "from samples of power"),
        (EnergySource::Recovered, "by the counters, after a time in which no exporter ran"),
    ];
    let methods = methods.into_iter().filter_map(|(how, method)| {
        let share = share(total.joules_from(how));
        (share >= LEAST_SHARE).then(|| format!("{} {method}", format::percent(share)))
    });
    let methods = methods.collect::<Vec<_>>().join(", ");
    let mut lines = Vec::new();
    if !methods.is_empty() {
        lines.push(format!("Measured: {methods}."));
    }
    let total = &answer.total;
    let share = |joules: f64| joules / total.joules();
    let pending = total.pending_joules(answer.reader.origins());
    if share(pending) >= LEAST_SHARE {
        lines.push(format!(
            "Pending: {} ({}), which no intensity covers yet; these have no emissions.",
            format::energy(derived::energy(pending)),
            format::percent(share(pending))
        ));
    }
    lines
}

/// Returns the table of the origins of intensities, and of the energy converted by each.
pub(crate) fn factor_lines(total: &Totals, origins: &[Origin]) -> Vec<String> {
    let factors = derived::factors(total, origins);
    let header = ["converted by", "energy", "emissions", "g/kWh", "PUE"].map(str::to_owned);
    let is_mixed = |signal: &Signal| {
        let used = factors.iter().map(|(origin, _)| *origin);
        derived::total_scope(used, *signal) == TotalScope::Mixed
    };
    let mixed: Vec<Signal> = Signal::ALL.into_iter().filter(is_mixed).collect();
    // Where all grams count the same, a note says what.
    let scope = |origin: &Origin| match derived::scope(origin) {
        _ if !mixed.contains(&origin.signal) => String::new(),
        Some(scope) => format!(", {}", scope.title()),
        None => ", unknown gases".to_owned(),
    };
    let mut rows = vec![header.to_vec()];
    rows.extend(factors.into_iter().map(|(origin, part)| {
        let what = format!("{} {}", origin.zone, origin.signal);
        let pue = origin.pue.as_number();
        let energy = format::energy(derived::energy(part.joules));
        match &origin.intensity_source {
            Some(IntensitySource { name, quality, .. }) => vec![
                format!("{what}, {name}, {quality}{}", scope(origin)),
                energy,
                format::mass(derived::mass(part.grams)),
                derived::intensity(origin, part).map_or_else(none, format::digits),
                format!("{pue:?}"),
            ],
            None => vec![format!("{what}, pending"), energy, none(), none(), format!("{pue:?}")],
        }
    }));
    table(&rows, LAYOUT)
}

fn notes(answer: &Answer<'_>) -> Vec<String> {
    let damage = answer.reader.damage().into_iter();
    let mut notes: Vec<String> = damage.map(|damage| format!("Damaged: {damage}.")).collect();
    if !answer.unmatched.is_empty() {
        notes.push(format!("No workload of the ledger matches {}.", answer.unmatched.join(", ")));
    }
    let (total, origins) = (&answer.total, answer.reader.origins());
    let shared: f64 = answer.groups.iter().map(|group| group.totals.shared_joules).sum();
    if shared > 0.0 {
        notes.push(format!(
            "{} are in rows of five minutes, an hour or a day that a bound divides: they are spread evenly over the time of the row.",
            format::energy(derived::energy(shared))
        ));
    }
    if Signal::ALL.iter().all(|&signal| total.grams(signal, origins).is_some()) {
        notes.push("Marginal and average intensities answer different questions: their emissions are not added up.".to_owned());
    }
    for signal in Signal::ALL {
        let used = total.origins(origins).map(|(origin, _)| origin);
        match derived::total_scope(used, signal) {
            TotalScope::Empty | TotalScope::Uniform(None) => {}
            TotalScope::Uniform(Some(scope)) => {
                notes.push(format!("The {signal} emissions are {}.", scope.title()));
            }
            TotalScope::Mixed => notes.push(format!(
                "The {signal} emissions add up grams that count different gases, which the rows above name: CO2 of combustion is less than CO2e over the life cycle."
            )),
        }
    }
    if let Some(ratio) = total.embodied_known_ratio().filter(|&ratio| ratio < 1.0) {
        notes.push(format!(
            "Embodied emissions are known for {} of the GPU-hours: no figure for the GPUs of the others is published or configured.",
            format::percent(ratio)
        ));
    }
    let sources = manufacture::sources(&answer.manufactures);
    notes.extend(sources.into_iter().map(|source| format!("Embodied, {source}.")));
    if let Some(share) = answer.args.server.share(total) {
        notes.push(format!(
            "The servers around the GPUs add {} of manufacture, which is not in the table: {}.",
            format::mass(derived::mass(share.grams)),
            share.basis
        ));
    }
    for gpu in answer.reader.gpus() {
        if gpu.unseen_seconds >= 1.0 {
            let time = Span::from_seconds_f64(gpu.unseen_seconds.floor()).unwrap_or(Span::ALL);
            let time = format::span(time);
            notes.push(format!("GPU {}: in all, the energy of {time} is unknown.", gpu_name(gpu)));
        }
        if gpu.carried.joules > 0.0 {
            let emissions = match gpu.carried.known_grams() {
                Some(grams) => format!("emissions of {}", format::mass(derived::mass(grams))),
                None => "unknown emissions".to_owned(),
            };
            notes.push(format!(
                "GPU {}: {} with {emissions} are from before this ledger, and not counted here.",
                gpu_name(gpu),
                format::energy(derived::energy(gpu.carried.joules)),
            ));
        }
    }
    notes
}
