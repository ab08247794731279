//! GPUs that several processes share: each pays for what it uses, within 1 % of the truth over a minute.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use anyhow::{Result, ensure};
use fake_nvml::{Gpu, ProcessSample, UnixTime};
use gpu_carbon_tests::calm;
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::fake_proc::FakeProc;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

use super::{command_with, joules_of, of_workload};

/// The power of a GPU without work, in watts.
const IDLE_WATTS: f64 = 110.0;

/// The time over which joules are compared, in seconds.
const MINUTE: f64 = 60.0;

/// The longest wait of a thread on a machine that is calm: a fifth of the time between two readings.
const LATENESS: Duration = Duration::from_millis(200);

/// The time between two looks of the other rules, in seconds.
const POLL: f64 = 10.0;

/// The numbers of the processes that share each GPU.
const MIXES: [usize; 8] = [2, 3, 5, 8, 2, 3, 5, 8];

/// The script of GPUs whose processes are busy in turns, each at a pace of its own.
fn script() -> String {
    let mut script = String::new();
    for (gpu, &count) in MIXES.iter().enumerate() {
        write!(
            script,
            "[[gpu]]\nmodel = \"h100\"\ncounter_step_ms = 20\npower = \"constant {IDLE_WATTS}\"\n\
             watts_per_percent = 5.9\nsample_ring = 120\nprocesses = [\n"
        )
        .unwrap();
        for process in 0..count {
            let seed = gpu * 10 + process;
            let (low, high) = (seed % 3 * 2, (95 - seed * 7 % 30) / count);
            let (period, duty) = (1_700 + seed * 1_237 % 15_000, 20 + seed * 13 % 60);
            let (pid, phase) = (pid(gpu, process), seed * 911);
            writeln!(
                script,
                "  {{ pid = {pid}, sm = \"square {low} {high} {period}ms {duty}% phase {phase}ms\" }},"
            )
            .unwrap();
        }
        script.push_str("]\n");
    }
    script
}

fn pid(gpu: usize, process: usize) -> usize {
    1_000 + gpu * 100 + process
}

/// A machine on which each process of a script is a service of its own.
fn machine(script: &str, more: &str) -> (Machine, FakeProc) {
    let machine = Machine::new(script).unwrap();
    machine
        .configure(&format!(
            "intensity: {{source: constant, grams_per_kilowatt_hour: 400}}\n\
             attribution: {{holders: [processes], idle_watts: {IDLE_WATTS}{more}}}\n"
        ))
        .unwrap();
    let procfs = FakeProc::new(machine.path("proc")).unwrap();
    for gpu in 0.. {
        let Ok(gpu) = machine.gpu(gpu) else { break };
        for process in gpu.processes {
            procfs.add(process.pid, &format!("/system.slice/w{}.service", process.pid)).unwrap();
        }
    }
    (machine, procfs)
}

/// The weights by which a rule divides the power above idle, from the samples that it looks at.
type Rule = fn(&[ProcessSample]) -> BTreeMap<u32, f64>;

/// The other rules: the last sample of a process (dcgm-exporter), its largest one (Kepler), and equal parts (CEEMS).
const RULES: [(&str, Rule); 3] =
    [("last", last), ("largest", largest), ("equal", |_| BTreeMap::new())];

fn last(samples: &[ProcessSample]) -> BTreeMap<u32, f64> {
    samples.iter().map(|sample| (sample.pid, f64::from(sample.sm_percent))).collect()
}

fn largest(samples: &[ProcessSample]) -> BTreeMap<u32, f64> {
    let mut most = BTreeMap::new();
    for sample in samples {
        let known: &mut f64 = most.entry(sample.pid).or_default();
        *known = known.max(sample.sm_percent.into());
    }
    most
}

