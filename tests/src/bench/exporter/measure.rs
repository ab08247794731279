//! Measures all exporters on one machine with fake GPUs.

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

/// How much to measure.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// How long to watch exporters idle.
    pub idle: Duration,
    /// How often to scrape.
    pub scrapes: usize,
    /// How often to start each.
    pub starts: usize,
}

/// Between scrapes that are spaced, so that readings of GPUs come between them.
pub const GAP: Duration = Duration::from_millis(20);

/// What was measured of all exporters with so many GPUs.
#[derive(Debug, Clone)]
pub struct Results {
    /// The GPUs.
    pub gpus: usize,
    /// Each exporter that could be measured, ours first.
    pub all: Vec<Measured>,
}

/// What was measured of one exporter.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Which one.
    pub kind: Kind,
    /// What it takes on the disk.
    pub size_bytes: u64,
    /// The share of a core that it takes without any scrape.
    pub idle_cores: f64,
    /// The share of a core that it takes at one scrape a second.
    pub one_hertz_cores: f64,
    /// Scrapes one right after another.
    pub back_to_back: Series,
    /// Scrapes [`GAP`] apart.
    pub spaced: Series,
    /// After all the scrapes.
    pub memory: Memory,
    /// From the start to the first page with the power of a GPU, the median.
    pub first_sample: Duration,
    /// From SIGTERM to the end, the median.
    pub exit: Duration,
    /// How long its page is.
    pub pages: Pages,
    /// Scrapes while every call for one GPU hangs; of ours only.
    pub hang: Option<Series>,
}

/// The bytes of a page in each form; of others than ours, in text only.
#[derive(Debug, Clone, Copy)]
pub struct Pages {
    /// Text 0.0.4.
    pub text: usize,
    /// The same by gzip.
    pub text_gzip: Option<usize>,
    /// OpenMetrics 1.0.0.
    pub openmetrics: Option<usize>,
    /// The same by gzip.
    pub openmetrics_gzip: Option<usize>,
}

impl Measured {
    /// Microseconds for a scrape that comes right after another.
    #[must_use]
    pub fn back_to_back_cpu_micros(&self) -> f64 {
        self.back_to_back.cpu_micros_per_scrape(self.idle_cores)
    }

    /// Microseconds for a scrape that comes [`GAP`] after another.
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

    /// Measures exporters on a machine with so many GPUs, ours also while one of them hangs. One of the others that
    /// does not come up there is left out, and that is said.
    ///
    /// # Errors
    ///
    /// When one ends before its time, or ours does not come up.
    pub fn measure(
        programs: &[Program],
        gpus: usize,
        with_hang: bool,
        effort: Effort,
        say: &dyn Fn(&str),
    ) -> Result<Results> {
        let machine = Machine::new(&script(gpus, ""))?;
        machine.configure("intensity: {source: embedded}")?;
        say(&format!("{gpus} GPUs: start and end, {} times each", effort.starts));
        let mut starts = Vec::new();
        for program in programs {
            match start_and_end(program, &machine, gpus, effort.starts) {
                Ok(times) => starts.push((program, times)),
                Err(error) if program.kind == Kind::GpuCarbon => return Err(error),
                Err(error) => say(&format!("going on without {}: {error:#}", program.kind.name())),
            }
        }
        let [idle, one_hertz] = at_leisure(&starts, &machine, gpus, effort, say)?;
        let mut all = Vec::new();
        for (place, (program, times)) in starts.iter().enumerate() {
            let leisure = [idle[place], one_hertz[place]];
            say(&format!("{gpus} GPUs: {} scrapes of {}", effort.scrapes, program.kind.name()));
            all.push(at_work(program, &machine, gpus, *times, leisure, effort)?);
        }
        if with_hang {
            say(&format!("{gpus} GPUs: {} scrapes of ours while one hangs", effort.scrapes));
            let hang = during_hang(&machine, gpus, effort)?;
            all.iter_mut()
                .filter(|measured| measured.kind == Kind::GpuCarbon)
                .for_each(|ours| ours.hang = Some(hang.clone()));
        }
        Ok(Results { gpus, all })
    }
}

/// GPUs under loads that change; `first` is more about the first one.
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

/// The medians of the times to the first sample, and from SIGTERM to the end.
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

/// The shares of a core without a scrape, and with one a second.
fn at_leisure(
    programs: &[(&Program, [Duration; 2])],
    machine: &Machine,
    gpus: usize,
    effort: Effort,
    say: &dyn Fn(&str),
) -> Result<[Vec<f64>; 2]> {
    let start = |(program, _): &(&Program, _)| start(program, machine, gpus);
    let all = programs.iter().map(start).collect::<Result<Vec<_>>>()?;
    let seconds = effort.idle.as_secs();
    say(&format!("{gpus} GPUs: all idle side by side, {seconds} s"));
    let idle = idle_cores(&all, effort.idle)?;
    say(&format!("{gpus} GPUs: all scraped once a second, {seconds} s"));
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

/// Scrapes of ours while each call for the first GPU takes 30 s.
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

/// Measurements to test with: 90 µs of CPU a scrape, and round numbers else.
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
        memory: Memory { resident_bytes: 5_000_000, peak_bytes: 6_000_000 },
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
