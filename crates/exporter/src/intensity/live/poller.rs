//! The threads that query the services.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use gpu_carbon_core::{Signal, Span, Timestamp};
use gpu_carbon_feeds::ServiceResponse;
use gpu_carbon_fetch::{FetchError, Query, Service};
use tokio::sync::mpsc::UnboundedSender;
use tracing::{info, warn};

use super::cache::Cache;
use super::fallback_chain::{FallbackRules, ServiceTimeline, combine};
use super::poll_schedule::{PollSchedule, ServiceLimits};
use super::settings::{MissingCredentialError, Settings};
use crate::clock;
use crate::intensity::grid::SourceUpdate;
use crate::intensity::intensities::Intensities;
use crate::logging::{Subject, occurrences_to_log};

/// The longest sleep of a thread: it notices within this time that the clock was set.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// The shortest sleep: no service is queried twice within it.
const SHORTEST_SLEEP: Duration = Duration::from_millis(20);

/// The most warnings of a service that are logged: a text that changes each time must not fill the log.
const MOST_NOTICES: usize = 20;

/// The time in which history is fetched, and fetched again after a failure, before pending energy of the ledger may
/// be converted by a fallback.
const HISTORY_FIRST: Span = Span::from_seconds(3600);

/// All services and their values.
#[derive(Debug)]
pub(in crate::intensity) struct LiveServices {
    services: Vec<Service>,
    caches: Vec<Option<Cache>>,
    shared: Shared,
}

/// The state that the threads share.
#[derive(Debug, Clone)]
struct Shared {
    schedules: Arc<Mutex<Vec<ServiceSchedule>>>,
    rules: FallbackRules,
}

/// A service's schedule with its name.
#[derive(Debug)]
struct ServiceSchedule {
    source: &'static str,
    schedule: PollSchedule,
}

impl LiveServices {
    /// Opens the services: checks their credentials and reads their caches, but sends no request. Pending energy
    /// needs values from `needed_since` on.
    pub(in crate::intensity) fn open(
        settings: &Settings,
        signal: Signal,
        needed_since: Option<Timestamp>,
    ) -> Result<LiveServices, MissingCredentialError> {
        let now = clock::now();
        let (mut services, mut caches, mut schedules) = (Vec::new(), Vec::new(), Vec::new());
        for settings_of_service in &settings.services {
            settings_of_service.check_credentials()?;
            let service = settings_of_service.service();
            let source = service.kind().name();
            let cache = Cache::open(&settings.cache, source, &service.zone());
            let cached = cache.as_ref().and_then(Cache::read);
            let limits = ServiceLimits::of(&service, settings_of_service.poll_period);
            let schedule = PollSchedule::new(limits, cached, needed_since, now, fastrand::f64());
            schedules.push(ServiceSchedule { source, schedule });
            services.push(service);
            caches.push(cache);
        }
        let rules = FallbackRules {
            signal,
            yearly: settings.yearly,
            fallback_after: settings.fallback_after,
            no_fallback_before: needed_since.map_or(Timestamp::FIRST, |_| now + HISTORY_FIRST),
        };
        let shared = Shared { schedules: Arc::new(Mutex::new(schedules)), rules };
        Ok(LiveServices { services, caches, shared })
    }

    /// The names of the services, the preferred one first.
    pub(in crate::intensity) fn names(&self) -> Vec<&'static str> {
        self.services.iter().map(|service| service.kind().name()).collect()
    }

    /// The intensities that are known now.
    pub(in crate::intensity) fn intensities(&self) -> Intensities {
        self.shared.intensities(clock::now())
    }

    /// Starts one thread for each service. Each response is sent to `updates`, until its receiver is dropped.
    pub(in crate::intensity) fn start(
        self,
        updates: &UnboundedSender<SourceUpdate>,
    ) -> std::io::Result<()> {
        for (index, (service, cache)) in self.services.into_iter().zip(self.caches).enumerate() {
            let poller = Poller {
                index,
                service,
                cache,
                shared: self.shared.clone(),
                updates: updates.clone(),
                reported_denials: BTreeSet::new(),
                reported_notices: BTreeSet::new(),
            };
            thread::Builder::new().name("feed".to_owned()).spawn(move || poller.run())?;
        }
        Ok(())
    }
}

