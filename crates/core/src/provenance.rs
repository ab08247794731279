//! Where an intensity comes from: which question it answers, and how well it is known.

use core::fmt;

/// Which question an intensity answers. The two are never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// What one more kilowatt-hour would emit (the paper's).
    Marginal,
    /// What the grid emits for each kilowatt-hour, over all its plants.
    Average,
}

/// How an intensity is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// ServiceResponse for its time, after the fact.
    Measured,
    /// ServiceResponse as an estimate that may be revised, or given by the operator as a constant.
    Estimated,
    /// Predicted before its time.
    Forecast,
    /// Taken from another time: the same hour of another day or year.
    Fallback,
}

impl Signal {
    /// Every signal.
    pub const ALL: [Signal; 2] = [Signal::Marginal, Signal::Average];

    /// The name that configurations and metric labels use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Signal::Marginal => "marginal",
            Signal::Average => "average",
        }
    }

    /// The one of a name; `None` of any other text.
    #[must_use]
    pub fn named(name: &str) -> Option<Signal> {
        Signal::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl Quality {
    /// Every quality, the best first.
    pub const ALL: [Quality; 4] =
        [Quality::Measured, Quality::Estimated, Quality::Forecast, Quality::Fallback];

    /// The name that metric labels use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Quality::Measured => "measured",
            Quality::Estimated => "estimated",
            Quality::Forecast => "forecast",
            Quality::Fallback => "fallback",
        }
    }

    /// The one of a name; `None` of any other text.
    #[must_use]
    pub fn named(name: &str) -> Option<Quality> {
        Quality::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_name_alone() {
        assert!(Signal::ALL.into_iter().all(|it| Signal::named(it.name()) == Some(it)));
        assert!(Quality::ALL.into_iter().all(|it| Quality::named(it.name()) == Some(it)));
        assert_eq!((Signal::named("Marginal"), Quality::named("")), (None, None));
    }
}
