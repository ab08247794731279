//! The study of one job and one window from every start of a year.

use alloc::vec::Vec;

use crate::evaluate::{EvaluateError, Starts, Window, Year, each_outcome, steps};
use crate::job::Job;
use crate::pue::Pue;
use crate::sensitivity::Spread;
use crate::sensitivity::spread::Mean;
use crate::time::{SLOT, Span, Timestamp};
use crate::units::Power;

/// The question for each start. The job's power counts as its mean, because a year is evaluated in whole steps and
/// with free pauses.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The job.
    pub job: &'a Job,
    /// The longest delay of the start.
    pub window: Span,
    /// The power usage effectiveness of the data centre.
    pub pue: Pue,
    /// If set, a window that runs past the end continues at the beginning, as that of a whole year may. Otherwise such
    /// a start is left out.
    pub wraps: bool,
}

/// Groups of starts, such as those of one month and one hour; this crate has no calendar.
pub struct Groups<'a> {
    /// The number of groups.
    pub count: usize,
    /// The group of a time, counted from 0.
    pub of: &'a dyn Fn(Timestamp) -> usize,
}

/// The results of all the starts.
#[derive(Debug, Clone, PartialEq)]
pub struct YearStudy {
    /// The number of starts that counted: those whose time is covered.
    pub starts: usize,
    /// The number of starts that did not count, because of a gap before the latest end or because the series ends.
    pub left_out: usize,
    /// The number of starts that counted but have no saving ratio, because their baseline is zero.
    pub without_ratio: usize,
    /// Grams of CO2e of the job that starts at once; `None` if no start counted.
    pub baseline_grams: Option<Spread>,
    /// The share of them that the best start saves.
    pub flexible_start_saving_ratio: Option<Spread>,
    /// The share of them that pausing saves.
    pub pause_and_resume_saving_ratio: Option<Spread>,
    /// The histogram of the savings of the best start.
    pub flexible_start: Histogram,
    /// The histogram of the savings of pausing.
    pub pause_and_resume: Histogram,
    /// The mean grams of the job that starts at once, for each group; `None` for an empty one.
    pub mean_baseline_grams: Vec<Option<f64>>,
}

/// The number of savings in each fiftieth from 0 up; a saving of 1 is in the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Histogram {
    /// The counts.
    pub counts: [usize; 50],
}

impl Histogram {
    /// The width of a bin.
    pub const BIN: f64 = 0.02;

    /// The number of bins up to the last one with a saving.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.counts.iter().rposition(|&count| count > 0).map_or(0, |last| last + 1)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a saving is a share: 0 to 1"
    )]
    fn of(ratios: &[f64]) -> Histogram {
        let mut counts = [0; 50];
        for ratio in ratios {
            let bin = (ratio * 50.0) as usize;
            if let Some(count) = counts.get_mut(bin.min(49)) {
                *count += 1;
            }
        }
        Histogram { counts }
    }
}

/// Evaluates a job from many starts of a year.
///
/// # Errors
///
/// As [`evaluate`](crate::evaluate::evaluate).
pub fn year(
    year: &Year,
    question: Question<'_>,
    starts: Starts<'_>,
    groups: &Groups<'_>,
) -> Result<YearStudy, EvaluateError> {
    let Question { job, window, pue, wraps } = question;
    let window = Window::Span(window);
    let duration = steps(job.duration());
    let slots = duration + window.steps_of(job.duration());
    let power = mean_power(job, duration);

    let mut tried = 0_usize;
    let (mut baselines, mut flexible, mut paused) = (Vec::new(), Vec::new(), Vec::new());
    let mut grouped = alloc::vec![Mean::default(); groups.count];
    each_outcome(year, job.duration(), window, starts, |outcome| {
        tried += 1;
        if !year.covers(outcome.start, slots) || (!wraps && outcome.start + slots > year.slots()) {
            return;
        }
        let grams = (outcome.baseline.emissions_of(power) * pue).as_grams();
        baselines.push(grams);
        flexible.extend(outcome.flexible_start_saving_ratio());
        paused.extend(outcome.pause_and_resume_saving_ratio());
        if let Some(group) = grouped.get_mut((groups.of)(year.time_of(outcome.start))) {
            group.add(grams);
        }
    })?;
    Ok(YearStudy {
        starts: baselines.len(),
        left_out: tried - baselines.len(),
        without_ratio: baselines.len() - flexible.len(),
        flexible_start: Histogram::of(&flexible),
        pause_and_resume: Histogram::of(&paused),
        baseline_grams: Spread::of(baselines),
        flexible_start_saving_ratio: Spread::of(flexible),
        pause_and_resume_saving_ratio: Spread::of(paused),
        mean_baseline_grams: grouped.into_iter().map(Mean::value).collect(),
    })
}

/// The power at which a job uses its energy in its duration in whole steps.
fn mean_power(job: &Job, steps: usize) -> Power {
    let micros = SLOT.as_micros().saturating_mul(u64::try_from(steps).unwrap_or(u64::MAX));
    job.energy().over(Span::from_micros(micros)).unwrap_or(Power::ZERO)
}
