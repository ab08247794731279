//! Meters of processes that are killed at any time, while a counter restarts, falls silent or is doubted: the energy is
//! counted once, and time whose energy is unknown is unseen.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use gpu_carbon_core::meter::{CounterEvent, Limits, MeterState};
use gpu_carbon_core::{CounterReading, Meter, Power, PriorState, Reading, Span, Timestamp};
use proptest::prelude::*;

/// The power of the GPU, which is constant, so that its energy is known for any time.
const WATTS: u64 = 300;

/// The time of the last process, in which everything becomes known, in milliseconds.
const CALM: u64 = 200_000;

/// One process: its readings, and the time after it without a process.
#[derive(Debug, Clone)]
struct Life {
    readings: Vec<Visit>,
    absence: u64,
    /// The part of the absence, in percent, after which the counter restarts.
    restarts_after: Option<u64>,
}

/// One reading.
#[derive(Debug, Clone, Copy)]
struct Visit {
    /// Milliseconds since the one before.
    wait: u64,
    answers: bool,
    /// True if a ledger holds the state and the amounts after it.
    is_committed: bool,
    /// True if the counter restarts right after it.
    then_restarts: bool,
}

fn visit() -> impl Strategy<Value = Visit> {
    let is = |weight: u32| prop::bool::weighted(f64::from(weight) / 100.0);
    (50_u64..1500, is(85), is(80), is(4)).prop_map(
        |(wait, answers, is_committed, then_restarts)| Visit {
            wait,
            answers,
            is_committed,
            then_restarts,
        },
    )
}

fn life() -> impl Strategy<Value = Life> {
    let readings = prop::collection::vec(visit(), 1..8);
    let restarts_after = prop::option::weighted(0.2, 0_u64..100);
    (readings, 20_u64..4000, restarts_after).prop_map(|(readings, absence, restarts_after)| Life {
        readings,
        absence,
        restarts_after,
    })
}

/// The amounts and the state that a ledger holds.
#[derive(Debug, Clone, Copy, Default)]
struct Account {
    joules: f64,
    unseen_seconds: f64,
    resets: u64,
    state: Option<MeterState>,
    /// The first reading, in milliseconds.
    begun: Option<u64>,
    /// The first reading of a meter that answered, in milliseconds.
    first: Option<u64>,
    /// The last reading at which the counter answered, in milliseconds, and its value in mJ.
    answered: Option<(u64, u64)>,
}

/// A GPU, and the processes that read it.
struct Gpu {
    has_power: bool,
    now: u64,
    restarted: u64,
    restarts: u64,
    meter: Meter,
    account: Account,
    committed: Account,
    /// The time between the last reading that was committed before a restart and the restart: nothing shows its energy.
    blind: u64,
    /// The value of the counter before its last restart.
    value_before: u64,
    /// True if a counter passed its old value, or restarted again, before its restart was noticed.
    is_ambiguous: bool,
}

impl Gpu {
    fn new(has_power: bool) -> Gpu {
        Gpu {
            has_power,
            now: 2_000_000,
            restarted: 0,
            restarts: 0,
            meter: Meter::new(Limits::default()),
            account: Account::default(),
            committed: Account::default(),
            blind: 0,
            value_before: 0,
            is_ambiguous: false,
        }
    }

    fn value(&self) -> u64 {
        (self.now - self.restarted) * WATTS
    }

    fn restart_counter(&mut self) {
        self.is_ambiguous |= self.account.resets < self.restarts;
        let Some((at, value)) = self.committed.answered else {
            self.is_ambiguous = true;
            return;
        };
        (self.blind, self.value_before) = (self.blind + self.now - at, value);
        (self.restarted, self.restarts) = (self.now, self.restarts + 1);
    }

    fn read(&mut self, answers: bool) {
        let uptime = Span::from_micros(self.now * 1000);
        let value = self.value();
        self.is_ambiguous |=
            answers && self.account.resets < self.restarts && value >= self.value_before;
        let counter =
            if answers { CounterReading::Millijoules(value) } else { CounterReading::Failed };
        let power = self.has_power.then(|| Power::from_watts(WATTS as f64).unwrap());
        let reading = Reading { at: Timestamp::EPOCH + uptime, uptime, counter, power };
        let seen = self.meter.observe(reading);
        self.account.joules += seen.flow.map_or(0.0, |flow| flow.energy.as_joules());
        self.account.unseen_seconds += seen.unseen.as_seconds();
        self.account.resets += u64::from(seen.events.contains(&CounterEvent::Reset));
        self.account.state = self.meter.state();
        self.account.begun.get_or_insert(self.now);
        if answers || self.has_power {
            self.account.first.get_or_insert(self.now);
        }
        if answers {
            self.account.answered = Some((self.now, value));
        }
    }

