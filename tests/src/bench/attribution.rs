//! Costs of dividing energy among the holders of GPUs: of a scrape with many workloads, and of the thread that finds them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::exporter::client::Client;
use super::limit::Limit;
use super::table::{Table, number};
use crate::exporter::{Exporter, command};
use crate::fake_proc::FakeProc;
use crate::machine::Machine;
use crate::wait_for;

/// The number of GPUs.
const GPUS: usize = 8;

/// The number of jobs that hold them.
const WORKLOADS: usize = 200;

/// The number of processes on them.
const PROCESSES: usize = 100;

/// The costs that were measured.
#[derive(Debug)]
pub struct Results {
    /// Without the division.
    pub plain: Costs,
    /// With many jobs by their files.
    pub workloads: Costs,
    /// With many processes, each of a service of its own.
    pub processes: Costs,
}

/// The processor time of one exporter, which is scraped once a second.
#[derive(Debug)]
pub struct Costs {
    /// Of the thread that serves, for a scrape.
    scrape: Duration,
    /// The share of a core that each thread takes.
    threads: BTreeMap<String, f64>,
    /// The length of the page.
    page_bytes: usize,
}

impl Results {
    /// Measures for so many seconds each.
    ///
    /// # Errors
    ///
    /// When an exporter does not start or answer.
    pub fn measure(seconds: u32, progress: &dyn Fn(&str)) -> Result<Results> {
        progress("without workloads");
        let plain = with_jobs(0, seconds)?;
        progress(&format!("{WORKLOADS} jobs"));
        let workloads = with_jobs(WORKLOADS, seconds)?;
        progress(&format!("{PROCESSES} processes"));
        Ok(Results { plain, workloads, processes: with_processes(seconds)? })
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> Table {
        let columns = [
            format!("{GPUS} GPUs"),
            "no holders".to_owned(),
            format!("{WORKLOADS} jobs"),
            format!("{PROCESSES} processes"),
        ];
        let all = [&self.plain, &self.workloads, &self.processes];
        let mut table = Table::new(columns);
        let mut row = |name: &str, value: &dyn Fn(&Costs) -> f64| {
            let values = all.map(|costs| number(value(costs)));
            table.push([name.to_owned()].into_iter().chain(values));
        };
        row("CPU of the server for a scrape a second (µs)", &|it| it.scrape.as_secs_f64() * 1e6);
        for thread in ["accounting", "holders", "gpu"] {
            row(&format!("CPU of {thread} (% of a core)"), &|it| it.percent(thread));
        }
        row("page in text (bytes)", &|it| it.page_bytes as f64);
        table
    }

    /// A line for each goal, with whether it is met.
    #[must_use]
    pub fn verdicts(&self) -> Vec<String> {
        let more = self.workloads.scrape.as_secs_f64() - self.plain.scrape.as_secs_f64();
        let one = |value| [(String::new(), value)];
        vec![
            Limit::Below(0.05).verdict(
                &format!("ms more CPU for a scrape with {WORKLOADS} workloads"),
                &one(more * 1e3),
            ),
            Limit::Below(0.2).verdict(
                &format!("% of a core for the thread of the holders with {PROCESSES} processes"),
                &one(self.processes.percent("holders")),
            ),
        ]
    }
}

impl Costs {
    /// The share of a core that the threads of a name take, in percent.
    fn percent(&self, name: &str) -> f64 {
        let threads = self.threads.iter().filter(|(thread, _)| thread.starts_with(name));
        threads.map(|(_, cores)| cores * 100.0).sum()
    }

