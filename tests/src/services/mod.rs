//! A local server that answers as every service does, with one intensity for all of them, and with the faults that a test
//! sets.

mod answers;
mod fault;
mod proxy;
mod server;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use rustls::ServerConfig;

pub use fault::Fault;
pub use proxy::Proxy;
use server::{Head, Reply, Server};

/// The name of WattTime's account.
pub const USER: &str = "ada";
/// The password of WattTime's account.
pub const PASSWORD: &str = "correct-horse-battery";
/// The token that a login returns, and that is the key of the services that take one.
pub const TOKEN: &str = "eyJ0b2tlbg.s3cret";

/// One received request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The path with its query.
    pub path: String,
    /// The time of its receipt, in seconds since the epoch.
    pub at: f64,
}

/// The running server. Dropping it ends it.
#[derive(Debug)]
pub struct Services {
    server: Server,
    scheme: &'static str,
    state: Arc<Mutex<State>>,
}

/// The data of the answers.
struct State {
    intensity: Box<dyn Fn(i64) -> f64 + Send>,
    /// True for the times for which WattTime imputed its values.
    imputed: fn(i64) -> bool,
    clock: Box<dyn Fn() -> f64 + Send>,
    step: i64,
    /// The most rows of a page, of the services that have pages.
    rows_of_a_page: usize,
    /// True where Energy-Charts marks its path as deprecated.
    deprecated: bool,
    fault: Option<Fault>,
    /// The requests that the fault affects, by their number.
    affected: std::ops::Range<usize>,
    requests: Vec<Request>,
    /// Tokens issued before this many are no longer accepted.
    revoked: usize,
    issued: usize,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("step", &self.step).field("fault", &self.fault).finish()
    }
}

impl Services {
    /// Starts the server on loopback, with 300 g/kWh at all times, in steps of five minutes.
    ///
    /// # Errors
    ///
    /// When the system has no free port.
    pub fn start() -> Result<Services> {
        Services::over(None)
    }

    /// Like [`Services::start`], over TLS.
    ///
    /// # Errors
    ///
    /// When the system has no free port.
    pub fn start_tls(config: ServerConfig) -> Result<Services> {
        Services::over(Some(Arc::new(config)))
    }

    fn over(tls: Option<Arc<ServerConfig>>) -> Result<Services> {
        let state = Arc::new(Mutex::new(State {
            intensity: Box::new(|_| 300.0),
            imputed: |_| false,
            clock: Box::new(crate::machine::now),
            step: 300,
            rows_of_a_page: 50_000,
            deprecated: false,
            fault: None,
            affected: 0..usize::MAX,
            requests: Vec::new(),
            revoked: 0,
            issued: 0,
        }));
        let asked = Arc::clone(&state);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let server = Server::start(move |stream| {
            server::serve(stream, tls.as_ref(), |head| lock(&asked).answer(head))
        })?;
        Ok(Services { server, scheme, state })
    }

    /// The address at which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The base URL of every service.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}://{}", self.scheme, self.address())
    }

    /// Sets the intensity in g/kWh, as a function of the start of a step in seconds since the epoch.
    pub fn set_intensity(&self, intensity: impl Fn(i64) -> f64 + Send + 'static) {
        lock(&self.state).intensity = Box::new(intensity);
    }

    /// Sets the times for which WattTime imputed its values; only a request that asks for it is answered so.
    pub fn set_imputed(&self, imputed: fn(i64) -> bool) {
        lock(&self.state).imputed = imputed;
    }

    /// Sets the clock, which returns seconds since the epoch.
    pub fn set_clock(&self, clock: impl Fn() -> f64 + Send + 'static) {
        lock(&self.state).clock = Box::new(clock);
    }

    /// Sets the seconds between two values. Great Britain's answers are to the minute.
    pub fn set_step(&self, seconds: i64) {
        lock(&self.state).step = seconds;
    }

    /// Sets the most rows of a page, of the services that have pages.
    pub fn set_rows_of_a_page(&self, rows: usize) {
        lock(&self.state).rows_of_a_page = rows;
    }

    /// Sets whether Energy-Charts marks its path as deprecated.
    pub fn set_deprecated(&self, deprecated: bool) {
        lock(&self.state).deprecated = deprecated;
    }

    /// Sets or ends the fault of every request from now on.
    pub fn fail(&self, fault: Option<Fault>) {
        self.set_fault(fault, 0..usize::MAX);
    }

    /// Sets the fault of every request after so many.
    pub fn fail_from(&self, requests: usize, fault: Fault) {
        self.set_fault(Some(fault), requests..usize::MAX);
    }

    /// Sets the fault of every request until so many have come.
    pub fn fail_until(&self, requests: usize, fault: Fault) {
        self.set_fault(Some(fault), 0..requests);
    }

    fn set_fault(&self, fault: Option<Fault>, requests: std::ops::Range<usize>) {
        let mut state = lock(&self.state);
        (state.fault, state.affected) = (fault, requests);
    }

    /// Rejects the tokens that were issued so far, as if they had expired.
    pub fn revoke_tokens(&self) {
        let mut state = lock(&self.state);
        state.revoked = state.issued;
    }

    /// The requests so far, in the order in which they came.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.state).requests.clone()
    }

    /// The number of requests whose path contains a text.
    #[must_use]
    pub fn count(&self, part: &str) -> usize {
        lock(&self.state).requests.iter().filter(|request| request.path.contains(part)).count()
    }
}

impl State {
    fn answer(&mut self, head: &Head) -> Reply {
        self.requests.push(Request { path: head.path.clone(), at: (self.clock)() });
        let affected = self.affected.contains(&(self.requests.len() - 1));
        let fault = self.fault.clone().filter(|_| affected);
        let fault = fault.as_ref().and_then(|fault| fault.of(&head.path));
        let instead = fault.and_then(Fault::instead).map(|reply| reply.echoing(head));
        instead.unwrap_or_else(|| answers::answer(self, head, fault))
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
