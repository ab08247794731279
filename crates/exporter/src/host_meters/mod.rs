//! The thread that reads the meters of the host around its GPUs, once a second.
//!
//! No figure is finer than a second: whoever may see a processor's energy in milliseconds can tell what others compute
//! (PLATYPUS, CVE-2020-8694).

mod redfish;

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gpu_carbon_core::boundary::BoundaryChoice;
use gpu_carbon_core::{Power, Ratio};
use gpu_carbon_fetch::{CredentialError, TrustError};
use gpu_carbon_host::{
    Choice, Component, Meter, MeterKind, Meters, Moment, Outcome, ReadError, Refusal, RefusalError,
};
use tracing::{info, warn};

use crate::clock;
use crate::logging::occurrences_to_log;
use redfish::Poller;
pub(crate) use redfish::Polling;
pub use redfish::{Settings as RedfishSettings, TrustSetting};

/// The time between two readings.
const PERIOD: Duration = Duration::from_secs(1);

/// The commands by which the exporter's group may read the counters, until the machine boots.
const REMEDY: &str = "let a group of the exporter read them: `chgrp gpu-carbon /sys/class/powercap/intel-rapl:*/energy_uj && chmod g+r /sys/class/powercap/intel-rapl:*/energy_uj`; deploy/README.md has a udev rule that does so at each boot";

/// The settings of the host around its GPUs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// The interfaces whose meters are read; `None` for no meter.
    pub choice: Option<Choice>,
    /// The management controller of the host, where it is asked.
    pub redfish: Option<RedfishSettings>,
    /// The numbers that stand for what no meter measures.
    pub declared: Declared,
    /// The parts of the host that totals and bills of the ledger contain.
    pub boundary: BoundaryChoice,
}

/// The numbers that the operator declares: constant powers by component, or one share for all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Declared {
    /// The power of the processors.
    pub cpu: Option<Power>,
    /// The power of the main memory.
    pub memory: Option<Power>,
    /// The power of all else but the GPUs.
    pub rest: Option<Power>,
    /// The energy of processors, memory and all else together, for each joule of the GPUs.
    pub share_of_gpus: Option<Ratio>,
}

/// A meter as labels name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterInfo {
    /// The part of the host that it measures.
    pub component: Component,
    /// True if it measures the memory, too, and no other meter does.
    pub contains_memory: bool,
    /// The quantity that it shows.
    pub kind: MeterKind,
    /// The interface.
    pub source: &'static str,
    /// The name that the firmware or the kernel has for it.
    pub zone: String,
    /// The file that is read, or the address of the controller.
    pub path: String,
}

impl From<&Meter> for MeterInfo {
    fn from(meter: &Meter) -> MeterInfo {
        MeterInfo {
            component: meter.component,
            contains_memory: meter.contains_memory,
            kind: meter.kind(),
            source: meter.source.name(),
            zone: meter.zone.clone(),
            path: meter.path.display().to_string(),
        }
    }
}

/// The meters of a host, and the poller of the one that is behind a connection.
#[derive(Debug)]
pub(crate) struct HostMeters {
    pub(crate) meters: Meters,
    poller: Option<Poller>,
}

/// Checks that the password of the management controller can be read.
///
/// # Errors
///
/// When it cannot; names its place.
pub(crate) fn check(settings: &Settings) -> Result<(), CredentialError> {
    match &settings.redfish {
        Some(settings) => settings.password.read().map(drop),
        None => Ok(()),
    }
}

