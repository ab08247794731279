//! Metrics of the exporter itself.

use crate::metric::Metric;

/// The exporter's version, and the source and compiler of its build.
pub const BUILD_INFO: Metric = Metric::gauge(
    "gpu_carbon_exporter_build_info",
    "The exporter's version, and the source and compiler of its build, always 1.",
)
.labels(&["version", "revision", "branch", "rustc_version"]);

/// The time of the last reading of any GPU.
pub const LAST_SAMPLE: Metric = Metric::gauge(
    "gpu_carbon_exporter_last_sample_timestamp_seconds",
    "Time of the last reading of any GPU.",
)
.unit("seconds")
.absent("until a GPU has been read");

/// The requests to the sources of intensity.
pub const FEED_REQUESTS: Metric = Metric::counter(
    "gpu_carbon_exporter_feed_requests_total",
    "Requests for carbon intensity by source and outcome.",
)
.labels(&["source", "outcome"])
.absent("of an outcome other than success, until it has occurred");

/// The reloads of the driver's library.
pub const DRIVER_RELOADS: Metric = Metric::counter(
    "gpu_carbon_exporter_driver_reloads_total",
    "How often the driver's library was loaded again.",
);

/// The release of the GPUs.
pub const RELEASED: Metric = Metric::gauge(
    "gpu_carbon_exporter_released",
    "1 while all GPUs are released on request and not read, else 0.",
);

/// The success of the last reload of the configuration.
pub const CONFIG_SUCCESSFUL: Metric = Metric::gauge(
    "gpu_carbon_exporter_config_last_reload_successful",
    "1 if the last attempt to read the configuration succeeded, else 0.",
);

/// The time of the last successful reload of the configuration.
pub const CONFIG_LAST_SUCCESS: Metric = Metric::gauge(
    "gpu_carbon_exporter_config_last_reload_success_timestamp_seconds",
    "Time at which the configuration was last read with success.",
)
.unit("seconds");

/// The jumps of the wall clock.
pub const CLOCK_JUMPS: Metric = Metric::counter(
    "gpu_carbon_exporter_clock_jumps_total",
    "How often the wall clock was set, by more than a second.",
);

/// The expiry of the server's certificate.
pub const CERTIFICATE_NOT_AFTER: Metric = Metric::gauge(
    "gpu_carbon_exporter_certificate_not_after_timestamp_seconds",
    "Time at which the exporter's TLS certificate, or the first of its chain, expires.",
)
.unit("seconds")
.absent("without TLS, and where the certificate's validity cannot be read");

/// The log lines that were dropped.
pub const LOG_DROPPED: Metric = Metric::counter(
    "gpu_carbon_exporter_log_dropped_total",
    "Log lines that were dropped because standard error did not take them in time.",
);

const NO_PROC: &str = "where /proc cannot be read";

/// The CPU time of the process.
pub const PROCESS_CPU: Metric = Metric::counter(
    "process_cpu_seconds_total",
    "Total user and system CPU time spent in seconds.",
)
.unit("seconds")
.absent(NO_PROC);

/// The open file descriptors of the process.
pub const PROCESS_OPEN_FDS: Metric =
    Metric::gauge("process_open_fds", "Number of open file descriptors.").absent(NO_PROC);

/// The limit of file descriptors of the process.
pub const PROCESS_MAX_FDS: Metric =
    Metric::gauge("process_max_fds", "Maximum number of open file descriptors.").absent(NO_PROC);

/// The virtual memory of the process.
pub const PROCESS_VIRTUAL_MEMORY: Metric =
    Metric::gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.")
        .unit("bytes")
        .absent(NO_PROC);

/// The resident memory of the process.
pub const PROCESS_RESIDENT_MEMORY: Metric =
    Metric::gauge("process_resident_memory_bytes", "Resident memory size in bytes.")
        .unit("bytes")
        .absent(NO_PROC);

/// The start time of the process.
pub const PROCESS_START_TIME: Metric = Metric::gauge(
    "process_start_time_seconds",
    "Start time of the process since unix epoch in seconds.",
)
.unit("seconds")
.absent(NO_PROC);

/// The threads of the process.
pub const PROCESS_THREADS: Metric =
    Metric::gauge("process_threads", "Number of OS threads in the process.").absent(NO_PROC);
