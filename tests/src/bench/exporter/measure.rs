//! Measurements of all exporters on one machine with fake GPUs.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::client::Client;
use super::latency::Latencies;
use super::load::{Series, cores_at_one_hertz, idle_cores};
use super::program::{Kind, Program, Running};
use crate::bench::usage::Memory;
use crate::machine::Machine;
use crate::scrape::Scrape;
use crate::wait_for;

/// The effort of a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Time for which idle exporters are watched.
    pub idle: Duration,
    /// Number of scrapes.
    pub scrapes: usize,
    /// Number of starts of each exporter.
    pub starts: usize,
}

/// Time between spaced scrapes, long enough for readings of the GPUs between them.
pub const GAP: Duration = Duration::from_millis(20);

/// Measurements of all exporters with so many GPUs.
#[derive(Debug, Clone)]
pub struct Results {
    /// Number of GPUs.
    pub gpus: usize,
    /// Measurements of each exporter that could be measured, ours first.
    pub all: Vec<Measured>,
}

/// Measurements of one exporter.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The exporter.
    pub kind: Kind,
    /// Bytes on the disk.
    pub size_bytes: u64,
    /// The share of a core that it takes without any scrape.
    pub idle_cores: f64,
    /// The share of a core that it takes at one scrape a second.
    pub one_hertz_cores: f64,
    /// Scrapes one right after another.
    pub back_to_back: Series,
    /// Scrapes [`GAP`] apart.
    pub spaced: Series,
    /// Memory after all scrapes.
    pub memory: Memory,
    /// Median time from the start to the first page with the power of a GPU.
    pub first_sample: Duration,
    /// Median time from SIGTERM to the end.
    pub exit: Duration,
    /// Length of its page.
    pub pages: Pages,
    /// Scrapes while every call for one GPU hangs; only for ours.
    pub hang: Option<Series>,
}

/// Bytes of a page in each format; for other exporters, only in text.
#[derive(Debug, Clone, Copy)]
pub struct Pages {
    /// Text 0.0.4.
    pub text: usize,
    /// The same format, compressed by gzip.
    pub text_gzip: Option<usize>,
    /// OpenMetrics 1.0.0.
    pub openmetrics: Option<usize>,
    /// The same format, compressed by gzip.
    pub openmetrics_gzip: Option<usize>,
}

impl Measured {
    /// Microseconds of processor time for a scrape right after another.
    #[must_use]
    pub fn back_to_back_cpu_micros(&self) -> f64 {
        self.back_to_back.cpu_micros_per_scrape(self.idle_cores)
    }

    /// Microseconds of processor time for a scrape [`GAP`] after another.
    #[must_use]
    pub fn spaced_cpu_micros(&self) -> f64 {
        self.spaced.cpu_micros_per_scrape(self.idle_cores)
    }
}

impl Results {
    /// The measurements of one exporter.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Option<&Measured> {
        self.all.iter().find(|measured| measured.kind == kind)
    }

    /// Measures exporters on a machine with so many GPUs, ours also while one GPU hangs. Another exporter that does not come
    /// up there is reported and left out.
    ///
    /// # Errors
    ///
    /// When an exporter ends by itself, or ours does not come up.
    pub fn measure(
        programs: &[Program],
        gpus: usize,
        with_hang: bool,
        effort: Effort,
        progress: &dyn Fn(&str),
    ) -> Result<Results> {
        let machine = Machine::new(&script(gpus, ""))?;
        machine.configure("intensity: {source: embedded}")?;
        progress(&format!("{gpus} GPUs: start and end, {} times each", effort.starts));
        let mut starts = Vec::new();
        for program in programs {
            match start_and_end(program, &machine, gpus, effort.starts) {
                Ok(times) => starts.push((program, times)),
                Err(error) if program.kind == Kind::GpuCarbon => return Err(error),
                Err(error) => {
                    progress(&format!("going on without {}: {error:#}", program.kind.name()))
                }
            }
        }
        let [idle, one_hertz] = at_leisure(&starts, &machine, gpus, effort, progress)?;
        let mut all = Vec::new();
        for (place, (program, times)) in starts.iter().enumerate() {
            let leisure = [idle[place], one_hertz[place]];
            progress(&format!(
                "{gpus} GPUs: {} scrapes of {}",
                effort.scrapes,
                program.kind.name()
            ));
            all.push(at_work(program, &machine, gpus, *times, leisure, effort)?);
        }
        if with_hang {
            progress(&format!("{gpus} GPUs: {} scrapes of ours while one hangs", effort.scrapes));
            let hang = during_hang(&machine, gpus, effort)?;
            all.iter_mut()
                .filter(|measured| measured.kind == Kind::GpuCarbon)
                .for_each(|ours| ours.hang = Some(hang.clone()));
        }
        Ok(Results { gpus, all })
    }
}

/// A script of GPUs under changing loads; `first` holds additional lines for the first one.
pub(crate) fn script(gpus: usize, first: &str) -> String {
    let gpu = |index: usize| {
        let (period, more) = (7 + index, if index == 0 { first } else { "" });
        let power = match index % 2 {
            0 => format!("square 100 700 {period}s 25%"),
            _ => format!("sine 400 200 {period}s"),
        };
        format!("[[gpu]]\nmodel = \"h100\"\npower = \"{power}\"\n{more}\n")
    };
    (0..gpus).map(gpu).collect()
}

