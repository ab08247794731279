//! The trial of one job: all of its windows, from all of the starts.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::evaluate::cheapest::Cheapest;
use crate::evaluate::error::EvaluateError;
use crate::evaluate::outcome::Outcome;
use crate::evaluate::window::{Window, steps};
use crate::evaluate::year::Year;
use crate::exposure::Exposure;
use crate::time::Span;

/// The slots of a year from which the jobs start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starts<'a> {
    /// These slots, in this order; see [`Year::slot_at`]. The paper's are 00:00 UTC on days 1, 7, 13, 19 and 25 of
    /// each month.
    At(&'a [usize]),
    /// Every slot.
    Every,
}

/// A job to evaluate from each start of a year in each of its windows, all in whole slots.
#[derive(Debug)]
pub(super) struct Trial<'a> {
    year: &'a Year,
    duration: usize,
    /// The windows in ascending order, each once.
    windows: Vec<usize>,
    starts: Starts<'a>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(
        year: &'a Year,
        job: Span,
        windows: &[Window],
        starts: Starts<'a>,
    ) -> Result<Trial<'a>, EvaluateError> {
        let (duration, slots) = (steps(job), year.slots());
        if duration == 0 {
            return Err(EvaluateError::NoTime(job));
        }
        let mut windows: Vec<usize> = windows.iter().map(|window| window.steps_of(job)).collect();
        windows.sort_unstable();
        windows.dedup();
        let longest = windows.last().copied().unwrap_or(0);
        if longest > slots.saturating_sub(duration) || duration > slots {
            return Err(EvaluateError::TooLong { duration, window: longest, year: slots });
        }
        if let Starts::At(starts) = starts
            && let Some(&start) = starts.iter().find(|&&start| start >= slots)
        {
            return Err(EvaluateError::Start { start, slots });
        }
        Ok(Trial { year, duration, windows, starts })
    }

    /// The job's duration in slots.
    pub(super) fn duration(&self) -> usize {
        self.duration
    }

    /// The windows in slots, in ascending order, each once.
    pub(super) fn windows(&self) -> &[usize] {
        &self.windows
    }

    /// Reports whether another job on the same year has the same outcomes.
    pub(super) fn is_same_as(&self, other: &Trial<'_>) -> bool {
        self.duration == other.duration && self.windows == other.windows
    }

    /// Visits each outcome, with the index of its window; within a window in the order of the starts.
    pub(super) fn run(&self, mut visit: impl FnMut(usize, Outcome)) {
        let mut cheapest = Cheapest::new(self.year, self.duration);
        match self.starts {
            Starts::At(starts) => {
                for &start in starts {
                    self.run_from(start, &mut cheapest, &mut visit);
                }
            }
            Starts::Every => {
                for (which, &window) in self.windows.iter().enumerate() {
                    self.run_from_every(window, &mut cheapest, |outcome| visit(which, outcome));
                }
            }
        }
    }

    /// Evaluates one start: each window is the one before, grown.
    fn run_from(
        &self,
        start: usize,
        cheapest: &mut Cheapest<'_>,
        visit: &mut impl FnMut(usize, Outcome),
    ) {
        cheapest.restart(start, false);
        for _ in 0..self.duration {
            cheapest.grow();
        }
        let baseline = self.year.over(start, self.duration);
        let (mut least, mut at, mut tried) = (baseline, 0, 0);
        for (which, &window) in self.windows.iter().enumerate() {
            while tried < window {
                tried += 1;
                cheapest.grow();
                let exposure = self.year.over(start + tried, self.duration);
                if exposure < least {
                    (least, at) = (exposure, tried);
                }
            }
            let (pause_and_resume, pauses) = (cheapest.exposure(), cheapest.pauses());
            let flexible_start = least;
            let outcome =
                Outcome { start, baseline, flexible_start, delay: at, pause_and_resume, pauses };
            visit(which, outcome);
        }
    }

    /// Evaluates one window: that of each start is that of the one before, moved by a slot.
    fn run_from_every(
        &self,
        window: usize,
        cheapest: &mut Cheapest<'_>,
        mut visit: impl FnMut(Outcome),
    ) {
        cheapest.restart(0, true);
        for _ in 0..self.duration + window {
            cheapest.grow();
        }
        let mut least = SlidingMinimum::default();
        for position in 0..window {
            least.push(position, self.year.over(position, self.duration));
        }
        for start in 0..self.year.slots() {
            let last = start + window;
            least.push(last, self.year.over(last, self.duration));
            let baseline = self.year.over(start, self.duration);
            let best = least.from(start).unwrap_or(Start { position: start, exposure: baseline });
            visit(Outcome {
                start,
                baseline,
                flexible_start: best.exposure,
                delay: best.position.saturating_sub(start),
                pause_and_resume: cheapest.exposure(),
                pauses: cheapest.pauses(),
            });
            cheapest.grow();
            cheapest.shrink();
        }
    }
}

/// The minimum of a moving window of exposures, the earliest of equals. It stores the starts that could still be the
/// minimum, in order of time, each less than or equal to the next.
#[derive(Debug, Default)]
struct SlidingMinimum(VecDeque<Start>);

/// A start, and the exposure of a job from it.
#[derive(Debug, Clone, Copy)]
struct Start {
    position: usize,
    exposure: Exposure,
}

impl SlidingMinimum {
    fn push(&mut self, position: usize, exposure: Exposure) {
        while self.0.back().is_some_and(|last| last.exposure > exposure) {
            self.0.pop_back();
        }
        self.0.push_back(Start { position, exposure });
    }

    /// The minimum at or after a position.
    fn from(&mut self, position: usize) -> Option<Start> {
        while self.0.front().is_some_and(|first| first.position < position) {
            self.0.pop_front();
        }
        self.0.front().copied()
    }
}