    /// Scrapes an exporter once a second.
    fn measure(exporter: &Exporter, seconds: u32) -> Result<Costs> {
        let mut client = Client::new(exporter.address);
        let page_bytes = client.get()?.len();
        std::thread::sleep(Duration::from_secs(2)); // the rest of its start
        let (start, before) = (Instant::now(), processor_times(exporter.pid())?);
        for _ in 0..seconds {
            client.get()?;
            std::thread::sleep(Duration::from_secs(1));
        }
        let (span, after) = (start.elapsed(), processor_times(exporter.pid())?);
        let used = |name: &str| {
            let before = before.get(name).copied().unwrap_or_default();
            after.get(name).copied().unwrap_or_default().saturating_sub(before)
        };
        let threads =
            after.keys().map(|name| (name.clone(), used(name).as_secs_f64() / span.as_secs_f64()));
        let server = main_thread(exporter.pid())?;
        Ok(Costs { scrape: used(&server) / seconds, threads: threads.collect(), page_bytes })
    }
}

/// The processor time of the threads of a process, by their names.
fn processor_times(pid: u32) -> Result<BTreeMap<String, Duration>> {
    let mut times = BTreeMap::new();
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let folder = thread?.path();
        let read = |file| std::fs::read_to_string(folder.join(file));
        // A thread may have ended meanwhile.
        let (Ok(name), Ok(times_of)) = (read("comm"), read("schedstat")) else { continue };
        let nanos = times_of.split_whitespace().next().and_then(|first| first.parse().ok());
        let time = Duration::from_nanos(nanos.context("no time in schedstat")?);
        *times.entry(name.trim().to_owned()).or_default() += time;
    }
    Ok(times)
}

/// The name of the thread that serves: the first one.
fn main_thread(pid: u32) -> Result<String> {
    Ok(std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/comm"))?.trim().to_owned())
}

fn gpus(processes: usize) -> String {
    let mut script = String::new();
    for gpu in 0..GPUS {
        let here = (0..processes).filter(|process| process % GPUS == gpu);
        let here = here.map(|process| format!("{{pid = {}, sm_percent = 5}}", 1_000 + process));
        let here = here.collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            script,
            "[[gpu]]\nmodel = \"h100\"\npower = \"constant 400\"\nsample_ring = 120\nprocesses = [{here}]"
        );
    }
    script
}

/// The costs with so many jobs, by their files; without a job, energy is not divided.
fn with_jobs(count: usize, seconds: u32) -> Result<Costs> {
    let machine = Machine::new(&gpus(0))?;
    let mut configuration =
        "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n".to_owned();
    if count > 0 {
        std::fs::create_dir(machine.path("jobs"))?;
        for job in 0..count {
            let text = format!("{{\"job\": \"{job}\", \"gpus\": \"{}\"}}\n", job % GPUS);
            std::fs::write(machine.path(&format!("jobs/{job}.json")), text)?;
        }
        configuration += "attribution: {holders: [slurm], slurm: {jobs: jobs}}\n";
    }
    machine.configure(&configuration)?;
    let exporter = Exporter::start(&machine)?;
    wait_for_workloads(&exporter, count)?;
    Costs::measure(&exporter, seconds)
}

/// The costs with many processes, each of a service of its own.
fn with_processes(seconds: u32) -> Result<Costs> {
    let machine = Machine::new(&gpus(PROCESSES))?;
    let procfs = FakeProc::new(machine.path("proc"))?;
    for process in 0..PROCESSES {
        let pid = u32::try_from(1_000 + process)?;
        procfs.add(pid, &format!("/system.slice/w{pid}.service"))?;
    }
    machine.configure(
        "intensity: {source: constant, grams_per_kilowatt_hour: 400}\nattribution: {holders: [processes]}\n",
    )?;
    let mut command = command(&machine)?;
    command.arg("--path.procfs").arg(procfs.root());
    let exporter = Exporter::run(command)?;
    wait_for_workloads(&exporter, PROCESSES)?;
    Costs::measure(&exporter, seconds)
}

/// Waits until the page has so many workloads.
fn wait_for_workloads(exporter: &Exporter, count: usize) -> Result<()> {
    wait_for("all workloads", || {
        let scrape = exporter.scrape()?;
        scrape.gpu(GPUS - 1, "energy_joules_total")?;
        let found = scrape.values("gpu_carbon_workload_energy_joules_total", &[]).count();
        ensure!(found == count, "{found} of {count}");
        Ok(())
    })
}
