//! Sheets of regimes: what the GHG Protocol, ESRS, the EU AI Act, ITU-T L.1801 and the checklists of conferences ask for, from one
//! ledger. Every sheet adds up the same rows as the report, and names what it lacks.

mod ai_act;
pub(super) mod args;
mod checklist;
mod contracts;
mod esrs;
mod l1801;
mod ledger_part;
mod render;
mod scope2;
mod sheet;
mod stages;

use std::io::{Write, stderr};

use anyhow::Result;
use gpu_carbon_core::Interval;
use gpu_carbon_ledger::Reader;

use super::args::{Args, Format};
use crate::usage_error::UsageError;
use args::Regime;
use ledger_part::LedgerPart;
use render::Heading;

/// Returns the sheet of a regime in the format that was asked for.
///
/// # Errors
///
/// When the ledger or a file cannot be read, and when the ledger has no rows in the time.
pub(super) fn sheet(
    args: &Args,
    regime: Regime,
    reader: &Reader,
    time: Option<Interval>,
) -> Result<String> {
    let Some(time) = time else {
        let ledger = args.ledger.display();
        let text = format!("{ledger} has no rows in that time: there is nothing to fill in");
        return Err(UsageError::CommandLine(text).into());
    };
    let part = LedgerPart::read(args, reader, time)?;
    let sheet = match regime {
        Regime::GhgScope2 => scope2::sheet(&part),
        Regime::Esrs => esrs::sheet(&part),
        Regime::AiAct => ai_act::sheet(&part),
        Regime::L1801 => l1801::sheet(&part),
        Regime::Checklist => checklist::sheet(&part),
    }?;
    let boundary = part.boundary.sentence();
    let heading = Heading { args, regime, time, boundary };
    Ok(match args.format {
        Format::Json => render::in_json(&heading, sheet)?,
        Format::Csv => {
            // Its rows have no place for what the sheet lacks.
            for missing in sheet.not_known.iter().filter(|_| sheet.table.is_some()) {
                let (name, reason) = (missing.name, &missing.reason);
                let _ = writeln!(stderr(), "gpu-carbon: not known: {name}: {reason}");
            }
            render::in_csv(&heading, sheet)
        }
        Format::Markdown => render::in_markdown(&heading, &sheet),
        Format::Text | Format::Openmetrics => render::in_text(&heading, &sheet),
    })
}
