//! The golden table of cgroups: who writes them, as what, and the workload that each names.

use gpu_carbon_attribution::Place;
use proptest::prelude::*;

/// The id of a container, of which names show the first twelve digits.
const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const UID: &str = "2fc932ce-fdcc-454b-97bd-aadfdeb4c340";
const SLICE: &str = "pod2fc932ce_fdcc_454b_97bd_aadfdeb4c340.slice";
/// The name of a static pod: the hash of its manifest.
const HASH: &str = "8cf1a5ee2bd8b7d3c4b1f7d5a6e9c012";

/// The text of `/proc/PID/cgroup`, with `ID`, `UID`, `SLICE` and `HASH` for the constants above, and the workload.
const TABLE: [(&str, &str, &str); 38] = [
    // Kubernetes, systemd's driver.
    (
        "v2, burstable, containerd",
        "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-SLICE/cri-containerd-ID.scope",
        "pod:UID ID",
    ),
    ("v2, guaranteed, CRI-O", "0::/kubepods.slice/kubepods-SLICE/crio-ID.scope", "pod:UID ID"),
    (
        "v2, best effort, docker",
        "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-SLICE/docker-ID.scope",
        "pod:UID ID",
    ),
    (
        "v1",
        "11:devices:/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-SLICE/cri-containerd-ID.scope\n1:name=systemd:/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-SLICE/cri-containerd-ID.scope",
        "pod:UID ID",
    ),
    (
        "own namespace, a sibling",
        "0::/../../kubepods-burstable-SLICE/cri-containerd-ID.scope",
        "pod:UID ID",
    ),
    (
        "before a runtime with cgroupfs",
        "0::/system.slice/containerd.service/kubepods-burstable-SLICE:cri-containerd:ID",
        "pod:UID ID",
    ),
    (
        "a kubelet below a root of its own, as in kind",
        "0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-SLICE/cri-containerd-ID.scope",
        "pod:UID ID",
    ),
    // Kubernetes, cgroupfs' driver.
    ("cgroupfs, burstable", "0::/kubepods/burstable/podUID/ID", "pod:UID ID"),
    ("cgroupfs, guaranteed", "4:memory:/kubepods/podUID/ID", "pod:UID ID"),
    ("cgroupfs, CRI-O", "0::/kubepods/besteffort/podUID/crio-ID", "pod:UID ID"),
    ("cgroupfs, own namespace", "0::/../../podUID/ID", "pod:UID ID"),
    ("a static pod", "0::/kubepods/burstable/podHASH/ID", "pod:HASH ID"),
    ("a pod without a container", "0::/kubepods/burstable/podUID", "pod:UID -"),
    (
        "kind: a kubelet in a container",
        "0::/docker/ID/kubelet/kubepods/burstable/podUID/ID",
        "pod:UID ID",
    ),
    ("an engine in a pod", "0::/kubepods/burstable/podUID/ID/docker/ID", "pod:UID ID"),
    // Containers without Kubernetes.
    ("docker, cgroupfs", "0::/docker/ID", "container:ID"),
    ("docker, systemd", "0::/system.slice/docker-ID.scope", "container:ID"),
    (
        "docker, v1, hybrid",
        "12:cpu,cpuacct:/docker/ID\n0::/system.slice/containerd.service",
        "container:ID",
    ),
    ("docker, own namespace", "0::/../ID", "container:ID"),
    ("podman, root", "0::/machine.slice/libpod-ID.scope/container", "container:ID"),
    (
        "podman, a user's",
        "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope",
        "container:ID",
    ),
    ("podman, payload", "0::/libpod_parent/libpod-payload-ID", "container:ID"),
    ("ECS", "0::/ecs/0bc4e1f0/ID", "container:ID"),
    // Slurm.
    (
        "Slurm v1, only the freezer",
        "9:freezer:/slurm/uid_1001/job_3/step_batch\n4:memory:/\n0::/",
        "slurm:3",
    ),
    ("Slurm v1, several slurmd", "9:freezer:/slurm_node1/uid_0/job_31/step_0/task_0", "slurm:31"),
    ("Slurm v2", "0::/system.slice/slurmstepd.scope/job_12/step_0/user/task_0", "slurm:12"),
    (
        "Slurm v2, several slurmd",
        "0::/system.slice/node1_slurmstepd.scope/job_12/step_batch/slurm",
        "slurm:12",
    ),
    ("Slurm v2, own namespace", "0::/../job_12/step_extern/user/task_special", "slurm:12"),
    (
        "Slurm by SLUID",
        "0::/system.slice/slurmstepd.scope/s5K1KKYAYG5D00/step_0/user/task_0",
        "slurm:s5K1KKYAYG5D00",
    ),
    (
        "Slurm v2 beside another hierarchy",
        "0::/system.slice/slurmstepd.scope/job_7/step_0/user/task_0\n1:name=x:/a",
        "slurm:7",
    ),
    (
        "Slurm in a pod",
        "0::/kubepods/podUID/ID/system.slice/slurmstepd.scope/job_5/step_0",
        "slurm:5",
    ),
    // Units of systemd.
    ("a service", "0::/system.slice/train.service", "unit:train.service"),
    (
        "an instance in a slice",
        "0::/system.slice/system-train.slice/train@3.service",
        "unit:train@3.service",
    ),
    (
        "a service below a service",
        "1:name=systemd:/system.slice/a.service/b.service/worker",
        "unit:b.service",
    ),
    ("a login", "0::/user.slice/user-1000.slice/session-3.scope", "unit:user.slice"),
    (
        "an application of a user",
        "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-jupyter-4711.scope",
        "unit:user.slice",
    ),
    ("a cgroup that is gone", "0::/system.slice/train.service (deleted)", "unit:train.service"),
    (
        "hybrid, systemd's own line",
        "1:name=systemd:/system.slice/ssh.service\n0::/",
        "unit:ssh.service",
    ),
];

