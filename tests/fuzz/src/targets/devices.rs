//! The devices that a kubelet lists: any name is that of one GPU, of one MIG instance or of nothing, and is written as it was read.

use gpu_carbon_attribution::kubelet::{DeviceId, PodDevice};

/// The resource of a device plugin that may name its devices by their files.
const RESOURCE: &str = "nvidia.com/gpu";

pub(crate) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    // The name of a resource, and of one of its devices.
    let (name, resource) = text.split_once('\n').unwrap_or((&text, RESOURCE));
    let Some(PodDevice { id, is_replica }) = DeviceId::parse(name, resource) else { return };
    let written = id.to_string();
    assert!(written.len() <= 128 && written.bytes().all(|it| it.is_ascii_graphic()), "{written:?}");
    let (whole, replica) = name.split_once("::").unwrap_or((name, ""));
    assert!(replica.is_empty() || is_replica, "{name:?} is a replica");
    match &id {
        DeviceId::Gpu(uuid) | DeviceId::Mig(uuid) => assert_eq!(uuid, whole),
        DeviceId::Number(_) | DeviceId::Instance { .. } => {
            assert!(resource.starts_with("nvidia.com/"), "{resource:?} has others' devices");
            let is_shared = !replica.is_empty() || name.contains("vgpu");
            assert_eq!(is_replica, is_shared, "{name:?}");
        }
    }
    // What is written is the same device, which is no replica by itself.
    let alone = Some(PodDevice { id, is_replica: false });
    assert_eq!(DeviceId::parse(&written, RESOURCE), alone, "{name:?} is {written:?}");
}
