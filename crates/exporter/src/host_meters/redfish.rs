//! The thread that asks the management controller of the host (BMC) for the power of all of it. A BMC may take 15 s for an
//! answer, so that no other meter waits for it, and neither does the end of the process.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use gpu_carbon_core::Span;
use gpu_carbon_fetch::{BaseUrl, Controller, Credential, FetchError, Trust, TrustError};
use gpu_carbon_host::redfish::{PowerSource, Quantity, RedfishError};
use gpu_carbon_host::{Meter, MeterKind, Moment, ReadError, Sample, SampleSlot};
use tracing::{info, warn};

use crate::clock;

/// The name of the meter where no chassis is configured.
const ANY_CHASSIS: &str = "chassis";

/// The wait after the BMC has refused the account. Most lock an account after a few attempts within minutes.
const AFTER_DENIAL: Duration = Duration::from_secs(300);

/// The longest wait after another failure.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

/// The time that the end of the process waits for the end of the session.
const LONGEST_CLOSING: Duration = Duration::from_secs(1);

/// The settings of a BMC.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The address.
    pub base: BaseUrl,
    /// The name of the account.
    pub username: String,
    /// The place of its password.
    pub password: Credential,
    /// The certificates that are trusted.
    pub trust: TrustSetting,
    /// The name of the host's chassis; `None` for the only one that can be it.
    pub chassis: Option<String>,
    /// The quantity that is read.
    pub quantity: Quantity,
    /// The time between two requests.
    pub poll_period: Duration,
    /// The time in which the BMC must begin an answer.
    pub timeout: Duration,
}

/// The certificates of a BMC that are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustSetting {
    /// Those of the system's authorities.
    System,
    /// Those of the authorities in a file.
    File(PathBuf),
    /// All.
    Everything,
}

impl TrustSetting {
    /// Reads the certificates.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or holds none.
    pub(crate) fn read(&self) -> Result<Trust, TrustError> {
        match self {
            TrustSetting::System => Ok(Trust::System),
            TrustSetting::File(path) => Trust::of_file(path),
            TrustSetting::Everything => Ok(Trust::Everything),
        }
    }
}

impl Settings {
    /// The longest time between two samples of power whose energy is counted: one poll may fail, and the BMC be slow.
    fn longest_gap(&self) -> Span {
        let longest = self.poll_period * 2 + self.timeout * 4;
        Span::from_micros(u64::try_from(longest.as_micros()).unwrap_or(u64::MAX))
    }
}

/// A BMC that is asked in turn.
#[derive(Debug)]
pub(crate) struct Poller {
    settings: Settings,
    controller: Controller,
    slot: SampleSlot,
    source: Option<PowerSource>,
    failures_in_row: u32,
}

/// A poller that runs.
#[derive(Debug)]
pub(crate) struct Polling {
    stop: Sender<()>,
    ended: Receiver<()>,
}

type PollError = RedfishError<FetchError>;

