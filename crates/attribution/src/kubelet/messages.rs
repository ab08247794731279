//! The messages of the service PodResources, as far as they are read: `podresources/v1/api.proto` of the kubelet. Other fields
//! are skipped.

use prost::Message;

use super::device::{DeviceId, PodDevice, PodDevices};
use crate::pods::PodName;

/// `ListPodResourcesRequest`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ListRequest {}

/// `ListPodResourcesResponse`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ListResponse {
    #[prost(message, repeated, tag = "1")]
    pods: Vec<Pod>,
}

/// `PodResources`.
#[derive(Clone, PartialEq, Message)]
struct Pod {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    namespace: String,
    #[prost(message, repeated, tag = "3")]
    containers: Vec<Container>,
}

/// `ContainerResources`.
#[derive(Clone, PartialEq, Message)]
struct Container {
    #[prost(message, repeated, tag = "2")]
    devices: Vec<Devices>,
}

/// `ContainerDevices`.
#[derive(Clone, PartialEq, Message)]
struct Devices {
    #[prost(string, tag = "1")]
    resource: String,
    #[prost(string, repeated, tag = "2")]
    ids: Vec<String>,
}

impl ListResponse {
    /// The pods that hold GPUs. A device that is none, such as a network card, is left out, and so is a pod without a name
    /// that Kubernetes allows.
    pub(super) fn pods(self) -> Vec<PodDevices> {
        let pods = self.pods.into_iter().filter_map(|pod| {
            let name = PodName::new(&pod.namespace, &pod.name)?;
            let devices = pod.containers.iter().flat_map(|container| &container.devices);
            let devices: Vec<PodDevice> = devices.flat_map(Devices::gpus).collect();
            (!devices.is_empty()).then_some(PodDevices { pod: name, devices })
        });
        pods.collect()
    }
}

impl Devices {
    /// The GPUs among the devices.
    fn gpus(&self) -> impl Iterator<Item = PodDevice> {
        self.ids.iter().filter_map(|id| DeviceId::parse(id, &self.resource))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_the_kubelet_is_read() {
        // Field 3 of the pod has a container with fields that are not read: its name, CPUs and memory.
        let container = b"\x0a\x04main\x12\x27\x0a\x0envidia.com/gpu\x12\x05GPU-a\x12\x0eGPU-b-cd-ef::3\x1a\x02\x01\x02";
        let mut pod = b"\x0a\x05train\x12\x04team\x1a".to_vec();
        pod.push(u8::try_from(container.len()).unwrap());
        pod.extend(container);
        pod.extend(b"\x20\x07");
        let mut answer = vec![0x0a, u8::try_from(pod.len()).unwrap()];
        answer.extend(pod);
        let pods = ListResponse::decode(answer.as_slice()).unwrap().pods();
        assert_eq!((pods.len(), pods[0].pod.namespace.as_str()), (1, "team"));
        assert_eq!(pods[0].pod.name, "train");
        let ids: Vec<String> = pods[0].devices.iter().map(|it| it.id.to_string()).collect();
        assert_eq!(ids, ["GPU-a", "GPU-b-cd-ef"]);
        assert_eq!([0, 1].map(|it| pods[0].devices[it].is_replica), [false, true]);
        assert!(ListResponse::decode(&b"\x0a\xff"[..]).is_err());
        assert_eq!(ListResponse::decode(&b""[..]).unwrap().pods(), []);
    }
}
