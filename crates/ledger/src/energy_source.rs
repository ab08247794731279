//! The ways in which a GPU's energy is measured, and energy split by them.

/// The way in which an amount of energy was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnergySource {
    /// The GPU's own energy counter, read while the exporter was running.
    Counted,
    /// Samples of the GPU's power, integrated over time.
    Integrated,
    /// The energy counter, for a time in which no exporter was running; the energy is spread evenly over that time.
    Recovered,
}

impl EnergySource {
    /// All sources, in the order of the ledger's columns.
    pub const ALL: [EnergySource; 3] =
        [EnergySource::Counted, EnergySource::Integrated, EnergySource::Recovered];
}

/// Energy in joules, split by how it was measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EnergyBySource {
    /// Joules by [`EnergySource::Counted`].
    pub counted: f64,
    /// Joules by [`EnergySource::Integrated`].
    pub integrated: f64,
    /// Joules by [`EnergySource::Recovered`].
    pub recovered: f64,
}

impl EnergyBySource {
    /// Energy that was all measured in one way, in joules.
    #[must_use]
    pub fn of(source: EnergySource, joules: f64) -> EnergyBySource {
        let mut energy = EnergyBySource::default();
        match source {
            EnergySource::Counted => energy.counted = joules,
            EnergySource::Integrated => energy.integrated = joules,
            EnergySource::Recovered => energy.recovered = joules,
        }
        energy
    }

    /// The part that was measured in one way, in joules.
    #[must_use]
    pub const fn joules_from(self, source: EnergySource) -> f64 {
        match source {
            EnergySource::Counted => self.counted,
            EnergySource::Integrated => self.integrated,
            EnergySource::Recovered => self.recovered,
        }
    }

    /// All of the energy, in joules.
    #[must_use]
    pub fn total_joules(self) -> f64 {
        [self.counted, self.integrated, self.recovered].iter().sum()
    }

    /// Each part multiplied by a factor.
    #[must_use]
    pub fn scaled(self, factor: f64) -> EnergyBySource {
        EnergyBySource {
            counted: self.counted * factor,
            integrated: self.integrated * factor,
            recovered: self.recovered * factor,
        }
    }

    /// The sum of both, part by part.
    #[must_use]
    pub fn plus(self, other: EnergyBySource) -> EnergyBySource {
        EnergyBySource {
            counted: self.counted + other.counted,
            integrated: self.integrated + other.integrated,
            recovered: self.recovered + other.recovered,
        }
    }
}
