//! The meters of hosts whose sysfs is a folder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod faults;
mod find;
mod mirrors;
mod redfish;
mod tree;
