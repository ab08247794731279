//! Costs of dividing energy among the holders of GPUs: of a scrape with many workloads, and of the threads that find and divide.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::exporter::client::Client;
use super::limit::Limit;
use super::table::{Table, number};
use super::usage::Memory;
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

/// The time between the rounds of scrapes, in which the exporters read their GPUs.
const ROUND: Duration = Duration::from_secs(1);

/// The time after a response in which the server's thread goes back to sleep, and its processor time is complete.
const SETTLE: Duration = Duration::from_millis(3);

/// The scrapes of a round, by their format and encoding. The second of two alike gets a page that is written already.
const SCRAPES: [(&str, &str, &str); 4] = [
    ("text", "text/plain;version=0.0.4", "identity"),
    ("the same page again", "text/plain;version=0.0.4", "identity"),
    ("OpenMetrics, gzip", "application/openmetrics-text;version=1.0.0", "gzip"),
    ("the same page again", "application/openmetrics-text;version=1.0.0", "gzip"),
];

/// The costs that were measured, of exporters that ran side by side.
#[derive(Debug)]
pub struct Results {
    /// Without the division.
    pub plain: Costs,
    /// With many jobs by their files.
    pub workloads: Costs,
    /// With many processes, each of a service of its own.
    pub processes: Costs,
}

/// The processor time of one exporter, which is scraped once a second, and its memory.
#[derive(Debug)]
pub struct Costs {
    /// Of the thread that serves, for each of [`SCRAPES`]: the median.
    scrapes: [Duration; SCRAPES.len()],
    /// The share of a core that each other thread takes.
    threads: BTreeMap<String, f64>,
    /// The length of the page in text, and of the one in OpenMetrics that is compressed.
    page_bytes: [usize; 2],
    memory: Memory,
}

/// A running exporter, and what was measured of it so far.
struct Measured {
    exporter: Exporter,
    // Its files are removed after it has ended.
    _machine: Machine,
    server: String,
    clients: Vec<Client>,
    scrapes: [Vec<Duration>; SCRAPES.len()],
    before: BTreeMap<String, Duration>,
}

impl Results {
    /// Measures for so many rounds of a second.
    ///
    /// # Errors
    ///
    /// When an exporter does not start or answer.
    pub fn measure(rounds: u32, progress: &dyn Fn(&str)) -> Result<Results> {
        progress("starts three exporters");
        let mut all = [with_jobs(0)?, with_jobs(WORKLOADS)?, with_processes()?];
        std::thread::sleep(Duration::from_secs(2)); // the rest of their start
        progress(&format!("scrapes them for {rounds} s"));
        let start = Instant::now();
        for measured in &mut all {
            measured.before = processor_times(measured.exporter.pid())?;
        }
        for round in 1..=rounds {
            for measured in &mut all {
                measured.scrape()?;
            }
            std::thread::sleep((ROUND * round).saturating_sub(start.elapsed()));
        }
        let costs = all.map(|measured| measured.costs(start.elapsed()));
        let [plain, workloads, processes] = costs;
        Ok(Results { plain: plain?, workloads: workloads?, processes: processes? })
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
        for (place, (name, ..)) in SCRAPES.iter().enumerate() {
            row(&format!("CPU of a scrape, {name} (µs)"), &|it| it.micros(place));
        }
        for thread in ["accounting", "holders", "gpu"] {
            row(&format!("CPU of {thread} (% of a core)"), &|it| it.percent(thread));
        }
        row("CPU of all threads but the server's (% of a core)", &|it| it.percent(""));
        row("resident memory (MB)", &|it| it.memory.resident_bytes as f64 / 1e6);
        row("page in text (bytes)", &|it| it.page_bytes[0] as f64);
        row("page in OpenMetrics, compressed (bytes)", &|it| it.page_bytes[1] as f64);
        table
    }

