//! The ledger through its public interface: batches are read again, and other files are rejected or quarantined.
#![allow(missing_docs, reason = "tests have no public items")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests, too")]

mod check;
mod child_process;
mod damage;
mod disk;
mod embodied;
mod fixtures;
mod flips;
mod host;
mod kill;
mod log_damage;
mod open;
mod oracle;
mod page_links;
mod power_loss;
mod properties;
mod read;
mod readme;
mod report;
mod rows;
mod salvage;
mod shares;
mod versions;
mod write;
