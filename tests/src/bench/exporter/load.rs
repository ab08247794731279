//! Loads an exporter with scrapes, or with none, and sees what they take.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::client::Client;
use super::latency::Latencies;
use super::program::Running;
use crate::bench::usage::{Cores, processor_time};

/// Scrapes before those that count: the connection is open, and what is written once has been written.
const WARM_UP: usize = 20;

/// A series of scrapes ends after this, however few they were.
const LONGEST: Duration = Duration::from_secs(60);

/// Between the scrapes of a Prometheus that scrapes often.
const SECOND: Duration = Duration::from_secs(1);

/// What a series of scrapes took.
#[derive(Debug, Clone)]
pub struct Series {
    /// From each request to the end of its answer.
    pub latencies: Latencies,
    /// Of the exporter, over the whole series.
    processor: Duration,
    wall: Duration,
    /// The share of all cores that was busy meanwhile, with whatever it was.
    pub machine_busy: f64,
}

impl Series {
    /// Scrapes so often, on one connection where the exporter keeps it, and not sooner than `gap` after one another
    /// begins the next.
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

    /// Microseconds of processor time for each scrape, without those that the exporter takes anyway, a share of a
    /// core.
    #[must_use]
    pub fn cpu_micros_per_scrape(&self, idle_cores: f64) -> f64 {
        let seconds = self.processor.as_secs_f64() - idle_cores * self.wall.as_secs_f64();
        seconds * 1e6 / self.latencies.count() as f64
    }

    /// So many scrapes of a millisecond each, to test with.
    #[cfg(test)]
    pub(crate) fn example(scrapes: usize, processor: Duration, wall: Duration) -> Series {
        let latencies = vec![Duration::from_millis(1); scrapes].into();
        Series { latencies, processor, wall, machine_busy: 0.25 }
    }
}

/// The share of a core that each exporter takes while nobody scrapes any of them, all in the same span.
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
    fn what_idling_takes_is_no_part_of_a_scrape() {
        let series = Series::example(1000, Duration::from_millis(300), Duration::from_secs(20));
        assert!((series.cpu_micros_per_scrape(0.0) - 300.0).abs() < 1e-9);
        assert!((series.cpu_micros_per_scrape(0.005) - 200.0).abs() < 1e-9);
    }
}
