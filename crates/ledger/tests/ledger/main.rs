//! The ledger from outside: what is written comes back, and what is no ledger is refused or set aside.
#![allow(missing_docs, clippy::unwrap_used)] // helpers of tests are tests, too

mod child;
mod cut;
mod damage;
mod disk;
mod kill;
mod made;
mod open;
mod oracle;
mod properties;
mod read;
mod report;
mod rows;
mod versions;
mod write;
