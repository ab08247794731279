//! The energy of GPUs by who holds them: jobs of Slurm by the files of our prolog, and processes. In every scrape, the
//! shares add up to the GPU's energy and emissions.

mod clock;
mod disclosure;
mod increase;
mod kubelet;
mod mig;
mod sharing;
mod slurm;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::{Exporter, command};
use gpu_carbon_tests::fake_proc::FakeProc;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

/// Two GPUs at a constant power. The number of a GPU's device file is its index on the fake driver.
const GPUS: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\ncounter_step_ms = 20\n\
    [[gpu]]\nmodel = \"h100\"\npower = \"constant 100\"\ncounter_step_ms = 20\n";

const WATTS: f64 = 360.0;

/// A machine with a folder of jobs, and a configuration with more lines.
pub(crate) fn machine(script: &str, holders: &str, more: &str) -> Machine {
    let machine = Machine::new(script).unwrap();
    std::fs::create_dir(machine.path("jobs")).unwrap();
    machine
        .configure(&format!(
            "intensity: {{source: constant, grams_per_kilowatt_hour: 400}}\n\
             embodied: {{kilograms_per_gpu: 164}}\n\
             sampling: {{counter_period: 200ms, rescan_period: 500ms}}\n\
             attribution: {{holders: {holders}, slurm: {{jobs: jobs}}, processes: {{pod_logs: logs}}}}\n{more}"
        ))
        .unwrap();
    machine
}

/// Runs the prolog or the epilog of a job, as slurmd does.
pub(crate) fn run(script: &str, machine: &Machine, job: &str, gpus: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/slurm");
    let mut command = Command::new(folder.join(script));
    command.env("GPU_CARBON_JOBS", machine.path("jobs"));
    command.env("SLURM_JOB_ID", job).env("SLURM_JOB_GPUS", gpus);
    assert!(command.status().unwrap().success());
}

/// The time of the last change of a file or folder, in seconds since the epoch.
fn modified(path: &Path) -> f64 {
    let modified = std::fs::metadata(path).unwrap().modified().unwrap();
    modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64()
}

fn allocated(scrape: &Scrape, gpu: usize, amount: &str, allocation: &str) -> Result<f64> {
    let labels = [format!("gpu=\"{gpu}\""), format!("allocation=\"{allocation}\"")];
    let metric = format!("gpu_carbon_gpu_allocation_{amount}_total");
    scrape.value(&metric, &[&labels[0], &labels[1]])
}

fn joules_of(scrape: &Scrape, gpu: usize, allocation: &str) -> Result<f64> {
    allocated(scrape, gpu, "energy_joules", allocation)
}

fn of_workload(scrape: &Scrape, gpu: usize, metric: &str, workload: &str) -> Result<f64> {
    let labels = [format!("gpu=\"{gpu}\""), format!("workload=\"{workload}\"")];
    scrape.value(&format!("gpu_carbon_workload_{metric}_total"), &[&labels[0], &labels[1]])
}

/// A scrape in which the shares add up: those of the payers to the GPU's, and those of workloads to no more than theirs.
fn scrape(exporter: &Exporter) -> Result<Scrape> {
    let scrape = exporter.scrape()?;
    for gpu in [0, 1] {
        for amount in ["energy_joules", "emissions_grams"] {
            let [workloads, unallocated, unknown] = ["workloads", "unallocated", "unknown"]
                .map(|it| allocated(&scrape, gpu, amount, it));
            let (workloads, sum) = (workloads?, unallocated? + unknown?);
            let whole = scrape.gpu(gpu, &format!("{amount}_total"))?;
            let error = (workloads + sum - whole).abs();
            assert!(
                error <= 1e-12 * whole,
                "{amount} of GPU {gpu}: {workloads} + {sum} of {whole}"
            );
            let metric = format!("gpu_carbon_workload_{amount}_total");
            let label = format!("gpu=\"{gpu}\"");
            let named: f64 = scrape.values(&metric, &[&label]).sum();
            // Counters of a new workload are at zero until each scraper has seen them.
            assert!(named <= workloads + 1e-12 * whole, "{amount}: {named} {workloads}");
        }
    }
    Ok(scrape)
}

