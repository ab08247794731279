//! A meter behind a connection, whose samples another thread takes: nothing that is slow there delays the other meters.

use std::sync::{Arc, Mutex, PoisonError};

use gpu_carbon_core::Power;
use gpu_carbon_core::meter::{Measured, SampledMeter, WrappingMeter};

use crate::error::ReadError;
use crate::moment::Moment;

/// A range that no counter of a host reaches, so that a fall is always a restart.
const RANGE: u64 = 1 << 62;

/// A power in milliwatts above that of any host, 50 kW.
const CEILING: u32 = 50_000_000;

/// The figures of a meter at a time.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The time.
    pub moment: Moment,
    /// The power.
    pub power: Option<Power>,
    /// The value of a counter in microjoules.
    pub microjoules: Option<u64>,
}

/// The place in which another thread leaves the newest sample of a meter, or the error of taking it.
#[derive(Debug, Clone, Default)]
pub struct SampleSlot(Arc<Mutex<Option<Result<Sample, ReadError>>>>);

impl SampleSlot {
    /// Leaves a sample. One that no one has taken is replaced.
    pub fn put(&self, sample: Result<Sample, ReadError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sample);
    }

    pub(crate) fn take(&self) -> Option<Result<Sample, ReadError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The arithmetic of a meter behind a connection.
#[derive(Debug)]
pub(crate) enum RemoteGauge {
    Power(SampledMeter),
    Counter(StepCounter),
}

impl RemoteGauge {
    /// The energy that a sample shows; `None` if it shows nothing new.
    pub(crate) fn observe(&mut self, sample: Sample) -> Option<Measured> {
        let Moment { at, uptime } = sample.moment;
        match self {
            RemoteGauge::Power(meter) => Some(meter.observe(at, uptime, sample.power?)),
            RemoteGauge::Counter(counter) => counter.observe(sample.moment, sample.microjoules?),
        }
    }
}

/// A counter of large steps, such as a tenth of a kilowatt-hour: it is counted from step to step. The energy before its first
/// step is left out, since a part of that step was used before the counter was first read.
#[derive(Debug, Default)]
pub(crate) struct StepCounter {
    meter: Option<WrappingMeter>,
    last: Option<u64>,
}

impl StepCounter {
    fn observe(&mut self, moment: Moment, microjoules: u64) -> Option<Measured> {
        let last = self.last.replace(microjoules);
        match (last, &mut self.meter) {
            (None, _) => Some(Measured::default()),
            (Some(last), _) if last == microjoules => None,
            (Some(_), Some(meter)) => Some(meter.observe(moment.at, moment.uptime, microjoules)),
            (Some(_), None) => {
                let mut meter = WrappingMeter::new(RANGE, Power::from_milliwatts(CEILING)).ok()?;
                let measured = meter.observe(moment.at, moment.uptime, microjoules);
                self.meter = Some(meter);
                Some(measured)
            }
        }
    }
}
