//! Intensity from services. A background thread queries each service within its limits; the values are cached on
//! disk, combined by the fallback chain, and published.

mod cache;
mod fallback_chain;
mod poll_schedule;
mod poller;
mod settings;
#[cfg(test)]
mod tests;
mod timeline;

pub(super) use poller::LiveServices;
pub use settings::{MissingCredentialError, ServiceQuery, ServiceSettings, Settings, YearlyFigure};
