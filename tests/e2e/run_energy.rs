//! `gpu-carbon run` measures the energy of its command by the workload counters of a real exporter.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use gpu_carbon_tests::exporter::{self, Exporter, build};
use gpu_carbon_tests::fake_proc::FakeProc;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::wait_for;
use serde_json::Value;

const WATTS: f64 = 360.0;

/// A GPU with some processes, and one without.
fn gpus(pids: &[u32]) -> String {
    let processes: Vec<String> = pids.iter().map(|pid| format!("{{pid = {pid}}}")).collect();
    let gpu = "[[gpu]]\nmodel = \"h100\"\ncounter_step_ms = 20\n";
    let processes = processes.join(", ");
    format!(
        "{gpu}power = \"constant {WATTS}\"\nprocesses = [{processes}]\n{gpu}power = \"constant 80\"\n"
    )
}

/// A machine in whose zone the intensity is 400 g/kWh, with more lines of its configuration.
fn machine(more: &str) -> Machine {
    let machine = Machine::new(&gpus(&[])).unwrap();
    #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
    let slot = now() as i64 / 300 * 300;
    let values: Vec<(i64, f64)> = (-2..50).map(|count| (slot + count * 300, 400.0)).collect();
    machine.set_intensities(&values).unwrap();
    machine
        .configure(&format!(
            "intensity: {{source: file, path: intensity.csv}}\n\
             sampling: {{counter_period: 200ms}}\n{more}"
        ))
        .unwrap();
    machine
}

const ATTRIBUTION: &str = "attribution: {holders: [processes]}\n";

/// A run of a command that waits for a file, and the machine on which it is.
struct Run<'a> {
    machine: &'a Machine,
    process: Child,
}

