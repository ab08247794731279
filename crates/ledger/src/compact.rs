//! A ledger of a bounded size: old slots become hours, and old hours days.

use gpu_carbon_core::Span;

/// How far back a price may still come: as far as one request to a service reaches. Until then a slot stays
/// a slot.
pub const PRICED_WITHIN: Span = Span::from_days(32);

/// How long slots and hours are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    hours_after: Span,
    days_after: Span,
}

/// A retention that loses prices, or that never makes hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RetentionError {
    /// Slots would become hours while their prices may still come.
    #[error(
        "slots become hours after 32 days at the earliest: until then their prices may come or be revised"
    )]
    TooSoon,
    /// Hours would become days before they are hours.
    #[error("hours become days no earlier than slots become hours")]
    OutOfOrder,
}

impl Retention {
    /// Slots become hours at the first age, and hours days at the second.
    ///
    /// # Errors
    ///
    /// When slots would become hours before [`PRICED_WITHIN`], or hours days before slots hours.
    pub fn new(hours_after: Span, days_after: Span) -> Result<Retention, RetentionError> {
        if hours_after < PRICED_WITHIN {
            Err(RetentionError::TooSoon)
        } else if days_after < hours_after {
            Err(RetentionError::OutOfOrder)
        } else {
            Ok(Retention { hours_after, days_after })
        }
    }

    /// The age at which slots become hours.
    #[must_use]
    pub const fn hours_after(self) -> Span {
        self.hours_after
    }

    /// The age at which hours become days.
    #[must_use]
    pub const fn days_after(self) -> Span {
        self.days_after
    }
}

impl Default for Retention {
    /// A month, and a year.
    fn default() -> Retention {
        Retention { hours_after: PRICED_WITHIN, days_after: Span::from_days(366) }
    }
}

/// What one call compacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// How many rows were put together into fewer.
    pub rows: usize,
    /// Whether nothing is left to do: else call again.
    pub done: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_slots_for_as_long_as_prices_may_come() {
        let days = Span::from_days;
        assert_eq!(Retention::new(days(32), days(366)), Ok(Retention::default()));
        assert_eq!(Retention::new(days(31), days(366)), Err(RetentionError::TooSoon));
        assert_eq!(Retention::new(days(40), days(39)), Err(RetentionError::OutOfOrder));
        assert!(Retention::new(days(40), days(40)).is_ok());
    }
}