fn filled(text: &str) -> String {
    // `UID` and `ID` also stand in words of the table, which are in lower case there.
    text.replace("SLUID", "\u{0}")
        .replace("SLICE", SLICE)
        .replace("UID", UID)
        .replace("ID", ID)
        .replace("HASH", HASH)
        .replace('\u{0}', "SLUID")
}

#[test]
fn every_cgroup_of_the_table_is_known() {
    for (name, cgroup, expected) in TABLE {
        let place = Place::of_process(&filled(cgroup)).unwrap();
        let expected = filled(expected);
        let named = match &place {
            Place::Pod { container, .. } => {
                format!("{place} {}", container.as_deref().unwrap_or("-"))
            }
            Place::Container(id) => format!("container:{id}"),
            _ => place.to_string(),
        };
        assert_eq!(named, expected, "{name}: {cgroup}");
    }
}

#[test]
fn a_container_is_shown_by_twelve_digits() {
    assert_eq!(Place::Container(ID.to_owned()).to_string(), "container:0123456789ab");
}

#[test]
fn similar_names_are_no_place() {
    let nothing = [
        "",
        "0::/",
        "0::/system.slice",
        "0::",
        "nonsense",
        "0::/slurm/job_12",
        "0::/job_12x/step_0",
        "0::/job_99999999999999999999999/step_0",
        "0::/system.slice/slurmstepd.scoped/s5K1KKYAYG5D00",
        "0::/podcast/episodes",
        "0::/pod2fc932ce-fdcc-454b-97bd/x",
        "0::/docker/0123456789abcdef",
        "0::/a/.service",
        "0::/a/train me.service",
        "0::/a/tr\u{e4}in.service",
    ];
    for cgroup in nothing {
        assert_eq!(Place::of_process(cgroup), None, "{cgroup}");
    }
    let long = format!("0::/{}.service", "x".repeat(300));
    assert_eq!(Place::of_process(&long), None);
}

proptest! {
    #[test]
    fn any_text_is_read_and_any_beginning_of_a_path_changes_nothing(
        text in ".*", beginning in "(/[a-z]{1,8}){0,4}", row in 0..TABLE.len(),
    ) {
        let _ = Place::of_process(&text);
        let (_, cgroup, _) = TABLE[row];
        let cgroup = filled(cgroup);
        let moved: Vec<String> = cgroup.lines().map(|line| {
            let (head, path) = line.split_at(line.match_indices(':').nth(1).unwrap().0 + 1);
            format!("{head}{beginning}{path}")
        }).collect();
        prop_assert_eq!(Place::of_process(&moved.join("\n")), Place::of_process(&cgroup));
    }
}
