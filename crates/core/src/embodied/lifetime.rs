//! The lifetime over which the emissions of manufacture are spread.

use crate::time::Span;

/// A lifetime in use, and the documents that use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// Years of 365 days.
    pub years: u16,
    /// The documents and tools that use it.
    pub source: &'static str,
}

/// The lifetimes in use, the shortest first.
pub const LIFETIMES: [Lifetime; 4] = [
    Lifetime { years: 3, source: "EcoLogits, methodology, 2025; Boavizta, for GPUs" },
    Lifetime {
        years: 4,
        source: "Green Software Foundation, SCI guide, 2024; Impact Framework, default of 126,144,000 s; NVIDIA, for the product carbon footprints of HGX",
    },
    Lifetime { years: 5, source: "tools of high-performance computing" },
    Lifetime { years: 6, source: "Google, arXiv:2502.01671, 2025; Boavizta, for clouds" },
];

/// The lifespan of a GPU if none is configured: the four years of the worked cases in the SCI guide (Green Software
/// Foundation, 2024).
pub const LIFESPAN: Span = Span::from_days(4 * 365);

impl Lifetime {
    /// The length.
    #[must_use]
    pub const fn span(&self) -> Span {
        Span::from_days(self.years as u64 * 365)
    }

    /// The lifetime in use of a length; `None` for a length that no document is known to use.
    #[must_use]
    pub fn of(span: Span) -> Option<&'static Lifetime> {
        LIFETIMES.iter().find(|lifetime| lifetime.span() == span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_ordered_and_the_default_has_a_source() {
        assert!(LIFETIMES.is_sorted_by(|one, next| one.years < next.years));
        assert_eq!(Lifetime::of(LIFESPAN).unwrap().years, 4);
        assert_eq!(LIFESPAN, Span::from_seconds(126_144_000));
        assert_eq!(Lifetime::of(Span::from_days(4 * 365 + 1)), None);
    }
}
