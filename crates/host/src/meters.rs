//! All meters of a host, found and read.

use std::path::Path;

use gpu_carbon_core::meter::{Measured, WrapEvent};
use gpu_carbon_core::{Flow, Power, Span};

use crate::error::{ReadError, Refusal, RefusalError};
use crate::meter::{Component, Meter, MeterReading, Source};
use crate::mirrors::{Mirrors, Rise, RoundValue, Verdict};
use crate::moment::Moment;
use crate::{hwmon, rapl};

/// The most flows that are withheld of one meter; more are merged.
const MOST_WITHHELD: usize = 64;

/// The interfaces whose meters are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Processors and memory by RAPL.
    pub rapl: bool,
    /// The whole host by RAPL, whose scope differs by model.
    pub psys: bool,
    /// Power meters of ACPI.
    pub hwmon: bool,
}

/// The meters of a host.
#[derive(Debug)]
pub struct Meters {
    meters: Vec<Meter>,
    refused: Vec<Refusal>,
    mirrors: Mirrors,
    withheld: Vec<Withheld>,
}

/// The measurements of a meter that may show the counter of another one.
#[derive(Debug, Default)]
struct Withheld {
    flows: Vec<Flow>,
    unseen: Span,
}

/// The outcome of reading one meter.
#[derive(Debug)]
pub enum Outcome {
    /// The meter was read.
    Read(Reading),
    /// The meter was read, and may show the counter of another one. Its energy comes later, if it does not.
    Withheld,
    /// The meter shows the counter of the meter of this index, and is not read any more.
    MirrorOf(usize),
    /// The meter has shown nothing new since its last outcome, which holds.
    Unchanged,
    /// The meter cannot be read.
    Failed(ReadError),
}

/// A reading of one meter.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The energy since the reading before, or since the first one if it was withheld until now.
    pub flows: Vec<Flow>,
    /// The power; of a counter, the mean since the reading before.
    pub power: Option<Power>,
    /// The time since the reading before, if its energy is unknown.
    pub unseen: Span,
    /// The event of a counter.
    pub event: Option<WrapEvent>,
}

impl Meters {
    /// Searches a sysfs for meters of the chosen interfaces.
    #[must_use]
    pub fn find(sysfs: &Path, choice: Choice) -> Meters {
        let (mut meters, mut refused) = (Vec::new(), Vec::new());
        if choice.rapl || choice.psys {
            rapl::find(sysfs, choice.psys, &mut meters, &mut refused);
        }
        if choice.hwmon {
            hwmon::find(sysfs, &mut meters, &mut refused);
        }
        if !choice.rapl {
            meters.retain(|it| it.source != Source::Rapl || it.component == Component::Platform);
        }
        // Nothing is measured twice: what measures less of the host is left out.
        keep_one_source(&mut meters, &mut refused, Component::Platform, Source::Hwmon);
        keep_one_source(&mut meters, &mut refused, Component::Cpu, Source::Rapl);
        let around = meters.iter().find(|it| it.contains_memory).map(Meter::title);
        if let Some(other) = around {
            let is_part = |it: &Meter| it.component == Component::Memory;
            refuse(&mut meters, &mut refused, is_part, || RefusalError::Part {
                other: other.clone(),
            });
        }
        Meters::of(meters, refused)
    }

    fn of(mut meters: Vec<Meter>, refused: Vec<Refusal>) -> Meters {
        tell_apart(&mut meters);
        let mirrors = Mirrors::among(&meters);
        let withheld = meters.iter().map(|_| Withheld::default()).collect();
        Meters { meters, refused, mirrors, withheld }
    }

    /// The same meters, with another one that measures what no other shall measure any more.
    #[must_use]
    pub fn with_preferred(self, meter: Meter) -> Meters {
        let Meters { mut meters, mut refused, .. } = self;
        let (component, source) = (meter.component, meter.source);
        meters.push(meter);
        keep_one_source(&mut meters, &mut refused, component, source);
        Meters::of(meters, refused)
    }

    /// The meters, in an order that stays.
    #[must_use]
    pub fn meters(&self) -> &[Meter] {
        &self.meters
    }

    /// The meters that are not used, each with the reason.
    #[must_use]
    pub fn refused(&self) -> &[Refusal] {
        &self.refused
    }

