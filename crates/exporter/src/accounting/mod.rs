//! The accounting: energy and emissions of each GPU, from its readings and the grid's intensity.

mod accounts;
mod actor;
mod gpu;
mod gpu_totals;
mod host;
mod journal;
mod ledger_client;
mod planned_starts;
mod resume;
mod settings;

#[cfg(test)]
mod persistence_tests;
#[cfg(test)]
mod tests;

pub use actor::{Message, start};
pub use host::Accounting;
pub use ledger_client::LedgerClient;
pub use settings::Settings;
