//! Metrics of the grid and its forecast.

use crate::metric::Metric;

/// The present carbon intensity.
pub const INTENSITY: Metric = Metric::gauge(
    "gpu_carbon_intensity_grams_per_kilowatt_hour",
    "Carbon intensity of the grid now, in grams per kilowatt-hour; gpu_carbon_intensity_info has its scope.",
)
.labels(&["grid_zone", "signal", "source"])
.absent("while no value covers the present");

/// The sources of carbon intensity.
pub const INTENSITY_INFO: Metric = Metric::gauge(
    "gpu_carbon_intensity_info",
    "Sources of the carbon intensity, and their scope: co2_direct (CO2 of combustion) or co2e_lifecycle (all gases over the life cycle).",
)
.labels(&["grid_zone", "signal", "source", "scope"]);

/// The threshold of a dirty grid.
pub const INTENSITY_THRESHOLD: Metric = Metric::gauge(
    "gpu_carbon_intensity_threshold_grams_per_kilowatt_hour",
    "Carbon intensity from which the grid counts as dirty.",
)
.labels(&["grid_zone", "signal"]);

/// The time of the latest carbon intensity.
pub const INTENSITY_TIMESTAMP: Metric = Metric::gauge(
    "gpu_carbon_intensity_timestamp_seconds",
    "Time that the latest carbon intensity is for.",
)
.unit("seconds")
.labels(&["grid_zone", "signal", "source"])
.absent("for a constant, and until there is a value");

/// The quality of the present carbon intensity.
pub const INTENSITY_QUALITY: Metric = Metric::gauge(
    "gpu_carbon_intensity_quality",
    "Quality of the carbon intensity now: 1 for the one that holds, 0 for the others.",
)
.labels(&["grid_zone", "signal", "quality"]);

/// The forecast carbon intensity.
pub const INTENSITY_FORECAST: Metric = Metric::gauge(
    "gpu_carbon_intensity_forecast_grams_per_kilowatt_hour",
    "Forecast carbon intensity of the grid at a horizon from now, in grams per kilowatt-hour.",
)
.labels(&["grid_zone", "signal", "horizon"])
.absent("where no forecast reaches the horizon");

/// The best start of a job.
pub const BEST_START: Metric = Metric::gauge(
    "gpu_carbon_forecast_best_start_timestamp_seconds",
    "Start with the least emissions for a job of this duration, from now on and before the window ends.",
)
.unit("seconds")
.labels(&["grid_zone", "signal", "duration", "window"])
.absent("where the forecast ends before the job could");

/// The saving of the best start.
pub const SAVING: Metric = Metric::gauge(
    "gpu_carbon_forecast_saving_ratio",
    "Share of the job's emissions that the best start saves compared with a start now.",
)
.unit("ratio")
.labels(&["grid_zone", "signal", "duration", "window"])
.absent("where the forecast ends before the job could, or a start now emits nothing");

/// The power usage effectiveness.
pub const PUE: Metric = Metric::gauge(
    "gpu_carbon_power_usage_effectiveness_ratio",
    "Energy of the whole data centre for each joule of a GPU; the emissions contain it.",
)
.unit("ratio");
