//! Feeds.

pub mod pack;
