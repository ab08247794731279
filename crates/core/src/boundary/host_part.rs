//! The parts of a host around its GPUs, and the ways in which their energy is known.

/// A part of a host whose energy is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostPart {
    /// The processors.
    Cpu,
    /// The main memory.
    Memory,
    /// All that is neither GPU, processor nor memory.
    Rest,
    /// The whole host, with its GPUs. It contains the other parts, and is never added to them.
    Platform,
}

impl HostPart {
    /// Every part.
    pub const ALL: [HostPart; 4] =
        [HostPart::Cpu, HostPart::Memory, HostPart::Rest, HostPart::Platform];

    /// The name in labels and files: `cpu`, `memory`, `rest` or `platform`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            HostPart::Cpu => "cpu",
            HostPart::Memory => "memory",
            HostPart::Rest => "rest",
            HostPart::Platform => "platform",
        }
    }

    /// The part with a name; `None` for any other text.
    #[must_use]
    pub fn named(name: &str) -> Option<HostPart> {
        HostPart::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// The way in which the energy of a part of a host is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostMethod {
    /// A counter of energy.
    Counter,
    /// Power, integrated.
    Integrated,
    /// A number that the configuration declares: a power, or a share of the GPUs' energy.
    Declared,
}

impl HostMethod {
    /// Every way.
    pub const ALL: [HostMethod; 3] =
        [HostMethod::Counter, HostMethod::Integrated, HostMethod::Declared];

    /// The name in labels and files: `counter`, `integrated` or `declared`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            HostMethod::Counter => "counter",
            HostMethod::Integrated => "integrated",
            HostMethod::Declared => "declared",
        }
    }

    /// The way with a name; `None` for any other text.
    #[must_use]
    pub fn named(name: &str) -> Option<HostMethod> {
        HostMethod::ALL.into_iter().find(|method| method.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for part in HostPart::ALL {
            assert_eq!(HostPart::named(part.name()), Some(part));
        }
        for method in HostMethod::ALL {
            assert_eq!(HostMethod::named(method.name()), Some(method));
        }
        assert_eq!((HostPart::named("gpu"), HostMethod::named("")), (None, None));
    }
}
