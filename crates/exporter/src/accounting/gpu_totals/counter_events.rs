//! The log of a GPU's energy counter: what it did that a counter should not do.

use gpu_carbon_core::meter::{CounterEvent, Disbelief};
use tracing::{info, warn};

use crate::logging::occurrences_to_log;
use crate::nvml::IMPLAUSIBLE;

/// The log of a GPU's energy counter.
#[derive(Debug, Default)]
pub(super) struct CounterLog {
    /// True once a lasting factor between counter and power was logged.
    has_factor: bool,
}

/// The consequences of some events.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Consequences {
    /// The number of resets.
    pub(super) resets: u64,
    /// The kind of error of a value that cannot be true.
    pub(super) error: Option<&'static str>,
}

impl CounterLog {
    /// Logs events, and returns their consequences.
    pub(super) fn record(&mut self, gpu: u32, events: &[CounterEvent]) -> Consequences {
        let mut consequences = Consequences::default();
        for event in events {
            match *event {
                CounterEvent::Reset => {
                    consequences.resets += 1;
                    if let Some(times) = occurrences_to_log(Some(gpu), "reset") {
                        warn!(
                            gpu,
                            times,
                            "the energy counter fell and counts on from the lower value, as after a reload of the driver"
                        );
                    }
                }
                CounterEvent::Outlier => {
                    consequences.error = Some(IMPLAUSIBLE);
                    if let Some(times) = occurrences_to_log(Some(gpu), "counter_outlier") {
                        warn!(
                            gpu,
                            times,
                            "the energy counter showed a wrong value for a moment and then counted on: no energy is lost"
                        );
                    }
                }
                CounterEvent::Implausible(energy) => {
                    consequences.error = Some(IMPLAUSIBLE);
                    let joules = energy.as_joules();
                    if let Some(times) = occurrences_to_log(Some(gpu), "implausible_counter") {
                        warn!(
                            gpu,
                            times,
                            joules,
                            "the energy counter rose by more than any GPU draws: the power of that time is counted instead"
                        );
                    }
                }
                CounterEvent::Disbelieved(reason) => log_disbelief(gpu, reason),
                CounterEvent::Believed => {
                    if let Some(times) = occurrences_to_log(Some(gpu), "counter_believed") {
                        info!(
                            gpu,
                            times, "the energy counter agrees with the power: it is used again"
                        );
                    }
                }
                CounterEvent::Factor(factor) if !self.has_factor => {
                    self.has_factor = true;
                    let factor = rounded(factor);
                    warn!(
                        gpu,
                        factor,
                        "the energy counter counts this many times the integral of the power: it is used as it is, and may cover more than the GPU"
                    );
                }
                CounterEvent::Factor(_) => {}
            }
        }
        consequences
    }
}

fn log_disbelief(gpu: u32, reason: Disbelief) {
    let Some(times) = occurrences_to_log(Some(gpu), "counter_disbelieved") else { return };
    match reason {
        Disbelief::Stands => warn!(
            gpu,
            times,
            "the energy counter stands still while power flows: the power is integrated instead"
        ),
        Disbelief::Leaps(factor) => warn!(
            gpu,
            times,
            factor = factor.map(rounded),
            "the energy counter always rises by more than any GPU draws: the power is integrated instead"
        ),
        Disbelief::Factor(factor) => {
            let factor = rounded(factor);
            warn!(
                gpu,
                times,
                factor,
                "the energy counter counts this many times the integral of the power, which nothing explains: the power is integrated instead"
            );
        }
    }
}

/// A factor with two significant digits, for a message.
fn rounded(factor: f64) -> f64 {
    if factor <= 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powf(factor.log10().floor() - 1.0);
    (factor / unit).round() * unit
}
