//! The table of all metrics: their names, types, units, labels and meanings. Names are in base units, as
//! Prometheus recommends (<https://prometheus.io/docs/practices/naming/>), and stay as they are from version 1.0 on.

mod exporter;
mod gpu;
mod grid;
mod host;
mod ledger;
mod workload;

pub use exporter::*;
pub use gpu::*;
pub use grid::*;
pub use host::*;
pub use ledger::*;
pub use workload::*;

use crate::metric::Metric;

/// Metrics that are described together.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// The title.
    pub title: &'static str,
    /// The metrics.
    pub metrics: &'static [Metric],
}

/// All metrics, by group.
pub const GROUPS: [Group; 7] = [
    Group {
        title: "GPUs",
        metrics: &[
            GPU_INFO,
            GPU_UP,
            GPU_SUSPENDED,
            GPU_POWER,
            GPU_ENERGY,
            GPU_PENDING,
            GPU_EMISSIONS,
            GPU_EMBODIED,
            GPU_MANUFACTURE,
            GPU_UNSEEN,
            GPU_RESETS,
            GPU_COUNTER_RATIO,
            GPU_ERRORS,
            GPU_LAST_SAMPLE,
        ],
    },
    Group {
        title: "Workloads",
        metrics: &[
            WORKLOAD_ENERGY,
            WORKLOAD_EMISSIONS,
            WORKLOAD_EMBODIED,
            WORKLOAD_HELD,
            WORKLOAD_HOST_ENERGY,
            WORKLOAD_HOST_EMISSIONS,
            WORKLOAD_INFO,
            ALLOCATION_ENERGY,
            ALLOCATION_EMISSIONS,
            HOST_ALLOCATION_ENERGY,
            GPU_SHARING,
            HOLDERS_UP,
            HOLDERS_ERRORS,
        ],
    },
    Group {
        title: "Host",
        metrics: &[
            BOUNDARY_INFO,
            HOST_ENERGY,
            HOST_POWER,
            HOST_PENDING,
            HOST_EMISSIONS,
            HOST_METER_INFO,
            HOST_UNSEEN,
            HOST_ERRORS,
            HOST_DISAGREEMENT,
        ],
    },
    Group {
        title: "Grid",
        metrics: &[
            INTENSITY,
            INTENSITY_THRESHOLD,
            INTENSITY_TIMESTAMP,
            INTENSITY_INFO,
            INTENSITY_QUALITY,
            INTENSITY_FORECAST,
            BEST_START,
            SAVING,
            PUE,
        ],
    },
    Group {
        title: "Ledger",
        metrics: &[
            LEDGER_EMISSIONS,
            GPU_RECOVERED,
            LEDGER_UP,
            LEDGER_LAST_COMMIT,
            LEDGER_COMMITS,
            LEDGER_REPLACED,
            LEDGER_SIZE,
        ],
    },
    Group {
        title: "Exporter",
        metrics: &[
            BUILD_INFO,
            LAST_SAMPLE,
            FEED_REQUESTS,
            DRIVER_RELOADS,
            RELEASED,
            CONFIG_SUCCESSFUL,
            CONFIG_LAST_SUCCESS,
            CLOCK_JUMPS,
            CERTIFICATE_NOT_AFTER,
            LOG_DROPPED,
        ],
    },
    Group {
        title: "Process",
        metrics: &[
            PROCESS_CPU,
            PROCESS_OPEN_FDS,
            PROCESS_MAX_FDS,
            PROCESS_VIRTUAL_MEMORY,
            PROCESS_RESIDENT_MEMORY,
            PROCESS_START_TIME,
            PROCESS_THREADS,
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Kind;

    #[test]
    fn names_follow_the_conventions_of_prometheus_and_are_unique() {
        let mut names = std::collections::BTreeSet::new();
        for metric in GROUPS.iter().flat_map(|group| group.metrics) {
            assert!(names.insert(metric.name), "{} is there twice", metric.name);
            let base = metric.name.strip_suffix("_total");
            assert_eq!(base.is_some(), metric.kind == Kind::Counter, "{}", metric.name);
            if let Some(unit) = metric.unit {
                assert!(base.unwrap_or(metric.name).ends_with(unit), "{}", metric.name);
            }
            assert!(metric.help.ends_with('.') && !metric.help.contains('\n'), "{}", metric.name);
        }
    }
}
