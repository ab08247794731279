//! Metrics of the workloads that hold GPUs, which only an exporter with `attribution` has.

use crate::metric::Metric;

const NOT_DIVIDED: &str = "without `attribution` in the configuration";
const UNTIL_HELD: &str = "until the workload has held the GPU, and some time after it did";

/// The energy of a workload.
pub const WORKLOAD_ENERGY: Metric = Metric::counter(
    "gpu_carbon_workload_energy_joules_total",
    "Energy that the GPU has used while the workload held it.",
)
.unit("joules")
.labels(&["gpu", "uuid", "workload"])
.absent(UNTIL_HELD);

/// The operational emissions of a workload.
pub const WORKLOAD_EMISSIONS: Metric = Metric::counter(
    "gpu_carbon_workload_emissions_grams_total",
    "Operational emissions in grams of the energy that the GPU has used while the workload held it.",
)
.unit("grams")
.labels(&["gpu", "uuid", "workload", "signal", "scope"])
.absent(UNTIL_HELD);

/// The embodied emissions of a workload.
pub const WORKLOAD_EMBODIED: Metric = Metric::counter(
    "gpu_carbon_workload_embodied_emissions_grams_total",
    "Share of the GPU's manufacturing emissions, in grams of CO2e, for the time that the workload held it.",
)
.unit("grams")
.labels(&["gpu", "uuid", "workload"])
.absent("where that of the GPU is absent, and until the workload has held it");

/// The time for which a workload held a GPU.
pub const WORKLOAD_HELD: Metric = Metric::counter(
    "gpu_carbon_workload_held_seconds_total",
    "Time for which the workload has held the GPU, in seconds; two workloads that share it have half of the time each.",
)
.unit("seconds")
.labels(&["gpu", "uuid", "workload"])
.absent(UNTIL_HELD);

/// The share of a workload in the energy of the host.
pub const WORKLOAD_HOST_ENERGY: Metric = Metric::counter(
    "gpu_carbon_workload_host_energy_joules_total",
    "Share of the workload in the energy of a component of the host around the GPUs: of processors above their power without work by its processor time, and of all else by the part of the GPUs that it holds.",
)
.unit("joules")
.labels(&["component", "method", "workload"])
.absent("until the workload has held a GPU, and for a component without a known energy");

/// The share of a workload in the operational emissions of the host.
pub const WORKLOAD_HOST_EMISSIONS: Metric = Metric::counter(
    "gpu_carbon_workload_host_emissions_grams_total",
    "Operational emissions in grams of the share of the workload in the energy of a component of the host.",
)
.unit("grams")
.labels(&["component", "method", "workload", "signal", "scope"])
.absent("until the workload has held a GPU, and for a component without a known energy");

/// The division of the energy of the host.
pub const HOST_ALLOCATION_ENERGY: Metric = Metric::counter(
    "gpu_carbon_host_allocation_energy_joules_total",
    "Energy of a component of the host, by who is to pay for it: workloads, unallocated (of no job) or unknown; they add up to the energy of the component.",
)
.unit("joules")
.labels(&["component", "method", "allocation"])
.absent("without `attribution` in the configuration, and for the platform");

/// A workload's names.
pub const WORKLOAD_INFO: Metric = Metric::gauge(
    "gpu_carbon_workload_info",
    "A workload that holds a GPU or held one lately, always 1; kind is slurm_job, pod, container, unit or other.",
)
.labels(&["workload", "kind", "namespace", "pod"])
.absent(UNTIL_HELD);

/// The division of a GPU's energy.
pub const ALLOCATION_ENERGY: Metric = Metric::counter(
    "gpu_carbon_gpu_allocation_energy_joules_total",
    "Energy of the GPU, by who held it: workloads, unallocated (none) or unknown; they add up to the energy of the GPU.",
)
.unit("joules")
.labels(&["gpu", "uuid", "allocation"])
.absent(NOT_DIVIDED);

/// The division of a GPU's operational emissions.
pub const ALLOCATION_EMISSIONS: Metric = Metric::counter(
    "gpu_carbon_gpu_allocation_emissions_grams_total",
    "Operational emissions of the GPU in grams, by who held it.",
)
.unit("grams")
.labels(&["gpu", "uuid", "allocation", "signal", "scope"])
.absent(NOT_DIVIDED);

/// The method of the division.
pub const GPU_SHARING: Metric = Metric::gauge(
    "gpu_carbon_gpu_sharing",
    "Division of the GPU's energy now: 1 for the method in use, 0 for the others; exclusive (one holder has all), utilization (several share by what they use), held (in equal shares) or none.",
)
.labels(&["gpu", "uuid", "method"])
.absent(NOT_DIVIDED);

/// The state of a source of holders.
pub const HOLDERS_UP: Metric = Metric::gauge(
    "gpu_carbon_holders_up",
    "1 if the source of holders answers, else 0; energy of a GPU without a known holder is then unknown.",
)
.labels(&["source"])
.absent(NOT_DIVIDED);

/// The errors of a source of holders.
pub const HOLDERS_ERRORS: Metric =
    Metric::counter("gpu_carbon_holders_errors_total", "Errors of the source of holders by kind.")
        .labels(&["source", "error"])
        .absent("until an error of the kind has occurred");
