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

impl Query {
    /// The past interval of a query for history; for others `present`, which a service needs in order to answer them.
    pub(super) fn period_or(self, present: Interval) -> Interval {
        match self {
            Query::Now | Query::Forecast => present,
            Query::History(interval) => interval,
        }
    }
}
