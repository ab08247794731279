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

/// The emissions that a gram counts. Grams of different scopes are never compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// CO2 of combustion in power plants: nuclear, wind and solar power count 0.
    Co2Direct,
    /// CO2 and other greenhouse gases over the life cycle of the plants and their fuels.
    Co2eLifecycle,
}

/// The scope of emissions that were added up, maybe by the intensities of several sources.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TotalScope {
    /// Nothing was added yet.
    #[default]
    Empty,
    /// All emissions have this scope, or all are of an unknown one.
    Uniform(Option<Scope>),
    /// The emissions have several scopes, or those of a part are unknown.
    Mixed,
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

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 2] = [Scope::Co2Direct, Scope::Co2eLifecycle];

    /// The name in files, configurations and metric labels.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Co2Direct => "co2_direct",
            Scope::Co2eLifecycle => "co2e_lifecycle",
        }
    }

    /// The scope in words, for texts that people read.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Scope::Co2Direct => "CO2 of combustion",
            Scope::Co2eLifecycle => "CO2e over the life cycle",
        }
    }

    /// The scope with a name; `None` for any other text.
    #[must_use]
    pub fn named(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl TotalScope {
    /// The scope after other emissions were added.
    #[must_use]
    pub fn with(self, other: TotalScope) -> TotalScope {
        match (self, other) {
            (TotalScope::Empty, only) | (only, TotalScope::Empty) => only,
            (one, same) if one == same => one,
            _ => TotalScope::Mixed,
        }
    }

    /// The name in metric labels: that of the scope, `mixed`, or `unspecified` where it is unknown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            TotalScope::Uniform(Some(scope)) => scope.name(),
            TotalScope::Empty | TotalScope::Uniform(None) => "unspecified",
            TotalScope::Mixed => "mixed",
        }
    }
}

/// The scope of the sum of emissions that have these scopes.
impl FromIterator<Option<Scope>> for TotalScope {
    fn from_iter<I: IntoIterator<Item = Option<Scope>>>(scopes: I) -> TotalScope {
        scopes.into_iter().map(TotalScope::Uniform).fold(TotalScope::Empty, TotalScope::with)
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

impl fmt::Display for Scope {
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
    fn a_sum_has_the_scope_of_its_parts_or_a_mixed_one() {
        let [direct, lifecycle] = Scope::ALL.map(Some);
        let name = |scopes: &[Option<Scope>]| scopes.iter().copied().collect::<TotalScope>().name();
        assert_eq!((name(&[]), name(&[None, None])), ("unspecified", "unspecified"));
        assert_eq!((name(&[direct]), name(&[lifecycle; 3])), ("co2_direct", "co2e_lifecycle"));
        assert_eq!((name(&[direct, lifecycle, direct]), name(&[direct, None])), ("mixed", "mixed"));
    }

    #[test]
    fn signals_scopes_and_qualities_are_found_by_their_names() {
        assert!(Signal::ALL.into_iter().all(|it| Signal::named(it.name()) == Some(it)));
        assert!(Scope::ALL.into_iter().all(|it| Scope::named(it.name()) == Some(it)));
        assert!(Quality::ALL.into_iter().all(|it| Quality::named(it.name()) == Some(it)));
        assert_eq!((Signal::named("Marginal"), Quality::named("")), (None, None));
    }
}
