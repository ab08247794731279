//! The accounting: energy and emissions of each GPU, from its readings and the grid's intensity.

mod actor;
mod commits;
mod divisible;
mod driver;
mod embodied;
mod energy_account;
mod gpu;
mod gpu_totals;
mod host;
mod host_energy;
mod host_record;
mod ledger_client;
mod new_counters;
mod planned_starts;
mod resume;
mod settings;
mod view;
mod workloads;

#[cfg(test)]
mod persistence_tests;
#[cfg(test)]
mod revision_tests;
#[cfg(test)]
mod tests;

pub use actor::{Message, start};
pub use embodied::EmbodiedSettings;
pub use host::Accounting;
pub use ledger_client::LedgerClient;
pub use settings::{Configuration, Settings};