/// Scrapes until a condition holds, and checks the sums each time.
#[track_caller]
fn scrape_until(
    what: &str,
    exporter: &Exporter,
    condition: impl Fn(&Scrape) -> Result<bool>,
) -> Scrape {
    let ask = || {
        let scrape = scrape(exporter)?;
        ensure!(condition(&scrape)?, "not yet: {}", exporter.log());
        Ok(scrape)
    };
    wait_for(what, ask).unwrap()
}

#[test]
fn a_job_of_slurm_pays_for_its_gpus_from_prolog_to_epilog() {
    let machine = machine(GPUS, "[slurm]", "");
    let exporter = Exporter::start(&machine).unwrap();
    scrape_until("an idle GPU", &exporter, |it| Ok(joules_of(it, 0, "unallocated")? > 100.0));
    run("prolog.sh", &machine, "17", "0,1");
    let start = modified(&machine.path("jobs/17.json"));
    let held = |it: &Scrape| Ok(of_workload(it, 0, "energy_joules", "slurm:17")? > 3.0 * WATTS);
    let during = scrape_until("energy of the job", &exporter, held);
    let sharing = ["gpu=\"0\"", "method=\"exclusive\""];
    assert_eq!(during.value("gpu_carbon_gpu_sharing", &sharing).unwrap(), 1.0);
    run("epilog.sh", &machine, "17", "0,1");
    let end = modified(&machine.path("jobs"));
    let idle = joules_of(&during, 0, "unallocated").unwrap();
    let ended = |it: &Scrape| Ok(joules_of(it, 0, "unallocated")? > idle + 2.0 * WATTS);
    let after = scrape_until("the end of the job", &exporter, ended);
    for (gpu, watts) in [(0, WATTS), (1, 100.0)] {
        let joules = of_workload(&after, gpu, "energy_joules", "slurm:17").unwrap();
        let truth = watts * (end - start);
        // A quarter of a second at either end, and as much as a busy machine lets the thread wait.
        assert!((joules - truth).abs() <= watts, "{joules} J, truly {truth} J");
        let seconds = of_workload(&after, gpu, "held_seconds", "slurm:17").unwrap();
        assert!((seconds - joules / watts).abs() < 0.2, "{seconds} s for {joules} J");
        let grams = of_workload(&after, gpu, "emissions_grams", "slurm:17").unwrap();
        assert!((grams / (joules / 3.6e6 * 400.0) - 1.0).abs() < 1e-9, "{grams} g");
        let embodied = of_workload(&after, gpu, "embodied_emissions_grams", "slurm:17").unwrap();
        let expected = 164_000.0 * seconds / (4.0 * 365.0 * 86_400.0);
        assert!((embodied / expected - 1.0).abs() < 1e-6, "{embodied} g, not {expected} g");
        assert!(joules_of(&after, gpu, "unknown").unwrap() <= 2.0 * watts, "the start is short");
    }
    let info = ["workload=\"slurm:17\"", "kind=\"slurm_job\""];
    assert_eq!(after.value("gpu_carbon_workload_info", &info).unwrap(), 1.0);

    // A folder that is gone says nothing of the present.
    std::fs::remove_dir(machine.path("jobs")).unwrap();
    let unknown = joules_of(&after, 0, "unknown").unwrap();
    let lost = |it: &Scrape| Ok(joules_of(it, 0, "unknown")? > unknown + 2.0 * WATTS);
    let after = scrape_until("energy of someone unknown", &exporter, lost);
    assert_eq!(after.value("gpu_carbon_holders_up", &["source=\"slurm\""]).unwrap(), 0.0);
    let error = ["source=\"slurm\"", "error=\"not_found\""];
    assert!(after.value("gpu_carbon_holders_errors_total", &error).unwrap() >= 1.0);
}

/// A command with a procfs of the test.
fn command_with(machine: &Machine, procfs: &FakeProc) -> Command {
    let mut command = command(machine).unwrap();
    command.arg("--path.procfs").arg(procfs.root());
    command
}

