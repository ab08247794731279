//! `gpu-carbon job`: the bill of one workload, from the exporter's ledger.

mod alternatives;
mod args;
mod bill;
mod idle;
mod lines;
mod table;

use anyhow::Result;
use gpu_carbon_core::{Interval, Signal};
use gpu_carbon_ledger::Reader;
use gpu_carbon_ledger::report::{HostReport, by_workload, recorded_intensity};

use crate::output;
use crate::region;
use crate::report::manufacture;
use crate::usage_error::UsageError;
use alternatives::{Alternatives, Source};
use bill::Bill;

pub use args::{Args, Format, FunctionalUnits};

/// Returns the bill in the format that was asked for.
///
/// # Errors
///
/// A [`UsageError`] when an argument or a file cannot be used, or the ledger has no such workload; another error for anything
/// else.
pub fn run(args: &Args) -> Result<String> {
    let reader = Reader::open(&args.ledger).map_err(UsageError::Ledger)?;
    let bill = bill(args, &reader)?;
    Ok(match args.format {
        Format::Text => output::text::write(&lines::text(&bill)),
        Format::Markdown => output::text::write(&lines::markdown(&bill)),
        Format::Latex => output::text::write(&lines::latex(&bill)),
        Format::Json => table::of(&bill).json()?,
        Format::Csv => table::of(&bill).csv(),
    })
}

fn bill<'a>(args: &'a Args, reader: &'a Reader) -> Result<Bill<'a>> {
    let unknown = || UsageError::UnknownWorkload {
        ledger: args.ledger.clone(),
        workload: args.workload.clone(),
        known: reader
            .workloads()
            .iter()
            .filter(|row| row.workload.is_workload())
            .map(|row| row.workload.name.to_string())
            .collect(),
    };
    let named = |name: &str| *name == *args.workload;
    let row = reader.workloads().iter().find(|row| named(&row.workload.name));
    let time = row.map(|row| row.time).ok_or_else(unknown)?;
    // All rows of that time, of which old ones last a day.
    let day = gpu_carbon_core::Span::from_days(1);
    let within = Interval::new(time.start() - day, time.end() + day);
    let recorded = reader.boundary();
    let all = by_workload(reader, within).map_err(UsageError::Ledger)?;
    let host = HostReport::read(reader, vec![within.start(), within.end()]);
    let boundary = host.map_err(UsageError::Ledger)?.boundary(recorded);
    let idle = idle::GpuPowers::of(&all, args.idle_power);
    let workload = all.into_iter().find(|one| named(&one.workload.name)).ok_or_else(unknown)?;
    let mut manufactures = manufacture::read(reader, time)?;
    manufactures.retain(|it| workload.gpus.contains(&it.position()));
    let signals = Signal::ALL.into_iter();
    let signal =
        signals.clone().find(|&signal| workload.totals.grams(signal, reader.origins()).is_some());
    let source = match (&args.intensity, signal) {
        (Some(file), signal) => {
            let region = region::open_one(file, signal)?;
            Some(Source { name: region.source, series: region.series })
        }
        (None, Some(signal)) => {
            let whole = Interval::new(time.start(), time.end() + args.window);
            let series = recorded_intensity(reader, whole, signal).map_err(UsageError::Ledger)?;
            series.map(|series| Source { name: "the ledger".to_owned(), series })
        }
        (None, None) => None,
    };
    let alternatives =
        source.map(|source| Alternatives::of(time, workload.totals.joules(), args.window, source));
    Ok(Bill { args, reader, time, workload, signal, idle, boundary, manufactures, alternatives })
}