impl Shared {
    fn with_schedule<T>(&self, index: usize, f: impl FnOnce(&mut PollSchedule) -> T) -> Option<T> {
        let mut schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        schedules.get_mut(index).map(|service| f(&mut service.schedule))
    }

    fn intensities(&self, now: Timestamp) -> Intensities {
        let schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        let timelines = schedules.iter().map(|service| ServiceTimeline {
            source: service.source,
            timeline: service.schedule.timeline(),
        });
        combine(&timelines.collect::<Vec<_>>(), self.rules, now)
    }
}

/// The thread of one service.
#[derive(Debug)]
struct Poller {
    index: usize,
    service: Service,
    cache: Option<Cache>,
    shared: Shared,
    updates: UnboundedSender<SourceUpdate>,
    /// The kinds of query whose denial was logged, and that have not succeeded since.
    reported_denials: BTreeSet<&'static str>,
    /// The warnings of the service that were logged.
    reported_notices: BTreeSet<String>,
}

impl Poller {
    fn run(mut self) {
        while !self.updates.is_closed() {
            let now = clock::now();
            match self.shared.with_schedule(self.index, |schedule| schedule.due_query(now)) {
                Some(Some(query)) => self.send(query),
                _ => {
                    let due =
                        self.shared.with_schedule(self.index, |schedule| schedule.next_due(now));
                    let wait = due.unwrap_or(now).duration_since(now).as_micros();
                    let wait = Duration::from_micros(wait);
                    thread::sleep(wait.clamp(SHORTEST_SLEEP, LONGEST_SLEEP));
                }
            }
        }
    }

    fn send(&mut self, query: Query) {
        let result = self.service.fetch(query, clock::now());
        let now = clock::now();
        let timeline = self.shared.with_schedule(self.index, |schedule| {
            schedule.record(query, &result, now, fastrand::f64());
            (self.cache.is_some() && result.is_ok()).then(|| schedule.timeline().clone())
        });
        if let (Some(cache), Some(Some(timeline))) = (&self.cache, timeline) {
            cache.write(&timeline);
        }
        self.log(query, &result);
        let outcome =
            result.as_ref().map_or_else(FetchError::reason, |response| match response.nulls {
                0 => "success",
                _ => "null",
            });
        let intensities = Some(self.shared.intensities(now));
        let source = self.service.kind().name();
        // The receiver is dropped when the process ends.
        let _ = self.updates.send(SourceUpdate { source, outcome, intensities });
    }

    fn log(&mut self, query: Query, result: &Result<ServiceResponse, FetchError>) {
        let source = self.service.kind().name();
        let query = match query {
            Query::Now => "now",
            Query::Forecast => "forecast",
            Query::History(_) => "history",
        };
        let subject = Subject::Query { service: source, query };
        match result {
            Ok(response) => {
                self.reported_denials.remove(query);
                for notice in &response.notices {
                    // Each warning of the service is logged once.
                    if self.reported_notices.len() < MOST_NOTICES
                        && self.reported_notices.insert(notice.clone())
                    {
                        warn!(source, query, notice, "the service sends a warning");
                    }
                }
                let (values, nulls) = (response.points.len(), response.nulls);
                let kind = if nulls > 0 { "null" } else { "success" };
                let Some(times) = occurrences_to_log(subject, kind) else { return };
                if nulls > 0 {
                    warn!(
                        source,
                        query,
                        times,
                        values,
                        nulls,
                        "new intensity with gaps: some values are null"
                    );
                } else {
                    info!(source, query, times, values, "new intensity");
                }
            }
            // A denial is logged once.
            Err(error) if error.is_denial() && !self.reported_denials.insert(query) => {}
            Err(error) => {
                let reason = error.reason();
                let has_value =
                    |schedule: &mut PollSchedule| schedule.timeline().values().next().is_some();
                let Some(times) = occurrences_to_log(subject, reason) else { return };
                if self.shared.with_schedule(self.index, has_value) == Some(true) {
                    warn!(source, query, times, reason, %error, "the last good intensity stays in use");
                } else {
                    warn!(source, query, times, reason, %error, "there is no intensity of this service yet");
                }
            }
        }
    }
}
