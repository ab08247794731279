//! The settings of the accounting, and the state of the host with which a reading is recorded.

use gpu_carbon_core::{Intensity, Mass, Pue, Span, Timestamp};

use crate::forecast::ForecastJob;
use crate::intensity::Grid;

/// The settings of the accounting.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The power usage effectiveness: the data centre's energy for each joule of a GPU, at least 1.
    pub pue: Pue,
    /// The intensity from which the grid counts as dirty.
    pub threshold: Intensity,
    /// The age from which a reading is stale.
    pub stale_after: Span,
    /// The manufacturing emissions of one GPU, if the operator sets them instead of the published figures.
    pub manufacture: Option<Mass>,
    /// The expected lifetime of a GPU, over which its manufacturing emissions are spread.
    pub lifespan: Span,
    /// The jobs whose best start is published.
    pub forecast_jobs: Vec<ForecastJob>,
}

/// The settings and the state of the host with which a reading is recorded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) settings: &'a Settings,
    pub(super) grid: &'a Grid,
    /// The kernel's boot id.
    pub(super) boot: &'a str,
    pub(super) now: Timestamp,
}
