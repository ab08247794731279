//! The book of one GPU.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::embodied::{self, Manufacture};
use gpu_carbon_core::meter::Limits;
use gpu_carbon_core::{
    Account, Mass, Meter, Observation, Power, Pricing, Reading, Span, Timestamp,
};
use tracing::warn;

use super::Settings;
use crate::nvml::{EnergyMethod, Identity};
use crate::snapshot::{GpuView, Totals};

/// The kind of error of a call that does not return.
pub(super) const HANG: &str = "hang";

/// What is known and counted of one GPU.
#[derive(Debug)]
pub(super) struct GpuBook {
    index: u32,
    /// Whether the GPU still stands at its index.
    placed: bool,
    up: bool,
    /// When anything was heard of it, be it a failure.
    heard: Timestamp,
    hangs: bool,
    errors: BTreeMap<&'static str, u64>,
    power: Option<Power>,
    answered: Option<Answered>,
}

/// What only a GPU that has answered has.
#[derive(Debug)]
struct Answered {
    identity: Arc<Identity>,
    method: EnergyMethod,
    manufacture: Option<Mass>,
    meter: Meter,
    account: Account,
    /// The first and the last reading.
    read: Option<(Timestamp, Timestamp)>,
    /// For how long it was there to be used.
    reserved: Span,
    resets: u64,
}

impl GpuBook {
    /// A GPU that answers for the first time.
    pub(super) fn found(
        index: u32,
        identity: Identity,
        method: EnergyMethod,
        settings: &Settings,
        now: Timestamp,
    ) -> GpuBook {
        let published = || Manufacture::of(&identity.name).map(Manufacture::mass);
        let answered = Answered {
            method,
            manufacture: settings.manufacture.or_else(published),
            identity: Arc::new(identity),
            meter: Meter::new(Limits::default()),
            account: Account::default(),
            read: None,
            reserved: Span::ZERO,
            resets: 0,
        };
        GpuBook { answered: Some(answered), ..GpuBook::silent(index, now) }
    }

    /// A GPU that failed before it said what it is.
    pub(super) fn never_answered(index: u32, kind: &'static str, now: Timestamp) -> GpuBook {
        let mut book = GpuBook::silent(index, now);
        book.fail(kind, now);
        book
    }

    fn silent(index: u32, heard: Timestamp) -> GpuBook {
        GpuBook {
            index,
            placed: true,
            up: false,
            heard,
            hangs: false,
            errors: BTreeMap::new(),
            power: None,
            answered: None,
        }
    }

    pub(super) fn uuid(&self) -> Option<&str> {
        self.answered.as_ref().map(|answered| &*answered.identity.uuid)
    }

    pub(super) fn is_at(&self, index: u32) -> bool {
        self.placed && self.index == index
    }

    /// Whether it stands at an index, or has not been found anywhere since it did.
    pub(super) fn was_last_at(&self, index: u32) -> bool {
        self.index == index
    }

    /// It answers again, maybe at another place.
    pub(super) fn found_again(&mut self, index: u32, method: EnergyMethod, now: Timestamp) {
        (self.index, self.placed) = (index, true);
        self.hear(now);
        if let Some(answered) = &mut self.answered {
            answered.method = method;
        }
    }

    /// It does not answer any more; what was counted stays.
    fn lose(&mut self) {
        (self.up, self.power) = (false, None);
    }

    /// It stands nowhere, until it is found again.
    pub(super) fn displace(&mut self) {
        self.placed = false;
        self.lose();
    }

    pub(super) fn fail(&mut self, kind: &'static str, now: Timestamp) {
        self.hear(now);
        self.hangs = kind == HANG;
        *self.errors.entry(kind).or_default() += 1;
        self.lose();
    }

    pub(super) fn read(
        &mut self,
        reading: Reading,
        power: Option<Power>,
        pricing: Option<&Pricing<'_>>,
        now: Timestamp,
    ) {
        self.hear(now);
        let Some(answered) = &mut self.answered else { return };
        let at = reading.at();
        let (first, before) = answered.read.unwrap_or((at, at));
        answered.reserved = answered.reserved + at.since(before);
        answered.read = Some((first, at));
        let gpu = self.index;
        let mut shown = power;
        match answered.meter.observe(reading) {
            Observation::Baseline => {}
            Observation::Flow(flow) => {
                shown = shown.or_else(|| flow.energy.over(flow.interval.length()));
                answered.account.charge(flow, pricing);
            }
            Observation::Reset(flow) => {
                warn!(gpu, "the energy counter fell: the driver was loaded anew");
                answered.resets += 1;
                if let Some(flow) = flow {
                    answered.account.charge(flow, pricing);
                }
            }
            Observation::Implausible(energy) => {
                warn!(gpu, joules = energy.as_joules(), "the energy counter leapt: not counted");
                *self.errors.entry("implausible").or_default() += 1;
            }
            Observation::Unseen(interval) => {
                let seconds = interval.length().as_seconds();
                warn!(gpu, seconds, "no sample of power for too long: that time is not counted");
                *self.errors.entry("unseen").or_default() += 1;
            }
        }
        (self.up, self.power) = (true, shown);
    }

    pub(super) fn reprice(&mut self, pricing: &Pricing<'_>) {
        if let Some(answered) = &mut self.answered {
            answered.account.reprice(pricing);
        }
    }

    fn hear(&mut self, now: Timestamp) {
        (self.heard, self.hangs) = (now, false);
    }

    /// No reading, and no failure either: a call that does not return. It counts once.
    pub(super) fn notice_silence(&mut self, now: Timestamp, patience: Span) {
        if self.placed && !self.hangs && now.since(self.heard) > patience {
            warn!(gpu = self.index, "the GPU does not return from a call");
            self.fail(HANG, now);
        }
    }

    pub(super) fn view(&self, settings: &Settings) -> GpuView {
        let totals = self.answered.as_ref().and_then(|answered| {
            let (since, read_at) = answered.read?;
            Some(Totals {
                since,
                read_at,
                method: answered.method,
                energy: answered.account.measured(),
                unpriced: answered.account.unpriced(),
                emissions: answered.account.emissions(),
                embodied: answered
                    .manufacture
                    .map(|total| embodied::of_one_gpu(total, answered.reserved, settings.lifespan)),
                resets: answered.resets,
            })
        });
        GpuView {
            index: self.index,
            identity: self.answered.as_ref().map(|answered| Arc::clone(&answered.identity)),
            up: self.up,
            totals,
            power: self.power,
            errors: self.errors.iter().map(|(&kind, &count)| (kind, count)).collect(),
        }
    }
}
