//! The shares of jobs in the energy of the host: of processors by the time of their cgroups, of all else by the GPUs that they hold.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::{Exporter, build, command};
use gpu_carbon_tests::fake_power::FakePower;
use gpu_carbon_tests::fake_proc::FakeProc;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;
use serde_json::Value;

use super::{ENERGY, RANGE, of, scrape_until};
use crate::attribution::run;

const TWO: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\n\
    [[gpu]]\nmodel = \"h100\"\npower = \"constant 100\"\n";

const YAML: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    attribution: {holders: [slurm], slurm: {jobs: jobs}}\n\
    ledger: {path: ledger.db, commit_period: 100ms}\n\
    host: {boundary: host, declared: {memory_watts: 80}}\n";

/// Processors of which a job uses three quarters of the busy time, and all else the rest.
struct Processors {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Processors {
    fn start(stat: PathBuf, cpu_stat: PathBuf) -> Processors {
        let ends = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ends);
        let started = Instant::now();
        let work = move || {
            while !flag.load(Ordering::Relaxed) {
                let micros = u64::try_from(started.elapsed().as_micros()).unwrap();
                // Four processors are busy of eight.
                let ticks = micros * 4 / 10_000;
                let replace = |file: &Path, text: String| {
                    let draft = file.with_extension("draft");
                    fs::write(&draft, text).and_then(|()| fs::rename(&draft, file)).unwrap();
                };
                replace(&stat, format!("cpu  {ticks} 0 0 {ticks} 0 0 0 0 0 0\n"));
                replace(&cpu_stat, format!("usage_usec {}\nuser_usec 0\n", micros * 3));
                thread::sleep(Duration::from_millis(10));
            }
        };
        Processors { ends, thread: Some(thread::spawn(work)) }
    }
}