#[test]
fn who_runs_a_process_holds_the_gpu() {
    let script = GPUS.replacen(
        "ms = 20\n",
        "ms = 20\nprocesses = [{pid = 11}, {pid = 12}, {pid = 13, graphics = true}]\n",
        1,
    );
    let machine = machine(&script, "[slurm, processes]", "");
    let uid = "2fc932ce-fdcc-454b-97bd-aadfdeb4c340";
    std::fs::create_dir_all(machine.path(&format!("logs/team_train-0_{uid}"))).unwrap();
    let procfs = FakeProc::new(machine.path("proc")).unwrap();
    procfs.add(11, &format!("/kubepods/burstable/pod{uid}/{}", "0a".repeat(32))).unwrap();
    procfs.add(12, "/system.slice/notebook.service").unwrap();
    procfs.add(13, "/system.slice/gdm.service").unwrap();
    let exporter = Exporter::run(command_with(&machine, &procfs)).unwrap();
    let both = |it: &Scrape| {
        let pod = of_workload(it, 0, "energy_joules", "pod:team/train-0")?;
        Ok(pod > WATTS && of_workload(it, 0, "energy_joules", "unit:notebook.service")? > WATTS)
    };
    let shared = scrape_until("two holders", &exporter, both);
    let [pod, unit] = ["pod:team/train-0", "unit:notebook.service"]
        .map(|it| of_workload(&shared, 0, "energy_joules", it).unwrap());
    assert!((pod / unit - 1.0).abs() < 1e-9, "equal shares: {pod} J and {unit} J");
    let sharing = ["gpu=\"0\"", "method=\"held\""];
    assert_eq!(shared.value("gpu_carbon_gpu_sharing", &sharing).unwrap(), 1.0);
    assert!(of_workload(&shared, 0, "energy_joules", "unit:gdm.service").is_err(), "it draws");
    assert!(joules_of(&shared, 1, "unallocated").unwrap() > 0.0, "no process is on the other GPU");

    // One ends, and the other is replaced by a process of no workload.
    machine
        .set_script(&GPUS.replacen("ms = 20\n", "ms = 20\nprocesses = [{pid = 14}]\n", 1))
        .unwrap();
    procfs.add(14, "/").unwrap();
    let unknown = joules_of(&shared, 0, "unknown").unwrap();
    let stranger = |it: &Scrape| Ok(joules_of(it, 0, "unknown")? > unknown + 2.0 * WATTS);
    let after = scrape_until("a stranger", &exporter, stranger);
    let more = of_workload(&after, 0, "energy_joules", "unit:notebook.service").unwrap() - unit;
    assert!(more < 2.0 * WATTS, "{more} J after its process ended");
}

#[test]
fn an_exclusive_gpu_costs_no_call() {
    // A call to list the processes would be counted as an error.
    let script = GPUS.replace(
        "ms = 20\n",
        "ms = 20\nerrors = { nvmlDeviceGetComputeRunningProcesses = \"unknown\", \
         nvmlDeviceGetProcessUtilization = \"in_use\" }\n",
    );
    let machine = machine(&script, "[slurm, processes]", "");
    run("prolog.sh", &machine, "18", "0,1");
    let exporter = Exporter::start(&machine).unwrap();
    let held = |it: &Scrape| Ok(of_workload(it, 0, "energy_joules", "slurm:18")? > 4.0 * WATTS);
    let during = scrape_until("energy of the job", &exporter, held);
    for errors in ["gpu_carbon_holders_errors_total", "gpu_carbon_gpu_read_errors_total"] {
        assert_eq!(during.values(errors, &[]).count(), 0, "{during:?}");
    }
    run("prolog.sh", &machine, "19", "1");
    let shared = ["gpu=\"1\"", "error=\"in_use\""];
    let measured = |it: &Scrape| Ok(it.value("gpu_carbon_gpu_read_errors_total", &shared).is_ok());
    scrape_until("a call for the GPU of two jobs", &exporter, measured);
    run("epilog.sh", &machine, "19", "1");
    run("epilog.sh", &machine, "18", "0,1");
    let error = ["source=\"processes\"", "error=\"unknown\""];
    let called = |it: &Scrape| Ok(it.value("gpu_carbon_holders_errors_total", &error).is_ok());
    let after = scrape_until("a call", &exporter, called);
    let up = |source: &str| {
        after.value("gpu_carbon_holders_up", &[&format!("source=\"{source}\"")]).unwrap()
    };
    assert_eq!((up("slurm"), up("processes")), (1.0, 0.0));
    let unknown = joules_of(&after, 0, "unknown").unwrap();
    let grown = |it: &Scrape| Ok(joules_of(it, 0, "unknown")? > unknown + WATTS);
    scrape_until("energy of someone unknown", &exporter, grown);
}

