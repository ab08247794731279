//! The report for people.

use gpu_carbon_core::{Interval, Power, Signal, Span};
use gpu_carbon_ledger::report::Totals;
use gpu_carbon_ledger::{EnergySource, Gpu, IntensitySource};

use super::{Answer, By, Group, derived};
use crate::format;
use crate::sanitize::sanitize;

/// The least share of the energy that is said apart.
const LEAST_SHARE: f64 = 5e-5;

pub(super) fn write(answer: &Answer<'_>) -> String {
    let mut lines = head(answer);
    if !answer.groups.is_empty() {
        lines.push(String::new());
        lines.extend(amounts(answer));
        lines.push(String::new());
        lines.extend(found(answer));
        lines.push(String::new());
        lines.extend(factors(answer));
        lines.push(String::new());
        lines.extend(notes(answer));
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.iter().map(|line| sanitize(line.trim_end()) + "\n").collect()
}

fn head(answer: &Answer<'_>) -> Vec<String> {
    let (ledger, zone) = (answer.args.ledger.display(), answer.args.time_zone);
    let readable = |time: Interval| {
        // The ledger ends where a GPU was read: of that moment, people need no fractions of a second.
        let [start, end] = [time.start(), time.end()].map(|at| at.floor_to(Span::from_seconds(1)));
        zone.readable_interval(Interval::new(start, end))
    };
    let Some(time) = answer.time else {
        return vec![match answer.reader.extent() {
            Some(extent) => {
                format!("{ledger} has nothing of that time; it has {}.", readable(extent))
            }
            None => format!("{ledger} has nothing yet."),
        }];
    };
    vec![
        format!("What the GPUs of {ledger} used and emitted"),
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
    };
    let mut header = vec![first.to_owned(), "energy".to_owned()];
    for signal in &signals {
        let one = if signals.len() == 1 { "emissions" } else { signal.name() };
        header.extend([one.to_owned(), "g/kWh".to_owned()]);
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
        cells.push(format::mass(derived::mass(totals.embodied_grams)));
        cells.push(format::digits(totals.gpu_seconds / 3600.0));
        let power = totals.mean_watts().and_then(|watts| Power::from_watts(watts).ok());
        cells.push(power.map_or_else(none, format::power));
        cells
    };
    let mut rows = vec![header];
    rows.extend(answer.groups.iter().map(|(group, totals)| cells(name(group), totals)));
    if answer.groups.len() > 1 {
        rows.push(cells("total".to_owned(), &answer.total));
    }
    table(&rows)
}

fn none() -> String {
    "-".to_owned()
}

fn name(group: &Group<'_>) -> String {
    match group {
        Group::Gpu(gpu) => called(gpu),
        Group::Period(name, _) => name.clone(),
    }
}

/// Its place, its model, and as much of its UUID as tells it from a GPU that stood there before.
fn called(gpu: &Gpu) -> String {
    let uuid: String = gpu.uuid.chars().take(12).collect();
    format!("{} {} {uuid}", gpu.index, gpu.name)
}

/// How the energy was found, and what of it waits.
fn found(answer: &Answer<'_>) -> Vec<String> {
    let total = &answer.total;
    let share = |joules: f64| joules / total.joules();
    let ways = [
        (EnergySource::Counted, "by the GPUs' counters"),
        (EnergySource::Integrated, "from samples of power"),
        (EnergySource::Recovered, "by the counters, after nobody had watched"),
    ];
    let ways = ways.into_iter().filter_map(|(how, what)| {
        let share = share(total.joules_from(how));
        (share >= LEAST_SHARE).then(|| format!("{} {what}", format::percent(share)))
    });
    let mut lines =
        vec![format!("How the energy was found: {}.", ways.collect::<Vec<_>>().join(", "))];
    let pending = total.pending_joules(answer.reader.origins());
    if share(pending) >= LEAST_SHARE {
        lines.push(format!(
            "Of it {} ({}) are pending: they have no intensity yet, and no emissions.",
            format::energy(derived::energy(pending)),
            format::percent(share(pending))
        ));
    }
    lines
}

fn factors(answer: &Answer<'_>) -> Vec<String> {
    let factors = derived::factors(&answer.total, answer.reader.origins());
    let header = ["converted by", "energy", "emissions", "g/kWh", "PUE"].map(str::to_owned);
    let mut rows = vec![header.to_vec()];
    rows.extend(factors.into_iter().map(|(origin, part)| {
        let what = format!("{} {}", origin.zone, origin.signal);
        let pue = origin.pue.as_number();
        let energy = format::energy(derived::energy(part.joules));
        match &origin.intensity_source {
            Some(IntensitySource { name, quality }) => vec![
                format!("{what}, {name}, {quality}"),
                energy,
                format::mass(derived::mass(part.grams)),
                derived::intensity(origin, part).map_or_else(none, format::digits),
                format!("{pue:?}"),
            ],
            None => vec![format!("{what}, pending"), energy, none(), none(), format!("{pue:?}")],
        }
    }));
    table(&rows)
}

fn notes(answer: &Answer<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let (total, origins) = (&answer.total, answer.reader.origins());
    let shared: f64 = answer.groups.iter().map(|(_, totals)| totals.shared_joules).sum();
    if shared > 0.0 {
        notes.push(format!(
            "{} stand in rows of five minutes, an hour or a day that a bound cuts: they are shared out evenly over their time.",
            format::energy(derived::energy(shared))
        ));
    }
    if Signal::ALL.iter().all(|&signal| total.grams(signal, origins).is_some()) {
        notes.push("Marginal and average intensities answer different questions: what they say is not added up.".to_owned());
    }
    for gpu in answer.reader.gpus() {
        if gpu.unseen_seconds >= 1.0 {
            let time = Span::from_seconds_f64(gpu.unseen_seconds.floor()).unwrap_or(Span::ALL);
            let time = format::span(time);
            notes.push(format!("GPU {}: in all, nobody knows what flowed in {time}.", called(gpu)));
        }
        if gpu.carried.joules > 0.0 {
            let (energy, mass) =
                (derived::energy(gpu.carried.joules), derived::mass(gpu.carried.grams));
            notes.push(format!(
                "GPU {}: {} that emitted {} are from before this ledger, and not counted here.",
                called(gpu),
                format::energy(energy),
                format::mass(mass)
            ));
        }
    }
    notes
}

/// The first column to the left, the others to the right.
fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).filter_map(width).collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
                if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
            cells.collect::<Vec<_>>().join("  ")
        })
        .collect()
}
