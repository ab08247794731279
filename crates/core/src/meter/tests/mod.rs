//! Tests of the meter.

mod away;
mod readings;
mod simulated;
mod stands;
