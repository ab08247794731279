//! Metrics of each GPU.

use crate::metric::Metric;

const UNTIL_READ: &str = "until the GPU has been read once";

/// A GPU's name and address.
pub const GPU_INFO: Metric = Metric::gauge(
    "gpu_carbon_gpu_info",
    "A GPU, always 1; energy_method and energy_scope say by which meter its energy is measured now, and what that covers.",
)
.labels(&["gpu", "uuid", "name", "pci_bus_id", "energy_method", "energy_scope"])
.absent("until the GPU has answered once");

/// A GPU's state.
pub const GPU_UP: Metric =
    Metric::gauge("gpu_carbon_gpu_up", "1 if the GPU answered when it was last read, else 0.")
        .labels(&["gpu", "uuid"]);

/// A GPU's runtime suspension.
pub const GPU_SUSPENDED: Metric = Metric::gauge(
    "gpu_carbon_gpu_suspended",
    "1 while the GPU is suspended at runtime and not woken to be read, else 0.",
)
.labels(&["gpu", "uuid"])
.absent("while no GPU of the host is suspended");

/// A GPU's power.
pub const GPU_POWER: Metric =
    Metric::gauge("gpu_carbon_gpu_power_watts", "Power of the GPU, as the driver reports it.")
        .unit("watts")
        .labels(&["gpu", "uuid"])
        .absent("while the GPU does not answer");

/// A GPU's energy.
pub const GPU_ENERGY: Metric = Metric::counter(
    "gpu_carbon_gpu_energy_joules_total",
    "Energy that the GPU has used since the exporter first read it.",
)
.unit("joules")
.labels(&["gpu", "uuid"])
.absent(UNTIL_READ);

/// The part of a GPU's energy that is not yet converted to emissions.
pub const GPU_PENDING: Metric = Metric::gauge(
    "gpu_carbon_gpu_pending_energy_joules",
    "The part of the energy that no carbon intensity covers yet; a late intensity converts it to emissions.",
)
.unit("joules")
.labels(&["gpu", "uuid"])
.absent(UNTIL_READ);

/// A GPU's operational emissions.
pub const GPU_EMISSIONS: Metric = Metric::counter(
    "gpu_carbon_gpu_emissions_grams_total",
    "Operational emissions in grams, of the gases that scope names: energy x power usage effectiveness x carbon intensity at the time of use.",
)
.unit("grams")
.labels(&["gpu", "uuid", "signal", "scope"])
.absent(UNTIL_READ);

/// A GPU's embodied emissions.
pub const GPU_EMBODIED: Metric = Metric::counter(
    "gpu_carbon_gpu_embodied_emissions_grams_total",
    "Share of the GPU's manufacturing emissions, in grams of CO2e, for the time that it was read.",
)
.unit("grams")
.labels(&["gpu", "uuid"])
.absent("where no figure is known for the model and none is configured");

/// The figure by which a GPU's embodied emissions are computed.
pub const GPU_MANUFACTURE: Metric = Metric::gauge(
    "gpu_carbon_gpu_manufacture_grams",
    "Emissions of manufacturing one GPU of this name, and its part of the server where that is counted, in grams of CO2e, of which the embodied emissions are a share; source names the publication, or configuration.",
)
.unit("grams")
.labels(&["name", "hardware_unit", "boundary", "method", "year", "source"])
.absent("where no figure is known for the model and none is configured");

/// The time for which a GPU's energy is unknown.
pub const GPU_UNSEEN: Metric = Metric::counter(
    "gpu_carbon_gpu_unseen_seconds_total",
    "Time for which the energy of the GPU is unknown.",
)
.unit("seconds")
.labels(&["gpu", "uuid"])
.absent(UNTIL_READ);

/// The resets of a GPU's energy counter.
pub const GPU_RESETS: Metric = Metric::counter(
    "gpu_carbon_gpu_energy_resets_total",
    "How often the GPU's energy counter fell and counted on from there, as after a reload of the driver.",
)
.labels(&["gpu", "uuid"])
.absent(UNTIL_READ);

/// The comparison of a GPU's energy counter with its power.
pub const GPU_COUNTER_RATIO: Metric = Metric::gauge(
    "gpu_carbon_gpu_energy_to_power_ratio",
    "Energy by the GPU's counter, divided by the integral of its power, when they were last compared; 0 if the counter stood still.",
)
.unit("ratio")
.labels(&["gpu", "uuid"])
.absent("for about a minute, and without a counter or a power reading");

/// The failed readings of a GPU.
pub const GPU_ERRORS: Metric = Metric::counter(
    "gpu_carbon_gpu_read_errors_total",
    "Failed readings of the GPU by kind of error; a call that does not return counts once, as hang.",
)
.labels(&["gpu", "uuid", "error"])
.absent("until an error of the kind has occurred");

/// The time up to which a GPU's energy is counted.
pub const GPU_LAST_SAMPLE: Metric = Metric::gauge(
    "gpu_carbon_gpu_last_sample_timestamp_seconds",
    "Time up to which the energy of the GPU is counted.",
)
.unit("seconds")
.labels(&["gpu", "uuid"])
.absent(UNTIL_READ);
