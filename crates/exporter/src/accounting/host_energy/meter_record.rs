//! The state of one meter of a host.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Power, Span};
use gpu_carbon_host::{Outcome, Reading};

use crate::host_meters::MeterInfo;
use crate::host_view::MeterView;

/// The rounds of failed readings in a row after which a meter measures nothing: a minute of them.
const SILENT_AFTER: u32 = 60;

/// The state of one meter of a host.
#[derive(Debug)]
pub(super) struct MeterRecord {
    pub(super) info: Arc<MeterInfo>,
    /// True once the meter was read.
    pub(super) has_answered: bool,
    /// The power, if the last reading succeeded.
    pub(super) power: Option<Power>,
    is_mirror: bool,
    failures_in_row: u32,
    unseen: Span,
    errors: BTreeMap<&'static str, u64>,
}

impl MeterRecord {
    pub(super) fn new(info: MeterInfo) -> MeterRecord {
        MeterRecord {
            info: Arc::new(info),
            has_answered: false,
            power: None,
            is_mirror: false,
            failures_in_row: 0,
            unseen: Span::ZERO,
            errors: BTreeMap::new(),
        }
    }

    /// Records an outcome, and returns the reading if there is one.
    pub(super) fn record(&mut self, outcome: Outcome) -> Option<Reading> {
        let power = self.power.take();
        match outcome {
            Outcome::Read(reading) => {
                (self.has_answered, self.failures_in_row) = (true, 0);
                self.power = reading.power;
                self.unseen = self.unseen + reading.unseen;
                return Some(reading);
            }
            Outcome::Unchanged => {
                self.power = power;
                // A meter that is seldom read, and failed when it was, goes on failing.
                let fails = (1..SILENT_AFTER).contains(&self.failures_in_row);
                self.failures_in_row += u32::from(fails);
            }
            Outcome::Withheld => self.failures_in_row = 0,
            Outcome::MirrorOf(_) => self.is_mirror = true,
            Outcome::Failed(error) => {
                self.failures_in_row = self.failures_in_row.saturating_add(1);
                *self.errors.entry(error.kind()).or_default() += 1;
            }
        }
        None
    }

    /// True if the meter shows the counter of another one, and is not read.
    pub(super) const fn is_mirror(&self) -> bool {
        self.is_mirror
    }

    /// True if the meter measures: it has answered, and has not failed for a minute.
    pub(super) const fn measures(&self) -> bool {
        self.has_answered && self.failures_in_row < SILENT_AFTER
    }

    /// True if the meter was read before, and its last reading failed: energy of that time may come later.
    pub(super) const fn is_late(&self) -> bool {
        self.has_answered && self.failures_in_row > 0 && !self.is_mirror
    }

    /// The state for the snapshot.
    pub(super) fn view(&self) -> MeterView {
        let (info, errors) = (Arc::clone(&self.info), self.errors.clone());
        MeterView { info, unseen: self.unseen, errors }
    }
}
