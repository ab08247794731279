//! A local server that speaks as WattTime, Electricity Maps, carbonintensity.org.uk and Energy-Charts do,
//! with one intensity for all of them, and fails on command.

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

/// The name and password that WattTime knows here.
pub const USER: &str = "ada";
/// The password.
pub const PASSWORD: &str = "correct-horse-battery";
/// The token that WattTime gives for them, and that Electricity Maps takes.
pub const TOKEN: &str = "eyJ0b2tlbg.s3cret";

/// One request that came.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The path with its query.
    pub path: String,
    /// When it came: seconds since the epoch.
    pub at: f64,
}

/// The running server. Dropping it ends it.
#[derive(Debug)]
pub struct Services {
    server: Server,
    scheme: &'static str,
    state: Arc<Mutex<State>>,
}

/// What the answers are made of.
struct State {
    intensity: Box<dyn Fn(i64) -> f64 + Send>,
    /// Of which moments WattTime imputed its values.
    imputed: fn(i64) -> bool,
    clock: Box<dyn Fn() -> f64 + Send>,
    step: i64,
    fault: Option<Fault>,
    /// Which requests the fault concerns, by their number.
    struck: std::ops::Range<usize>,
    requests: Vec<Request>,
    /// Tokens sold before this many are not taken any more.
    revoked: usize,
    sold: usize,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("step", &self.step).field("fault", &self.fault).finish()
    }
}

impl Services {
    /// Starts it on loopback: 300 g/kWh at all times, in steps of five minutes.
    ///
    /// # Errors
    ///
    /// When the system gives no port.
    pub fn start() -> Result<Services> {
        Services::over(None)
    }

    /// As [`Services::start`], over TLS.
    ///
    /// # Errors
    ///
    /// When the system gives no port.
    pub fn start_tls(config: ServerConfig) -> Result<Services> {
        Services::over(Some(Arc::new(config)))
    }

    fn over(tls: Option<Arc<ServerConfig>>) -> Result<Services> {
        let state = Arc::new(Mutex::new(State {
            intensity: Box::new(|_| 300.0),
            imputed: |_| false,
            clock: Box::new(crate::machine::now),
            step: 300,
            fault: None,
            struck: 0..usize::MAX,
            requests: Vec::new(),
            revoked: 0,
            sold: 0,
        }));
        let asked = Arc::clone(&state);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let server = Server::start(move |stream| {
            server::converse(stream, tls.as_ref(), |head| lock(&asked).answer(head))
        })?;
        Ok(Services { server, scheme, state })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The base URL of every service.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}://{}", self.scheme, self.address())
    }

    /// Sets the intensity in g/kWh from the step that begins at a moment, in seconds since the epoch.
    pub fn set_intensity(&self, intensity: impl Fn(i64) -> f64 + Send + 'static) {
        lock(&self.state).intensity = Box::new(intensity);
    }

    /// Sets of which moments WattTime imputed its values; it says so only to who asks.
    pub fn set_imputed(&self, imputed: fn(i64) -> bool) {
        lock(&self.state).imputed = imputed;
    }

    /// Sets its clock: seconds since the epoch.
    pub fn set_clock(&self, clock: impl Fn() -> f64 + Send + 'static) {
        lock(&self.state).clock = Box::new(clock);
    }

    /// Sets how long a value holds, in seconds. Great Britain's answers are to the minute.
    pub fn set_step(&self, seconds: i64) {
        lock(&self.state).step = seconds;
    }

    /// Fails from now on, or no more.
    pub fn fail(&self, fault: Option<Fault>) {
        self.strike(fault, 0..usize::MAX);
    }

    /// Fails once so many requests have come.
    pub fn fail_from(&self, requests: usize, fault: Fault) {
        self.strike(Some(fault), requests..usize::MAX);
    }

    /// Fails until so many requests have come.
    pub fn fail_until(&self, requests: usize, fault: Fault) {
        self.strike(Some(fault), 0..requests);
    }

    fn strike(&self, fault: Option<Fault>, requests: std::ops::Range<usize>) {
        let mut state = lock(&self.state);
        (state.fault, state.struck) = (fault, requests);
    }

    /// Takes the tokens that were sold so far no more, as if they had run out.
    pub fn revoke_tokens(&self) {
        let mut state = lock(&self.state);
        state.revoked = state.sold;
    }

    /// The requests so far, in the order in which they came.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.state).requests.clone()
    }

    /// How many requests came for paths that contain a text.
    #[must_use]
    pub fn count(&self, part: &str) -> usize {
        lock(&self.state).requests.iter().filter(|request| request.path.contains(part)).count()
    }
}

impl State {
    fn answer(&mut self, head: &Head) -> Reply {
        self.requests.push(Request { path: head.path.clone(), at: (self.clock)() });
        let struck = self.struck.contains(&(self.requests.len() - 1));
        let fault = self.fault.clone().filter(|_| struck);
        let fault = fault.as_ref().and_then(|fault| fault.of(&head.path));
        let instead = fault.and_then(Fault::instead).map(|reply| reply.echoing(head));
        instead.unwrap_or_else(|| answers::answer(self, head, fault))
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
