//! The intensities that a source provides.

use std::sync::Arc;

use gpu_carbon_core::{Quality, Scope, Series, Signal, Timestamp};
use gpu_carbon_feeds::scope_of_source;

/// The series that a source provides, with all that a number computed from them must carry.
#[derive(Debug, Clone)]
pub struct Intensities {
    /// The signal, marginal or average.
    pub signal: Signal,
    /// The scope of a file or a constant; `None` where it is unknown, or services have their own.
    pub scope: Option<Scope>,
    /// The series that converts energy; `None` if there is none yet, or none for this time of the year.
    pub converting: Option<Arc<Series>>,
    /// The series that is displayed. Its values may be of a lower quality than those that convert energy.
    pub displayed: Option<Arc<Series>>,
    /// The forecast, from now on.
    pub forecast: Option<Arc<Series>>,
    /// The origins of the values, each from its time until the next one's.
    pub origins: Arc<[Origin]>,
    /// `true` if each value is for a time; a constant is for none.
    pub is_timed: bool,
}

/// The origin of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The time from which it holds, until the next origin.
    pub from: Timestamp,
    /// The name of the source.
    pub source: &'static str,
    /// The quality of the values.
    pub quality: Quality,
}

impl Intensities {
    /// The intensities of a source whose values have one quality. The displayed series converts energy too.
    #[must_use]
    pub fn uniform(
        series: Option<Arc<Series>>,
        signal: Signal,
        source: &'static str,
        quality: Quality,
        is_timed: bool,
    ) -> Intensities {
        Intensities {
            signal,
            scope: None,
            converting: series.clone(),
            forecast: series.clone().filter(|_| is_timed),
            displayed: series,
            origins: [Origin { from: Timestamp::FIRST, source, quality }].into(),
            is_timed,
        }
    }

    /// The scope of the values of a source; `None` where it is unknown.
    #[must_use]
    pub fn scope_of(&self, source: &str) -> Option<Scope> {
        scope_of_source(source).or(self.scope)
    }

    /// The scope of the value at a time; `None` where it is unknown, or there is no value.
    #[must_use]
    pub fn scope_at(&self, time: Timestamp) -> Option<Scope> {
        self.scope_of(self.origin(time)?.source)
    }

    /// The origin of the value at a time; the first origin if the time is before all of them.
    #[must_use]
    pub fn origin(&self, time: Timestamp) -> Option<Origin> {
        let next = self.origins.partition_point(|origin| origin.from <= time);
        self.origins.get(next.saturating_sub(1)).copied()
    }
}
