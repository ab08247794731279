//! What a flag lets one choose from, the same in every command.

use clap::ValueEnum;
use gpu_carbon_core::Signal;

/// Which question the intensities answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SignalArg {
    /// What one more kilowatt-hour would emit
    Marginal,
    /// What the grid emits for each kilowatt-hour, over all its plants
    Average,
}

impl From<SignalArg> for Signal {
    fn from(signal: SignalArg) -> Signal {
        match signal {
            SignalArg::Marginal => Signal::Marginal,
            SignalArg::Average => Signal::Average,
        }
    }
}

/// How to write the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// For tables
    Csv,
}