impl Drop for Processors {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn of_job(scrape: &Scrape, component: &str, metric: &str) -> Result<f64> {
    let component = format!("component=\"{component}\"");
    let metric = format!("gpu_carbon_workload_host_{metric}_total");
    scrape.value(&metric, &[&component, "workload=\"slurm:7\""])
}

fn allocated(scrape: &Scrape, component: &str, allocation: &str) -> Result<f64> {
    let labels = [format!("component=\"{component}\""), format!("allocation=\"{allocation}\"")];
    scrape.value("gpu_carbon_host_allocation_energy_joules_total", &[&labels[0], &labels[1]])
}

/// Checks that the shares of each component add up to its energy.
fn check_sums(scrape: &Scrape) -> Result<()> {
    for component in ["cpu", "memory"] {
        let parts = ["workloads", "unallocated", "unknown"];
        let parts = parts.map(|allocation| allocated(scrape, component, allocation));
        let sum = parts.into_iter().sum::<Result<f64>>()?;
        let whole = of(scrape, ENERGY, component)?;
        ensure!((sum - whole).abs() <= 1e-9 * whole, "{component}: {sum} J of {whole} J");
    }
    Ok(())
}

/// Checks that the API has the shares of the job in the host, which are at most those of the page of metrics that follows.
fn check_api(exporter: &Exporter) -> Result<()> {
    let (status, text) = exporter.get("/api/v1/workload?name=slurm:7")?;
    ensure!(status == 200, "{status} {text}");
    let answer: Value = serde_json::from_str(&text)?;
    let page = exporter.scrape()?;
    for (index, component) in ["cpu", "memory"].into_iter().enumerate() {
        let found = &answer["host"][index];
        ensure!(found["component"] == component, "{text}");
        for metric in ["energy_joules", "emissions_grams"] {
            let amount = found[metric].as_f64().unwrap_or_default();
            let later = of_job(&page, component, metric)?;
            ensure!(amount > 0.0 && amount <= later, "{component} {metric}: {amount} of {later}");
        }
    }
    Ok(())
}

#[test]
fn a_job_pays_for_processors_by_its_time_and_for_memory_by_its_gpus_also_over_a_kill() {
    let machine = Machine::new(TWO).unwrap();
    fs::create_dir(machine.path("jobs")).unwrap();
    machine.configure(YAML).unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    let zone = power.add_zone(&["intel-rapl:0"], &["package-0"], RANGE, 40_000_000_000).unwrap();
    power.set_milliwatts(zone, 200_000);
    let procfs = FakeProc::new(machine.path("proc")).unwrap();
    let group = machine.path("sys/fs/cgroup/system.slice/slurmstepd.scope/job_7");
    fs::create_dir_all(&group).unwrap();
    let stat = procfs.root().join("stat");
    let _processors = Processors::start(stat.clone(), group.join("cpu.stat"));
    let start = || {
        let mut command = command(&machine).unwrap();
        command.arg("--path.sysfs").arg(power.root()).arg("--path.procfs").arg(procfs.root());
        Exporter::run(command).unwrap()
    };
    let exporter = start();
    scrape_until("a host without a job", &exporter, |it| {
        Ok(allocated(it, "cpu", "unallocated")? > 200.0)
    });
    run("prolog.sh", &machine, "7", "0");
    let first = scrape_until("a share of the job", &exporter, |it| {
        check_sums(it)?;
        Ok(of_job(it, "cpu", "energy_joules")? > 300.0
            && of_job(it, "memory", "energy_joules")? > 0.0)
    });
    let last = scrape_until("more of it", &exporter, |it| {
        check_sums(it)?;
        Ok(of(it, ENERGY, "cpu")? > of(&first, ENERGY, "cpu")? + 2000.0)
    });
    wait_for("the shares by the API", || check_api(&exporter)).unwrap();
    let risen = |of: &dyn Fn(&Scrape) -> Result<f64>| of(&last).unwrap() - of(&first).unwrap();
    // The power of processors without work is not known here: all of their energy is divided by time.
    for (component, share) in [("cpu", 0.75), ("memory", 0.5)] {
        let job = risen(&|it| of_job(it, component, "energy_joules"));
        let whole = risen(&|it| of(it, ENERGY, component));
        assert!((job / whole - share).abs() < 0.05, "{component}: {job} J of {whole} J");
    }
    let grams = of_job(&last, "cpu", "emissions_grams").unwrap();
    let joules = of_job(&last, "cpu", "energy_joules").unwrap();
    assert!((grams - joules / 3.6e6 * 400.0).abs() < 1e-9 * grams.max(1.0), "{grams} g");
    drop(exporter); // SIGKILL

    let exporter = start();
    let again = scrape_until("the job again", &exporter, |it| {
        check_sums(it)?;
        Ok(of_job(it, "cpu", "energy_joules")? > joules + 100.0)
    });
    assert!(
        of_job(&again, "memory", "energy_joules").unwrap()
            >= of_job(&last, "memory", "energy_joules").unwrap()
    );
    drop(exporter);

    let job = |format: &str| {
        let output = Command::new(build("gpu-carbon-cli", "gpu-carbon").unwrap())
            .args(["job", "slurm:7", "--format", format, "--ledger"])
            .arg(machine.path("ledger.db"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let bill: serde_json::Value = serde_json::from_str(&job("json")).unwrap();
    let of_host = bill["rows"][0]["host_kilowatt_hours"].as_f64().unwrap() * 3.6e6;
    let published: f64 =
        ["cpu", "memory"].iter().map(|it| of_job(&again, it, "energy_joules").unwrap()).sum();
    assert!(of_host >= published * (1.0 - 1e-9), "{of_host} J, and {published} J were published");
    let sentence = "GPUs (measured), CPU (measured) and memory (declared: 80.0 W); the rest of the host is left out";
    assert_eq!(bill["boundary"], sentence);
    for format in ["text", "csv", "latex", "markdown"] {
        assert!(job(format).contains(sentence), "{format}: {}", job(format));
    }
}
