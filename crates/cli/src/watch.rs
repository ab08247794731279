//! The intensity of a grid over the hours of a run: asked for again and again, without making anyone wait.

use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;

use gpu_carbon_core::{Intensity, Interval, SLOT, Series, Signal, Span, Timestamp};

use crate::UsageError;
use crate::background::Background;
use crate::grid::{Grid, GridArgs, Known, Level, level_of_exporter};

/// The time between two requests, and after one that failed.
const EVERY: Span = SLOT;

/// The past that is kept: more than a season.
const MEMORY: Span = Span::from_days(30);

/// The reach of the values that are asked for, where no end is known.
const REACH: Span = Span::from_days(2);

/// The intensity of a grid, as far as it is known.
#[derive(Debug)]
pub(crate) struct Watch {
    args: GridArgs,
    /// True where the values never change: those of a file.
    is_fixed: bool,
    /// The values that were in force in the past.
    past: BTreeMap<Timestamp, Intensity>,
    known: Option<Series>,
    /// The time of the last answer, and of the last request.
    answered: Option<Timestamp>,
    asked: Timestamp,
    /// The signal and the origin of the values, in words; `None` before the first answer.
    pub(crate) signal: Option<Signal>,
    pub(crate) basis: Option<String>,
    pub(crate) is_typical: bool,
    /// The reason why the last request had no answer.
    pub(crate) failure: Option<String>,
    questions: Background<Result<Known, String>>,
}

impl Watch {
    /// Opens a grid, and waits for its first values up to a time.
    ///
    /// # Errors
    ///
    /// A [`UsageError`] when a file or an address cannot be used. An answer that is missing is no error.
    pub(crate) fn open(
        args: &GridArgs,
        now: Timestamp,
        until: Option<Timestamp>,
    ) -> anyhow::Result<Watch> {
        let mut watch = Watch {
            args: args.clone(),
            is_fixed: args.intensity.is_some() || args.offline,
            past: BTreeMap::new(),
            known: None,
            answered: None,
            asked: now,
            signal: None,
            basis: None,
            is_typical: false,
            failure: None,
            questions: Background::new()?,
        };
        let answer = ask(args, needed(now, until), now);
        if let Err(error) = &answer
            && (error.is::<UsageError>() || watch.is_fixed)
        {
            return Err(answer.err().unwrap_or_else(|| anyhow::anyhow!("no answer")));
        }
        watch.take(answer.map_err(|error| format!("{error:#}")), now);
        Ok(watch)
    }

    /// Asks again, in the background, where it is time for it.
    pub(crate) fn refresh(&mut self, now: Timestamp, until: Option<Timestamp>) {
        // A clock that was set back makes no one wait until it shows the old time again.
        let was_asked = (self.asked..self.asked + EVERY).contains(&now);
        if self.is_fixed || self.questions.is_waiting() || was_asked {
            return;
        }
        self.asked = now;
        let args = self.args.clone();
        self.questions
            .ask(move || ask(&args, needed(now, until), now).map_err(|error| format!("{error:#}")));
    }

    /// Takes the answers that have arrived; returns true where there is one.
    pub(crate) fn update(&mut self, now: Timestamp) -> bool {
        let mut is_new = false;
        while let Some(answer) = self.questions.answer() {
            self.take(answer, now);
            is_new = true;
        }
        is_new
    }

    /// The handle that is readable once an answer has arrived.
    pub(crate) fn handle(&self) -> BorrowedFd<'_> {
        self.questions.handle()
    }

    fn take(&mut self, answer: Result<Known, String>, now: Timestamp) {
        match answer {
            Ok(Known { series, signal, basis, is_typical }) => {
                self.failure = None;
                self.answered = Some(now);
                (self.signal, self.basis, self.is_typical) =
                    (Some(signal), Some(basis), is_typical);
                self.known = Some(if self.is_fixed { series } else { self.joined(series, now) });
            }
            Err(reason) => self.failure = Some(reason),
        }
    }

    /// The values of an answer after those of the past.
    fn joined(&mut self, series: Series, now: Timestamp) -> Series {
        self.past.retain(|at, _| now.duration_since(*at) < MEMORY);
        let first = series.extent().start();
        let older = self.past.range(..first).map(|(at, intensity)| (*at, *intensity));
        let points: Vec<_> = older.chain(series.points().iter().copied()).collect();
        let until_now = series.points().iter().filter(|(at, _)| *at <= now);
        self.past.extend(until_now.copied());
        Series::with_step(points, series.step()).unwrap_or(series)
    }

    /// The intensity at the present; `None` where no one knows it, or the last answer is older than two of its steps.
    pub(crate) fn present(&self, now: Timestamp) -> Option<Intensity> {
        let series = self.known.as_ref()?;
        let step = series.step().max(EVERY);
        let is_old = now.duration_since(self.answered?) > step + step;
        if is_old && !self.is_fixed { None } else { series.at(now).intensity }
    }

    /// All values: those of the past, and the forecast.
    pub(crate) fn known(&self) -> Option<&Series> {
        self.known.as_ref()
    }

    /// The reason why the present intensity is unknown, in words.
    pub(crate) fn why_unknown(&self, now: Timestamp) -> String {
        if let Some(failure) = &self.failure {
            return failure.clone();
        }
        let basis = self.basis.clone().unwrap_or_default();
        let Some(series) = &self.known else { return basis };
        let covered = series.extent();
        let [now, start, end] =
            [now, covered.start(), covered.end()].map(gpu_carbon_feeds::rfc3339::format);
        format!("{basis} has no value for {now}: its values are from {start} to {end}")
    }
}

fn needed(now: Timestamp, until: Option<Timestamp>) -> Interval {
    Interval::new(now, until.unwrap_or(now + REACH).max(now + SLOT))
}

fn ask(args: &GridArgs, needed: Interval, now: Timestamp) -> anyhow::Result<Known> {
    let known = Grid::open(args, needed, now).and_then(|grid| Ok(grid.known()?));
    match (&args.from, known) {
        // An exporter may know the present without a forecast.
        (Some(url), Err(error)) if !error.is::<UsageError>() => {
            let Ok(level) = level_of_exporter(url) else { return Err(error) };
            let series = Series::with_step(vec![(now.floor_to(SLOT), level.intensity)], SLOT)?;
            let Level { signal, basis, .. } = level;
            Ok(Known { series, signal, basis, is_typical: false })
        }
        (_, known) => known,
    }
}
