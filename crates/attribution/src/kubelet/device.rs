//! The names that device plugins give to GPUs.

use std::fmt;

use crate::pods::PodName;

/// The most characters in the name of a device.
const LONGEST: usize = 128;

/// The resources that are GPUs, whatever their devices are called.
const VENDOR: &str = "nvidia.com/";

/// A pod and the GPUs that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodDevices {
    /// The pod.
    pub pod: PodName,
    /// The GPUs and parts of GPUs.
    pub devices: Vec<PodDevice>,
}

/// A GPU, or a part of it, that a pod holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodDevice {
    /// The GPU or the MIG instance.
    pub id: DeviceId,
    /// True for one of several replicas, which other pods may hold, too: time-slicing, MPS, or a share of GKE's.
    pub is_replica: bool,
}

/// A GPU or a MIG instance as a device plugin names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviceId {
    /// A GPU by its UUID, `GPU-...`.
    Gpu(String),
    /// A MIG instance by its UUID, `MIG-...`.
    Mig(String),
    /// A GPU by the number of its device file, `nvidia0`, as on GKE.
    Number(u32),
    /// A MIG instance by its number in the GPU of a device file, `nvidia0/gi3`, as on GKE.
    Instance {
        /// The number of the GPU's device file.
        number: u32,
        /// The number of the GPU instance.
        instance: u32,
    },
}

impl DeviceId {
    /// The device of a name such as `GPU-8a1b...`, `MIG-...::7`, `nvidia0`, `nvidia0/vgpu2` or `nvidia0/gi3`, among those of
    /// a resource such as `nvidia.com/gpu`. `None` for what is no GPU.
    #[must_use]
    pub fn parse(name: &str, resource: &str) -> Option<PodDevice> {
        if name.len() > LONGEST {
            return None;
        }
        let (id, replica) = name.split_once("::").map_or((name, None), |(id, of)| (id, Some(of)));
        if replica.is_some_and(|replica| replica.parse::<u32>().is_err()) {
            return None;
        }
        let is_uuid = |text: &str| {
            text.len() > 4
                && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-/".contains(&it))
        };
        let is_replica = replica.is_some();
        if id.starts_with("GPU-") && is_uuid(id) {
            return Some(PodDevice { id: DeviceId::Gpu(id.to_owned()), is_replica });
        }
        if id.starts_with("MIG-") && is_uuid(id) {
            return Some(PodDevice { id: DeviceId::Mig(id.to_owned()), is_replica });
        }
        // Other vendors have devices of such names, too.
        resource.starts_with(VENDOR).then(|| DeviceId::parse_file(id, is_replica)).flatten()
    }

    fn parse_file(id: &str, is_replica: bool) -> Option<PodDevice> {
        let mut parts = id.split('/');
        let number = number_after(parts.next()?, "nvidia")?;
        let mut device = PodDevice { id: DeviceId::Number(number), is_replica };
        for part in parts {
            if let Some(instance) = number_after(part, "gi") {
                if device.id != DeviceId::Number(number) {
                    return None; // no device is two instances
                }
                device.id = DeviceId::Instance { number, instance };
            } else {
                number_after(part, "vgpu")?;
                device.is_replica = true;
            }
        }
        Some(device)
    }
}

fn number_after(text: &str, prefix: &str) -> Option<u32> {
    let digits = text.strip_prefix(prefix)?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| digits.parse().ok()).flatten()
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceId::Gpu(uuid) | DeviceId::Mig(uuid) => f.write_str(uuid),
            DeviceId::Number(number) => write!(f, "nvidia{number}"),
            DeviceId::Instance { number, instance } => write!(f, "nvidia{number}/gi{instance}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_plugins_are_read() {
        let gpu = "GPU-8a1b0c2d-0000-4000-8000-0123456789ab";
        let mig = "MIG-0123abcd-0000-5000-8000-0123456789ab";
        let of = |id, is_replica| Some(PodDevice { id, is_replica });
        for (name, expected) in [
            (gpu.to_owned(), of(DeviceId::Gpu(gpu.into()), false)),
            (format!("{gpu}::3"), of(DeviceId::Gpu(gpu.into()), true)),
            (mig.to_owned(), of(DeviceId::Mig(mig.into()), false)),
            (format!("{mig}::7"), of(DeviceId::Mig(mig.into()), true)),
            ("MIG-GPU-8a1b/3/0".into(), of(DeviceId::Mig("MIG-GPU-8a1b/3/0".into()), false)),
            ("nvidia12".into(), of(DeviceId::Number(12), false)),
            ("nvidia0/vgpu2".into(), of(DeviceId::Number(0), true)),
            ("nvidia0/gi3".into(), of(DeviceId::Instance { number: 0, instance: 3 }, false)),
            ("nvidia0/gi3/vgpu1".into(), of(DeviceId::Instance { number: 0, instance: 3 }, true)),
        ] {
            assert_eq!(DeviceId::parse(&name, "nvidia.com/gpu"), expected, "{name}");
        }
        // A site may name its resource as it likes, but not the UUID.
        assert!(DeviceId::parse(gpu, "example.com/fast-gpu").is_some());
        for (name, resource) in [
            ("nvidia0", "example.com/nic"),
            ("nvidia", "nvidia.com/gpu"),
            ("nvidia0/x", "nvidia.com/gpu"),
            ("nvidia0/gi3/gi4", "nvidia.com/gpu"),
            ("0000:17:00.0", "nvidia.com/gpu"),
            ("GPU-", "nvidia.com/gpu"),
            ("GPU-a b", "nvidia.com/gpu"),
            ("GPU-a::x", "nvidia.com/gpu"),
            ("", "nvidia.com/gpu"),
        ] {
            assert_eq!(DeviceId::parse(name, resource), None, "{name}");
        }
        assert_eq!(DeviceId::parse(&format!("GPU-{}", "a".repeat(200)), "nvidia.com/gpu"), None);
    }
}
