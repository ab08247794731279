//! Pods by the kubelet's service PodResources: as it should answer, and as badly as it can.

use std::fs;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::{Exporter, command};
use gpu_carbon_tests::kubelet::{Behaviour, Kubelet, ListedPod};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::scrape::Scrape;

use super::{GPUS, WATTS, joules_of, of_workload, scrape_until};

/// The UIDs of the pods `team/train-0` and `team/train-1`.
const UIDS: [&str; 2] =
    ["2fc932ce-fdcc-454b-97bd-aadfdeb4c340", "00c932ce-fdcc-454b-97bd-aadfdeb4c341"];

/// A machine whose pods have folders of logs, and whose cgroups are in a folder of the test.
fn machine() -> Machine {
    let machine = super::machine(GPUS, "[kubelet], kubelet: {socket: kubelet.sock}", "");
    for (pod, uid) in UIDS.into_iter().enumerate() {
        fs::create_dir_all(machine.path(&format!("logs/team_train-{pod}_{uid}"))).unwrap();
    }
    machine
}

fn exporter(machine: &Machine) -> Exporter {
    let mut command = command(machine).unwrap();
    command.arg("--path.sysfs").arg(machine.path("sys"));
    Exporter::run(command).unwrap()
}

fn pod(name: &'static str, devices: &[&str]) -> ListedPod {
    let devices = devices.iter().map(|&it| it.to_owned()).collect();
    ListedPod { namespace: "team", name, resource: "nvidia.com/gpu", devices }
}

fn uuid(index: usize) -> String {
    format!("GPU-fa4e0000-0000-4000-8000-{index:012x}")
}

fn of_pod(scrape: &Scrape, gpu: usize, name: &str) -> Result<f64> {
    of_workload(scrape, gpu, "energy_joules", &format!("pod:team/{name}"))
}

/// Waits until a pod has more joules of a GPU than now.
fn more(exporter: &Exporter, gpu: usize, name: &str) -> Scrape {
    let now = exporter.scrape().unwrap();
    let joules = of_pod(&now, gpu, name).unwrap_or_default();
    scrape_until(name, exporter, |it| Ok(of_pod(it, gpu, name)? > joules + WATTS))
}

fn is_up(scrape: &Scrape) -> Result<bool> {
    Ok(scrape.value("gpu_carbon_holders_up", &["source=\"kubelet\""])? == 1.0)
}

#[test]
fn a_pod_holds_its_gpus_as_long_as_the_kubelet_lists_it() {
    let machine = machine();
    let kubelet = Kubelet::start(&machine.path("kubelet.sock")).unwrap();
    let exporter = exporter(&machine);
    scrape_until("an idle GPU", &exporter, |it| Ok(joules_of(it, 0, "unallocated")? > WATTS));
    let network = ListedPod { resource: "example.com/nic", ..pod("train-1", &["eth0"]) };
    kubelet.set_pods(vec![pod("train-0", &[&uuid(0), "nvidia1"]), network]);
    let during = more(&exporter, 0, "train-0");
    more(&exporter, 1, "train-0");
    let info = ["workload=\"pod:team/train-0\"", "kind=\"pod\"", "namespace=\"team\""];
    assert_eq!(during.value("gpu_carbon_workload_info", &info).unwrap(), 1.0);
    assert!(of_pod(&during, 0, "train-1").is_err(), "it holds no GPU");

    // Replicas of one GPU are shared, equally where no one measures their use.
    kubelet.set_pods(vec![
        pod("train-0", &[&format!("{}::0", uuid(0))]),
        pod("train-1", &[&format!("{}::3", uuid(0))]),
    ]);
    let shared = more(&exporter, 0, "train-1");
    let before = [0, 1].map(|it| of_pod(&shared, 0, &format!("train-{it}")).unwrap());
    let after = more(&exporter, 0, "train-1");
    let gained = [0, 1].map(|it| of_pod(&after, 0, &format!("train-{it}")).unwrap() - before[it]);
    assert!((gained[0] - gained[1]).abs() < 1e-6 * gained[0], "{gained:?}");

    kubelet.set_pods(Vec::new());
    let idle = joules_of(&exporter.scrape().unwrap(), 0, "unallocated").unwrap();
    let after = scrape_until("the end of the pods", &exporter, |it| {
        Ok(joules_of(it, 0, "unallocated")? > idle + 2.0 * WATTS)
    });
    assert!(is_up(&after).unwrap());
}

