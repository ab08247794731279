//! Metrics that only an exporter with a ledger has.

use crate::metric::Metric;

const NO_LEDGER: &str = "without a ledger";

/// A GPU's operational emissions by the latest intensities.
pub const LEDGER_EMISSIONS: Metric = Metric::gauge(
    "gpu_carbon_ledger_emissions_grams",
    "Operational emissions in grams by the best intensities known now; a revision raises or lowers it.",
)
.unit("grams")
.labels(&["gpu", "uuid", "signal", "scope"])
.absent(NO_LEDGER);

/// A GPU's energy from the time without the exporter.
pub const GPU_RECOVERED: Metric = Metric::counter(
    "gpu_carbon_gpu_recovered_energy_joules_total",
    "The part of the energy that the GPU used while no exporter ran, measured by its counter.",
)
.unit("joules")
.labels(&["gpu", "uuid"])
.absent(NO_LEDGER);

/// The ledger's state.
pub const LEDGER_UP: Metric = Metric::gauge(
    "gpu_carbon_ledger_up",
    "1 if everything that is published is in the ledger, else 0.",
)
.absent(NO_LEDGER);

/// The time of the ledger's last commit.
pub const LEDGER_LAST_COMMIT: Metric = Metric::gauge(
    "gpu_carbon_ledger_last_commit_timestamp_seconds",
    "Time of the last commit to the ledger.",
)
.unit("seconds")
.absent("without a ledger, and until the first commit");

/// The commits to the ledger.
pub const LEDGER_COMMITS: Metric =
    Metric::counter("gpu_carbon_ledger_commits_total", "Commits to the ledger by outcome.")
        .labels(&["outcome"])
        .absent(NO_LEDGER);

/// The replacements of the ledger.
pub const LEDGER_REPLACED: Metric = Metric::counter(
    "gpu_carbon_ledger_replaced_total",
    "How often a new ledger replaced one that was corrupt or missing.",
)
.absent(NO_LEDGER);

/// The ledger's size.
pub const LEDGER_SIZE: Metric = Metric::gauge(
    "gpu_carbon_ledger_size_bytes",
    "Size of the ledger's file and its write-ahead log.",
)
.unit("bytes")
.absent("without a ledger, and where the file cannot be looked up");