    /// A line for each goal, with whether it is met.
    #[must_use]
    pub fn verdicts(&self) -> Vec<String> {
        let more = |place| (self.workloads.micros(place) - self.plain.micros(place)) / 1e3;
        let one = |value| [(String::new(), value)];
        let scrape = |place: usize| {
            let (format, ..) = SCRAPES[place];
            let what = format!("ms more CPU for a scrape with {WORKLOADS} workloads ({format})");
            Limit::Below(0.05).verdict(&what, &one(more(place)))
        };
        let holders =
            format!("% of a core for the thread of the holders with {PROCESSES} processes");
        vec![
            scrape(0),
            scrape(2),
            Limit::Below(0.2).verdict(&holders, &one(self.processes.percent("holders"))),
        ]
    }
}

impl Costs {
    /// The processor time of a scrape in microseconds.
    fn micros(&self, place: usize) -> f64 {
        self.scrapes[place].as_secs_f64() * 1e6
    }

    /// The share of a core that the threads take whose names begin so, in percent.
    fn percent(&self, name: &str) -> f64 {
        let threads = self.threads.iter().filter(|(thread, _)| thread.starts_with(name));
        threads.map(|(_, cores)| cores * 100.0).sum()
    }
}

impl Measured {
    fn new(exporter: Exporter, machine: Machine) -> Result<Measured> {
        let client = |(_, accept, encoding): (&str, &str, &str)| {
            Client::asking(exporter.address, accept, encoding)
        };
        Ok(Measured {
            server: main_thread(exporter.pid())?,
            clients: SCRAPES.into_iter().map(client).collect(),
            scrapes: Default::default(),
            before: BTreeMap::new(),
            exporter,
            _machine: machine,
        })
    }

    /// Makes the scrapes of a round.
    fn scrape(&mut self) -> Result<()> {
        let pid = self.exporter.pid();
        for (client, times) in self.clients.iter_mut().zip(&mut self.scrapes) {
            let before = server_time(pid)?;
            client.get()?;
            std::thread::sleep(SETTLE);
            times.push(server_time(pid)?.saturating_sub(before));
        }
        Ok(())
    }

    /// The costs over a time.
    fn costs(mut self, span: Duration) -> Result<Costs> {
        let pid = self.exporter.pid();
        let after = processor_times(pid)?;
        let used = |(name, after): (&String, &Duration)| {
            let before = self.before.get(name).copied().unwrap_or_default();
            (name.clone(), after.saturating_sub(before).as_secs_f64() / span.as_secs_f64())
        };
        let threads = after.iter().filter(|(name, _)| **name != self.server).map(used);
        let threads = threads.collect();
        let mut bytes = |place: usize| anyhow::Ok(self.clients[place].get()?.len());
        let page_bytes = [bytes(0)?, bytes(2)?];
        let scrapes = self.scrapes.map(median);
        Ok(Costs { scrapes, threads, page_bytes, memory: Memory::of(pid)? })
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The processor time of the thread that serves: the first one.
fn server_time(pid: u32) -> Result<Duration> {
    time_in(&std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/schedstat"))?)
}

/// The processor time in a text of the kernel, whose first number is that in nanoseconds.
fn time_in(schedstat: &str) -> Result<Duration> {
    let nanos = schedstat.split_whitespace().next().and_then(|first| first.parse().ok());
    Ok(Duration::from_nanos(nanos.context("no time in schedstat")?))
}

/// The processor time of the threads of a process, by their names.
fn processor_times(pid: u32) -> Result<BTreeMap<String, Duration>> {
    let mut times = BTreeMap::new();
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let folder = thread?.path();
        let read = |file| std::fs::read_to_string(folder.join(file));
        // A thread may have ended meanwhile.
        let (Ok(name), Ok(times_of)) = (read("comm"), read("schedstat")) else { continue };
        *times.entry(name.trim().to_owned()).or_default() += time_in(&times_of)?;
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

/// An exporter with so many jobs, by their files; without a job, energy is not divided.
fn with_jobs(count: usize) -> Result<Measured> {
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
    Measured::new(exporter, machine)
}

/// An exporter with many processes, each of a service of its own.
fn with_processes() -> Result<Measured> {
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
    Measured::new(exporter, machine)
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
