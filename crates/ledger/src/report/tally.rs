//! A sum over rows of the ledger.

use gpu_carbon_core::Signal;
use gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;

use crate::posting::{How, Origin};
use crate::reader::{Stay, Use};

/// What some rows of the ledger add up to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    joules: [f64; 3],
    /// By the place of the origin; what waits for its price has no grams.
    priced: Vec<Priced>,
    /// The time for which GPUs were there, each counted for itself, in seconds.
    pub gpu_seconds: f64,
    /// The share of the GPUs' manufacture that belongs to that time.
    pub embodied_grams: f64,
    /// The energy of rows of which only a share by time is counted.
    pub shared_joules: f64,
}

/// Energy of one origin, and what it emitted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Priced {
    /// Of the GPUs alone, without the data centre's overhead.
    pub joules: f64,
    /// With the overhead.
    pub grams: f64,
}

impl Tally {
    pub(super) fn add_use(&mut self, one: &Use, share: f64) {
        let mut joules = 0.0;
        for (sum, part) in self.joules.iter_mut().zip(one.joules) {
            *sum += part * share;
            joules += part * share;
        }
        self.priced.resize(self.priced.len().max(one.origin + 1), Priced::default());
        if let Some(priced) = self.priced.get_mut(one.origin) {
            priced.joules += joules;
            priced.grams += one.grams.unwrap_or_default() * share;
        }
        if share < 1.0 {
            self.shared_joules += joules;
        }
    }

    pub(super) fn add_stay(&mut self, one: &Stay, share: f64) {
        self.gpu_seconds += one.seconds * share;
        self.embodied_grams += one.embodied_grams * share;
    }

    /// Both together.
    #[must_use]
    pub fn with(mut self, other: Tally) -> Tally {
        for (sum, part) in self.joules.iter_mut().zip(other.joules) {
            *sum += part;
        }
        self.priced.resize(self.priced.len().max(other.priced.len()), Priced::default());
        for (sum, part) in self.priced.iter_mut().zip(other.priced) {
            sum.joules += part.joules;
            sum.grams += part.grams;
        }
        self.gpu_seconds += other.gpu_seconds;
        self.embodied_grams += other.embodied_grams;
        self.shared_joules += other.shared_joules;
        self
    }

    /// All the energy, priced or not.
    #[must_use]
    pub fn joules(&self) -> f64 {
        self.joules.iter().sum()
    }

    /// The energy that was found in a way.
    #[must_use]
    pub fn joules_found(&self, how: How) -> f64 {
        let [counted, integrated, recovered] = self.joules;
        match how {
            How::Counted => counted,
            How::Integrated => integrated,
            How::Recovered => recovered,
        }
    }

    /// The energy that waits for its price; `origins` are the reader's.
    #[must_use]
    pub fn unpriced_joules(&self, origins: &[Origin]) -> f64 {
        let waiting = self.origins(origins).filter(|(origin, _)| origin.price.is_none());
        waiting.fold(0.0, |sum, (_, part)| sum + part.joules)
    }

    /// What the energy emitted whose price answers a question; `None` where there is none. The two questions
    /// are never mixed.
    #[must_use]
    pub fn grams(&self, signal: Signal, origins: &[Origin]) -> Option<f64> {
        self.of(signal, origins).map(|(_, priced)| priced.grams).reduce(|sum, part| sum + part)
    }

    /// The mean intensity, in g/kWh, that energy was priced by: what each kilowatt-hour drawn from the grid
    /// emitted. `None` where there is none.
    #[must_use]
    pub fn intensity(&self, signal: Signal, origins: &[Origin]) -> Option<f64> {
        let drawn: f64 = self
            .of(signal, origins)
            .map(|(origin, priced)| priced.joules * origin.pue.as_number())
            .sum();
        let grams = self.grams(signal, origins)?;
        (drawn > 0.0).then(|| grams / (drawn / JOULES_PER_KILOWATT_HOUR))
    }

    /// What each origin has of it, where it has something.
    pub fn origins<'a>(&self, origins: &'a [Origin]) -> impl Iterator<Item = (&'a Origin, Priced)> {
        let has_some = |(_, priced): &(_, Priced)| *priced != Priced::default();
        origins.iter().zip(self.priced.iter().copied()).filter(has_some)
    }

    fn of<'a>(
        &self,
        signal: Signal,
        origins: &'a [Origin],
    ) -> impl Iterator<Item = (&'a Origin, Priced)> {
        self.origins(origins)
            .filter(move |(origin, _)| origin.signal == signal && origin.price.is_some())
    }

    /// The mean power of a GPU while it was there, in watts; `None` where none was.
    #[must_use]
    pub fn mean_watts(&self) -> Option<f64> {
        (self.gpu_seconds > 0.0).then(|| self.joules() / self.gpu_seconds)
    }
}
