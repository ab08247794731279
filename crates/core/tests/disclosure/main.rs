//! Disclosures: drafts that close, drafts that are refused, and the worked cases of the standards.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails so")]

mod drafts;
mod worked;
