//! The meters of one GPU: which of them is read when, and the result.

use std::time::{Duration, Instant};

use gpu_carbon_core::{CounterReading, Power, Reading};
use tracing::{info, warn};

use super::driver_session::DriverSession;
use super::event::Event;
use super::place::Place;
use crate::clock;
use crate::logging::occurrences_to_log;
use crate::nvml::{DriverError, EnergyMethod, ErrorScope, Gpu, IMPLAUSIBLE};

/// The time between two attempts to read a counter that the GPU does not have.
const UNSUPPORTED_RETRY: Duration = Duration::from_secs(60);

/// The meters of one GPU.
pub(super) struct Meters<'session> {
    session: &'session DriverSession,
    gpu: Gpu<'session>,
    index: u32,
    counter_period: Duration,
    counter: CounterState,
    /// The time of the next attempt to read a counter that did not answer.
    next_counter: Instant,
}

/// The state of the energy counter, as it was when it was last read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CounterState {
    /// A meter that has not answered yet, or that the GPU lacks.
    Unknown,
    Answers,
    /// A meter that answered before, and no longer does.
    Fails,
}

/// The result of reading the meters.
#[derive(Debug)]
pub(super) enum MeterReading {
    /// A reading of at least one meter.
    Read(Reading),
    /// The GPU answers, but has no meter.
    Unmetered,
}

impl MeterReading {
    /// The method by which the energy is measured.
    pub(super) const fn method(&self) -> EnergyMethod {
        match self {
            MeterReading::Read(Reading { counter: CounterReading::Millijoules(_), .. }) => {
                EnergyMethod::Counter
            }
            MeterReading::Read(_) => EnergyMethod::Integrated,
            MeterReading::Unmetered => EnergyMethod::None,
        }
    }
}

impl<'session> Meters<'session> {
    pub(super) fn new(
        session: &'session DriverSession,
        gpu: Gpu<'session>,
        place: &Place,
    ) -> Meters<'session> {
        Meters {
            session,
            gpu,
            index: place.index,
            counter_period: place.settings.counter_period,
            counter: CounterState::Unknown,
            next_counter: clock::instant(),
        }
    }

    /// The GPU that is read.
    pub(super) const fn gpu(&self) -> &Gpu<'session> {
        &self.gpu
    }

    /// True if the energy counter answered when it was last read.
    pub(super) fn has_counter(&self) -> bool {
        self.counter == CounterState::Answers
    }

    /// Reads the power, and the energy counter if it is due, or if it did not answer before and a time has passed since. A
    /// number that cannot be true, or a counter that does not answer, is reported, and is no error as long as the other
    /// meter answers.
    ///
    /// # Errors
    ///
    /// If no meter answers.
    pub(super) fn read(&mut self, is_counter_due: bool) -> Result<MeterReading, DriverError> {
        let mut power = self.checked(self.gpu.power());
        let is_due = match self.counter {
            CounterState::Answers => is_counter_due,
            CounterState::Unknown | CounterState::Fails => clock::instant() >= self.next_counter,
        };
        let counter = (is_due || power.is_err()).then(|| self.gpu.millijoules());
        // After the calls: one that hung has read the meter just before it returned.
        let now = clock::read();
        let counter = match counter {
            None => CounterReading::Skipped,
            Some(Ok(millijoules)) => {
                self.record_answer();
                power = self.checked(power);
                if let Err(error @ DriverError { kind: IMPLAUSIBLE, .. }) = &power {
                    self.record_implausible(error);
                }
                CounterReading::Millijoules(millijoules)
            }
            Some(Err(error)) => match &power {
                Ok(_) => {
                    self.record_failure(&error);
                    CounterReading::Failed
                }
                Err(power_error) => return self.without_meter(error, power_error.clone()),
            },
        };
        let power: Option<Power> = power.ok();
        let reading = Reading { at: now.wall, uptime: now.uptime, counter, power };
        Ok(MeterReading::Read(reading))
    }

    /// A power that the board can draw, as long as there is a counter beside it. Without one, the power alone is believed.
    fn checked(&self, power: Result<Power, DriverError>) -> Result<Power, DriverError> {
        if self.has_counter() { self.gpu.check_board(power?) } else { power }
    }

    fn record_implausible(&self, error: &DriverError) {
        let (index, kind) = (self.index, error.kind);
        if let Some(times) = occurrences_to_log(Some(index), "implausible_power") {
            warn!(
                gpu = index,
                times,
                error = kind,
                reason = %error,
                "the power cannot be true: its energy counter alone is read meanwhile"
            );
        }
        self.session.report(Event::ReadingRejected { index, kind });
    }

    fn record_answer(&mut self) {
        if self.counter == CounterState::Fails {
            let index = self.index;
            if let Some(times) = occurrences_to_log(Some(index), "counter_answers") {
                info!(gpu = index, times, "the energy counter answers again");
            }
        }
        self.counter = CounterState::Answers;
    }

    /// Records that the counter does not answer, while the power does.
    fn record_failure(&mut self, error: &DriverError) {
        let has_none = error.is_unsupported() && self.counter == CounterState::Unknown;
        let retry = if has_none { UNSUPPORTED_RETRY } else { self.counter_period };
        self.next_counter = clock::instant() + retry;
        if has_none {
            return;
        }
        if self.counter == CounterState::Answers {
            self.counter = CounterState::Fails;
        }
        let (index, kind) = (self.index, error.kind);
        if let Some(times) = occurrences_to_log(Some(index), kind) {
            warn!(
                gpu = index,
                times,
                error = kind,
                reason = %error,
                "the energy counter does not answer: its power is integrated meanwhile"
            );
        }
        self.session.report(Event::ReadingRejected { index, kind });
    }

    /// The result if neither meter answers: the GPU has none, or one of the two errors.
    fn without_meter(
        &self,
        counter: DriverError,
        power: DriverError,
    ) -> Result<MeterReading, DriverError> {
        match (counter.is_unsupported(), power.is_unsupported()) {
            (true, true) if self.counter == CounterState::Unknown => Ok(MeterReading::Unmetered),
            (true, false) => Err(power),
            _ if power.kind == IMPLAUSIBLE => Err(power),
            _ if power.scope != ErrorScope::Call && counter.scope == ErrorScope::Call => Err(power),
            _ => Err(counter),
        }
    }
}