    /// Reads each meter, and returns the outcomes in the order of [`Meters::meters`]. The clock is read just before each
    /// meter.
    pub fn read(&mut self, mut clock: impl FnMut() -> Moment) -> Vec<Outcome> {
        let mut round = Vec::with_capacity(self.meters.len());
        let mut results = Vec::with_capacity(self.meters.len());
        for (index, meter) in self.meters.iter_mut().enumerate() {
            let result = match self.mirrors.verdict(index) {
                Verdict::MirrorOf(_) => None,
                Verdict::Own | Verdict::Open => Some(meter.read(clock())),
            };
            let reading = result.as_ref().and_then(|it| it.as_ref().ok()?.as_ref());
            round.push(reading.and_then(round_value));
            results.push(result);
        }
        self.mirrors.compare(&round);
        let outcomes = results.into_iter().enumerate();
        outcomes.map(|(index, result)| self.outcome(index, result)).collect()
    }

    fn outcome(
        &mut self,
        index: usize,
        result: Option<Result<Option<MeterReading>, ReadError>>,
    ) -> Outcome {
        let Some(withheld) = self.withheld.get_mut(index) else { return Outcome::Withheld };
        let verdict = self.mirrors.verdict(index);
        match (verdict, result) {
            (Verdict::MirrorOf(first), _) => {
                *withheld = Withheld::default();
                Outcome::MirrorOf(first)
            }
            (_, Some(Err(error))) => Outcome::Failed(error),
            (_, Some(Ok(None))) => Outcome::Unchanged,
            (Verdict::Open, Some(Ok(Some(reading)))) => {
                withheld.add(&reading.measured);
                Outcome::Withheld
            }
            (Verdict::Own, Some(Ok(Some(reading)))) => {
                let measured = reading.measured;
                let Withheld { mut flows, unseen } = std::mem::take(withheld);
                flows.extend(measured.flow);
                let (power, event) = (measured.power, measured.event);
                let unseen = unseen + measured.unseen;
                Outcome::Read(Reading { flows, power, unseen, event })
            }
            (Verdict::Open | Verdict::Own, None) => Outcome::Withheld,
        }
    }
}

/// Gives each meter a name of its own: on servers, each socket has a zone `psys`.
fn tell_apart(meters: &mut [Meter]) {
    for index in 1..meters.len() {
        let (before, rest) = meters.split_at_mut(index);
        let Some(meter) = rest.first_mut() else { return };
        let is_taken = |zone: &str| {
            let is_other =
                |it: &Meter| it.component == meter.component && it.source == meter.source;
            before.iter().any(|it| is_other(it) && it.zone == zone)
        };
        let numbered = |number| format!("{} ({number})", meter.zone);
        if is_taken(&meter.zone)
            && let Some(zone) = (2..).map(numbered).find(|zone| !is_taken(zone))
        {
            meter.zone = zone;
        }
    }
}

/// The value of a counter for the comparison with others.
fn round_value(reading: &MeterReading) -> Option<RoundValue> {
    let rise = reading.measured.flow.map(|flow| Rise {
        joules: flow.energy.as_joules(),
        seconds: flow.interval.length().as_seconds(),
    });
    Some(RoundValue { counter: reading.counter?, rise })
}

impl Withheld {
    fn add(&mut self, measured: &Measured) {
        self.unseen = self.unseen + measured.unseen;
        let Some(flow) = measured.flow else { return };
        let is_full = self.flows.len() >= MOST_WITHHELD;
        match self.flows.last_mut() {
            Some(last) if is_full => {
                let interval = last.interval.hull(flow.interval);
                *last = Flow { interval, energy: last.energy + flow.energy };
            }
            _ => self.flows.push(flow),
        }
    }
}

/// Leaves out the meters of a component that are not of the preferred source, if that has any.
fn keep_one_source(
    meters: &mut Vec<Meter>,
    refused: &mut Vec<Refusal>,
    component: Component,
    preferred: Source,
) {
    let is_preferred = |it: &&Meter| it.component == component && it.source == preferred;
    let Some(other) = meters.iter().find(is_preferred).map(Meter::title) else { return };
    let is_other = |it: &Meter| it.component == component && it.source != preferred;
    refuse(meters, refused, is_other, || RefusalError::Duplicate { other: other.clone() });
}

fn refuse(
    meters: &mut Vec<Meter>,
    refused: &mut Vec<Refusal>,
    is_refused: impl Fn(&Meter) -> bool,
    reason: impl Fn() -> RefusalError,
) {
    for meter in meters.extract_if(.., |meter| is_refused(meter)) {
        refused.push(Refusal { meter: meter.title(), path: meter.path, reason: reason() });
    }
}
