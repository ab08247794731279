//! A job that pauses by itself while the grid is dirty, and still finishes in time. [`Steer`] is a state machine
//! without a clock, a process or a feed: at each step the caller reports the time, the intensity and the state of the
//! job, and is answered by a command, its reason, and the time until the next step.
//!
//! **The promise.** With `left = duration * (1 + margin) - work done`, the job is forced to run, for good, as soon as
//! `now + left + the time lost to a resume + lateness >= finish_by`. So it finishes in time whatever the intensities
//! are, whether or not they are known, if it could when it was begun. Work is measured by the monotonic clock. The
//! promise is measured by the later of the wall clock and of the first wall time plus the monotonic clock, so a clock
//! that is set back cannot break it. A clock that is set forward by more than the time to spare can.
//!
//! **Pauses.** A pause is begun only if it is expected to save more than it costs, if the limits allow it, and if it
//! leaves time for the rest of the work.

mod machine;
mod metered;
mod observation;
mod plan;
mod promise;
mod reason;
mod record;
mod replan;
mod settings;
mod threshold;
mod wish;

pub use machine::Steer;
pub use metered::{EnergyCurve, MeteredEnergy};
pub use observation::{Child, Command, Decision, Observation, Progress, State};
pub use reason::Reason;
pub use record::{Best, Emitted, Phase, Piece, Record};
pub use settings::{PauseLimits, Policy, Promise, Settings, SettingsError, Unknown};
