//! `gpu-carbon simulate`: the savings of policies that do not know the future, beside those of an oracle.

mod answer;
mod args;
mod forecast_input;
mod policy;
mod request;
mod starts;
mod table;
mod text;

use anyhow::Result;

use crate::flag_enums::Format;
use crate::output;
use answer::Answer;
use request::Request;

pub use args::{Args, StartsArg};
pub use policy::PolicyArg;

/// Simulates the job under each policy, and returns the savings in the format that was asked for.
///
/// # Errors
///
/// A [`UsageError`](crate::UsageError) when an argument or a file cannot be used; another error for anything else.
pub fn run(args: &Args) -> Result<String> {
    let request = Request::new(args)?;
    let answer = Answer::to(&request)?;
    match args.format {
        Format::Text => Ok(output::text::write(&text::lines(&answer))),
        Format::Json => table::json(&answer),
        Format::Csv => Ok(table::csv(&answer)),
    }
}
