//! The persona of a disclosure, and the stages of a system's life that it counts (SCI for AI, sections 5 to 7).

use core::fmt;

/// The party for which a score counts. The scores of the two are never added up: training is not spread over the requests of
/// consumers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Persona {
    /// The party that uses a model: operation and monitoring.
    Consumer,
    /// The party that makes a model: inception, design, development, deployment and retirement.
    Provider,
}

/// A stage of the life of a system of artificial intelligence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Scoping and planning. Counted where it is material.
    Inception,
    /// The choice of data, architecture and hardware; exploration.
    Design,
    /// Data, training, tuning and evaluation, failed runs included.
    Development,
    /// Integration, optimization and release.
    Deployment,
    /// Inference, and the systems around it.
    Operation,
    /// Observation of the system in use.
    Monitoring,
    /// Removal of the system and its data. Counted where it is material.
    Retirement,
}

impl Persona {
    /// Every persona.
    pub const ALL: [Persona; 2] = [Persona::Consumer, Persona::Provider];

    /// The name in flags and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Persona::Consumer => "consumer",
            Persona::Provider => "provider",
        }
    }

    /// The stages that count for it. Retirement is the provider's by section 6.2, and of both by 7.5: here it is the provider's.
    #[must_use]
    pub const fn stages(self) -> &'static [Stage] {
        match self {
            Persona::Consumer => &[Stage::Operation, Stage::Monitoring],
            Persona::Provider => &[
                Stage::Inception,
                Stage::Design,
                Stage::Development,
                Stage::Deployment,
                Stage::Retirement,
            ],
        }
    }
}

impl Stage {
    /// Every stage, in the order of a system's life.
    pub const ALL: [Stage; 7] = [
        Stage::Inception,
        Stage::Design,
        Stage::Development,
        Stage::Deployment,
        Stage::Operation,
        Stage::Monitoring,
        Stage::Retirement,
    ];

    /// The name in flags and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Inception => "inception",
            Stage::Design => "design",
            Stage::Development => "development",
            Stage::Deployment => "deployment",
            Stage::Operation => "operation",
            Stage::Monitoring => "monitoring",
            Stage::Retirement => "retirement",
        }
    }

    /// The persona whose score counts the stage.
    #[must_use]
    pub const fn persona(self) -> Persona {
        match self {
            Stage::Operation | Stage::Monitoring => Persona::Consumer,
            _ => Persona::Provider,
        }
    }
}

impl fmt::Display for Persona {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_counts_for_one_persona() {
        for stage in Stage::ALL {
            let of = |persona: &Persona| persona.stages().contains(&stage);
            let personas: std::vec::Vec<_> = Persona::ALL.into_iter().filter(of).collect();
            assert_eq!(personas, [stage.persona()], "{stage}");
        }
    }
}
