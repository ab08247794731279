//! The end of a run: its report, and the last lines of its journal.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use gpu_carbon_feeds::rfc3339;
use rustix::fs::OFlags;

use super::super::meter::Reading;
use super::super::outcome::{Basis, Facts, Outcome};
use super::super::{past, recorded};
use super::Runner;
use crate::clock::Deadline;
use crate::journal::Entry;

/// The longest wait for the note of the end of a job.
const PATIENCE: Duration = Duration::from_secs(2);

impl Runner<'_> {
    /// Takes note of the end of a job that was taken over: its first guard, which is its parent, notes it in the journal.
    pub(super) fn end_adopted(&mut self) {
        let deadline = Deadline::after(PATIENCE);
        let mut noted = None;
        while noted.is_none() && !deadline.left().is_zero() {
            noted = past::noted_end(self.journal.path());
            std::thread::sleep(Duration::from_millis(5));
        }
        self.supervision.end_adopted(noted);
    }

    /// Reports what the run did, and ends its journal.
    pub(super) fn finish(mut self, status: u8) {
        self.record_events();
        let record = self.steer.record();
        let ran = record.pieces().first().zip(record.pieces().last());
        let ran = ran.map(|(first, last)| first.interval.hull(last.interval));
        let reading = match (self.meter.take(), ran) {
            (Some(meter), Some(ran)) if self.steer.progress().begun => meter.finish(ran),
            _ => Reading::NotAsked,
        };
        let facts = Facts {
            record,
            pauses: self.steer.progress().pauses,
            settings: &self.settings,
            pue: self.args.pue,
            reading: &reading,
        };
        let outcome = Outcome::of(facts, Basis::of(&self.watch));
        if let Some(outcome) = outcome.filter(|_| self.steer.progress().begun) {
            for line in outcome.lines(self.args.time_zone) {
                self.notes.line(&line);
            }
            let report = outcome.json(status);
            if let Some(path) = &self.args.report
                && let Err(error) = write(path, &format!("{report:#}\n"))
            {
                self.notes.line(&format!("the report {} is not written: {error}", path.display()));
            }
            let record = outcome.is_incomplete().then(|| recorded::document(facts));
            let _ = self.journal.write(&Entry::Report { report, record });
        }
        let progress = self.steer.progress().into();
        let at = rfc3339::format(self.clock.now());
        let _ = self.journal.write(&Entry::Ended { at, status, progress });
        self.supervision.job.leave();
    }
}

/// Writes a file. A pipe that no program reads is an error: it would hold the end of the run.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).custom_flags(flags);
    options.open(path)?.write_all(text.as_bytes())
}
