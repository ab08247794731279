//! The past of a run as its journal has it, and its report by the values that are known now.

use std::path::Path;

use anyhow::Result;
use gpu_carbon_core::steer::{EnergyCurve, Phase, Piece, Record, Settings};
use gpu_carbon_core::{Energy, Interval, Mass, Timestamp};
use gpu_carbon_feeds::rfc3339;
use serde_json::Value;

use super::args::Args;
use super::meter::{Measured, Reading};
use super::outcome::{Basis, Facts, Outcome};
use super::settings;
use crate::grid::{Grid, Known};
use crate::plan::Times;
use crate::record_document::{
    CountDocument, MeasuredDocument, PhaseDocument, PieceDocument, RecordDocument,
};
use crate::usage_error::UsageError;

/// A run that has ended, as its journal has it.
#[derive(Debug)]
pub(crate) struct RecordedRun<'a> {
    /// The words of its command line after `run`.
    pub(crate) words: &'a [String],
    /// The folder in which it began.
    pub(crate) folder: &'a Path,
    pub(crate) finish_by: Option<&'a str>,
    pub(crate) record: &'a RecordDocument,
    pub(crate) status: u8,
}

/// A report that was computed again.
#[derive(Debug)]
pub(crate) struct Recomputed {
    pub(crate) report: Value,
    /// False where later values may tell more.
    pub(crate) is_complete: bool,
}

/// The past of a run for its journal.
pub(super) fn document(facts: Facts<'_>) -> RecordDocument {
    let piece = |piece: &Piece| PieceDocument {
        phase: match piece.phase {
            Phase::Waiting => PhaseDocument::Waiting,
            Phase::Working => PhaseDocument::Working,
            Phase::Restoring => PhaseDocument::Restoring,
            Phase::Paused => PhaseDocument::Paused,
            Phase::StoppedByUser => PhaseDocument::StoppedByUser,
        },
        start: rfc3339::format(piece.interval.start()),
        end: rfc3339::format(piece.interval.end()),
    };
    let (measured, not_measured) = match facts.reading {
        Reading::NotAsked => (None, None),
        Reading::Missing(reason) => (None, Some(reason.clone())),
        Reading::Measured(measured) => (Some(measured_document(measured)), None),
    };
    RecordDocument {
        pieces: facts.record.pieces().iter().map(piece).collect(),
        pauses: facts.pauses,
        measured,
        not_measured,
    }
}

fn measured_document(measured: &Measured) -> MeasuredDocument {
    let count = |&(at, energy): &(Timestamp, Energy)| CountDocument {
        at: rfc3339::format(at),
        joules: energy.as_joules(),
    };
    let curve = |curve: &EnergyCurve| curve.points().iter().map(count).collect();
    MeasuredDocument {
        workload: measured.workload.clone(),
        emissions_grams: measured.emissions.as_grams(),
        notes: measured.notes.clone(),
        gpus: measured.energy.curves().iter().map(curve).collect(),
    }
}

/// The past of a document; `None` where it has a time or a number that is none.
fn record(document: &RecordDocument) -> Option<Record> {
    let piece = |document: &PieceDocument| {
        let [start, end] = [&document.start, &document.end].map(|time| rfc3339::parse(time));
        let phase = match document.phase {
            PhaseDocument::Waiting => Phase::Waiting,
            PhaseDocument::Working => Phase::Working,
            PhaseDocument::Restoring => Phase::Restoring,
            PhaseDocument::Paused => Phase::Paused,
            PhaseDocument::StoppedByUser => Phase::StoppedByUser,
        };
        Some(Piece { phase, interval: Interval::new(start.ok()?, end.ok()?) })
    };
    document.pieces.iter().map(piece).collect()
}

fn reading(document: &RecordDocument) -> Option<Reading> {
    let Some(measured) = &document.measured else {
        let reason = document.not_measured.clone();
        return Some(reason.map_or(Reading::NotAsked, Reading::Missing));
    };
    let curve = |counts: &Vec<CountDocument>| {
        let mut curve = EnergyCurve::default();
        for count in counts {
            curve.add(rfc3339::parse(&count.at).ok()?, Energy::from_joules(count.joules).ok()?);
        }
        Some(curve)
    };
    Some(Reading::Measured(Measured {
        workload: measured.workload.clone(),
        energy: measured.gpus.iter().map(curve).collect::<Option<_>>()?,
        emissions: Mass::from_grams(measured.emissions_grams).ok()?,
        notes: measured.notes.clone(),
    }))
}

