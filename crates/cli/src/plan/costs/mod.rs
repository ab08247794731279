//! Money and moving beside the emissions of plans, and the choices that nothing beats in both.

mod args;
mod choice;
mod document;
mod prices;
mod text;

pub(super) use args::CostArgs;
pub(super) use choice::{BEST_START, Candidate, Choice, Costs, WITH_PAUSES};
pub(super) use document::CostsDocument;
pub(super) use text::lines;
