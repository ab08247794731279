//! A soak of the driver from start to end.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::fleet::{DriverFault, FAILING, FLEET, Fleet, HANGING, LOST, Meter, STOPPING};
use super::monitor::{Findings, Monitor};
use super::operator::Operator;
use super::plan::{Event, plan};
use crate::bench::trend::Trend;
use crate::bench::usage::Memory;
use crate::exporter::{Exporter, command};
use crate::machine::{Machine, now};
use crate::scrape::Scrape;
use crate::soak::run::end_of;

/// The time between two looks at the exporter's memory.
const MEMORY_PERIOD: Duration = Duration::from_secs(1);

/// The part of the time after which memory is measured: everything that is allocated once has been by then.
const WARM_UP: f64 = 0.3;

/// The longest wait for the end: an attempt at another session after a hang and its waits, and two windows of a
/// comparison.
const LONGEST_END: Duration = Duration::from_secs(300);

/// The time after which all GPUs are expected to be read after the driver could not be reached.
const RETURN: Duration = Duration::from_secs(45);

/// The length of a soak, and its seed.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Seed of the random schedule.
    pub seed: u64,
    /// Time with events.
    pub span: Duration,
}

/// The results of a soak.
#[derive(Debug)]
pub struct Outcome {
    /// The page from which on energy is compared.
    pub(super) first: Scrape,
    /// The last page, after every fault has ended.
    pub(super) last: Scrape,
    /// The time between the two.
    pub(super) span: Duration,
    pub(super) findings: Findings,
    /// The exporter's memory, in bytes.
    pub(super) memory: Trend,
    pub(super) dropped_lines: f64,
    /// The exporter's log, without the lines about the requests that fill the pipe.
    pub log: String,
}

impl Options {
    /// Runs the soak.
    ///
    /// # Errors
    ///
    /// When the exporter ends, refuses what the operator asks for, or does not read every GPU again; with the end of its
    /// log.
    pub fn run(self, progress: &dyn Fn(&str)) -> Result<Outcome> {
        let mut soak = Soak::start()?;
        let played = soak.play(self, progress);
        if let Err(error) = played.and_then(|()| soak.settle()) {
            return Err(error.context(format!("the log ends with:\n{}", end_of(&soak.log()))));
        }
        soak.end()
    }
}

struct Soak {
    machine: Machine,
    exporter: Exporter,
    fleet: Fleet,
    operator: Operator,
    monitor: Monitor,
    first: Scrape,
    memory: Trend,
    started: Instant,
}

impl Soak {
    fn start() -> Result<Soak> {
        let (fleet, operator) = (Fleet::default(), Operator::default());
        let machine = Machine::new(&fleet.script())?;
        operator.configure(&machine)?;
        let mut command = command(&machine)?;
        // Requests that are none are logged, so that an unread log fills the pipe.
        command.arg("--log.level=debug");
        let exporter = Exporter::run(command)?;
        let first = crate::wait_for("every GPU", || readings(&exporter))?;
        let monitor = Monitor::start(&exporter);
        let (memory, started) = (Trend::default(), Instant::now());
        Ok(Soak { machine, exporter, fleet, operator, monitor, first, memory, started })
    }

    /// Executes the plan, and then ends every fault.
    fn play(&mut self, options: Options, progress: &dyn Fn(&str)) -> Result<()> {
        let Options { seed, span } = options;
        progress(&format!("seed {seed}: {span:?} of faults"));
        for (due, event) in plan(seed, span) {
            self.pass_until(due, span)?;
            progress(&format!("{:7.1} s: {event:?}", self.started.elapsed().as_secs_f64()));
            self.carry_out(event).with_context(|| format!("{event:?}"))?;
        }
        self.pass_until(span, span)?;
        progress("the end of all faults");
        self.exporter.pause_log(false);
        let ends = [
            Event::Driver(None),
            Event::Counter(None),
            Event::Hang(false),
            Event::Resume,
            Event::Reload { by_signal: true, is_valid: true },
        ];
        ends.into_iter().try_for_each(|event| self.carry_out(event))
    }

    /// Waits, and measures the exporter's memory meanwhile.
    fn pass_until(&mut self, due: Duration, span: Duration) -> Result<()> {
        loop {
            let passed = self.started.elapsed();
            self.exporter.ensure_alive()?;
            if passed > span.mul_f64(WARM_UP) {
                let anonymous = Memory::of(self.exporter.pid())?.anonymous_bytes;
                self.memory.push(passed.as_secs_f64(), anonymous as f64);
            }
            match due.checked_sub(passed) {
                Some(left) if !left.is_zero() => sleep(left.min(MEMORY_PERIOD)),
                _ => return Ok(()),
            }
        }
    }

