//! The reason of a command, in words.

use core::fmt;

use super::settings::Unknown;
use crate::time::Span;
use crate::units::Intensity;

/// The reason of a command. As text it is a clause without a full stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// The intensity is at or below the threshold.
    Below {
        /// The present intensity.
        intensity: Intensity,
        /// The threshold.
        limit: Intensity,
    },
    /// The intensity is above the threshold.
    Above {
        /// The present intensity.
        intensity: Intensity,
        /// The threshold.
        limit: Intensity,
    },
    /// The plan runs the job now.
    Planned,
    /// The plan runs the job later.
    PlannedLater,
    /// A run now is expected to emit no more than a later one.
    CheaperNow,
    /// A later run is expected to emit less than one now.
    CheaperLater,
    /// The intensity is unknown, or no forecast covers the job.
    Unknown(Unknown),
    /// The present run is shorter than the least run.
    ShortRun {
        /// The rest of it.
        left: Span,
    },
    /// The present pause is shorter than the least pause.
    ShortPause {
        /// The rest of it.
        left: Span,
    },
    /// The job has been paused as often as it may.
    MaxPauses(usize),
    /// A pause would leave too little time for the work.
    NoTimeToPause,
    /// A pause is expected to emit more than it saves.
    PauseCostsMore,
    /// The job must run from now on to finish in time.
    MustRun,
    /// The job cannot finish in time.
    Late {
        /// The time by which it will be late.
        by: Span,
    },
    /// The job has run for longer than its duration and margin.
    Overrun,
    /// A user stopped the job.
    StoppedByUser,
    /// The last command has not taken effect.
    TakingEffect,
    /// The job has ended.
    Ended,
}

impl fmt::Display for Reason {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grams = |intensity: &Intensity| intensity.as_grams_per_kilowatt_hour();
        match self {
            Reason::Below { intensity, limit } => {
                let (now, limit) = (grams(intensity), grams(limit));
                write!(to, "the intensity is {now:.0} g/kWh, at most {limit:.0} g/kWh")
            }
            Reason::Above { intensity, limit } => {
                let (now, limit) = (grams(intensity), grams(limit));
                write!(to, "the intensity is {now:.0} g/kWh, above {limit:.0} g/kWh")
            }
            Reason::Planned => to.write_str("it is planned to run now"),
            Reason::PlannedLater => to.write_str("it is planned to run later"),
            Reason::CheaperNow => to.write_str("waiting is not expected to save emissions"),
            Reason::CheaperLater => to.write_str("waiting is expected to save emissions"),
            Reason::Unknown(Unknown::Run) => {
                to.write_str("the intensity is unknown, and the job runs in that case")
            }
            Reason::Unknown(Unknown::Hold) => {
                to.write_str("the intensity is unknown, and the job stays as it is in that case")
            }
            Reason::Unknown(Unknown::Fail) => to.write_str("the intensity is unknown"),
            Reason::ShortRun { left } => {
                write!(to, "the least run has {} left", Rough(*left))
            }
            Reason::ShortPause { left } => {
                write!(to, "the least pause has {} left", Rough(*left))
            }
            Reason::MaxPauses(most) => {
                write!(to, "it has been paused {most} times, as often as it may")
            }
            Reason::NoTimeToPause => to.write_str("a pause would leave too little time to finish"),
            Reason::PauseCostsMore => {
                to.write_str("a pause is expected to emit more than it saves")
            }
            Reason::MustRun => to.write_str("it must run from now on to finish in time"),
            Reason::Late { by } => {
                write!(to, "it cannot finish in time, and will be {} late", Rough(*by))
            }
            Reason::Overrun => to.write_str("it has run for longer than its duration"),
            Reason::StoppedByUser => to.write_str("a user stopped it"),
            Reason::TakingEffect => to.write_str("the last command has not taken effect"),
            Reason::Ended => to.write_str("it has ended"),
        }
    }
}

/// A span in whole minutes, or in seconds if it is short.
struct Rough(Span);

impl fmt::Display for Rough {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_micros().div_ceil(1_000_000);
        match (seconds / 3600, seconds / 60 % 60) {
            (0, 0..2) => write!(to, "{seconds} s"),
            (0, minutes) => write!(to, "{minutes} min"),
            (hours, minutes) => write!(to, "{hours} h {minutes:02} min"),
        }
    }
}
