//! Pods that hold MIG instances: by their slices, and by how much each of them is used where GPM tells it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use fake_nvml::Gpu;
use gpu_carbon_tests::calm;
use gpu_carbon_tests::exporter::{Exporter, command};
use gpu_carbon_tests::kubelet::{Kubelet, ListedPod};
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

use super::{joules_of, of_workload};

/// The power of the GPUs without work, in watts; the configuration gives it to the exporter.
const IDLE_WATTS: f64 = 140.0;

/// The slices of the instances, of 7. A pod holds each but the last one, and a slice is in none.
const SLICES: [u32; 3] = [3, 2, 1];

/// The longest wait of a thread on a machine that is calm: a fifth of the time between two readings.
const LATENESS: Duration = Duration::from_millis(200);

/// The time over which shares are compared, in seconds.
const SECONDS: f64 = 20.0;

/// A GPU that is divided, with a process of another load in each instance.
fn gpu(model: &str, strangers_load: u32) -> String {
    format!(
        "[[gpu]]\nmodel = \"{model}\"\npower = \"constant {IDLE_WATTS}\"\nwatts_per_percent = 4\n\
         counter_step_ms = 20\nmig = 3\nmig_slices = [3, 2, 1]\nprocesses = [\n\
         {{pid = 11, instance = 0, sm = \"square 5 40 3s 50%\"}},\n\
         {{pid = 12, instance = 1, sm = \"square 0 25 7s 30%\"}},\n\
         {{pid = 13, instance = 2, sm_percent = {strangers_load}}}]\n"
    )
}

/// A pod that holds instances.
fn pod(name: &'static str, devices: Vec<String>) -> ListedPod {
    ListedPod { namespace: "team", name, resource: "nvidia.com/mig-1g.10gb", devices }
}

/// An exporter on two divided GPUs, the first two instances of which two pods hold by their UUIDs.
fn start(script: &str) -> (Machine, Kubelet, Exporter) {
    start_with(script, |gpus| {
        let of_each = |instance| gpus.iter().map(|gpu| gpu.mig_uuid(instance)).collect();
        vec![pod("train-0", of_each(0)), pod("train-1", of_each(1))]
    })
}

fn start_with(
    script: &str,
    pods: impl FnOnce(&[Gpu; 2]) -> Vec<ListedPod>,
) -> (Machine, Kubelet, Exporter) {
    let more = format!("  idle_watts: {IDLE_WATTS}\n");
    let machine = Machine::new(script).unwrap();
    machine
        .configure(&format!(
            "intensity: {{source: constant, grams_per_kilowatt_hour: 400}}\n\
             attribution:\n  holders: [kubelet]\n  kubelet: {{socket: kubelet.sock}}\n  processes: {{pod_logs: logs}}\n{more}"
        ))
        .unwrap();
    let kubelet = Kubelet::start(&machine.path("kubelet.sock")).unwrap();
    kubelet.set_pods(pods(&[0, 1].map(|index| machine.gpu(index).unwrap())));
    let mut command = command(&machine).unwrap();
    command.arg("--path.sysfs").arg(machine.path("sys"));
    (machine, kubelet, Exporter::run(command).unwrap())
}

/// The joules of each payer of a GPU in a scrape.
fn shares(scrape: &Scrape, gpu: usize) -> Result<BTreeMap<&'static str, f64>> {
    let of_pod = |name| of_workload(scrape, gpu, "energy_joules", &format!("pod:team/{name}"));
    Ok([
        ("train-0", of_pod("train-0")?),
        ("train-1", of_pod("train-1")?),
        ("unallocated", joules_of(scrape, gpu, "unallocated")?),
        ("unknown", joules_of(scrape, gpu, "unknown")?),
    ]
    .into())
}

/// A scrape in which the shares of both GPUs add up.
fn scrape(exporter: &Exporter) -> Result<Scrape> {
    let scrape = exporter.scrape()?;
    for gpu in [0, 1] {
        let parts = ["workloads", "unallocated", "unknown"].map(|it| joules_of(&scrape, gpu, it));
        let sum: f64 = parts.into_iter().sum::<Result<f64>>()?;
        let whole = scrape.gpu(gpu, "energy_joules_total")?;
        assert!((sum - whole).abs() <= 1e-12 * whole, "GPU {gpu}: {sum} of {whole}");
    }
    Ok(scrape)
}

fn sharing(scrape: &Scrape, gpu: usize, method: &str) -> Result<bool> {
    let (gpu, method) = (format!("gpu=\"{gpu}\""), format!("method=\"{method}\""));
    Ok(scrape.value("gpu_carbon_gpu_sharing", &[&gpu, &method])? == 1.0)
}

#[test]
fn who_holds_an_instance_pays_for_its_slices_and_for_what_it_uses() {
    let script = gpu("h100", 6) + &gpu("a100", 0);
    let (machine, _kubelet, exporter) = start(&script);
    wait_for("a division by use and one by slices", || {
        let scrape = scrape(&exporter)?;
        ensure!(sharing(&scrape, 0, "utilization")? && sharing(&scrape, 1, "held")?);
        for gpu in [0, 1] {
            let shares = shares(&scrape, gpu)?;
            ensure!(shares["train-0"] > IDLE_WATTS && shares["train-1"] > IDLE_WATTS);
        }
        Ok(())
    })
    .unwrap();
    calm::measure(LATENESS, || compare(&machine, &exporter)).unwrap();
}

