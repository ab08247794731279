//! The processes of a job: their start, their pauses, their signals and their end. Nothing here knows carbon.
//!
//! Two processes watch over a job. The [`runner`](job) is the program that was called; it decides, and it sends the signals. The
//! [`guard`] is the parent of the job, in a process group of its own. Where the runner dies, the guard continues whatever was
//! paused, and waits for the job. Where the guard dies, the job becomes a child of the runner, which no longer pauses it. So the
//! kernel never finds a stopped job whose group has lost its last parent of the session, which it would end by SIGHUP.

pub(crate) mod freezer;
pub mod guard;
pub(crate) mod identity;
pub(crate) mod job;
pub(crate) mod link;
pub(crate) mod machine;
mod pause;
pub(crate) mod signals;
pub(crate) mod status;
pub(crate) mod streams;
pub(crate) mod terminal;
mod tree;
