//! `gpu-carbon regions`: the cloud regions, ranked by the yearly carbon intensity of their grid zones, and the data for each.

mod args;
mod coverage;
mod ranking;
mod table;
mod text;

use anyhow::Result;

use crate::flag_enums::Format;
use crate::output;

pub use args::Args;

/// Ranks the regions, or counts them by their data, and returns the answer in the format that was asked for.
///
/// # Errors
///
/// When the answer cannot be written.
pub fn run(args: &Args) -> Result<String> {
    let ranking = ranking::Ranking::of(args);
    if args.coverage {
        let coverage = coverage::Coverage::of(&ranking.regions);
        return match args.format {
            Format::Text => Ok(output::text::write(&coverage.lines())),
            Format::Json => coverage.table().json(),
            Format::Csv => Ok(coverage.table().csv()),
        };
    }
    match args.format {
        Format::Text => Ok(output::text::write(&text::lines(&ranking))),
        Format::Json => table::of(&ranking).json(),
        Format::Csv => Ok(table::of(&ranking).csv()),
    }
}
