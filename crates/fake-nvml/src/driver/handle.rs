//! The pointers by which programs name devices.

use std::collections::BTreeMap;

/// A device's handle: an address that this library never follows, so that no handle can harm it.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DeviceHandle(usize);

/// All handles ever given out, by the UUID of the device. They stay valid for the life of the process.
pub(super) struct Handles(BTreeMap<String, DeviceHandle>);

impl Handles {
    pub(super) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The handle of a device, the same each time.
    pub(super) fn of(&mut self, uuid: &str) -> DeviceHandle {
        if let Some(handle) = self.0.get(uuid) {
            return *handle;
        }
        // Leaked on purpose: the address stays this device's own, and readable should a program look.
        let place: &'static [u64; 8] = Box::leak(Box::new([0; 8]));
        let handle = DeviceHandle(std::ptr::from_ref(place).addr());
        self.0.insert(uuid.to_owned(), handle);
        handle
    }

    pub(super) fn knows(&self, handle: DeviceHandle) -> bool {
        self.0.values().any(|known| *known == handle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_keeps_its_handle() {
        let mut handles = Handles::new();
        let (one, two) = (handles.of("GPU-1"), handles.of("GPU-2"));
        assert_ne!(one, two);
        assert_eq!(handles.of("GPU-1"), one);
        assert!(handles.knows(two));
        assert!(!handles.knows(DeviceHandle(0)));
    }
}
