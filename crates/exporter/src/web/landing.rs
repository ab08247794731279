//! The page at `/`: links, the grid, and the energy and emissions of every GPU, for people.

use std::fmt::Write as _;

use gpu_carbon_core::Span;
use gpu_carbon_core::format::{energy, mass, power as watts};

use crate::nvml::EnergyMethod;
use crate::snapshot::{CurrentIntensity, GpuView, GridView, Snapshot};

const PAGE: &str = include_str!("landing.html");

/// The page.
pub(super) fn page(snapshot: &Snapshot, telemetry_path: &str, awake: Span) -> String {
    let mut main = grid(&snapshot.grid, snapshot.pue.as_number());
    if let Err(why) = snapshot.readiness(awake) {
        let _ = write!(main, "<p class=\"bad\">Not ready: {}.</p>", escaped(&why));
    }
    if snapshot.ledger.is_some_and(|ledger| !ledger.up) {
        main.push_str(
            "<p class=\"bad\">The ledger cannot be written; the log gives the reason.</p>",
        );
    }
    if !snapshot.gpus.is_empty() {
        main.push_str(&table(&snapshot.gpus));
    }
    PAGE.replace("{telemetry_path}", &escaped(telemetry_path))
        .replace("{version}", env!("CARGO_PKG_VERSION"))
        .replace("{main}", &main)
}

fn grid(grid: &GridView, pue: f64) -> String {
    let now = match grid.current {
        None => "<b>unknown now</b> (energy is pending)".to_owned(),
        Some(CurrentIntensity { intensity, .. }) => {
            let dirty = intensity >= grid.threshold;
            let class = if dirty { " class=\"bad\"" } else { "" };
            let is = if dirty { "above" } else { "below" };
            format!(
                "<b{class}>{:.0} g/kWh</b>, {is} the threshold of {:.0}",
                intensity.as_grams_per_kilowatt_hour(),
                grid.threshold.as_grams_per_kilowatt_hour()
            )
        }
    };
    let source =
        grid.current.map_or_else(String::new, |CurrentIntensity { source, quality, .. }| {
            format!("Source: {source}, {quality}. ")
        });
    format!(
        "<p>Grid {}: {} intensity {now}. <small>{source}Power usage effectiveness: {pue}.</small></p>",
        escaped(&grid.zone),
        grid.signal,
    )
}

fn table(gpus: &[GpuView]) -> String {
    let mut table = String::from(
        "<div class=\"scroll\"><table><thead><tr><th>GPU<th>Model<th>State<th>Power<th>Energy<th>Pending\
         <th>Emissions<th>Embodied</tr></thead><tbody>",
    );
    for gpu in gpus {
        let name = gpu.identity.as_ref().map_or("", |identity| &identity.name);
        let power = gpu.power.map_or_else(String::new, watts);
        let state = match gpu.errors.iter().map(|error| error.count).sum::<u64>() {
            _ if !gpu.up => "<b class=\"bad\">no answer</b>".to_owned(),
            _ if gpu.method == EnergyMethod::None => "up, without a meter".to_owned(),
            0 => "up".to_owned(),
            errors => format!("up, {errors} errors"),
        };
        let _ = write!(table, "<tr><td>{}<td>{}<td>{state}<td>{power}", gpu.index, escaped(name));
        if let Some(totals) = &gpu.totals {
            let embodied = totals.embodied.map_or_else(|| "unknown".to_owned(), mass);
            let _ = write!(
                table,
                "<td>{}<td>{}<td>{}<td>{embodied}",
                energy(totals.energy),
                energy(totals.pending),
                mass(totals.emissions),
            );
        } else {
            table.push_str("<td><td><td><td>");
        }
        table.push_str("</tr>");
    }
    let totals = || gpus.iter().filter_map(|gpu| gpu.totals);
    let _ = write!(
        table,
        "</tbody><tfoot><tr><td>All<td><td><td>{}<td>{}<td>{}<td>{}<td></tr></tfoot></table></div>",
        watts(gpus.iter().filter_map(|gpu| gpu.power).sum()),
        energy(totals().map(|one| one.energy).sum()),
        energy(totals().map(|one| one.pending).sum()),
        mass(totals().map(|one| one.emissions).sum()),
    );
    table
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
