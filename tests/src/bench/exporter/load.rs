//! Load of an exporter by scrapes, or by none, and its cost.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::client::Client;
use super::latency::Latencies;
use super::program::Running;
use crate::bench::usage::{Cores, processor_time};

/// Scrapes before those that are measured: afterwards the connection is open, and everything that is written once has been.
const WARM_UP: usize = 20;

/// Time after which a series of scrapes ends, however few they were.
const LONGEST: Duration = Duration::from_secs(60);

/// Time between the scrapes of a Prometheus that scrapes often.
const SECOND: Duration = Duration::from_secs(1);

/// The cost of a series of scrapes.
#[derive(Debug, Clone)]
pub struct Series {
    /// Times from each request to the end of its answer.
    pub latencies: Latencies,
    /// Processor time of the exporter over the whole series.
    processor: Duration,
    wall: Duration,
    /// The share of all cores that was busy meanwhile, with anything.
    pub machine_busy: f64,
}

impl Series {
    /// Scrapes so often, on one connection where the exporter keeps it open, and at least `gap` from one scrape to the next.
    ///
    /// # Errors
    ///
    /// When a scrape fails.
    pub fn of(running: &Running, scrapes: usize, gap: Duration) -> Result<Series> {
        let mut client = Client::new(running.address);
        for _ in 0..WARM_UP {
            client.get()?;
        }
        let mut latencies = Vec::with_capacity(scrapes);
        let (machine, before) = (Cores::now()?, processor_time(running.pid())?);
        let begun = Instant::now();
        let mut due = begun;
        while latencies.len() < scrapes && begun.elapsed() < LONGEST {
            sleep(due.saturating_duration_since(Instant::now()));
            due += gap;
            let asked = Instant::now();
            client.get()?;
            latencies.push(asked.elapsed());
        }
        let (wall, after) = (begun.elapsed(), processor_time(running.pid())?);
        let processor = after.saturating_sub(before);
        let machine_busy = Cores::now()?.busy_since(machine);
        Ok(Series { latencies: latencies.into(), processor, wall, machine_busy })
    }

    /// Microseconds of processor time for each scrape, without the share of a core that the exporter takes when idle.
    #[must_use]
    pub fn cpu_micros_per_scrape(&self, idle_cores: f64) -> f64 {
        let seconds = self.processor.as_secs_f64() - idle_cores * self.wall.as_secs_f64();
        seconds * 1e6 / self.latencies.count() as f64
    }

    /// A series of scrapes of a millisecond each, for tests.
    #[cfg(test)]
    pub(crate) fn example(scrapes: usize, processor: Duration, wall: Duration) -> Series {
        let latencies = vec![Duration::from_millis(1); scrapes].into();
        Series { latencies, processor, wall, machine_busy: 0.25 }
    }
}

/// The share of a core that each exporter takes while none is scraped, all in the same span.
///
/// # Errors
///
/// When one has ended.
pub fn idle_cores(all: &[Running], span: Duration) -> Result<Vec<f64>> {
    cores(all, || {
        sleep(span);
        Ok(())
    })
}

/// The share of a core that each exporter takes while each is scraped once a second, one after another.
///
/// # Errors
///
/// When a scrape fails.
pub fn cores_at_one_hertz(all: &[Running], span: Duration) -> Result<Vec<f64>> {
    let mut clients: Vec<Client> = all.iter().map(|running| Client::new(running.address)).collect();
    let stagger = SECOND / u32::try_from(all.len())?.max(1);
    cores(all, || {
        let begun = Instant::now();
        let mut due = begun;
        while begun.elapsed() < span {
            for client in &mut clients {
                sleep(due.saturating_duration_since(Instant::now()));
                client.get()?;
                due += stagger;
            }
        }
        sleep(due.saturating_duration_since(Instant::now()));
        Ok(())
    })
}

fn cores(all: &[Running], load: impl FnOnce() -> Result<()>) -> Result<Vec<f64>> {
    let times =
        || all.iter().map(|running| processor_time(running.pid())).collect::<Result<Vec<_>>>();
    let (begun, before) = (Instant::now(), times()?);
    load()?;
    let (wall, after) = (begun.elapsed(), times()?);
    let share = |(after, before): (&Duration, &Duration)| {
        after.saturating_sub(*before).as_secs_f64() / wall.as_secs_f64()
    };
    Ok(after.iter().zip(&before).map(share).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_idling_is_not_part_of_a_scrape() {
        let series = Series::example(1000, Duration::from_millis(300), Duration::from_secs(20));
        assert!((series.cpu_micros_per_scrape(0.0) - 300.0).abs() < 1e-9);
        assert!((series.cpu_micros_per_scrape(0.005) - 200.0).abs() < 1e-9);
    }
}