    fn carry_out(&mut self, event: Event) -> Result<()> {
        let (machine, exporter, operator) = (&self.machine, &self.exporter, &mut self.operator);
        match event {
            Event::Driver(fault) => {
                if [fault, self.fleet.driver].contains(&Some(DriverFault::Unloaded)) {
                    // Until the next event of this kind, and until all GPUs have returned after it.
                    let longest = if fault.is_some() { LONGEST_END } else { RETURN };
                    self.monitor.excuse.set(Instant::now() + longest);
                }
                self.fleet.driver = fault;
            }
            Event::Loss => {
                let lost = format!("lost_to_sessions_before = {}\n", now());
                self.fleet.set(LOST, Some(lost));
            }
            Event::Counter(error) => {
                let lines = error.map(|error| {
                    format!("errors = {{ nvmlDeviceGetTotalEnergyConsumption = \"{error}\" }}\n")
                });
                self.fleet.set(FAILING, lines);
            }
            Event::Hang(hangs) => {
                self.fleet.set(HANGING, hangs.then(|| "hang_ms = 4000\n".to_owned()));
            }
            Event::Stop => {
                self.fleet.set(STOPPING, Some(format!("counter_stops_at = {}\n", now())));
            }
            Event::Log { is_read: false } => return operator.stop_reading(exporter),
            Event::Log { is_read: true } => {
                exporter.pause_log(false);
                return Ok(());
            }
            Event::Reload { by_signal, is_valid } => {
                return operator.reload(machine, exporter, by_signal, is_valid);
            }
            Event::Release(time) => {
                let longest = time.map_or(LONGEST_END, |time| time + RETURN);
                self.monitor.excuse.set(Instant::now() + longest);
                return operator.release(exporter, time);
            }
            Event::Resume => {
                self.monitor.excuse.set(Instant::now() + RETURN);
                return operator.resume(exporter);
            }
        }
        machine.set_script(&self.fleet.script())
    }

    /// Waits until every GPU is read, by the meter by which its energy is right.
    fn settle(&mut self) -> Result<()> {
        let (deadline, ended) = (Instant::now() + LONGEST_END, now());
        loop {
            self.exporter.ensure_alive()?;
            match settled(&self.exporter, ended) {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(_) => sleep(Duration::from_millis(200)),
            }
        }
    }

    fn end(self) -> Result<Outcome> {
        let Soak { exporter, monitor, first, memory, started, .. } = self;
        let last = readings(&exporter)?;
        let span = started.elapsed();
        let (findings, dropped_lines) = (monitor.stop()?, Operator::dropped_lines(&exporter)?);
        let log = without_requests(&exporter.log());
        let (status, _) = exporter.terminate()?;
        ensure!(status == Some(0), "after SIGTERM, the exporter ended with {status:?}");
        Ok(Outcome { first, last, span, findings, memory, dropped_lines, log })
    }

    fn log(&self) -> String {
        without_requests(&self.exporter.log())
    }
}

/// A log without the lines that only the level debug has.
fn without_requests(log: &str) -> String {
    let lines = log.lines().filter(|line| !line.contains("level=debug"));
    lines.fold(String::new(), |text, line| text + line + "\n")
}

/// A page with a reading of every GPU that has a meter.
fn readings(exporter: &Exporter) -> Result<Scrape> {
    let page = exporter.scrape()?;
    for (place, member) in FLEET.iter().enumerate() {
        let label = format!("uuid=\"{}\"", member.published_uuid(place));
        let value = |name: &str| page.value(&format!("gpu_carbon_gpu_{name}"), &[&label]);
        ensure!(value("up")? == 1.0, "GPU {place} ({}) is not up", member.what);
        if member.meter != Meter::None {
            value("energy_joules_total")?;
            value("last_sample_timestamp_seconds")?;
        }
    }
    Ok(page)
}

/// Checks that every GPU was read after a time, in seconds since the epoch, by the meter by which its energy is right.
fn settled(exporter: &Exporter, ended: f64) -> Result<()> {
    let page = readings(exporter)?;
    for (place, member) in FLEET.iter().enumerate() {
        let method = match member.meter {
            Meter::Counter => "counter",
            Meter::Integral => "integrated",
            Meter::None => "none",
        };
        let label = format!("uuid=\"{}\"", member.published_uuid(place));
        let read_at = page.values("gpu_carbon_gpu_last_sample_timestamp_seconds", &[&label]).next();
        let is_late = read_at.is_none_or(|read_at| read_at > ended);
        ensure!(is_late, "GPU {place} ({}) was not read since the end of the faults", member.what);
        let labels = [
            format!("uuid=\"{}\"", member.published_uuid(place)),
            format!("energy_method=\"{method}\""),
        ];
        let info = page.value("gpu_carbon_gpu_info", &labels.each_ref().map(String::as_str));
        info.with_context(|| format!("GPU {place} ({}) is not read by {method}", member.what))?;
    }
    let (status, why) = exporter.get("/-/ready")?;
    ensure!(status == 200, "not ready: {why}");
    Ok(())
}
