//! PCI addresses in the two forms of NVML.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// The address of a GPU on the PCI bus: `00000000:17:00.0`, or with a domain of four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PciBusId {
    pub(crate) domain: u32,
    pub(crate) bus: u8,
    pub(crate) device: u8,
    pub(crate) function: u8,
}

/// A text that is not a PCI address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a PCI address: want one such as \"00000000:17:00.0\"")]
pub struct PciBusIdError {
    text: String,
}

impl PciBusId {
    /// The default address of the GPU with this index: one bus for each GPU, from 0x17 on.
    pub(crate) fn from_index(index: usize) -> Self {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let bus = u8::try_from(number % 0xe8).unwrap_or_default();
        Self { domain: number / 0xe8, bus: 0x17 + bus, device: 0, function: 0 }
    }

    /// The form with a domain of four digits, which NVML used before version 9.
    pub(crate) fn legacy(self) -> String {
        let Self { domain, bus, device, function } = self;
        format!("{:04X}:{bus:02X}:{device:02X}.{function:X}", domain & 0xffff)
    }
}

impl fmt::Display for PciBusId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { domain, bus, device, function } = self;
        write!(f, "{domain:08X}:{bus:02X}:{device:02X}.{function:X}")
    }
}

impl FromStr for PciBusId {
    type Err = PciBusIdError;

    fn from_str(text: &str) -> Result<Self, PciBusIdError> {
        let parse = || {
            let (rest, function) = text.rsplit_once('.').unwrap_or((text, "0"));
            let (rest, device) = rest.rsplit_once(':')?;
            let (domain, bus) = rest.rsplit_once(':').unwrap_or(("0", rest));
            let byte = |digits: &str| u8::from_str_radix(digits, 16).ok();
            Some(Self {
                domain: u32::from_str_radix(domain, 16).ok()?,
                bus: byte(bus)?,
                device: byte(device)?,
                function: byte(function)?,
            })
        };
        parse().ok_or_else(|| PciBusIdError { text: text.to_owned() })
    }
}

impl Serialize for PciBusId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PciBusId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_the_same_address() {
        let address: PciBusId = "00000000:17:00.0".parse().unwrap();
        assert_eq!(address.legacy(), "0000:17:00.0");
        assert_eq!(address.legacy().parse(), Ok(address));
        assert_eq!("17:00.0".parse(), Ok(address));
        assert_eq!(PciBusId::from_index(0), address);
        assert_eq!(PciBusId::from_index(1).to_string(), "00000000:18:00.0");
    }

    #[test]
    fn the_error_for_other_texts_has_an_example() {
        let error = "17".parse::<PciBusId>().unwrap_err().to_string();
        assert_eq!(error, "\"17\" is not a PCI address: want one such as \"00000000:17:00.0\"");
    }
}
