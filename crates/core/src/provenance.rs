//! The provenance of an intensity: the question that it answers, and its quality.

use core::fmt;

/// The question that an intensity answers. The two signals are never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// The emissions of one more kilowatt-hour (the paper's signal).
    Marginal,
    /// The emissions of the grid for each kilowatt-hour, over all its plants.
    Average,
}

/// The quality of an intensity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// Published for its time, after the fact.
    Measured,
    /// Published as an estimate that may be revised, or given by the operator as a constant.
    Estimated,
    /// Predicted before its time.
    Forecast,
    /// Taken from another time: the same hour of another day or year.
    Fallback,
}

impl Signal {
    /// Every signal.
    pub const ALL: [Signal; 2] = [Signal::Marginal, Signal::Average];

    /// The name in configurations and metric labels.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Signal::Marginal => "marginal",
            Signal::Average => "average",
        }
    }

    /// The signal with a name; `None` for any other text.
    #[must_use]
    pub fn named(name: &str) -> Option<Signal> {
        Signal::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl Quality {
    /// Every quality, the best first.
    pub const ALL: [Quality; 4] =
        [Quality::Measured, Quality::Estimated, Quality::Forecast, Quality::Fallback];

    /// The name in metric labels.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Quality::Measured => "measured",
            Quality::Estimated => "estimated",
            Quality::Forecast => "forecast",
            Quality::Fallback => "fallback",
        }
    }

    /// The quality with a name; `None` for any other text.
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
    fn signals_and_qualities_are_found_by_their_names() {
        assert!(Signal::ALL.into_iter().all(|it| Signal::named(it.name()) == Some(it)));
        assert!(Quality::ALL.into_iter().all(|it| Quality::named(it.name()) == Some(it)));
        assert_eq!((Signal::named("Marginal"), Quality::named("")), (None, None));
    }
}