/// Searches a sysfs for the meters that the settings choose, and logs what it finds.
///
/// # Errors
///
/// When the certificates of the management controller cannot be read.
pub(crate) fn find(settings: &Settings, sysfs: &Path) -> Result<Option<HostMeters>, TrustError> {
    const NONE: Choice = Choice { rapl: false, psys: false, hwmon: false };
    let Settings { choice, redfish, .. } = settings;
    if choice.is_none() && redfish.is_none() {
        return Ok(None);
    }
    let mut meters = Meters::find(sysfs, choice.unwrap_or(NONE));
    let mut poller = None;
    if let Some(settings) = redfish {
        let (of_controller, meter) = Poller::new(settings)?;
        (poller, meters) = (Some(of_controller), meters.with_preferred(meter));
    }
    for Refusal { meter, path, reason } in meters.refused() {
        let path = path.display();
        match reason {
            RefusalError::UnknownRange(_)
            | RefusalError::Range(_)
            | RefusalError::Ambiguous { .. } => {
                warn!(meter, %path, %reason, "a meter of the host is not used");
            }
            _ => info!(meter, %path, %reason, "a meter of the host is not used"),
        }
    }
    if meters.meters().is_empty() {
        info!(
            sysfs = %sysfs.display(),
            "the host has no meter of its CPU, memory or power: they are left out, as gpu_carbon_boundary_info says"
        );
        return Ok(None);
    }
    if settings.declared.share_of_gpus.is_some() {
        warn!(
            "host.declared.share_of_gpus stands for the whole host around the GPUs: it counts no more once a meter of the host has answered; set `host.meters: none` to keep it"
        );
    }
    for meter in meters.meters() {
        let (component, zone) = (meter.component.name(), &meter.zone);
        let (source, path) = (meter.source.name(), meter.path.display());
        info!(component, source, zone, %path, "reading a meter of the host");
    }
    Ok(Some(HostMeters { meters, poller }))
}

/// Starts the threads. One reports the outcomes of each round of readings, in the order of the meters; the other is that of the
/// meter behind a connection, which is closed at the end.
///
/// # Errors
///
/// If the system provides no thread.
pub(crate) fn start(
    host: HostMeters,
    report: impl Fn(Vec<Outcome>) + Send + 'static,
) -> std::io::Result<Option<Polling>> {
    let HostMeters { mut meters, poller } = host;
    let names: Arc<[String]> = meters.meters().iter().map(Meter::title).collect();
    let mut log = OutcomeLog { is_known_mirror: vec![false; names.len()], names };
    let run = move || {
        let mut due = clock::instant();
        loop {
            let outcomes = meters.read(|| {
                let now = clock::read();
                Moment { at: now.wall, uptime: now.uptime }
            });
            log.write(&outcomes);
            report(outcomes);
            due = (due + PERIOD).max(clock::instant());
            thread::sleep(due.saturating_duration_since(clock::instant()));
        }
    };
    thread::Builder::new().name("host".to_owned()).spawn(run)?;
    poller.map(Poller::start).transpose()
}

/// The log of the outcomes, with the names of the meters.
#[derive(Debug)]
struct OutcomeLog {
    names: Arc<[String]>,
    is_known_mirror: Vec<bool>,
}

impl OutcomeLog {
    fn write(&mut self, outcomes: &[Outcome]) {
        let mut forbidden = outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Failed(error @ ReadError::Permission { .. }) => Some(error),
            _ => None,
        });
        if let Some(error) = forbidden.next() {
            let meters = 1 + forbidden.count();
            if let Some(times) = occurrences_to_log("host", error.kind()) {
                warn!(meters, times, %error, remedy = REMEDY, "meters of the host may not be read: what they measure is left out");
            }
        }
        for (index, (name, outcome)) in self.names.iter().zip(outcomes).enumerate() {
            match outcome {
                Outcome::Failed(ReadError::Permission { .. }) => {}
                Outcome::Failed(error) => {
                    if let Some(times) =
                        occurrences_to_log("host", format!("{} {name}", error.kind()))
                    {
                        warn!(meter = name, times, %error, "a meter of the host does not answer");
                    }
                }
                Outcome::MirrorOf(first) => {
                    let Some(is_known) = self.is_known_mirror.get_mut(index) else { continue };
                    let other = self.names.get(*first);
                    if let (false, Some(other)) = (std::mem::replace(is_known, true), other) {
                        let reason = RefusalError::Mirror { other: other.clone() };
                        info!(meter = name, %reason, "a meter of the host is not used");
                    }
                }
                Outcome::Read(_) | Outcome::Withheld | Outcome::Unchanged => {}
            }
        }
    }
}
