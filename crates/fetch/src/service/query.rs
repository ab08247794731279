//! Queries for the values of a time.

use gpu_carbon_core::Interval;

/// A query to a service. The answer may contain more values than the query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    /// The present value, and the forecast of services that send both in one answer.
    Now,
    /// The forecast of services that send it in an answer of its own.
    Forecast,
    /// The values of a past interval, no longer than [`Service::longest_history`](crate::Service::longest_history).
    History(Interval),
}
