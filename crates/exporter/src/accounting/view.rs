//! The state of the accounting for the snapshot.

use std::collections::BTreeSet;
use std::sync::Arc;

use gpu_carbon_core::{Timestamp, TotalScope};

use super::gpu::GpuRecord;
use super::host::Accounting;
use super::workloads::Attribution;
use crate::forecast::{self, Forecast};
use crate::intensity::{Grid, Origin};
use crate::snapshot::{ConfigView, CurrentIntensity, GridView, LatestValue, Snapshot, SourceView};

impl Accounting {
    /// The state to publish, without the ledger, the process and the certificate.
    #[must_use]
    pub fn snapshot(&self, now: Timestamp) -> Snapshot {
        let shown = self.gpus.iter().filter(|gpu| gpu.is_shown());
        let mut gpus: Vec<_> = shown.map(|gpu| gpu.view(&self.settings)).collect();
        gpus.sort_by_key(|gpu| gpu.index);
        Snapshot {
            at: now,
            started: self.started,
            gpus,
            grid: self.grid_view(now),
            pue: self.settings.pue,
            last_read: self.last_read,
            driver: self.driver.view(),
            config: ConfigView { is_last_reload_successful: true, last_success: self.started },
            stale_after: self.settings.stale_after,
            clock_jumps: self.clock_jumps,
            ledger: None,
            process: None,
            certificate_not_after: None,
            log_dropped: 0,
            attribution: self.attribution.as_ref().map(Attribution::view),
            host: self.host_view(),
        }
    }

    fn grid_view(&self, now: Timestamp) -> GridView {
        let Grid { zone, intensities, requests } = &*self.grid;
        let current = intensities.displayed.as_deref().and_then(|shown| {
            let Origin { source, quality, .. } = intensities.origin(now)?;
            Some(CurrentIntensity { intensity: shown.at(now).intensity?, source, quality })
        });
        let series = intensities.converting.as_deref().filter(|_| intensities.is_timed);
        let latest_value = series.and_then(|series| {
            let (valid_from, _) = series.latest(now)?;
            Some(LatestValue { valid_from, source: intensities.origin(valid_from)?.source })
        });
        let configured = requests.keys().map(|request| request.source);
        let names: BTreeSet<&str> =
            configured.chain(intensities.origins.iter().map(|origin| origin.source)).collect();
        let view = |source| SourceView { source, scope: intensities.scope_of(source) };
        let horizons = intensities.forecast.as_deref().map(|ahead| forecast::horizons(ahead, now));
        let sources: Vec<SourceView> = names.into_iter().map(view).collect();
        let of_run =
            self.gpus.iter().map(GpuRecord::scope).fold(TotalScope::Empty, TotalScope::with);
        // Before energy is converted, its scope is that of the present intensity, or of the sources if they have one.
        let expected = match current {
            Some(CurrentIntensity { source, .. }) => {
                TotalScope::Uniform(intensities.scope_of(source))
            }
            None => match sources.iter().map(|view| view.scope).collect() {
                TotalScope::Mixed => TotalScope::Uniform(None),
                of_sources => of_sources,
            },
        };
        let total_scope = match self.earlier_scope.with(of_run) {
            TotalScope::Empty => expected,
            counted => counted,
        };
        GridView {
            zone: Arc::clone(zone),
            signal: intensities.signal,
            total_scope,
            current,
            latest_value,
            sources,
            forecast: Forecast {
                horizons: horizons.unwrap_or_default(),
                best_starts: self.planned_starts.best(),
                ahead: intensities.forecast.clone(),
                origins: Arc::clone(&intensities.origins),
            },
            threshold: self.settings.threshold,
            requests: requests.clone(),
        }
    }
}