    /// Reads as one process does, which then is killed.
    fn live(&mut self, life: &Life) {
        for visit in &life.readings {
            self.now += visit.wait;
            self.read(visit.answers);
            if visit.is_committed {
                self.committed = self.account;
            }
            if visit.then_restarts {
                self.restart_counter();
            }
        }
        self.account = self.committed;
        self.meter = match self.committed.state {
            Some(state) => Meter::resume(Limits::default(), PriorState::after(state)),
            None => Meter::new(Limits::default()),
        };
        let before = life.restarts_after.map(|percent| life.absence * percent / 100);
        self.now += before.unwrap_or_default();
        if before.is_some() {
            self.restart_counter();
        }
        self.now += life.absence - before.unwrap_or_default();
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_global_rejects: 1_000_000,
        failure_persistence: None,
        ..ProptestConfig::with_cases(4000)
    })]

    /// The energy counted at a constant power is at most the true one; it is less by that of the unseen time, and by that
    /// between a last reading and a restart of the counter, whose time no one knows.
    #[test]
    fn energy_is_counted_once_or_unseen_whenever_a_process_is_killed(
        lives in prop::collection::vec(life(), 1..20),
        has_power in prop::bool::weighted(0.7),
    ) {
        let mut gpu = Gpu::new(has_power);
        lives.iter().for_each(|life| gpu.live(life));
        let end = gpu.now + CALM;
        while gpu.now < end {
            gpu.now += 1000;
            gpu.read(true);
        }
        prop_assume!(!gpu.is_ambiguous);
        let Account { joules, unseen_seconds, resets, begun, first, .. } = gpu.account;
        let watts = WATTS as f64;
        let since = |time: Option<u64>| watts * (gpu.now - time.unwrap()) as f64 / 1e3;
        let truth = since(first);
        let blind = watts * gpu.blind as f64 / 1e3;
        let unseen = watts * unseen_seconds;
        prop_assert!(joules + unseen <= since(begun) + 1e-3, "{joules} J + {unseen} J unseen of {truth} J");
        prop_assert!(joules <= truth + 1e-3, "{joules} J of {truth} J");
        prop_assert!(joules + unseen + blind >= truth - 1e-3, "{joules} J + {unseen} J unseen + {blind} J of {truth} J");
        prop_assert_eq!(resets, gpu.restarts);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    /// A counter shows its energy in steps, and lags by up to one. The power is counted over a restart, up to a reading at which
    /// the new count lags; the old one lagged at its last reading. So each restart costs up to a step, one way or the other, and
    /// all of them nothing on average.
    #[test]
    fn a_restart_of_a_counter_that_shows_steps_costs_at_most_one(
        phase in 0_u64..100,
        waits in prop::collection::vec(10_000_u64..16_000, 1..40),
    ) {
        const STEP: u64 = 100;
        let mut meter = Meter::new(Limits::default());
        let begin = 2_000_000 + phase;
        let (mut now, mut restarted, mut joules, mut resets) = (begin, 0, 0.0, 0_u32);
        let mut read = |now: u64, restarted: u64| {
            let uptime = Span::from_micros(now * 1000);
            let shown = (now / STEP * STEP).saturating_sub(restarted) * WATTS;
            let power = Some(Power::from_watts(WATTS as f64).unwrap());
            let counter = CounterReading::Millijoules(shown);
            let at = Timestamp::EPOCH + uptime;
            let seen = meter.observe(Reading { at, uptime, counter, power });
            joules += seen.flow.map_or(0.0, |flow| flow.energy.as_joules());
            resets += u32::from(seen.events.contains(&CounterEvent::Reset));
            joules
        };
        let mut counted = read(begin, restarted);
        for wait in &waits {
            let until = now + wait;
            while now + 1000 <= until {
                now += 1000;
                counted = read(now, restarted);
            }
            // The counter may begin again between its steps, and at any time between two readings.
            restarted = until;
        }
        for _ in 0..6 {
            now += 1000;
            counted = read(now, restarted);
        }
        prop_assert_eq!(resets as usize, waits.len());
        let off = counted - (now - begin) as f64 * WATTS as f64 / 1e3;
        let most = (STEP * WATTS) as f64 / 1e3 * (1 + waits.len()) as f64;
        prop_assert!(off.abs() <= most, "{off} J over {} restarts, at most {most} J", waits.len());
    }
}
