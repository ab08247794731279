//! The retention of a ledger, which bounds its size: old slots become hours, and old hours become days.

use gpu_carbon_core::Span;

/// The longest delay of an intensity: 32 days, the period that one request to a service covers. Slots younger than this
/// stay slots.
pub const MAX_INTENSITY_DELAY: Span = Span::from_days(32);

/// The ages at which slots and hours are compacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    hours_after: Span,
    days_after: Span,
}

/// A retention that would lose intensities, or never keep hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RetentionError {
    /// Slots would become hours while their intensities may still arrive.
    #[error(
        "slots become hours after 32 days at the earliest: until then their intensities may arrive or be revised"
    )]
    TooSoon,
    /// Hours would become days before slots become hours.
    #[error("hours become days no earlier than slots become hours")]
    OutOfOrder,
}

impl Retention {
    /// A retention with the ages at which slots become hours, and hours days.
    ///
    /// # Errors
    ///
    /// When slots would become hours before [`MAX_INTENSITY_DELAY`], or hours would become days before slots become
    /// hours.
    pub fn new(hours_after: Span, days_after: Span) -> Result<Retention, RetentionError> {
        if hours_after < MAX_INTENSITY_DELAY {
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
    /// The default: 32 days and 366 days.
    fn default() -> Retention {
        Retention { hours_after: MAX_INTENSITY_DELAY, days_after: Span::from_days(366) }
    }
}

/// The result of one call of [`Ledger::compact`](crate::Ledger::compact).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// The number of rows that were merged into fewer.
    pub rows: usize,
    /// True if no more rows are due; otherwise call again.
    pub done: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_kept_as_long_as_intensities_may_arrive() {
        let days = Span::from_days;
        assert_eq!(Retention::new(days(32), days(366)), Ok(Retention::default()));
        assert_eq!(Retention::new(days(31), days(366)), Err(RetentionError::TooSoon));
        assert_eq!(Retention::new(days(40), days(39)), Err(RetentionError::OutOfOrder));
        assert!(Retention::new(days(40), days(40)).is_ok());
    }
}
