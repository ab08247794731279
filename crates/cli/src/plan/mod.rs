//! `gpu-carbon plan`: when, and where, a job emits least.

mod answer;
mod args;
mod chart;
mod csv;
mod json;
mod request;
mod text;

use anyhow::Result;

use crate::choices::Format;
use crate::region;
use answer::Answer;
use request::Request;

pub use args::Args;

/// Plans a job, and writes the plan.
///
/// # Errors
///
/// A [`Refusal`](crate::Refusal) when what was given cannot be used; another error for anything else.
pub fn run(args: &Args) -> Result<String> {
    let request = Request::new(args)?;
    let regions = region::open(&args.intensity, request.signal)?;
    let answer = Answer::to(&request, &regions)?;
    match args.format {
        Format::Text => Ok(text::write(&answer)),
        Format::Json => json::write(&answer),
        Format::Csv => Ok(csv::write(&answer)),
    }
}
