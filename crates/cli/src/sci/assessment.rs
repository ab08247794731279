//! A disclosure with what the formats say beside it.

use anyhow::Result;
use gpu_carbon_core::disclosure::{Disclosure, Draft};

use super::count::{Counted, Counter};
use super::project::Project;
use crate::usage_error::UsageError;

/// A disclosure, the runs that it counts, and the state of its sources.
#[derive(Debug)]
pub(super) struct Assessment {
    pub(super) disclosure: Disclosure,
    pub(super) project: Project,
    /// The counters of a server, apart.
    pub(super) counters: Vec<Counter>,
    /// The share of the GPU time for which M is known; `None` where there is no GPU time.
    pub(super) embodied_known_ratio: Option<f64>,
    /// Damaged rows of the ledger, in words.
    pub(super) damage: Vec<String>,
    /// True for an estimate before the job has run.
    pub(super) is_estimate: bool,
}

impl Assessment {
    /// Checks a draft.
    ///
    /// # Errors
    ///
    /// Every fault of the draft, in one line.
    pub(super) fn of(draft: Draft, project: Project, counted: Counted) -> Result<Assessment> {
        let disclosure = draft.close().map_err(|faults| {
            let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
            UsageError::CommandLine(format!("no disclosure: {}", texts.join("; ")))
        })?;
        Ok(Assessment {
            disclosure,
            project,
            counters: counted.counters,
            embodied_known_ratio: None,
            damage: Vec::new(),
            is_estimate: false,
        })
    }
}