/// The joules of each process by a rule that looks every ten seconds.
fn by_rule(gpu: &Gpu, rule: Rule, from: f64, to: f64) -> BTreeMap<u32, f64> {
    let mut joules = BTreeMap::new();
    let count = gpu.processes.len() as f64;
    let mut start = from;
    while start < to {
        let end = (start + POLL).min(to);
        let [seen, now] = [start, end].map(UnixTime::from_seconds);
        let samples = gpu.process_samples(u64::try_from(seen.as_nanos() / 1_000).unwrap(), now);
        let weights = rule(&samples);
        let sum: f64 = weights.values().sum();
        let idle = IDLE_WATTS * (end - start);
        let busy = gpu.energy_joules_between(start, end) - idle;
        for process in &gpu.processes {
            let weight = weights.get(&process.pid).copied().unwrap_or_default();
            let part = if sum > 0.0 { weight / sum } else { 1.0 / count };
            *joules.entry(process.pid).or_default() += idle / count + busy * part;
        }
        start = end;
    }
    joules
}

/// The mean of errors, and the one that 5 % of them exceed.
fn mean_and_p95(errors: &mut [f64]) -> (f64, f64) {
    errors.sort_by(f64::total_cmp);
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    (mean, errors[errors.len() * 95 / 100])
}

/// Checks that the shares of every GPU add up.
fn check_sums(scrape: &Scrape) -> Result<()> {
    for gpu in 0..MIXES.len() {
        let parts = ["workloads", "unallocated", "unknown"].map(|it| joules_of(scrape, gpu, it));
        let sum: f64 = parts.into_iter().sum::<Result<f64>>()?;
        let whole = scrape.gpu(gpu, "energy_joules_total")?;
        ensure!((sum - whole).abs() <= 1e-12 * whole, "GPU {gpu}: {sum} of {whole}");
    }
    Ok(())
}

fn read_at(scrape: &Scrape, gpu: usize) -> f64 {
    scrape.gpu(gpu, "last_sample_timestamp_seconds").unwrap()
}

#[test]
#[ignore = "needs calm"]
fn needs_calm_who_shares_a_gpu_pays_for_what_it_uses() {
    let (machine, procfs) = machine(&script(), "");
    let exporter = Exporter::run(command_with(&machine, &procfs)).unwrap();
    let names = |gpu: usize| {
        let pids = (0..MIXES[gpu]).map(move |process| pid(gpu, process));
        pids.map(|pid| format!("unit:w{pid}.service"))
    };
    wait_for("a division by use", || {
        let scrape = exporter.scrape()?;
        for gpu in 0..MIXES.len() {
            for name in names(gpu) {
                ensure!(of_workload(&scrape, gpu, "energy_joules", &name)? > 2.0 * IDLE_WATTS);
            }
        }
        check_sums(&scrape)
    })
    .unwrap();
    calm::measure(LATENESS, || compare_a_minute(&machine, &exporter)).unwrap();
}

/// Compares what each workload paid in a minute with the truth, and with what other rules would have made it pay.
fn compare_a_minute(machine: &Machine, exporter: &Exporter) -> Result<()> {
    let before = exporter.scrape()?;
    let started = now();
    for part in [0.5, 1.0] {
        let has_passed = || {
            ensure!(now() > started + part * MINUTE);
            Ok(())
        };
        wait_for("a minute", has_passed)?;
    }
    let after = wait_for("a minute of energy", || {
        let scrape = exporter.scrape()?;
        ensure!((0..MIXES.len()).all(|it| read_at(&scrape, it) >= read_at(&before, it) + MINUTE));
        check_sums(&scrape).map(|()| scrape)
    })?;

    let mut ours = Vec::new();
    let mut others = RULES.map(|(name, rule)| (name, rule, Vec::new()));
    for index in 0..MIXES.len() {
        let gpu = machine.gpu(index)?;
        let (from, to) = (read_at(&before, index), read_at(&after, index));
        for (_, rule, errors) in &mut others {
            for (pid, joules) in by_rule(&gpu, *rule, from, to) {
                errors.push((joules / truth(&gpu, pid, from, to) - 1.0).abs());
            }
        }
        for process in &gpu.processes {
            let name = format!("unit:w{}.service", process.pid);
            let [before, after] =
                [&before, &after].map(|it| of_workload(it, index, "energy_joules", &name).unwrap());
            let truth = truth(&gpu, process.pid, from, to);
            ours.push(((after - before) / truth - 1.0).abs());
        }
        let unknown = [&before, &after].map(|it| joules_of(it, index, "unknown").unwrap());
        assert_eq!(unknown[0], unknown[1], "each process is known");
    }
    let (mean, p95) = mean_and_p95(&mut ours);
    let percent = |part: f64| format!("{:.2} %", 100.0 * part);
    println!("error of a workload's joules over a minute, mean and p95 of {}:", ours.len());
    println!("  all samples (ours)  {:>8} {:>8}", percent(mean), percent(p95));
    for (name, _, errors) in &mut others {
        let (of_other, p95) = mean_and_p95(errors);
        println!("  {name:<18}  {:>8} {:>8}", percent(of_other), percent(p95));
        assert!(of_other > 2.0 * mean, "{name}: {of_other} and {mean}");
    }
    ensure!(mean < 0.01 && p95 < 0.03, "{ours:?}");
    Ok(())
}

