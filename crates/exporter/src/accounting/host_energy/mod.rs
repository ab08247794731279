//! The energy of the host around its GPUs, by component, and its emissions.

mod boundary;
mod commits;
mod component;
mod component_record;
mod gpus_of_host;
mod meter_record;
mod rest;
mod share_of_gpus;

use gpu_carbon_core::{Flow, Interval, Power, Span};
use gpu_carbon_host::{Component, MeterKind, Outcome, Reading};
use gpu_carbon_ledger::{EnergySource, HostAccount};

use super::settings::Context;
use super::workloads::HostHolders;
use crate::clock::ClockReading;
use crate::host_meters::{Declared, MeterInfo};
use crate::host_view::{Boundary, HostMethod, HostPart, HostView};
use component::Components;
pub(super) use gpus_of_host::GpusOfHost;
use meter_record::MeterRecord;
use rest::{PlatformRound, Rest};

/// The energy of the host around its GPUs.
#[derive(Debug, Default)]
pub(super) struct HostEnergy {
    declared: Declared,
    meters: Vec<MeterRecord>,
    components: Components,
    rest: Rest,
    /// The time since boot, without the machine's sleep, up to which the declared powers are counted.
    declared_until: Option<Span>,
}

impl HostEnergy {
    /// Sets the meters, and what is declared.
    pub(super) fn set_up(
        &mut self,
        declared: Declared,
        meters: impl IntoIterator<Item = MeterInfo>,
    ) {
        self.declared = declared;
        self.meters = meters.into_iter().map(MeterRecord::new).collect();
    }

    /// Adds the outcomes of a round of readings, in the order of the meters.
    pub(super) fn record(
        &mut self,
        outcomes: Vec<Outcome>,
        gpus: GpusOfHost,
        holders: Option<&HostHolders<'_>>,
        now: ClockReading,
        context: Context<'_>,
    ) {
        let mut platform = PlatformRound::default();
        for (index, outcome) in outcomes.into_iter().enumerate() {
            let Some(meter) = self.meters.get_mut(index) else { continue };
            let reading = meter.record(outcome);
            let part = part_of(meter.info.component);
            let method = method_of(meter.info.kind);
            match reading {
                Some(reading) => {
                    for flow in &reading.flows {
                        self.add(part, method, *flow, holders, now, context);
                    }
                    self.note_of_rest(part, &reading, &mut platform);
                }
                None => platform.is_incomplete |= part == HostPart::Platform && !meter.is_mirror(),
            }
        }
        self.set_powers();
        let is_part = |it: &&MeterRecord| it.info.component != Component::Platform;
        platform.is_part_late =
            gpus.are_late || self.meters.iter().filter(is_part).any(MeterRecord::is_late);
        if let Some(method) = self.platform_method() {
            let rest = self.rest.settle(platform, gpus, now.uptime);
            if let Some(flow) = rest {
                self.add(HostPart::Rest, method, flow, holders, now, context);
            }
            let power = self.rest_power(gpus);
            self.components.set_power(HostPart::Rest, method, power);
        }
    }

    fn add(
        &mut self,
        part: HostPart,
        method: HostMethod,
        flow: Flow,
        holders: Option<&HostHolders<'_>>,
        now: ClockReading,
        context: Context<'_>,
    ) {
        let account = HostAccount { part, method };
        self.components.add(account, source_of(method), flow, holders, now, context);
    }

    /// Takes what a reading tells of the rest.
    fn note_of_rest(&mut self, part: HostPart, reading: &Reading, platform: &mut PlatformRound) {
        for flow in &reading.flows {
            match part {
                HostPart::Platform => platform.add(*flow),
                HostPart::Cpu | HostPart::Memory => self.rest.add_part(flow.energy),
                HostPart::Rest => {}
            }
        }
        platform.is_unseen |= part == HostPart::Platform && reading.flows.is_empty();
    }

