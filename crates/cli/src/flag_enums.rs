//! Values of the flags that several commands share.

use clap::ValueEnum;
use gpu_carbon_core::Signal;

/// The kind of intensity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SignalArg {
    /// The emissions of one more kilowatt-hour
    Marginal,
    /// The emissions of the grid for each kilowatt-hour, in the mean over all plants
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

/// The format of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Text,
    /// JSON
    Json,
    /// CSV
    Csv,
}

/// The rule while nobody knows the intensity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnknownArg {
    /// The command runs
    Run,
    /// The command stays as it is
    Hold,
    /// A command that has not begun is given up, with exit status 75; one that has begun runs
    Fail,
}