#[test]
fn a_pod_that_has_finished_and_is_listed_still_holds_nothing() {
    let machine = machine();
    let kubelet = Kubelet::start(&machine.path("kubelet.sock")).unwrap();
    kubelet.set_pods(vec![pod("train-0", &[&uuid(0)])]);
    let exporter = exporter(&machine);
    more(&exporter, 0, "train-0");
    // Another one has the same GPU now, and cgroups are not seen.
    kubelet.set_pods(vec![pod("train-0", &[&uuid(0)]), pod("train-1", &[&uuid(0)])]);
    let both = more(&exporter, 0, "train-1");
    let finished = of_pod(&both, 0, "train-0").unwrap();
    let after = more(&exporter, 0, "train-1");
    assert_eq!(of_pod(&after, 0, "train-0").unwrap(), finished);
    let sharing = ["gpu=\"0\"", "method=\"exclusive\""];
    assert_eq!(after.value("gpu_carbon_gpu_sharing", &sharing).unwrap(), 1.0);
    // Where cgroups are seen, the one without a cgroup has finished, even if no other holds its GPU.
    let cgroup = machine.path("sys/fs/cgroup/kubepods/burstable").join(format!("pod{}", UIDS[0]));
    fs::create_dir_all(cgroup).unwrap();
    more(&exporter, 0, "train-0");
    kubelet.set_pods(vec![pod("train-1", &[&uuid(0)])]);
    let idle = joules_of(&exporter.scrape().unwrap(), 0, "unallocated").unwrap();
    scrape_until("an idle GPU", &exporter, |it| {
        Ok(joules_of(it, 0, "unallocated")? > idle + 2.0 * WATTS)
    });
}

#[test]
fn a_pod_that_is_made_again_under_its_name_holds_its_gpu() {
    let machine = machine();
    let cgroups = machine.path("sys/fs/cgroup/kubepods/burstable");
    let logs = |uid: &str| machine.path(&format!("logs/team_train-0_{uid}"));
    fs::create_dir_all(cgroups.join(format!("pod{}", UIDS[0]))).unwrap();
    let kubelet = Kubelet::start(&machine.path("kubelet.sock")).unwrap();
    kubelet.set_pods(vec![pod("train-0", &[&uuid(0)])]);
    let exporter = exporter(&machine);
    more(&exporter, 0, "train-0");
    // As a StatefulSet does it: the same name, and another UID.
    let other = UIDS[0].replace('2', "3");
    fs::create_dir_all(logs(&other)).unwrap();
    fs::rename(cgroups.join(format!("pod{}", UIDS[0])), cgroups.join(format!("pod{other}")))
        .unwrap();
    fs::remove_dir(logs(UIDS[0])).unwrap();
    for _ in 0..3 {
        more(&exporter, 0, "train-0");
    }
}

#[test]
fn a_kubelet_that_does_not_answer_stops_nothing() {
    let machine = machine();
    let socket = machine.path("kubelet.sock");
    let exporter = exporter(&machine);
    let error = |kind: &str| {
        let labels = ["source=\"kubelet\"".to_owned(), format!("error=\"{kind}\"")];
        move |it: &Scrape| {
            let count = it.value("gpu_carbon_holders_errors_total", &[&labels[0], &labels[1]])?;
            Ok(count >= 1.0)
        }
    };
    scrape_until("no kubelet", &exporter, error("connect"));
    let kubelet = Kubelet::start(&socket).unwrap();
    kubelet.set_pods(vec![pod("train-0", &[&uuid(0)])]);
    more(&exporter, 0, "train-0");
    for (behaviour, kind) in [
        (Behaviour::Garbage, "rpc"),
        (Behaviour::Huge, "too_long"),
        (Behaviour::Fails, "rpc"),
        (Behaviour::Hangs, "timeout"),
    ] {
        kubelet.set_behaviour(behaviour);
        scrape_until(kind, &exporter, error(kind));
        kubelet.set_behaviour(Behaviour::Answers);
        more(&exporter, 0, "train-0");
    }
    // It restarts, and makes its socket again: its pod pays for the meantime.
    let unknown = joules_of(&exporter.scrape().unwrap(), 0, "unknown").unwrap();
    drop(kubelet);
    let kubelet = Kubelet::start(&socket).unwrap();
    kubelet.set_pods(vec![pod("train-0", &[&uuid(0)])]);
    let after = more(&exporter, 0, "train-0");
    assert_eq!(joules_of(&after, 0, "unknown").unwrap(), unknown);
    assert!(is_up(&after).unwrap());
    // It is dead: no one knows any more who holds the GPUs, and their energy goes on.
    drop(kubelet);
    let lost = scrape_until("energy of someone unknown", &exporter, |it| {
        ensure!(!is_up(it)?);
        Ok(joules_of(it, 0, "unknown")? > unknown + 2.0 * WATTS)
    });
    let up = lost.gpu(0, "up").unwrap();
    assert_eq!(up, 1.0);
}