impl Poller {
    /// A poller, and the meter that its samples are for.
    ///
    /// # Errors
    ///
    /// When the certificates cannot be read.
    pub(crate) fn new(settings: &Settings) -> Result<(Poller, Meter), TrustError> {
        let kind = match settings.quantity {
            Quantity::Power => MeterKind::Power,
            Quantity::Energy => MeterKind::Counter,
        };
        let zone = settings.chassis.clone().unwrap_or_else(|| ANY_CHASSIS.to_owned());
        let address = settings.base.to_string();
        let (meter, slot) = Meter::of_controller(kind, zone, &address, settings.longest_gap());
        let trust = settings.trust.read()?;
        if matches!(trust, Trust::Everything) {
            warn!(
                url = address,
                "host.redfish.insecure_skip_verify: the certificate of the BMC is not verified, so that whoever is on the way to it can read its password"
            );
        }
        let controller = Controller::new(
            settings.base.clone(),
            &trust,
            settings.timeout,
            settings.username.clone(),
            settings.password.clone(),
        );
        let settings = settings.clone();
        Ok((Poller { settings, controller, slot, source: None, failures_in_row: 0 }, meter))
    }

    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If the system provides no thread.
    pub(crate) fn start(mut self) -> std::io::Result<Polling> {
        let (stop, stopped) = channel();
        let (end, ended) = channel();
        let run = move || {
            let mut wait = Duration::ZERO;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = self.poll();
            }
            self.controller.close(clock::now());
            drop::<Sender<()>>(end);
        };
        thread::Builder::new().name("redfish".to_owned()).spawn(run)?;
        Ok(Polling { stop, ended })
    }

    /// Takes one sample, and returns the wait before the next.
    fn poll(&mut self) -> Duration {
        let begun = clock::instant();
        match self.sample() {
            Ok(sample) => {
                self.failures_in_row = 0;
                self.slot.put(Ok(sample));
                self.wait_since(begun)
            }
            Err(error) => {
                self.failures_in_row = self.failures_in_row.saturating_add(1);
                // What the BMC shows may be elsewhere by now.
                if !matches!(&error, RedfishError::Request { error, .. } if is_of_connection(error))
                {
                    self.source = None;
                }
                let wait = self.wait_after(&error);
                self.slot.put(Err(read_error(&self.settings.base, error)));
                wait
            }
        }
    }

    fn sample(&mut self) -> Result<Sample, PollError> {
        let Poller { settings, controller, source, .. } = self;
        let mut get = |path: &str| controller.get(path, clock::now());
        let source = match source {
            Some(source) => source,
            None => {
                let found =
                    PowerSource::find(settings.chassis.as_deref(), settings.quantity, &mut get)?;
                let (chassis, resources) = (found.chassis(), found.paths().join(", "));
                info!(chassis, resources, "reading the power of the host from its BMC");
                source.insert(found)
            }
        };
        let shown = source.read(get)?;
        let now = clock::read();
        let moment = Moment { at: now.wall, uptime: now.uptime };
        Ok(Sample { moment, power: shown.power, microjoules: shown.microjoules })
    }

    /// The wait until the next poll after one that succeeded. A BMC that is slow has half of the time for itself.
    fn wait_since(&self, begun: Instant) -> Duration {
        let period = self.settings.poll_period;
        period.saturating_sub(clock::elapsed_since(begun)).max(period / 2)
    }

    fn wait_after(&self, error: &PollError) -> Duration {
        let exponent = self.failures_in_row.saturating_sub(1).min(6);
        let usual = (self.settings.poll_period * 2_u32.pow(exponent))
            .min(AFTER_FAILURE.max(self.settings.poll_period));
        let RedfishError::Request { error, .. } = error else { return usual };
        let least = if error.is_denial() { AFTER_DENIAL } else { Duration::ZERO };
        usual.max(least).max(error.retry_after().unwrap_or_default())
    }
}

/// True for an error that says nothing of the resource.
const fn is_of_connection(error: &FetchError) -> bool {
    !matches!(error, FetchError::ClientError { .. } | FetchError::Redirect { .. })
}

/// The error as one of a meter, with the setting that may be wrong.
fn read_error(base: &BaseUrl, error: PollError) -> ReadError {
    let address = base.to_string();
    let message = error.to_string();
    let RedfishError::Request { error, .. } = error else {
        return ReadError::Remote { address, kind: error.kind().unwrap_or("implausible"), message };
    };
    let kind = error.reason();
    let advice = match error {
        FetchError::UntrustedCertificate(_) => {
            "; for a BMC, host.redfish.ca_file is the file of its authority or, where it has none, of its own certificate"
        }
        FetchError::Redirect { .. } => "; of a BMC, it is host.redfish.url",
        FetchError::Unauthorized { .. } => {
            "; it is asked again in 5 minutes, since a BMC locks accounts after a few attempts"
        }
        _ => "",
    };
    ReadError::Remote { address, kind, message: format!("{message}{advice}") }
}

impl Polling {
    /// Asks the thread to end the session, and waits for a moment. A BMC that is slow ends the session by itself.
    pub(crate) fn close(self) {
        drop(self.stop);
        let _ = self.ended.recv_timeout(LONGEST_CLOSING); // returns when the thread ends
    }
}