#[test]
fn a_job_keeps_its_gpu_while_the_exporter_is_killed() {
    let ledger = "ledger: {path: ledger.db, commit_period: 100ms}\n";
    let machine = machine(GPUS, "[slurm]", ledger);
    run("prolog.sh", &machine, "19", "0");
    let exporter = Exporter::start(&machine).unwrap();
    let held = |it: &Scrape| Ok(of_workload(it, 0, "energy_joules", "slurm:19")? > WATTS);
    let before = scrape_until("energy of the job", &exporter, held);
    assert!(joules_of(&before, 1, "unallocated").unwrap() > 0.0);
    drop(exporter); // SIGKILL
    let killed = now();
    let exporter = wait_for("two seconds", || {
        ensure!(now() > killed + 2.0);
        Exporter::start(&machine)
    })
    .unwrap();
    let resumed = wait_for("energy that was recovered", || {
        let scrape = exporter.scrape()?;
        ensure!(scrape.gpu(0, "recovered_energy_joules_total")? > 0.0);
        ensure!(scrape.gpu(1, "recovered_energy_joules_total")? > 0.0);
        ensure!(joules_of(&scrape, 1, "unallocated")? > 0.0);
        Ok(scrape)
    })
    .unwrap();
    // The counters of the job go on from the ledger, as those of the GPU do.
    let job_before = of_workload(&before, 0, "energy_joules", "slurm:19").unwrap();
    let recovered = |gpu| resumed.gpu(gpu, "recovered_energy_joules_total").unwrap();
    let job = of_workload(&resumed, 0, "energy_joules", "slurm:19").unwrap();
    let shown = job_before + recovered(0);
    assert!(job >= shown - 1e-6, "{job} J, {} J recovered after {job_before} J", recovered(0));
    // No one knows who held the other GPU, until the exporter looks again.
    let unknown_by = |scrape: &Scrape| joules_of(scrape, 1, "unknown").unwrap();
    let unknown = unknown_by(&resumed) - unknown_by(&before);
    assert!(unknown >= 2.0 * 100.0 && recovered(1) >= unknown - 100.0, "{unknown} J");
    for _ in 0..5 {
        let scrape = exporter.scrape().unwrap();
        for gpu in [0, 1] {
            let shares = ["workloads", "unallocated", "unknown"]
                .map(|it| joules_of(&scrape, gpu, it).unwrap());
            let whole = scrape.gpu(gpu, "energy_joules_total").unwrap();
            let error = shares.iter().sum::<f64>() - whole;
            assert!(error.abs() < 1e-9 * whole, "{shares:?} {whole}");
        }
    }
}

#[test]
fn without_the_section_nothing_is_divided() {
    let machine = Machine::new(GPUS).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let scrape = wait_for("energy", || {
        let scrape = exporter.scrape()?;
        ensure!(scrape.gpu(0, "energy_joules_total")? > WATTS);
        Ok(scrape)
    })
    .unwrap();
    let names = ["workload", "holders", "allocation", "sharing"];
    for (series, _) in scrape.iter() {
        assert!(!names.iter().any(|name| series.contains(name)), "{series}");
    }
    let tasks = PathBuf::from(format!("/proc/{}/task", exporter.pid()));
    let threads = std::fs::read_dir(tasks).unwrap().flatten();
    let threads =
        threads.map(|it| std::fs::read_to_string(it.path().join("comm")).unwrap_or_default());
    assert_eq!(threads.filter(|name| name.trim() == "holders").count(), 0);
}
