//! The boundary of a figure: the parts of a host whose energy it contains, by which method each is known, and what is left
//! out.
//!
//! Nothing is filled in: a part that is neither measured nor declared is left out, and the sentence of the boundary says so.
//!
//! ```
//! use gpu_carbon_core::Power;
//! use gpu_carbon_core::boundary::{Boundary, Declaration, Knowledge};
//!
//! let memory = Knowledge::Declared(Declaration::Power(Power::from_watts(60.0)?));
//! let boundary = Boundary { cpu: Knowledge::Measured, memory, ..Boundary::GPUS };
//! assert_eq!(
//!     boundary.sentence(),
//!     "GPUs (measured), CPU (measured) and memory (declared: 60.0 W); the rest of the host is left out"
//! );
//! # Ok::<(), gpu_carbon_core::UnitError>(())
//! ```

mod host_part;
mod host_share;
mod knowledge;
mod sentence;

pub use host_part::{HostMethod, HostPart};
pub use host_share::{HostShare, HostShareError};
pub use knowledge::{Declaration, Knowledge};

/// The hint of a boundary that holds GPUs alone: the paper's figure, which is added to nothing.
pub const GPU_SHARE_HINT: &str =
    "in the paper's test server, the GPU drew 74 % of the power of GPU, CPUs and memory together";

/// The choice of the parts that totals, bills and scores contain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BoundaryChoice {
    /// The GPUs alone.
    #[default]
    Gpus,
    /// The GPUs, and all of the host around them whose energy is measured or declared.
    Host,
}

impl BoundaryChoice {
    /// Every choice.
    pub const ALL: [BoundaryChoice; 2] = [BoundaryChoice::Gpus, BoundaryChoice::Host];

    /// The name in configurations and files: `gpus` or `host`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            BoundaryChoice::Gpus => "gpus",
            BoundaryChoice::Host => "host",
        }
    }

    /// The choice with a name; `None` for any other text.
    #[must_use]
    pub fn named(name: &str) -> Option<BoundaryChoice> {
        BoundaryChoice::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

/// The knowledge of each part of a host. The default contains nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Boundary {
    /// The GPUs.
    pub gpus: Knowledge,
    /// The processors.
    pub cpu: Knowledge,
    /// The main memory.
    pub memory: Knowledge,
    /// All else: storage, network, fans, losses of the power supply.
    pub rest: Knowledge,
}

impl Boundary {
    /// GPUs as their meters measure them, and nothing else.
    pub const GPUS: Boundary = Boundary {
        gpus: Knowledge::Measured,
        cpu: Knowledge::LeftOut,
        memory: Knowledge::LeftOut,
        rest: Knowledge::LeftOut,
    };

    /// The boundary of figures by a choice: for [`BoundaryChoice::Gpus`], that of the GPUs alone.
    #[must_use]
    pub const fn chosen(self, choice: BoundaryChoice) -> Boundary {
        match choice {
            BoundaryChoice::Gpus => Boundary { gpus: self.gpus, ..Boundary::GPUS },
            BoundaryChoice::Host => self,
        }
    }

    /// True if it contains nothing of the host around the GPUs.
    #[must_use]
    pub fn is_gpus_alone(self) -> bool {
        [self.cpu, self.memory, self.rest].iter().all(|known| *known == Knowledge::LeftOut)
    }
}
