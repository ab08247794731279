//! The field of the GPUs' share of their servers' power.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// The GPUs' share of a server's power: `"paper"`, or a number of percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum HostShareField {
    Paper,
    Percent(f64),
}

/// The allowed values. An enum that serde derives for both would store each value before it knows its kind, which takes 3 kB of
/// the browser's program.
const ALLOWED: &str = "\"paper\" or a number of percent from 1 to 100";

impl<'de> Deserialize<'de> for HostShareField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HostShareField, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl Visitor<'_> for FieldVisitor {
    type Value = HostShareField;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ALLOWED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<HostShareField, E> {
        match text {
            "paper" => Ok(HostShareField::Paper),
            _ => Err(E::custom(format_args!("must be {ALLOWED}"))),
        }
    }

    fn visit_f64<E: Error>(self, percent: f64) -> Result<HostShareField, E> {
        Ok(HostShareField::Percent(percent))
    }

    fn visit_u64<E: Error>(self, percent: u64) -> Result<HostShareField, E> {
        #[expect(clippy::cast_precision_loss, reason = "a share beyond 100 is refused")]
        self.visit_f64(percent as f64)
    }

    fn visit_i64<E: Error>(self, percent: i64) -> Result<HostShareField, E> {
        #[expect(clippy::cast_precision_loss, reason = "a share below 1 is refused")]
        self.visit_f64(percent as f64)
    }
}
