//! Intensity from services: each is asked by a thread of its own, in the background and politely; what they
//! say is kept on disk, put together by the chain, and handed on.

mod cache;
mod chain;
mod keeper;
mod settings;
#[cfg(test)]
mod tests;
mod timeline;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use gpu_carbon_core::{Signal, Span, Timestamp};
use gpu_carbon_feeds::ServiceResponse;
use gpu_carbon_fetch::{CredentialError, FetchError, Query, Service};
use tokio::sync::mpsc::UnboundedSender;
use tracing::{info, warn};

use super::{Brought, Intensities};
use crate::clock;
use cache::Cache;
use chain::{Rules, Yearly, chain};
use keeper::{Keeper, Manners};
pub use settings::{Asked, ServiceSettings, Settings};

/// The longest that a thread sleeps: a clock that is set is noticed within it.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Within so long, history was asked for, and asked for again where that failed.
const FIRST_ASKED: Span = Span::from_seconds(3600);

/// The shortest: no service is asked twice in it.
const SHORTEST_SLEEP: Duration = Duration::from_millis(20);

/// All services, with what they have said.
#[derive(Debug)]
pub(super) struct Live {
    services: Vec<Service>,
    caches: Vec<Option<Cache>>,
    board: Shared,
}

/// What the threads share.
#[derive(Debug, Clone)]
struct Shared {
    keepers: Arc<Mutex<Vec<(&'static str, Keeper)>>>,
    rules: Rules,
}

impl Live {
    /// Opens the services: reads what was kept, and asks nobody.
    pub(super) fn open(
        settings: &Settings,
        signal: Signal,
        needed: Option<Timestamp>,
    ) -> Result<Live, CredentialError> {
        let now = clock::now();
        let (mut services, mut caches, mut keepers) = (Vec::new(), Vec::new(), Vec::new());
        for one in &settings.services {
            one.check_credentials()?;
            let service = one.service();
            let name = service.kind().name();
            let cache = Cache::open(&settings.cache, name, &service.zone());
            let kept = cache.as_ref().and_then(Cache::read);
            let manners = Manners::of(&service, one.poll_period);
            keepers.push((name, Keeper::new(manners, kept, needed, now, fastrand::f64())));
            services.push(service);
            caches.push(cache);
        }
        // What waited in the ledger has its history asked for first.
        let no_guess_before = needed.map_or(Timestamp::FIRST, |_| now + FIRST_ASKED);
        let yearly = settings.yearly.map(|(source, intensity)| Yearly { source, intensity });
        let rules =
            Rules { signal, yearly, fallback_after: settings.fallback_after, no_guess_before };
        let board = Shared { keepers: Arc::new(Mutex::new(keepers)), rules };
        Ok(Live { services, caches, board })
    }

    /// The services' names, the preferred first.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.services.iter().map(|service| service.kind().name()).collect()
    }

    /// What holds, as far as it is known.
    pub(super) fn intensities(&self) -> Intensities {
        self.board.intensities(clock::now())
    }

    /// Asks from now on, and tells of every answer, until nobody listens.
    pub(super) fn start(self, tell: &UnboundedSender<Brought>) -> std::io::Result<()> {
        for (index, (service, cache)) in self.services.into_iter().zip(self.caches).enumerate() {
            let poller = Poller {
                index,
                service,
                cache,
                board: self.board.clone(),
                tell: tell.clone(),
                denied: BTreeSet::new(),
            };
            thread::Builder::new().name("feed".to_owned()).spawn(move || poller.run())?;
        }
        Ok(())
    }
}

impl Shared {
    fn with<T>(&self, index: usize, use_it: impl FnOnce(&mut Keeper) -> T) -> Option<T> {
        let mut keepers = self.keepers.lock().unwrap_or_else(PoisonError::into_inner);
        keepers.get_mut(index).map(|(_, keeper)| use_it(keeper))
    }

    fn intensities(&self, now: Timestamp) -> Intensities {
        let keepers = self.keepers.lock().unwrap_or_else(PoisonError::into_inner);
        let services: Vec<_> =
            keepers.iter().map(|(name, keeper)| (*name, keeper.timeline())).collect();
        chain(&services, self.rules, now)
    }
}

/// Asks one service.
#[derive(Debug)]
struct Poller {
    index: usize,
    service: Service,
    cache: Option<Cache>,
    board: Shared,
    tell: UnboundedSender<Brought>,
    /// What was denied, and said so, and not granted since.
    denied: BTreeSet<&'static str>,
}

impl Poller {
    fn run(mut self) {
        while !self.tell.is_closed() {
            let now = clock::now();
            match self.board.with(self.index, |keeper| keeper.due(now)).flatten() {
                Some(question) => self.ask(question),
                None => {
                    let due = self.board.with(self.index, |keeper| keeper.next_due(now));
                    let wait = due.unwrap_or(now).duration_since(now).as_micros();
                    let wait = Duration::from_micros(wait);
                    thread::sleep(wait.clamp(SHORTEST_SLEEP, LONGEST_SLEEP));
                }
            }
        }
    }

    fn ask(&mut self, question: Query) {
        let answer = self.service.fetch(question, clock::now());
        let now = clock::now();
        self.log(question, &answer);
        let known = self.board.with(self.index, |keeper| {
            keeper.take(question, &answer, now, fastrand::f64());
            (self.cache.is_some() && answer.is_ok()).then(|| keeper.timeline().clone())
        });
        if let (Some(cache), Some(Some(timeline))) = (&self.cache, known) {
            cache.write(&timeline);
        }
        let outcome =
            answer.as_ref().map_or_else(FetchError::reason, |published| match published.nulls {
                0 => "success",
                _ => "null",
            });
        let intensities = Some(self.board.intensities(now));
        let source = self.service.kind().name();
        // Nobody listens any more: the process ends.
        let _ = self.tell.send(Brought { source, outcome, intensities });
    }

    fn log(&mut self, question: Query, answer: &Result<ServiceResponse, FetchError>) {
        let source = self.service.kind().name();
        let asked = match question {
            Query::Now => "now",
            Query::Forecast => "forecast",
            Query::History(_) => "history",
        };
        match answer {
            Ok(published) => {
                self.denied.remove(asked);
                let (values, nulls) = (published.points.len(), published.nulls);
                if nulls > 0 {
                    warn!(
                        source,
                        asked, values, nulls, "new intensity, with gaps: values are null"
                    );
                } else {
                    info!(source, asked, values, "new intensity");
                }
            }
            // Said once is enough.
            Err(error) if error.is_denial() && !self.denied.insert(asked) => {}
            Err(error) => {
                let reason = error.reason();
                warn!(source, asked, reason, %error, "the last good intensity serves on");
            }
        }
    }
}
