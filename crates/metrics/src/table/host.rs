//! Metrics of the host around its GPUs.

use crate::metric::Metric;

const UNMEASURED: &str = "for a component that no meter measures and whose power is not declared";
const WITHOUT_METER: &str = "where the host has no meter that is read";

/// The components that are counted.
pub const BOUNDARY_INFO: Metric = Metric::gauge(
    "gpu_carbon_boundary_info",
    "The components of the host whose energy is known, and by what: measured, partly (a meter does not answer), declared, in_gpus, in_cpu, in_rest or left_out; always 1.",
)
.labels(&["gpus", "cpu", "memory", "rest"]);

/// The energy of a component.
pub const HOST_ENERGY: Metric = Metric::counter(
    "gpu_carbon_host_energy_joules_total",
    "Energy of a component of the host: cpu, memory, rest (platform - gpus - cpu - memory), or platform, which is the whole host with its GPUs.",
)
.unit("joules")
.labels(&["component", "method"])
.absent(UNMEASURED);

/// The power of a component.
pub const HOST_POWER: Metric = Metric::gauge(
    "gpu_carbon_host_power_watts",
    "Power of a component of the host: by a counter, the mean over the last second.",
)
.unit("watts")
.labels(&["component", "method"])
.absent("for a component without a known energy, and while one of its meters does not answer");

/// The part of a component's energy that is not yet converted to emissions.
pub const HOST_PENDING: Metric = Metric::gauge(
    "gpu_carbon_host_pending_energy_joules",
    "The part of the energy that no carbon intensity covers yet; a late intensity converts it to emissions.",
)
.unit("joules")
.labels(&["component", "method"])
.absent("for the platform, and for a component without a known energy");

/// The emissions of a component.
pub const HOST_EMISSIONS: Metric = Metric::counter(
    "gpu_carbon_host_emissions_grams_total",
    "Operational emissions in grams of a component of the host, without the GPUs: energy x PUE x the carbon intensity at the time.",
)
.unit("grams")
.labels(&["component", "method", "signal", "scope"])
.absent("for the platform, and for a component without a known energy");

/// The meters that are read.
pub const HOST_METER_INFO: Metric =
    Metric::gauge("gpu_carbon_host_meter_info", "A meter of the host that is read, always 1.")
        .labels(&["component", "source", "zone", "path"])
        .absent(WITHOUT_METER);

/// The time whose energy is unknown.
pub const HOST_UNSEEN: Metric = Metric::counter(
    "gpu_carbon_host_unseen_seconds_total",
    "Time in which the energy of a meter of the host is unknown: it did not answer for so long that its counter may have wrapped, or it restarted.",
)
.unit("seconds")
.labels(&["component", "source", "zone"])
.absent(WITHOUT_METER);

/// The failed readings.
pub const HOST_ERRORS: Metric = Metric::counter(
    "gpu_carbon_host_read_errors_total",
    "Failed readings of a meter of the host by kind.",
)
.labels(&["component", "source", "zone", "error"])
.absent("until an error of the kind has occurred");

/// The disagreement of the meters.
pub const HOST_DISAGREEMENT: Metric = Metric::counter(
    "gpu_carbon_host_disagreement_joules_total",
    "Energy by which GPUs, CPU and memory were together more than the platform, for a minute and more: their meters disagree, and rest is too low.",
)
.unit("joules")
.absent("where no meter measures the platform");
