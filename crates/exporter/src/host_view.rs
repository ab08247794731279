//! The part of a snapshot that tells the energy of the host around its GPUs.

use std::collections::BTreeMap;
use std::sync::Arc;

pub use gpu_carbon_core::boundary::{Boundary, HostMethod, HostPart, Knowledge};
use gpu_carbon_core::{Energy, Mass, Power, Span, Timestamp, TotalScope};

use crate::host_meters::MeterInfo;
use crate::workload_views::SharesView;

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

/// The energy of one component, by one method, since a time.
#[derive(Debug, Clone)]
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
    /// The shares of those who hold GPUs, if energy is divided among them.
    pub shares: Option<Arc<SharesView>>,
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
