//! Goals of our exporter, and the verdict on each.

use super::measure::{Measured, Results};
use super::program::Kind;
use crate::bench::limit::Limit;

/// A goal at every number of GPUs where it can be measured.
#[derive(Debug)]
pub struct Goal {
    what: &'static str,
    limit: Limit,
    value: fn(&Results) -> Option<f64>,
}

/// All goals. Scrapes back to back are what counts; scrapes 20 ms apart show that the page is not merely served again.
pub const GOALS: &[Goal] = &[
    Goal {
        what: "times the CPU of ours that nvitop-exporter takes for a scrape, back to back",
        limit: Limit::AtLeast(20.0),
        value: |results| ratio(results, Kind::Nvitop, Measured::back_to_back_cpu_micros),
    },
    Goal {
        what: "the same, 20 ms apart",
        limit: Limit::AtLeast(20.0),
        value: |results| ratio(results, Kind::Nvitop, Measured::spaced_cpu_micros),
    },
    Goal {
        what: "times the CPU of ours that nvidia-gpu-exporter takes for a scrape, back to back",
        limit: Limit::Above(1.0),
        value: |results| ratio(results, Kind::NvidiaGpu, Measured::back_to_back_cpu_micros),
    },
    Goal {
        what: "the same, 20 ms apart",
        limit: Limit::Above(1.0),
        value: |results| ratio(results, Kind::NvidiaGpu, Measured::spaced_cpu_micros),
    },
    Goal {
        what: "MB of resident memory",
        limit: Limit::Below(11.0),
        value: |results| Some(ours(results)?.memory.resident_bytes as f64 / 1e6),
    },
    Goal {
        what: "ms for 99% of scrapes while a GPU hangs",
        limit: Limit::Below(2.0),
        value: |results| {
            Some(ours(results)?.hang.as_ref()?.latencies.percentile(99).as_secs_f64() * 1e3)
        },
    },
    Goal {
        what: "% of a core without a scrape",
        limit: Limit::Below(0.12),
        value: |results| Some(ours(results)?.idle_cores * 100.0),
    },
];

impl Goal {
    /// A line that says whether the goal is met everywhere, with the values.
    #[must_use]
    pub fn verdict(&self, all: &[Results]) -> String {
        let value =
            |results: &Results| Some((format!("at {} GPUs", results.gpus), (self.value)(results)?));
        let values: Vec<(String, f64)> = all.iter().filter_map(value).collect();
        self.limit.verdict(self.what, &values)
    }
}

fn ours(results: &Results) -> Option<&Measured> {
    results.of(Kind::GpuCarbon)
}

fn ratio(results: &Results, other: Kind, of: fn(&Measured) -> f64) -> Option<f64> {
    Some(of(results.of(other)?) / of(ours(results)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::exporter::measure::example;

    fn check(what: &str, all: &[Results], verdict: &str) {
        let goal = GOALS.iter().find(|goal| goal.what.contains(what)).unwrap();
        assert_eq!(goal.verdict(all), verdict);
    }

    #[test]
    fn a_goal_is_met_where_it_is_met_everywhere() {
        let results = |gpus, idle_cores, others: &[Kind]| {
            let mut all = vec![Measured { idle_cores, ..example(Kind::GpuCarbon) }];
            all.extend(others.iter().map(|&kind| example(kind)));
            Results { gpus, all }
        };
        let (low, high) = (results(8, 0.001, &[]), results(16, 0.006, &[Kind::Nvitop]));
        let core = "% of a core without a scrape";
        check(
            core,
            std::slice::from_ref(&low),
            &format!("met      < 0.12 {core}: 0.100 at 8 GPUs"),
        );
        check(
            core,
            &[low.clone(), high.clone()],
            &format!("MISSED   < 0.12 {core}: 0.100 at 8 GPUs, 0.600 at 16 GPUs"),
        );
        let times =
            "times the CPU of ours that nvidia-gpu-exporter takes for a scrape, back to back";
        check(times, &[low, high], &format!("unknown  > 1 {times}: not measured"));
    }
}