/// Median times to the first sample, and from SIGTERM to the end.
fn start_and_end(
    program: &Program,
    machine: &Machine,
    gpus: usize,
    times: usize,
) -> Result<[Duration; 2]> {
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    for _ in 0..times {
        let mut running = program.start(machine)?;
        starts.push(running.wait_for_first_sample()?);
        running.wait_for_gpus(gpus)?;
        ends.push(running.terminate()?);
    }
    Ok([starts, ends].map(|times| Latencies::from(times).percentile(50)))
}

/// Shares of a core without a scrape, and with one a second.
fn at_leisure(
    programs: &[(&Program, [Duration; 2])],
    machine: &Machine,
    gpus: usize,
    effort: Effort,
    progress: &dyn Fn(&str),
) -> Result<[Vec<f64>; 2]> {
    let start = |(program, _): &(&Program, _)| start(program, machine, gpus);
    let all = programs.iter().map(start).collect::<Result<Vec<_>>>()?;
    let seconds = effort.idle.as_secs();
    progress(&format!("{gpus} GPUs: all idle side by side, {seconds} s"));
    let idle = idle_cores(&all, effort.idle)?;
    progress(&format!("{gpus} GPUs: all scraped once a second, {seconds} s"));
    Ok([idle, cores_at_one_hertz(&all, effort.idle)?])
}

fn start(program: &Program, machine: &Machine, gpus: usize) -> Result<Running> {
    let mut running = program.start(machine)?;
    running.wait_for_gpus(gpus)?;
    Ok(running)
}

fn at_work(
    program: &Program,
    machine: &Machine,
    gpus: usize,
    [first_sample, exit]: [Duration; 2],
    [idle_cores, one_hertz_cores]: [f64; 2],
    effort: Effort,
) -> Result<Measured> {
    let running = start(program, machine, gpus)?;
    let back_to_back = Series::of(&running, effort.scrapes, Duration::ZERO)?;
    let spaced = Series::of(&running, effort.scrapes, GAP)?;
    Ok(Measured {
        kind: program.kind,
        size_bytes: program.size_bytes,
        idle_cores,
        one_hertz_cores,
        back_to_back,
        spaced,
        pages: Pages::of(&running)?,
        memory: Memory::of(running.pid())?,
        first_sample,
        exit,
        hang: None,
    })
}

impl Pages {
    fn of(running: &Running) -> Result<Pages> {
        let page = |accept: &str, encoding: &str| {
            anyhow::Ok(Client::asking(running.address, accept, encoding).get()?.len())
        };
        let text = "text/plain;version=0.0.4";
        let openmetrics = "application/openmetrics-text;version=1.0.0";
        let text_only = Pages {
            text: page(text, "identity")?,
            text_gzip: None,
            openmetrics: None,
            openmetrics_gzip: None,
        };
        Ok(match running.kind {
            Kind::Nvitop | Kind::NvidiaGpu => text_only,
            Kind::GpuCarbon => Pages {
                text_gzip: Some(page(text, "gzip")?),
                openmetrics: Some(page(openmetrics, "identity")?),
                openmetrics_gzip: Some(page(openmetrics, "gzip")?),
                ..text_only
            },
        })
    }
}

/// Scrapes of our exporter while each call for the first GPU takes 30 s.
fn during_hang(machine: &Machine, gpus: usize, effort: Effort) -> Result<Series> {
    let running = start(&Program::gpu_carbon()?, machine, gpus)?;
    machine.set_script(&script(gpus, "hang_ms = 30000"))?;
    let hangs = || {
        let page = String::from_utf8(Client::new(running.address).get()?)?;
        ensure!(Scrape::parse(&page)?.gpu(0, "up")? == 0.0, "the GPU answers");
        Ok(())
    };
    wait_for("the hang", hangs)?;
    let series = Series::of(&running, effort.scrapes, GAP)?;
    hangs().context("the hang ended too soon")?;
    Ok(series)
}

/// Measurements for tests: 90 µs of CPU a scrape, and round numbers otherwise.
#[cfg(test)]
pub(crate) fn example(kind: Kind) -> Measured {
    let only = |bytes| (kind == Kind::GpuCarbon).then_some(bytes);
    let second = Duration::from_secs(1);
    let series = Series::example(1000, Duration::from_millis(100), second);
    Measured {
        kind,
        size_bytes: 3_000_000,
        idle_cores: 0.01,
        one_hertz_cores: 0.02,
        back_to_back: series.clone(),
        spaced: series,
        memory: Memory {
            resident_bytes: 5_000_000,
            peak_bytes: 6_000_000,
            anonymous_bytes: 1_000_000,
        },
        first_sample: second,
        exit: second,
        pages: Pages {
            text: 4000,
            text_gzip: only(500),
            openmetrics: only(4100),
            openmetrics_gzip: only(510),
        },
        hang: None,
    }
}