    /// Adds the energy of the declared powers up to now, for what no meter has measured.
    pub(super) fn count_declared(
        &mut self,
        gpus: GpusOfHost,
        holders: Option<&HostHolders<'_>>,
        now: ClockReading,
        context: Context<'_>,
    ) {
        self.set_power_of_share(gpus);
        let Some(since) = self.declared_until.replace(now.awake) else { return };
        let elapsed = now.awake.saturating_sub(since);
        let Declared { cpu, memory, rest, .. } = self.declared;
        let powers = [(HostPart::Cpu, cpu), (HostPart::Memory, memory), (HostPart::Rest, rest)];
        for (part, power) in powers {
            let Some(power) = power else { continue };
            if self.is_measured(part) {
                self.components.set_power(part, HostMethod::Declared, None);
                continue;
            }
            let interval = Interval::new(now.wall - elapsed, now.wall);
            let (flow, method) = (Flow { interval, energy: power * elapsed }, HostMethod::Declared);
            self.add(part, method, flow, holders, now, context);
            self.components.set_power(part, HostMethod::Declared, Some(power));
            if part != HostPart::Rest && self.platform_method().is_some() {
                self.rest.add_part(flow.energy);
            }
        }
    }

    /// True if a meter has measured a component in this run, alone or within another one.
    fn is_measured(&self, part: HostPart) -> bool {
        self.meters.iter().filter(|meter| meter.has_answered).any(|meter| {
            let component = part_of(meter.info.component);
            component == part
                || part == HostPart::Memory && meter.info.contains_memory
                || part == HostPart::Rest && component == HostPart::Platform
        })
    }

    /// The method of the meters of the platform, once they have answered.
    fn platform_method(&self) -> Option<HostMethod> {
        let mut answered = self.meters.iter().filter(|meter| meter.has_answered);
        let meter = answered.find(|meter| meter.info.component == Component::Platform)?;
        Some(method_of(meter.info.kind))
    }

    /// Sets the power of each measured component: the sum of its meters, if all of them have answered.
    fn set_powers(&mut self) {
        for component in [Component::Cpu, Component::Memory, Component::Platform] {
            let meters = || self.meters.iter().filter(|it| it.info.component == component);
            let counted = || meters().filter(|it| !it.is_mirror());
            let Some(first) = counted().next() else { continue };
            let method = method_of(first.info.kind);
            let power = counted().map(|meter| meter.power).sum::<Option<Power>>();
            self.components.set_power(part_of(component), method, power);
        }
    }

    /// The power of the rest; `None` if one of its terms is unknown, or the parts seem to be more than the platform.
    fn rest_power(&self, gpus: GpusOfHost) -> Option<Power> {
        let mut watts = self.components.power_of(HostPart::Platform)?.as_watts();
        watts -= gpus.power?.as_watts();
        for part in [HostPart::Cpu, HostPart::Memory].into_iter().filter(|_| !gpus.contain_host) {
            watts = self.components.without_power_of(part, watts)?;
        }
        Power::from_watts(watts).ok()
    }

    /// The state for the snapshot.
    pub(super) fn view(&self, boundary: Boundary) -> HostView {
        HostView {
            boundary,
            components: self.components.view(),
            meters: self
                .meters
                .iter()
                .filter(|it| !it.is_mirror())
                .map(MeterRecord::view)
                .collect(),
            disagreement: self.platform_method().map(|_| self.rest.disagreement()),
        }
    }
}

const fn part_of(component: Component) -> HostPart {
    match component {
        Component::Cpu => HostPart::Cpu,
        Component::Memory => HostPart::Memory,
        Component::Platform => HostPart::Platform,
    }
}

const fn source_of(method: HostMethod) -> EnergySource {
    match method {
        HostMethod::Counter => EnergySource::Counted,
        HostMethod::Integrated | HostMethod::Declared => EnergySource::Integrated,
    }
}

const fn method_of(kind: MeterKind) -> HostMethod {
    match kind {
        MeterKind::Counter => HostMethod::Counter,
        MeterKind::Power => HostMethod::Integrated,
    }
}

#[cfg(test)]
mod tests;