/// The true joules of a process: what it adds to the power, and its part of the power without work.
fn truth(gpu: &Gpu, pid: u32, from: f64, to: f64) -> f64 {
    let idle = IDLE_WATTS * (to - from) / gpu.processes.len() as f64;
    gpu.process_joules_between(pid, from, to) + idle
}

/// A GPU with two processes, of which the first uses three times as much, and more keys.
fn two_processes(more: &str) -> String {
    format!(
        "[[gpu]]\nmodel = \"h100\"\npower = \"constant {IDLE_WATTS}\"\nwatts_per_percent = 5\n\
         counter_step_ms = 20\nsample_ring = 120\n{more}"
    )
}

/// The joules of the services of processes 11 and 12, and those of someone unknown.
fn three_joules(scrape: &Scrape) -> Result<[f64; 3]> {
    let of = |pid| of_workload(scrape, 0, "energy_joules", &format!("unit:w{pid}.service"));
    Ok([of(11)?, of(12)?, joules_of(scrape, 0, "unknown")?])
}

/// True once the counters of both services count: those of a new workload are at zero until they were seen so.
fn both_count(scrape: &Scrape) -> bool {
    three_joules(scrape).is_ok_and(|[first, second, _]| first > 0.0 && second > 0.0)
}

/// The parts of three payers in the energy between two scrapes.
fn parts(before: [f64; 3], after: [f64; 3]) -> [f64; 3] {
    let joules = [0, 1, 2].map(|it| after[it] - before[it]);
    joules.map(|part| part / joules.iter().sum::<f64>())
}

/// Scrapes until three more seconds of energy were divided, and returns its parts.
fn parts_of_more(exporter: &Exporter, before: &Scrape) -> [f64; 3] {
    let start = three_joules(before).unwrap();
    let at = read_at(before, 0);
    let after = wait_for("more energy", || {
        let scrape = exporter.scrape()?;
        ensure!(read_at(&scrape, 0) >= at + 3.0);
        Ok(scrape)
    })
    .unwrap();
    parts(start, three_joules(&after).unwrap())
}

fn sharing(scrape: &Scrape, method: &str) -> Result<bool> {
    let method = format!("method=\"{method}\"");
    Ok(scrape.value("gpu_carbon_gpu_sharing", &["gpu=\"0\"", &method])? == 1.0)
}

#[test]
fn garbage_is_no_use_and_a_stranger_pays_for_its_own() {
    let script = two_processes(
        "sample_faults = \"zombies\"\nprocesses = [{pid = 11, sm_percent = 60}, {pid = 12, \
         sm_percent = 20}, {pid = 13, sm_percent = 20}]\n",
    );
    let (machine, procfs) = machine(&script, "");
    procfs.add(13, "/").unwrap(); // a process of no workload
    let exporter = Exporter::run(command_with(&machine, &procfs)).unwrap();
    let by_use = |it: &Scrape| Ok(both_count(it) && sharing(it, "utilization")?);
    let before = only(&exporter, by_use);
    let [first, second, unknown] = parts_of_more(&exporter, &before);
    let watts = IDLE_WATTS + 500.0;
    let expected = [IDLE_WATTS / 3.0 + 300.0, IDLE_WATTS / 3.0 + 100.0].map(|it| it / watts);
    assert!((first - expected[0]).abs() < 0.01, "{first} {expected:?}");
    assert!((second - expected[1]).abs() < 0.01, "{second} {expected:?}");
    assert!((unknown - expected[1]).abs() < 0.01, "{unknown} {expected:?}");
}