/// Compares what each payer paid for some time with the truth.
fn compare(machine: &Machine, exporter: &Exporter) -> Result<()> {
    let before = scrape(exporter)?;
    let started = now();
    let after = wait_for("more energy", || {
        ensure!(now() > started + SECONDS);
        scrape(exporter)
    })?;
    for index in [0, 1] {
        let gpu = machine.gpu(index)?;
        let [from, to] =
            [&before, &after].map(|it| it.gpu(index, "last_sample_timestamp_seconds").unwrap());
        let idle = |slices: u32| IDLE_WATTS * (to - from) * f64::from(slices) / 7.0;
        let used = |pid| gpu.process_joules_between(pid, from, to);
        let [first, second] = match index {
            0 => [used(11), used(12)],
            // Without GPM, what is not idle is divided by the slices that are held.
            _ => [3.0, 2.0].map(|slices| (used(11) + used(12)) * slices / 5.0),
        };
        let unknown = if index == 0 { used(13) } else { 0.0 };
        let truth: BTreeMap<_, _> = [
            ("train-0", idle(SLICES[0]) + first),
            ("train-1", idle(SLICES[1]) + second),
            ("unallocated", idle(7 - SLICES[0] - SLICES[1])),
            ("unknown", unknown),
        ]
        .into();
        let whole = gpu.energy_joules_between(from, to);
        let (before, after) = (shares(&before, index)?, shares(&after, index)?);
        for (payer, truth) in truth {
            let joules = after[payer] - before[payer];
            println!("GPU {index}, {payer}: {joules:.0} J, truly {truth:.0} J");
            ensure!((joules - truth).abs() < 0.01 * whole, "{payer}: {joules} J, truly {truth} J");
        }
    }
    Ok(())
}

#[test]
fn who_holds_an_instance_in_which_nothing_runs_pays_for_its_slices() {
    let script = (gpu("h100", 0) + &gpu("a100", 0)).replace("{pid", "{until = 1, pid");
    // By each of the names that device plugins give to an instance. The numbers of GPU instances begin at 1 here.
    let (_machine, _kubelet, exporter) = start_with(&script, |[first, second]| {
        let old_name = format!("MIG-{}/2/0", first.uuid);
        vec![
            pod("train-0", vec![first.mig_uuid(0), "nvidia1/gi1".to_owned()]),
            pod("train-1", vec![old_name, second.mig_uuid(1)]),
        ]
    });
    let held_alike = |it: &Scrape| anyhow::Ok(sharing(it, 0, "held")? && sharing(it, 1, "held")?);
    wait_for("a division by slices", || {
        let before = scrape(&exporter)?;
        ensure!(held_alike(&before)?);
        let after = wait_for("more energy", || {
            let after = scrape(&exporter)?;
            for gpu in [0, 1] {
                let [from, to] = [&before, &after].map(|it| it.gpu(gpu, "energy_joules_total"));
                ensure!(to? > from? + 2.0 * IDLE_WATTS);
            }
            Ok(after)
        })?;
        for gpu in [0, 1] {
            let whole =
                after.gpu(gpu, "energy_joules_total")? - before.gpu(gpu, "energy_joules_total")?;
            let (before, after) = (shares(&before, gpu)?, shares(&after, gpu)?);
            for (payer, slices) in
                [("train-0", SLICES[0]), ("train-1", SLICES[1]), ("unallocated", 2), ("unknown", 0)]
            {
                let part = (after[payer] - before[payer]) / whole;
                let expected = f64::from(slices) / 7.0;
                ensure!((part - expected).abs() < 1e-6, "GPU {gpu}, {payer}: {part}");
            }
        }
        ensure!(held_alike(&after)?);
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_is_left_is_unknown_while_an_instance_that_is_held_is_not_found() {
    let (machine, kubelet, exporter) = start(&(gpu("h100", 0) + &gpu("h100", 0)));
    let both = wait_for("a division by use", || {
        let scrape = scrape(&exporter)?;
        ensure!(sharing(&scrape, 0, "utilization")?);
        Ok(scrape)
    })
    .unwrap();
    let unknown = joules_of(&both, 0, "unknown").unwrap();
    // A pod holds an instance that no GPU has any more: what is left of each divided GPU may be that.
    let other = gpu("h100", 0)
        .replace("mig = 3\nmig_slices = [3, 2, 1]", "mig = 1\nmig_slices = [7]")
        .replace("instance = 1", "instance = 0")
        .replace("instance = 2", "instance = 0");
    machine.set_script(&(gpu("h100", 0) + &other)).unwrap();
    wait_for("energy of someone unknown", || {
        let scrape = exporter.scrape()?;
        let joules = joules_of(&scrape, 0, "unknown")?;
        ensure!(joules > unknown + IDLE_WATTS, "{joules}");
        Ok(())
    })
    .unwrap();
    kubelet.set_pods(Vec::new());
    let idle = joules_of(&exporter.scrape().unwrap(), 0, "unallocated").unwrap();
    wait_for("a GPU that no one holds", || {
        ensure!(joules_of(&exporter.scrape()?, 0, "unallocated")? > idle + IDLE_WATTS);
        Ok(())
    })
    .unwrap();
}
