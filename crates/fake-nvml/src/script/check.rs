//! What a script may say of a GPU.

use super::{Gpu, ScriptError};
use crate::quantity::Microwatts;

impl Gpu {
    pub(super) fn check(&self) -> Result<(), ScriptError> {
        if !text_fits(&self.name, 95) {
            return Err(ScriptError::value("name", &self.name, "1 to 95 characters"));
        }
        if !text_fits(&self.uuid, 79) {
            return Err(ScriptError::value("uuid", &self.uuid, "1 to 79 characters"));
        }
        if !text_fits(&self.serial, 29) {
            return Err(ScriptError::value("serial", &self.serial, "1 to 29 characters"));
        }
        if let Some(time) =
            self.resets.iter().chain([&self.loaded_at]).find(|time| !time.is_finite())
        {
            let key = if self.loaded_at.is_finite() { "resets" } else { "loaded_at" };
            return Err(ScriptError::value(key, time, "seconds since 1970"));
        }
        for (key, watts) in
            [("idle_watts", self.idle_watts), ("power_limit_watts", self.power_limit_watts)]
        {
            if Microwatts::from_watts(watts).is_none() {
                return Err(ScriptError::value(key, &watts, "0 to 1000000"));
            }
        }
        let percents = [
            ("utilization_percent", self.utilization_percent),
            ("memory_utilization_percent", self.memory_utilization_percent),
            ("fan_percent", self.fan_percent),
        ];
        if let Some((key, Some(percent))) =
            percents.into_iter().find(|(_, percent)| percent.is_some_and(|p| p > 100))
        {
            return Err(ScriptError::value(key, &percent, "0 to 100"));
        }
        let most = self.model.preset().mig_instances;
        if self.mig > most {
            let wanted = if most == 0 {
                format!("0 for a {:?}", self.model).to_lowercase()
            } else {
                format!("at most {most}")
            };
            return Err(ScriptError::value("mig", &self.mig, wanted));
        }
        let functions = [
            ("errors", self.errors.keys().collect::<Vec<_>>()),
            ("hangs", self.hangs.keys().collect()),
        ];
        for (key, names) in functions {
            if let Some(name) = names.into_iter().find(|name| !crate::abi::serves(name)) {
                return Err(ScriptError::value(
                    key,
                    name,
                    "a function of a device that this library has, such as nvmlDeviceGetPowerUsage",
                ));
            }
        }
        if let Some(field) = self.field_errors.keys().find(|field| field.parse::<u32>().is_err()) {
            return Err(ScriptError::value("field_errors", field, "a field's number, such as 83"));
        }
        Ok(())
    }
}

/// Whether a text can be handed out through C: neither empty nor too long, and without a zero in it.
pub(super) fn text_fits(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && !text.contains('\0')
}
