//! An account of energy that is converted to emissions, published, revised, and kept in the ledger: that of one GPU, or
//! of one part of the host by one method.

mod account;
mod account_commit;
mod accounts;
mod amounts;
mod journal;
mod persistence;
mod shares;
#[cfg(test)]
mod tests;

pub(super) use account::EnergyAccount;
pub(super) use account_commit::AccountCommit;
pub(super) use amounts::seconds;
pub(super) use journal::slots;
