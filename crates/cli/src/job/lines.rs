//! The bill for people: lines of text, and the same as a table in Markdown or LaTeX.

use gpu_carbon_core::format;
use gpu_carbon_core::{Interval, Quality, Span};
use gpu_carbon_ledger::Workload;

use super::alternatives::Alternatives;
use super::bill::Bill;
use crate::report::text::factor_lines;
use crate::report::{derived, manufacture};

/// A line of a bill: its name and its value.
type Line = (&'static str, String);

/// Returns the bill as text: the lines, and the factors below.
pub(super) fn text(bill: &Bill<'_>) -> Vec<String> {
    let mut lines = vec![title(bill)];
    lines.push(format!("{}. Times are {}.", readable(bill), bill.args.time_zone));
    lines.push(String::new());
    lines.extend(values(bill).into_iter().map(|(name, value)| format!("{name:<13}{value}")));
    lines.push(String::new());
    lines.extend(factor_lines(&bill.workload.totals, bill.reader.origins()));
    let damage = bill.reader.damage();
    if !damage.is_empty() {
        lines.push(String::new());
        lines.extend(damage.iter().map(|damage| format!("Damaged: {damage}.")));
    }
    lines
}

/// Returns the bill as a table in Markdown.
pub(super) fn markdown(bill: &Bill<'_>) -> Vec<String> {
    let escaped = |text: &str| text.replace('|', "\\|");
    let mut lines =
        vec![format!("| {} | {} |", title(bill), readable(bill)), "|---|---|".to_owned()];
    let row = |(name, value): Line| format!("| {name} | {} |", escaped(&value));
    lines.extend(values(bill).into_iter().map(row));
    lines
}

/// Returns the bill as a table in LaTeX.
pub(super) fn latex(bill: &Bill<'_>) -> Vec<String> {
    let mut lines = vec![
        "\\begin{tabular}{ll}".to_owned(),
        "\\toprule".to_owned(),
        format!("{} & {} \\\\", in_latex(&title(bill)), in_latex(&readable(bill))),
        "\\midrule".to_owned(),
    ];
    let row = |(name, value): Line| format!("{name} & {} \\\\", in_latex(&value));
    lines.extend(values(bill).into_iter().map(row));
    lines.extend(["\\bottomrule", "\\end{tabular}"].map(str::to_owned));
    lines
}

/// Returns a text as LaTeX prints it.
fn in_latex(text: &str) -> String {
    let mut latex = String::new();
    for letter in text.chars() {
        match letter {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => latex.extend(['\\', letter]),
            '~' => latex.push_str("\\textasciitilde{}"),
            '^' => latex.push_str("\\textasciicircum{}"),
            '\\' => latex.push_str("\\textbackslash{}"),
            letter => latex.push(letter),
        }
    }
    latex
}

fn title(bill: &Bill<'_>) -> String {
    let Workload { name, kind, .. } = &bill.workload.workload;
    format!("{name} ({})", kind.replace('_', " "))
}

fn readable(bill: &Bill<'_>) -> String {
    let whole = |at: gpu_carbon_core::Timestamp| at.floor_to(Span::from_seconds(1));
    let time = Interval::new(whole(bill.time.start()), whole(bill.time.end()));
    bill.args.time_zone.readable_interval(time)
}

fn values(bill: &Bill<'_>) -> Vec<Line> {
    let totals = &bill.workload.totals;
    let energy = |joules: f64| format::energy(derived::energy(joules));
    let mass = |grams: f64| format::mass(derived::mass(grams));
    let joules = totals.joules();
    let gpus = match bill.workload.gpus.len() {
        1 => "1 GPU".to_owned(),
        gpus => format!("{gpus} GPUs"),
    };
    let hours = format::digits(totals.gpu_seconds / 3600.0);
    let mut lines = vec![("held", format!("{gpus}, {hours} GPU-hours"))];
    lines.push(("energy", energy(joules)));
    lines.push(match bill.idle() {
        Some(idle) => {
            let share = if joules > 0.0 { idle.joules / joules } else { 0.0 };
            let watts = format::digits(idle.watts);
            let (used, share) = (energy(idle.joules), format::percent(share));
            ("idle", format!("{used} ({share}) while held, in five minutes or more of at most {watts} W a GPU"))
        }
        None => (
            "idle",
            "unknown: the ledger has no time in which no workload held these GPUs; give --idle-power".to_owned(),
        ),
    });
    lines.push(("emissions", emissions(bill)));
    let unknown = unknown_embodied(bill);
    let embodied = match (totals.embodied_grams, &unknown) {
        (Some(grams), None) => mass(grams),
        (Some(grams), Some(unknown)) => format!("{}; {unknown}", mass(grams)),
        (None, _) => "unknown: no figure for these GPUs is published or configured".to_owned(),
    };
    lines.push(("embodied", embodied));
    if totals.embodied_grams.is_some() {
        lines.push(("  source", manufacture::sources(&bill.manufactures).join("; ")));
    }
    let per = &bill.args.per;
    let unit = if per.amount == 1.0 {
        per.unit.clone()
    } else {
        format!("one of {} {}", per.amount, per.unit)
    };
    let sci = match bill.sci_grams() {
        Some(grams) => {
            let unknown = unknown.map(|unknown| format!("; {unknown}")).unwrap_or_default();
            format!("{} per {unit}{unknown}", small_mass(grams))
        }
        None => "unknown: no intensity covers its energy yet".to_owned(),
    };
    lines.push(("SCI", sci));
    lines.push(("boundary", bill.boundary.sentence()));
    lines.extend(alternatives(bill));
    lines
}

/// Returns the share of the time for which the embodied emissions are unknown, in words; `None` where they are known for all of it.
fn unknown_embodied(bill: &Bill<'_>) -> Option<String> {
    let ratio = bill.workload.totals.embodied_known_ratio().filter(|ratio| *ratio < 1.0)?;
    let share = format::percent(1.0 - ratio);
    Some(format!("without the manufacture for {share} of the GPU-hours, where it is unknown"))
}

/// Returns a mass that may be far below a gram.
fn small_mass(grams: f64) -> String {
    if grams >= 0.1 || grams == 0.0 {
        return format::mass(derived::mass(grams));
    }
    let (number, unit) = match grams {
        grams if grams >= 1e-4 => (grams * 1e3, "mg"),
        grams if grams >= 1e-7 => (grams * 1e6, "µg"),
        grams => (grams * 1e9, "ng"),
    };
    format!("{} {unit}", format::digits(number))
}

fn emissions(bill: &Bill<'_>) -> String {
    let (totals, origins) = (&bill.workload.totals, bill.reader.origins());
    let (Some(signal), Some(grams)) = (bill.signal, bill.grams()) else {
        return "unknown: no intensity covers its energy yet".to_owned();
    };
    let qualities = Quality::ALL.into_iter().filter_map(|quality| {
        let ratio =
            derived::quality_ratio(totals, origins, quality).filter(|ratio| *ratio > 0.0)?;
        Some(format!("{quality} {}", format::percent(ratio)))
    });
    let qualities = qualities.collect::<Vec<_>>().join(", ");
    let mut text = format!("{} ({signal}; {qualities})", format::mass(derived::mass(grams)));
    let pending = totals.pending_joules(origins) / totals.joules();
    if pending >= 5e-5 {
        text +=
            &format!("; {} of the energy is pending, and has none yet", format::percent(pending));
    }
    text
}

fn alternatives(bill: &Bill<'_>) -> Vec<Line> {
    let Some(Alternatives { source, window, best }) = &bill.alternatives else { return Vec::new() };
    let Some(best) = best else {
        let text = format!(
            "unknown: {source} has no intensity for all of its time and five minutes after: give --intensity"
        );
        return vec![("otherwise", text)];
    };
    let grams = bill.grams().unwrap_or_default();
    let of = |ratio: f64| {
        let (mass, percent) =
            (format::mass(derived::mass(grams * ratio)), format::percent(1.0 - ratio));
        format!("{mass} (saves {percent})")
    };
    let known = format!("by the intensity of {source}, which was known afterwards only");
    let within = format::span(*window);
    let start = match best.delay {
        Span::ZERO => format!("no start within {within} was better, {known}"),
        delay => format!(
            "{} later: {}, the best within {within}, {known}",
            format::span(delay),
            of(best.start_ratio)
        ),
    };
    vec![
        ("started", start),
        ("with pauses", format!("{}, if they cost nothing", of(best.pause_ratio))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_are_readable_at_any_size() {
        let expected = [
            (0.0, "0 g"),
            (3370.0, "3.37 kg"),
            (0.02, "20.0 mg"),
            (3.4e-6, "3.40 µg"),
            (2e-9, "2.00 ng"),
        ];
        for (grams, text) in expected {
            assert_eq!(small_mass(grams), text);
        }
    }

    #[test]
    fn a_text_is_escaped_in_latex() {
        assert_eq!(
            in_latex("a_b & 5 % {x}~^\\"),
            "a\\_b \\& 5 \\% \\{x\\}\\textasciitilde{}\\textasciicircum{}\\textbackslash{}"
        );
    }
}
