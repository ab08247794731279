//! Addresses on the PCI bus.

use std::fmt;
use std::str::FromStr;

/// The address of a function of a device on the PCI bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PciAddress {
    domain: u32,
    bus: u8,
    device: u8,
    function: u8,
}

/// A text that is not a PCI address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not a PCI address such as 0000:3b:00.0")]
pub struct PciAddressError;

impl FromStr for PciAddress {
    type Err = PciAddressError;

    /// Reads NVML's form `00000000:3B:00.0`, and the kernel's form `0000:3b:00.0`.
    fn from_str(text: &str) -> Result<PciAddress, PciAddressError> {
        let parse = || {
            let (rest, function) = text.rsplit_once('.')?;
            let (rest, device) = rest.rsplit_once(':')?;
            let (domain, bus) = rest.rsplit_once(':')?;
            let byte = |digits: &str| u8::from_str_radix(digits, 16).ok();
            Some(PciAddress {
                domain: u32::from_str_radix(domain, 16).ok()?,
                bus: byte(bus)?,
                device: byte(device)?,
                function: byte(function)?,
            })
        };
        parse().ok_or(PciAddressError)
    }
}

impl fmt::Display for PciAddress {
    /// Writes the kernel's form, `0000:3b:00.0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PciAddress { domain, bus, device, function } = self;
        write!(f, "{domain:04x}:{bus:02x}:{device:02x}.{function:x}")
    }
}

impl PciAddress {
    /// The forms in which programs show the address, in lower case: NVML's, the kernel's, and `lspci`'s short one in the
    /// first domain.
    pub(crate) fn forms(self) -> impl Iterator<Item = String> {
        let PciAddress { domain, bus, device, function } = self;
        let short = format!("{bus:02x}:{device:02x}.{function:x}");
        let long = [format!("{domain:08x}:{short}"), format!("{domain:04x}:{short}")];
        long.into_iter().chain((domain == 0).then_some(short))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_one_address() {
        let address: PciAddress = "00000000:3B:00.0".parse().unwrap();
        assert_eq!("0000:3b:00.0".parse(), Ok(address));
        assert_eq!(address.to_string(), "0000:3b:00.0");
        let forms: Vec<String> = address.forms().collect();
        assert_eq!(forms, ["00000000:3b:00.0", "0000:3b:00.0", "3b:00.0"]);
        let far: PciAddress = "00010000:3B:00.0".parse().unwrap();
        assert_eq!(far.to_string(), "10000:3b:00.0");
        assert_eq!(far.forms().count(), 2);
        for text in ["", "3b", "3b:00.0", "x:3b:00.0", "0000:3b:00", "0000:13b:00.0"] {
            assert_eq!(text.parse::<PciAddress>(), Err(PciAddressError), "{text}");
        }
    }
}
