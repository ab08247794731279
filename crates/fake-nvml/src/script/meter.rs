//! The scope of a GPU's counter, and values of its meters that cannot be true.

use serde::{Deserialize, Serialize};

/// Samples of power that cannot be true: one in so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadPower {
    /// The number of samples of which the last one is bad, at least 1. Each process counts its own.
    pub one_in: u32,
    /// The value of the bad sample, in milliwatts.
    pub milliwatts: u32,
}

/// Values of the energy counter that cannot be true: one in so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadCounter {
    /// The number of readings of which the last one is bad, at least 1. Each process counts its own.
    pub one_in: u32,
    /// The value of the bad reading, in millijoules.
    pub millijoules: u64,
}

/// The part of the hardware whose energy a counter shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CounterScope {
    /// The GPU.
    #[default]
    Gpu,
    /// The whole module, such as a Grace Hopper with its CPU and memory.
    Module,
}
