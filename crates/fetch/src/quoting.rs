//! Parts of an answer that quote the service's words, and may so hold a secret that the service repeats.

use gpu_carbon_feeds::exporter_intensity::PresentIntensity;
use gpu_carbon_feeds::exporter_workload::WorkloadCounters;
use gpu_carbon_feeds::{ServiceResponse, eia, pjm};

/// An answer whose quotes can be changed.
pub(crate) trait Quoting: Sized {
    /// The answer with its quotes changed.
    #[must_use]
    fn map_quotes(self, change: impl Fn(String) -> String) -> Self;
}

impl Quoting for ServiceResponse {
    fn map_quotes(mut self, change: impl Fn(String) -> String) -> Self {
        self.notices = self.notices.into_iter().map(change).collect();
        self
    }
}

impl Quoting for eia::Page {
    fn map_quotes(self, change: impl Fn(String) -> String) -> Self {
        self.map_notices(change)
    }
}

/// Rows of PJM are numbers and times.
impl Quoting for pjm::Page {
    fn map_quotes(self, _: impl Fn(String) -> String) -> Self {
        self
    }
}

/// The exporter is asked without a credential.
impl Quoting for PresentIntensity {
    fn map_quotes(self, _: impl Fn(String) -> String) -> Self {
        self
    }
}

/// The exporter is asked without a credential.
impl Quoting for WorkloadCounters {
    fn map_quotes(self, _: impl Fn(String) -> String) -> Self {
        self
    }
}

/// A token or the name of a region is used, and not shown.
impl Quoting for String {
    fn map_quotes(self, _: impl Fn(String) -> String) -> Self {
        self
    }
}

/// A number quotes nothing.
impl Quoting for Option<f64> {
    fn map_quotes(self, _: impl Fn(String) -> String) -> Self {
        self
    }
}
