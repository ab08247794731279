//! The part of a snapshot that tells the energy of the host around its GPUs.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Energy, Mass, Power, Span, Timestamp, TotalScope};

use crate::host_meters::MeterInfo;

/// The host around its GPUs.
#[derive(Debug, Clone, Default)]
pub struct HostView {
    /// The knowledge of each component.
    pub boundary: Boundary,
    /// The components with a known energy.
    pub components: Vec<ComponentView>,
    /// The meters that are read.
    pub meters: Vec<MeterView>,
    /// The energy by which the parts were more than the platform; `None` if no meter measures that.
    pub disagreement: Option<Energy>,
}

/// The knowledge of each component of the host but the GPUs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Boundary {
    /// The processors.
    pub cpu: Knowledge,
    /// The main memory.
    pub memory: Knowledge,
    /// The rest.
    pub rest: Knowledge,
}

/// The origin of the energy of a component.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Knowledge {
    /// Meters measure it.
    Measured,
    /// Meters measure it, of which one does not answer.
    Partly,
    /// The configuration declares its power.
    Declared,
    /// The meters of the GPUs measure it, too.
    InGpus,
    /// The meter of the processors measures it, too.
    InCpu,
    /// The rest of what the platform's meter measures contains it.
    InRest,
    /// Nothing is known, and nothing is counted.
    #[default]
    LeftOut,
}

impl Knowledge {
    /// Every origin.
    pub const ALL: [Knowledge; 7] = [
        Knowledge::Measured,
        Knowledge::Partly,
        Knowledge::Declared,
        Knowledge::InGpus,
        Knowledge::InCpu,
        Knowledge::InRest,
        Knowledge::LeftOut,
    ];

    /// The name in labels, such as `measured` or `left_out`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Knowledge::Measured => "measured",
            Knowledge::Partly => "partly",
            Knowledge::Declared => "declared",
            Knowledge::InGpus => "in_gpus",
            Knowledge::InCpu => "in_cpu",
            Knowledge::InRest => "in_rest",
            Knowledge::LeftOut => "left_out",
        }
    }
}

/// A component whose energy is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostPart {
    /// The processors.
    Cpu,
    /// The main memory.
    Memory,
    /// All that is neither GPU, processor nor memory.
    Rest,
    /// The whole host, with its GPUs.
    Platform,
}

impl HostPart {
    /// Every component.
    pub const ALL: [HostPart; 4] =
        [HostPart::Cpu, HostPart::Memory, HostPart::Rest, HostPart::Platform];

    /// The name in labels: `cpu`, `memory`, `rest` or `platform`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            HostPart::Cpu => "cpu",
            HostPart::Memory => "memory",
            HostPart::Rest => "rest",
            HostPart::Platform => "platform",
        }
    }
}

/// The way in which the energy of a component is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostMethod {
    /// A counter of energy.
    Counter,
    /// Power, integrated.
    Integrated,
    /// A power that the configuration declares.
    Declared,
}

impl HostMethod {
    /// Every way.
    pub const ALL: [HostMethod; 3] =
        [HostMethod::Counter, HostMethod::Integrated, HostMethod::Declared];

    /// The name in labels: `counter`, `integrated` or `declared`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            HostMethod::Counter => "counter",
            HostMethod::Integrated => "integrated",
            HostMethod::Declared => "declared",
        }
    }
}

/// The energy of one component, by one method, since a time.
#[derive(Debug, Clone, Copy)]
pub struct ComponentView {
    /// The component.
    pub part: HostPart,
    /// The method.
    pub method: HostMethod,
    /// The time since which it is counted.
    pub since: Timestamp,
    /// The energy.
    pub energy: Energy,
    /// The power, if all meters of the component have answered.
    pub power: Option<Power>,
    /// The emissions; `None` for the platform, whose energy is that of its parts.
    pub emissions: Option<HostEmissions>,
}

/// The emissions of a component.
#[derive(Debug, Clone, Copy)]
pub struct HostEmissions {
    /// The emissions of the energy that was converted.
    pub mass: Mass,
    /// The part of the energy that no intensity covers yet.
    pub pending: Energy,
    /// The scope of the emissions.
    pub scope: TotalScope,
}

/// A meter that is read.
#[derive(Debug, Clone)]
pub struct MeterView {
    /// The component, the interface and the file.
    pub info: Arc<MeterInfo>,
    /// The time in which its energy is unknown.
    pub unseen: Span,
    /// The number of failed readings by kind.
    pub errors: BTreeMap<&'static str, u64>,
}
