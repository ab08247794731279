//! The handles of devices.

use std::collections::BTreeMap;

/// The handle of a device: an address that this library never dereferences, so that any value is safe.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DeviceHandle(usize);

/// All handles that were ever returned, by the UUID or the name of the board. They are valid as long as the process lives.
pub(super) struct Handles(BTreeMap<String, DeviceHandle>);

impl Handles {
    pub(super) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The handle of a device, which is always the same.
    pub(super) fn handle(&mut self, name: &str) -> DeviceHandle {
        if let Some(handle) = self.0.get(name) {
            return *handle;
        }
        // Leaked on purpose: the address stays unique to the device, and readable if a program dereferences it.
        let memory: &'static [u64; 8] = Box::leak(Box::new([0; 8]));
        let handle = DeviceHandle(std::ptr::from_ref(memory).addr());
        self.0.insert(name.to_owned(), handle);
        handle
    }

    /// Reports whether the handle was ever returned.
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
        let (one, two) = (handles.handle("GPU-1"), handles.handle("GPU-2"));
        assert_ne!(one, two);
        assert_eq!(handles.handle("GPU-1"), one);
        assert!(handles.knows(two));
        assert!(!handles.knows(DeviceHandle(0)));
    }
}