impl RecordedRun<'_> {
    /// Computes the report again, by the intensities that are known now.
    ///
    /// # Errors
    ///
    /// Where the grid of the run cannot be asked, or its journal is damaged.
    pub(crate) fn recompute(&self) -> Result<Recomputed> {
        let damaged = || UsageError::CommandLine("its journal is damaged".to_owned());
        let args = Args::of_words(self.words)?;
        let (record, reading) =
            record(self.record).zip(reading(self.record)).ok_or_else(damaged)?;
        let first = record.pieces().first().ok_or_else(damaged)?.interval;
        let last = record.pieces().last().ok_or_else(damaged)?.interval;
        let settings = self.settings(&args, first.start())?;
        let end = settings.promise.map_or(last.end(), |it| it.finish_by.max(last.end()));
        let mut grid = args.grid.clone();
        grid.intensity = grid.intensity.map(|path| self.path(&path));
        let now = crate::clock::now();
        let needed = Interval::new(first.start(), end);
        let Known { series, signal, basis, .. } = Grid::open(&grid, needed, now)?.known()?;
        let facts = Facts {
            record: &record,
            pauses: self.record.pauses,
            settings: &settings,
            pue: args.pue,
            reading: &reading,
        };
        let basis = Basis { series: Some(&series), signal: Some(signal), origin: &basis };
        let outcome = Outcome::of(facts, basis).ok_or_else(damaged)?;
        Ok(Recomputed { report: outcome.json(self.status), is_complete: !outcome.is_incomplete() })
    }

    fn settings(&self, args: &Args, begin: Timestamp) -> Result<Settings, UsageError> {
        let times = Times { zone: args.time_zone, now: begin };
        // The end that was promised is in the journal.
        let free = Args { finish_by: None, ..args.clone() };
        let mut settings = settings::of(&free, begin, 1.0, &times)?;
        let end = self.finish_by.and_then(|end| rfc3339::parse(end).ok());
        if let (Some(promise), Some(end)) = (&mut settings.promise, end) {
            promise.finish_by = end;
        }
        Ok(settings)
    }

    /// A file of the command line, from the folder in which the run began; a bundled series has no path.
    fn path(&self, path: &Path) -> std::path::PathBuf {
        let of_folder = self.folder.join(path);
        if of_folder.exists() { of_folder } else { path.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let at = Timestamp::from_unix_micros;
        let piece = |phase, from, to| Piece { phase, interval: Interval::new(at(from), at(to)) };
        let phases = [
            Phase::Waiting,
            Phase::Working,
            Phase::Paused,
            Phase::Restoring,
            Phase::Working,
            Phase::StoppedByUser,
        ];
        let pieces =
            phases.into_iter().zip(1_i64..).map(|(phase, it)| piece(phase, it * 7, it * 7 + 7));
        let past: Record = pieces.collect();
        let mut curve = EnergyCurve::default();
        curve.add(at(3), Energy::from_joules(0.1).unwrap());
        curve.add(at(1_000_001), Energy::from_joules(7e7).unwrap());
        let measured = Reading::Measured(Measured {
            workload: "slurm:1".to_owned(),
            energy: [curve].into_iter().collect(),
            emissions: Mass::from_grams(0.3).unwrap(),
            notes: vec!["a note".to_owned()],
        });
        let settings = Settings {
            policy: gpu_carbon_core::steer::Policy::Plan,
            promise: None,
            power: gpu_carbon_core::Power::ZERO,
            pauses: gpu_carbon_core::steer::PauseLimits::default(),
            unknown: gpu_carbon_core::steer::Unknown::Run,
            lateness: Settings::LATENESS,
        };
        for reading in [Reading::NotAsked, Reading::Missing("why".to_owned()), measured] {
            let pue = gpu_carbon_core::Pue::ONE;
            let facts =
                Facts { record: &past, pauses: 1, settings: &settings, pue, reading: &reading };
            let text = serde_json::to_string(&document(facts)).unwrap();
            let document: RecordDocument = serde_json::from_str(&text).unwrap();
            assert_eq!(record(&document).as_ref(), Some(&past));
            assert_eq!(super::reading(&document), Some(reading));
        }
    }
}
