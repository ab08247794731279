//! The metrics of the grid and its forecast.

use gpu_carbon_core::{Quality, Scope};
use gpu_carbon_metrics::table::{
    BEST_START, INTENSITY, INTENSITY_FORECAST, INTENSITY_INFO, INTENSITY_QUALITY,
    INTENSITY_THRESHOLD, INTENSITY_TIMESTAMP, PUE, SAVING,
};
use gpu_carbon_metrics::{Family, Label, Sample};

use crate::forecast::ForecastJob;
use crate::snapshot::{CurrentIntensity, GridView, Snapshot, SourceView};

pub(super) fn families(snapshot: &Snapshot) -> Vec<Family> {
    let grid = &snapshot.grid;
    let labelled = |name: &'static str, value: &str| {
        let mut labels = labels(grid);
        labels.push(Label::new(name, value));
        labels
    };
    let job_labels = |job: &ForecastJob| {
        let mut labels = labelled("duration", &job.duration.label);
        labels.push(Label::new("window", &*job.window.label));
        labels
    };
    let best_starts = &grid.forecast.best_starts;
    vec![
        Family::new(
            INTENSITY,
            grid.current.map(|CurrentIntensity { intensity, source, .. }| {
                Sample::new(labelled("source", source), intensity.as_grams_per_kilowatt_hour())
            }),
        ),
        Family::new(
            INTENSITY_INFO,
            grid.sources.iter().map(|&SourceView { source, scope }| {
                let mut labels = labelled("source", source);
                labels.push(Label::new("scope", scope.map_or("unspecified", Scope::name)));
                Sample::new(labels, 1.0)
            }),
        ),
        Family::new(
            INTENSITY_THRESHOLD,
            [Sample::new(labels(grid), grid.threshold.as_grams_per_kilowatt_hour())],
        ),
        Family::new(
            INTENSITY_TIMESTAMP,
            grid.latest_value.map(|latest| {
                let valid_from = latest.valid_from.as_unix_seconds();
                Sample::new(labelled("source", latest.source), valid_from)
            }),
        ),
        Family::new(
            INTENSITY_QUALITY,
            Quality::ALL.map(|quality| {
                let holds = grid.current.is_some_and(|current| current.quality == quality);
                Sample::new(labelled("quality", quality.name()), f64::from(u8::from(holds)))
            }),
        ),
        Family::new(
            INTENSITY_FORECAST,
            grid.forecast.horizons.iter().map(|ahead| {
                let grams = ahead.intensity.as_grams_per_kilowatt_hour();
                Sample::new(labelled("horizon", ahead.horizon), grams)
            }),
        ),
        Family::new(
            BEST_START,
            best_starts
                .iter()
                .map(|best| Sample::new(job_labels(&best.job), best.start.as_unix_seconds())),
        ),
        Family::new(
            SAVING,
            best_starts
                .iter()
                .filter_map(|best| Some(Sample::new(job_labels(&best.job), best.saving_ratio?))),
        ),
        Family::new(PUE, [Sample::new(vec![], snapshot.pue.as_number())]),
    ]
}

/// The zone and the signal.
fn labels(grid: &GridView) -> Vec<Label> {
    vec![
        Label::new("grid_zone", grid.zone.to_string()),
        Label::new("signal", grid.signal.to_string()),
    ]
}
