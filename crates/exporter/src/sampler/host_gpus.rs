//! The GPUs that the kernel shows, without opening any of them: their PCI addresses, UUIDs and runtime suspension.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock;
use crate::gpu_filter::KnownGpu;
use crate::pci::PciAddress;

/// The vendor identifier of NVIDIA (PCI ID database).
const NVIDIA: &str = "0x10de";

/// The beginning of the class of a display controller (PCI Code and ID Assignment Specification).
const DISPLAY_CONTROLLER: &str = "0x03";

/// The time for which a device that may not be suspended at all is not looked at again.
const RECHECK_PERIOD: Duration = Duration::from_secs(30);

/// The roots of the kernel's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelFiles {
    /// The folder where sysfs is mounted.
    pub sysfs: PathBuf,
    /// The folder where procfs is mounted.
    pub procfs: PathBuf,
}

impl Default for KernelFiles {
    fn default() -> KernelFiles {
        KernelFiles { sysfs: "/sys".into(), procfs: "/proc".into() }
    }
}

/// A GPU that the kernel shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostGpu {
    pub(super) address: PciAddress,
    /// The UUID, if the driver knows it: only once a program has opened the GPU.
    pub(super) uuid: Option<Arc<str>>,
}

impl KernelFiles {
    /// The GPUs that NVIDIA's driver has, in the order of their PCI addresses, which is the order of NVML.
    pub(super) fn gpus(&self) -> Vec<HostGpu> {
        let devices = self.sysfs.join("bus/pci/devices");
        let entries = fs::read_dir(devices).into_iter().flatten().flatten();
        let mut addresses: Vec<PciAddress> = entries
            .filter(|entry| is_gpu(&entry.path()))
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .collect();
        addresses.sort_unstable();
        let gpu = |address| HostGpu { address, uuid: self.uuid(address) };
        addresses.into_iter().map(gpu).collect()
    }

    /// The UUID of a GPU, if the driver knows it.
    fn uuid(&self, address: PciAddress) -> Option<Arc<str>> {
        let file = self.procfs.join(format!("driver/nvidia/gpus/{address}/information"));
        let text = fs::read_to_string(file).ok()?;
        let uuid = text.lines().find_map(|line| line.strip_prefix("GPU UUID:"))?.trim();
        (!uuid.contains('?')).then(|| uuid.into())
    }

    /// The runtime power management of a GPU.
    pub(super) fn runtime_power(&self, address: PciAddress) -> RuntimePower {
        let folder = self.sysfs.join(format!("bus/pci/devices/{address}/power"));
        RuntimePower { folder, always_on_until: None }
    }
}

fn is_gpu(device: &Path) -> bool {
    let begins_with = |file: &str, expected| {
        fs::read_to_string(device.join(file)).is_ok_and(|text| text.starts_with(expected))
    };
    let driver = || Some(fs::canonicalize(device.join("driver")).ok()?.file_name()? == "nvidia");
    begins_with("vendor", NVIDIA)
        && begins_with("class", DISPLAY_CONTROLLER)
        && driver() == Some(true)
}

impl HostGpu {
    /// The properties of the GPU by which the configuration may choose it.
    pub(super) fn known(&self) -> KnownGpu {
        KnownGpu { uuid: self.uuid.clone(), address: Some(self.address) }
    }
}

/// The runtime power management of a GPU.
#[derive(Debug)]
pub(super) struct RuntimePower {
    folder: PathBuf,
    /// The time until which the kernel is taken not to suspend the GPU.
    always_on_until: Option<Instant>,
}

impl RuntimePower {
    /// True if the GPU is suspended now, or about to be. Reading this does not wake it.
    pub(super) fn is_suspended(&mut self) -> bool {
        let now = clock::instant();
        if self.always_on_until.is_some_and(|until| now < until) {
            return false;
        }
        let read = |file: &str| fs::read_to_string(self.folder.join(file));
        let is_suspended = read("runtime_status").is_ok_and(|status| status.starts_with("suspend"));
        // A kernel or a container without these files suspends no GPU that it shows.
        if !is_suspended && !read("control").is_ok_and(|control| control.trim() == "auto") {
            self.always_on_until = Some(now + RECHECK_PERIOD);
        }
        is_suspended
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn add(root: &Path, address: &str, [vendor, class, driver]: [&str; 3]) {
        let device = root.join("bus/pci/devices").join(address);
        let driver = root.join("bus/pci/drivers").join(driver);
        fs::create_dir_all(device.join("power")).unwrap();
        fs::create_dir_all(&driver).unwrap();
        fs::write(device.join("vendor"), format!("{vendor}\n")).unwrap();
        fs::write(device.join("class"), format!("{class}\n")).unwrap();
        symlink(driver, device.join("driver")).unwrap();
    }

    #[test]
    fn gpus_of_the_driver_are_found_in_the_order_of_their_addresses() {
        let root = tempfile::tempdir().unwrap();
        let files = KernelFiles { sysfs: root.path().into(), procfs: root.path().join("proc") };
        assert_eq!(files.gpus(), []);
        add(root.path(), "0000:5e:00.0", ["0x10de", "0x030200", "nvidia"]);
        add(root.path(), "0000:3b:00.0", ["0x10de", "0x030000", "nvidia"]);
        add(root.path(), "0000:3b:00.1", ["0x10de", "0x040300", "snd_hda_intel"]);
        add(root.path(), "0000:86:00.0", ["0x10de", "0x030200", "vfio-pci"]);
        add(root.path(), "0000:03:00.0", ["0x1a03", "0x030000", "ast"]);
        for (address, uuid) in [("3b", "GPU-aa"), ("5e", "GPU-????????-????")] {
            let folder = files.procfs.join(format!("driver/nvidia/gpus/0000:{address}:00.0"));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("information"), format!("Model: \t x\nGPU UUID: \t {uuid}\n"))
                .unwrap();
        }
        let found: Vec<_> =
            files.gpus().into_iter().map(|gpu| (gpu.address.to_string(), gpu.uuid)).collect();
        let expected = [("0000:3b:00.0", Some("GPU-aa")), ("0000:5e:00.0", None)];
        assert_eq!(
            found,
            expected.map(|(address, uuid)| (address.to_owned(), uuid.map(Arc::from)))
        );
    }

    #[test]
    fn a_suspended_gpu_is_recognized() {
        let root = tempfile::tempdir().unwrap();
        let files = KernelFiles { sysfs: root.path().into(), procfs: root.path().into() };
        add(root.path(), "0000:3b:00.0", ["0x10de", "0x030000", "nvidia"]);
        let set = |file: &str, text: &str| {
            fs::write(root.path().join("bus/pci/devices/0000:3b:00.0/power").join(file), text)
                .unwrap();
        };
        let mut power = files.runtime_power("0000:3b:00.0".parse().unwrap());
        set("control", "auto\n");
        for (status, expected) in [
            ("active\n", false),
            ("suspended\n", true),
            ("suspending\n", true),
            ("resuming\n", false),
        ] {
            set("runtime_status", status);
            assert_eq!(power.is_suspended(), expected, "{status}");
        }
        let mut missing = files.runtime_power("0000:99:00.0".parse().unwrap());
        assert!(!missing.is_suspended());
    }
}
