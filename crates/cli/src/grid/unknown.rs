//! The outcome that nobody knows the intensity: exit status 75, which is `EX_TEMPFAIL` of sysexits.h, so that a script may try again.

/// Nobody knows the intensity; with the reason.
#[derive(Debug, thiserror::Error)]
#[error("nobody knows the intensity: {0}")]
pub struct UnknownError(pub(crate) String);