impl<'a> Run<'a> {
    fn start(machine: &'a Machine, exporter: &Exporter, flags: &[&str]) -> Run<'a> {
        Run::start_by(machine, &exporter.url(""), flags)
    }

    fn start_by(machine: &'a Machine, url: &str, flags: &[&str]) -> Run<'a> {
        let script = "echo $$ > pid; while [ ! -e stop ]; do sleep 0.05; done; exit 3";
        let process = Command::new(build("gpu-carbon-cli", "gpu-carbon").unwrap())
            .args(["run", "--from", url.trim_end_matches('/'), "--below", "500"])
            .args(["--state", "runs", "--report", "report.json"])
            .args(flags)
            .args(["--", "sh", "-c", script])
            .env("SLURM_JOB_ID", "17")
            .env_remove("SLURM_JOB_END_TIME")
            .current_dir(machine.path(""))
            .stdin(Stdio::null())
            .stderr(std::fs::File::create(machine.path("log")).unwrap())
            .spawn()
            .unwrap();
        Run { machine, process }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.machine.path(name)
    }

    /// The number of the command's process.
    fn pid(&self) -> u32 {
        let read = || {
            let text = std::fs::read_to_string(self.path("pid"))?;
            ensure!(text.ends_with('\n'), "{text}");
            Ok(text.trim().parse()?)
        };
        wait_for("the command", read).unwrap()
    }

    /// Ends the command, and returns the report and the log.
    fn finish(mut self) -> (Value, String) {
        std::fs::write(self.path("stop"), "").unwrap();
        let status = wait_for("the end of the run", || self.process.try_wait()?.context("it runs"));
        let log = std::fs::read_to_string(self.path("log")).unwrap();
        assert_eq!(status.unwrap().code(), Some(3), "{log}");
        let report = std::fs::read_to_string(self.path("report.json")).unwrap();
        (serde_json::from_str(&report).unwrap(), log)
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        let _ = std::fs::write(self.path("stop"), "");
        let _ = wait_for("the end of the run", || self.process.try_wait()?.context("it runs"));
    }
}

/// The joules of a workload, as the exporter's API has them.
fn joules(exporter: &Exporter, workload: &str) -> Result<f64> {
    let (status, text) = exporter.get(&format!("/api/v1/workload?name={workload}"))?;
    ensure!(status == 200, "{status} {text}");
    let answer: Value = serde_json::from_str(&text)?;
    answer["gpus"][0]["energy_joules"].as_f64().context("no energy")
}

/// An exporter with a procfs of the test, in which a process is in the cgroup of a job.
fn start(machine: &Machine) -> (Exporter, FakeProc) {
    let procfs = FakeProc::new(machine.path("proc")).unwrap();
    (start_with(machine, &procfs, &[]), procfs)
}

/// An exporter with a procfs of the test and more flags, once it has an intensity.
fn start_with(machine: &Machine, procfs: &FakeProc, flags: &[&str]) -> Exporter {
    let mut command = exporter::command(machine).unwrap();
    command.arg("--path.procfs").arg(procfs.root()).args(flags);
    let exporter = Exporter::run(command).unwrap();
    wait_for("an intensity", || {
        ensure!(exporter.get("/api/v1/forecast")?.0 == 200);
        Ok(())
    })
    .unwrap();
    exporter
}

/// The URL and the flag of an address at which an exporter listens again after a restart.
fn lasting_address() -> (String, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (format!("http://{address}"), format!("--web.listen-address={address}"))
}

/// Waits until the workload has used more than so many joules.
fn wait_for_joules(exporter: &Exporter, least: f64) -> f64 {
    let used = || {
        let joules = joules(exporter, "slurm:17")?;
        ensure!(joules > least, "{joules} J");
        Ok(joules)
    };
    wait_for("energy of the job", used).unwrap()
}

#[test]
fn the_energy_of_a_run_is_that_of_its_workload() {
    let machine = machine(ATTRIBUTION);
    let (exporter, procfs) = start(&machine);
    let run = Run::start(&machine, &exporter, &["--power", "1kW", "--duration", "1min"]);
    let pid = run.pid();
    // The exporter finds it in the cgroup of the Slurm job of which its environment speaks.
    procfs.add(pid, "/system.slice/slurmstepd.scope/job_17/step_0").unwrap();
    machine.set_script(&gpus(&[pid])).unwrap();
    let before = wait_for_joules(&exporter, 3.0 * WATTS);
    let (report, log) = run.finish();
    machine.set_script(&gpus(&[])).unwrap();
    assert_eq!(report["energy_source"], "measured", "{report:#} {log}");
    assert_eq!(report["workload"], "slurm:17");
    let measured = report["energy_kilowatt_hours"].as_f64().unwrap() * 3.6e6;
    // The exporter goes on to charge the job until it has listed the processes again.
    let charged = wait_for("the end of the job", || {
        let first = joules(&exporter, "slurm:17")?;
        std::thread::sleep(std::time::Duration::from_millis(1500));
        ensure!(joules(&exporter, "slurm:17")? == first);
        Ok(first)
    });
    let charged = charged.unwrap();
    // The energy of the second around the start is spread over it.
    let least = before - WATTS;
    assert!(least <= measured && measured <= charged + 1e-6, "{before} {measured} {charged}");
    let worked = report["worked_seconds"].as_f64().unwrap();
    assert!(measured <= WATTS * worked + 1.0, "{measured} J in {worked} s");
    let grams = |name: &str| report[name].as_f64().unwrap();
    let expected = measured / 3.6e6 * 400.0;
    // The clock goes on between the end of the wait and the start: that time is of neither, on a busy machine for milliseconds.
    let of_no_piece = 0.01 / worked;
    let is_near = |grams: f64| (grams / expected - 1.0).abs() < of_no_piece;
    assert!(is_near(grams("emissions_grams")), "{expected} {report:#}");
    // The power between two readings is taken as constant, so that the wait before the start may have a small part.
    let at_once = grams("at_once_emissions_grams") + grams("waiting_emissions_grams");
    assert!(is_near(at_once), "{expected} {report:#}");
    // The exporter's own grams go on until its last reading.
    let of_exporter = grams("exporter_emissions_grams");
    assert!(
        of_exporter >= expected * 0.999 && of_exporter <= charged / 3.6e6 * 400.1,
        "{report:#}"
    );
    assert!(log.contains("measured by the exporter as that of slurm:17"), "{log}");
    assert!(!log.contains("declared"), "{log}");
}

#[test]
fn energy_that_is_not_measured_is_declared_and_the_reason_is_said() {
    let machine = machine(ATTRIBUTION);
    let (exporter, _procfs) = start(&machine);
    let run = Run::start(&machine, &exporter, &["--power", "1kW"]);
    run.pid();
    let (report, log) = run.finish();
    assert_eq!(report["energy_source"], "declared", "{report:#}");
    let reason = report["not_measured"].as_str().unwrap();
    assert!(reason.contains("no counters of its workload"), "{reason}");
    assert!(
        log.contains("declared, 1000 W") && log.contains("not measured: the exporter has"),
        "{log}"
    );

    let other = crate::run_energy::machine("");
    let (exporter, _procfs) = start(&other);
    let run = Run::start(&other, &exporter, &["--workload", "unit:train.service"]);
    run.pid();
    let (report, _) = run.finish();
    assert_eq!(report["energy_source"], Value::Null, "{report:#}");
    let reason = report["not_measured"].as_str().unwrap();
    assert!(reason.contains("the configuration has no `attribution`"), "{reason}");
}

/// Measures a run during which the exporter is ended and started again.
fn measure_over_a_restart(more: &str) -> (Value, String, f64) {
    let machine = machine(&format!("{ATTRIBUTION}{more}"));
    let procfs = FakeProc::new(machine.path("proc")).unwrap();
    let (url, flag) = lasting_address();
    let exporter = start_with(&machine, &procfs, &[&flag]);
    let run = Run::start_by(&machine, &url, &["--power", "1kW", "--duration", "1min"]);
    let pid = run.pid();
    procfs.add(pid, "/system.slice/slurmstepd.scope/job_17/step_0").unwrap();
    machine.set_script(&gpus(&[pid])).unwrap();
    let before = wait_for_joules(&exporter, 2.0 * WATTS);
    // The runner has read the counters by now, and reads them again in five minutes.
    exporter.terminate().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(2));
    let exporter = start_with(&machine, &procfs, &[&flag]);
    wait_for_joules(&exporter, 2.0 * WATTS);
    let (report, log) = run.finish();
    (report, log, before)
}

#[test]
fn an_exporter_with_a_ledger_may_be_started_again_during_a_run() {
    let (report, log, before) = measure_over_a_restart("ledger: {path: ledger.db}\n");
    assert_eq!(report["energy_source"], "measured", "{report:#} {log}");
    let measured = report["energy_kilowatt_hours"].as_f64().unwrap() * 3.6e6;
    let worked = report["worked_seconds"].as_f64().unwrap();
    // The two seconds without an exporter are paid by the job that held the GPU before and after.
    assert!(measured >= before + 1.5 * WATTS, "{before} {measured} {log}");
    assert!(measured <= WATTS * worked + 1.0, "{measured} J in {worked} s");
}

#[test]
fn an_exporter_without_a_ledger_that_was_started_again_measures_no_run() {
    let (report, log, _) = measure_over_a_restart("");
    assert_eq!(report["energy_source"], "declared", "{report:#} {log}");
    let reason = report["not_measured"].as_str().unwrap();
    assert!(reason.contains("without a ledger, and its counters began at zero"), "{reason}");
}