#[test]
fn clients_of_mps_pay_for_what_they_use_and_its_server_for_nothing() {
    let script = two_processes(
        "processes = [{pid = 11, sm_percent = 60, mps = true}, {pid = 12, sm_percent = 20, mps = true}, \
         {pid = 13, sm_percent = 20}]\n",
    );
    let (machine, procfs) = machine(&script, "");
    procfs.add(13, "/system.slice/mps.service").unwrap();
    procfs.name(13, "nvidia-cuda-mps").unwrap();
    let exporter = Exporter::run(command_with(&machine, &procfs)).unwrap();
    let by_use = |it: &Scrape| Ok(both_count(it) && sharing(it, "utilization")?);
    let before = only(&exporter, by_use);
    let [first, second, unknown] = parts_of_more(&exporter, &before);
    let watts = IDLE_WATTS + 500.0;
    let expected = [IDLE_WATTS / 2.0 + 375.0, IDLE_WATTS / 2.0 + 125.0].map(|it| it / watts);
    assert!((first - expected[0]).abs() < 0.01, "{first} {expected:?}");
    assert!((second - expected[1]).abs() < 0.01 && unknown < 0.001, "{second} {unknown}");
    let server = of_workload(&exporter.scrape().unwrap(), 0, "energy_joules", "unit:mps.service");
    assert!(server.is_err(), "{server:?}");
}

#[test]
fn where_use_cannot_be_told_the_shares_are_equal() {
    let processes = "processes = [{pid = 11, sm_percent = 60, host_pid = 70011}, {pid = 12, sm_percent = 20, \
         host_pid = 70012}]\n";
    let (machine, procfs) = machine(&two_processes(processes), "");
    let exporter = Exporter::run(command_with(&machine, &procfs)).unwrap();
    let counted = |kind: &str| {
        let error = format!("error=\"{kind}\"");
        move |it: &Scrape| {
            let is_counted = it.value("gpu_carbon_gpu_read_errors_total", &[&error]).is_ok();
            Ok(is_counted && sharing(it, "held")?)
        }
    };
    let before = only(&exporter, counted("pid_namespace"));
    let [first, second, _] = parts_of_more(&exporter, &before);
    assert!((first / second - 1.0).abs() < 1e-9, "{first} {second}");

    // A driver that fails.
    let failing = processes.replace(", host_pid = 70011", "").replace(", host_pid = 70012", "");
    let errors = "errors = { nvmlDeviceGetProcessUtilization = \"no_permission\" }\n";
    machine.set_script(&two_processes(&format!("{errors}{failing}"))).unwrap();
    let before = only(&exporter, counted("no_permission"));
    let [first, second, _] = parts_of_more(&exporter, &before);
    assert!((first / second - 1.0).abs() < 1e-9, "{first} {second}");
    assert!(exporter.scrape().unwrap().gpu(0, "up").unwrap() == 1.0, "its energy is read");

    // And answers again.
    machine.set_script(&two_processes(&failing)).unwrap();
    let by_use = |it: &Scrape| sharing(it, "utilization");
    let before = only(&exporter, by_use);
    let [first, second, _] = parts_of_more(&exporter, &before);
    assert!(first > 1.5 * second, "{first} {second}");
}

/// Scrapes until a condition holds.
#[track_caller]
fn only(exporter: &Exporter, condition: impl Fn(&Scrape) -> Result<bool>) -> Scrape {
    let ask = || {
        let scrape = exporter.scrape()?;
        ensure!(condition(&scrape)?, "not yet: {}", exporter.log());
        Ok(scrape)
    };
    wait_for("a state", ask).unwrap()
}
