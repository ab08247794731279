//! PCI addresses in the two ways that NVML writes them.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// Where a GPU sits on the PCI bus: `00000000:17:00.0`, or with a domain of four figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PciBusId {
    pub(crate) domain: u32,
    pub(crate) bus: u8,
    pub(crate) device: u8,
    pub(crate) function: u8,
}

/// Why a PCI address was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no PCI address: want one such as \"00000000:17:00.0\"")]
pub struct PciBusIdError {
    text: String,
}

impl PciBusId {
    /// The address of the `index`-th GPU where the script names none: one GPU a bus, from 0x17 on.
    pub(crate) fn of_index(index: usize) -> Self {
        let place = u32::try_from(index).unwrap_or(u32::MAX);
        let bus = u8::try_from(place % 0xe8).unwrap_or_default();
        Self { domain: place / 0xe8, bus: 0x17 + bus, device: 0, function: 0 }
    }

    /// With a domain of four figures, as NVML wrote it before version 9.
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
            let byte = |figures: &str| u8::from_str_radix(figures, 16).ok();
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
    fn both_ways_of_writing_name_the_same_place() {
        let place: PciBusId = "00000000:17:00.0".parse().unwrap();
        assert_eq!(place.legacy(), "0000:17:00.0");
        assert_eq!(place.legacy().parse(), Ok(place));
        assert_eq!("17:00.0".parse(), Ok(place));
        assert_eq!(PciBusId::of_index(0), place);
        assert_eq!(PciBusId::of_index(1).to_string(), "00000000:18:00.0");
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        let refusal = "17".parse::<PciBusId>().unwrap_err().to_string();
        assert_eq!(refusal, "\"17\" is no PCI address: want one such as \"00000000:17:00.0\"");
    }
}
