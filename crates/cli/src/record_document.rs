//! The past of a run in its journal, from which its report can be computed again.

use serde::{Deserialize, Serialize};

/// The past of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RecordDocument {
    pub(crate) pieces: Vec<PieceDocument>,
    pub(crate) pauses: usize,
    /// The energy, where an exporter has measured it.
    pub(crate) measured: Option<MeasuredDocument>,
    /// The reason why it was not, where it was to be.
    pub(crate) not_measured: Option<String>,
}

/// A phase of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PieceDocument {
    pub(crate) phase: PhaseDocument,
    pub(crate) start: String,
    pub(crate) end: String,
}

/// The activity of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PhaseDocument {
    Waiting,
    Working,
    Restoring,
    Paused,
    StoppedByUser,
}

/// The energy of a run as an exporter has measured it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MeasuredDocument {
    pub(crate) workload: String,
    pub(crate) emissions_grams: f64,
    pub(crate) notes: Vec<String>,
    /// For each GPU, the energy that was counted by some times.
    pub(crate) gpus: Vec<Vec<CountDocument>>,
}

/// The energy that was counted by a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CountDocument {
    pub(crate) at: String,
    pub(crate) joules: f64,
}
