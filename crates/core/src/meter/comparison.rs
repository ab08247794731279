//! The comparison of an energy counter with the integral of the power, over minutes.
//!
//! Both measure the same GPU, by NVIDIA within 5 % of a meter for a steady load (Yang, Adamek and Armour, SC24). Where
//! they differ for long:
//!
//! - A counter that stands while power flows is dead, and one that leaps each time counts in another unit.
//! - A counter may count several times the power: on Grace Hopper it is that of the whole module, with CPU and memory
//!   (observed on GH200, <https://github.com/ml-energy/zeus/pull/172>, 2025), which is up to about five times an idle
//!   GPU. It may also count down to a quarter of it, since A100 and H100 sample the power in 25 of every 100 ms (SC24).
//!   Such a counter is believed.
//! - A sensor of power whose samples are all the same, to the milliwatt, is frozen. Beside it, a counter that counts what
//!   a GPU may draw is believed.
//! - Nothing known explains other factors, such as a thousand. Then the power is believed, whose unit is certain: it is
//!   never above the ceiling.
//!
//! A load that swings with the period of the readings has a wrong integral. Before a difference counts, the power is
//! therefore sampled often for as long as a comparison lasts.

use core::ops::RangeInclusive;

use super::integral::{Integral, Step};
use super::observation::Disbelief;
use crate::time::Span;
use crate::units::Energy;

/// The least time of a comparison. It ends when the counter next moves.
const WINDOW: Span = Span::from_seconds(60);

/// The time for which a counter must stand, or leap, until it is not believed. It is more than the half minute for
/// which slow counters were seen to stand.
const DISBELIEVED_AFTER: Span = Span::from_seconds(60);

/// The time for which a counter must stand until the power is sampled often, in case it is not believed later.
const STANDS_AFTER: Span = Span::from_seconds(5);

/// The time after which a difference is looked at again.
const RECHECK: Span = Span::from_seconds(900);

/// The factors between counter and power that count as agreement.
const AGREEMENT: RangeInclusive<f64> = 0.8..=1.25;

/// The factors for which there are explanations, see above.
const BELIEVABLE: RangeInclusive<f64> = 0.25..=10.0;

/// The mean power in watts by which a counter is believed beside a frozen sensor of power: that of the least GPUs when they
/// idle, and of the largest module of 2026.
const PLAUSIBLE_WATTS: RangeInclusive<f64> = 1.0..=3000.0;

/// The mean power from which a comparison means something, in watts. The least GPUs idle at a few watts.
const LEAST_WATTS: f64 = 1.0;

/// The energy in joules by which a counter may run ahead of the power within a comparison, beside the greatest
/// believable factor: the reading of the power lags behind by a second.
const HEAD_START_JOULES: f64 = 1000.0;

/// The comparison of an energy counter with the integral of the power.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Comparison {
    window: Option<Window>,
    /// The power since the counter last moved.
    since_moved: Integral,
    /// The window that had a difference, while the power is sampled often to prove it.
    suspicious: Option<Window>,
    /// True while the counter runs far ahead of the power, until it is proven whether it may.
    is_withheld: bool,
    /// True if the sensor of power was proven to be frozen, and has shown nothing else since.
    is_power_frozen: bool,
    /// True while the counter stands and power flows.
    is_standing: bool,
    /// The time since which the counter has risen by implausible amounts only.
    leaping_since: Option<Span>,
    recheck_at: Span,
    ratio: Option<f64>,
}

/// A window of time in which counter and power are compared.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    power: Integral,
    millijoules: u64,
}

/// The difference between the energy that was counted and that which should have been.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Settlement {
    /// The beginning of the time that is settled, since boot.
    pub(super) since: Span,
    /// The energy that is to be added.
    pub(super) missing: Energy,
    /// The energy that was counted and must not be counted again.
    pub(super) ahead: Energy,
    /// The time whose energy is unknown.
    pub(super) unseen: Span,
}

/// The result of a comparison.
#[derive(Debug, Clone, Copy)]
pub(super) enum Verdict {
    /// The comparison goes on, or has no meaning.
    Open,
    /// Counter and power agree.
    Agree,
    /// The counter counts this many times the power, which is believable.
    Factor(f64),
    /// The counter is not to be believed.
    Disbelieve(Disbelief, Settlement),
}

impl Window {
    fn new(since: Span) -> Window {
        Window { power: Integral::new(since), millijoules: 0 }
    }

    fn ratio(&self) -> Option<f64> {
        let (counter, power) = (Energy::from_millijoules(self.millijoules), self.power.energy);
        (power.as_joules() > 0.0).then(|| counter.as_joules() / power.as_joules())
    }

    /// Reports whether no sample of the power differs from another, while the counter counts what a GPU may draw.
    fn has_frozen_power(&self, uptime: Span) -> bool {
        let seconds = self.power.length(uptime).as_seconds();
        let watts = Energy::from_millijoules(self.millijoules).as_joules() / seconds;
        !self.power.has_varied && PLAUSIBLE_WATTS.contains(&watts)
    }

    /// Reports whether there is so much power that a comparison means something. A power sensor may be dead, too.
    fn has_meaning(&self, uptime: Span) -> bool {
        let least = LEAST_WATTS * self.power.length(uptime).as_seconds();
        self.power.energy > Energy::ZERO && self.power.energy.as_joules() >= least
    }

    /// Reports whether the counter is ahead of the greatest believable factor.
    fn is_far_ahead(&self, uptime: Span) -> bool {
        let counter = Energy::from_millijoules(self.millijoules);
        let most = self.power.energy.as_joules() * BELIEVABLE.end() + HEAD_START_JOULES;
        self.has_meaning(uptime) && counter.as_joules() > most
    }
}

impl Settlement {
    /// Replaces what was counted in some windows by the integral of the power.
    fn by_power(windows: impl Iterator<Item = Integral>, uptime: Span) -> Settlement {
        let mut since = uptime;
        let (mut power, mut counted) = (Energy::ZERO, Energy::ZERO);
        let mut covered = Span::ZERO;
        for window in windows {
            since = since.min(window.since);
            power += window.countable;
            counted += window.counted;
            covered = covered + window.countable_time;
        }
        Settlement {
            since,
            missing: power.saturating_sub(counted),
            ahead: counted.saturating_sub(power),
            unseen: uptime.saturating_sub(since).saturating_sub(covered),
        }
    }
}

impl Comparison {
    /// Begins again, since the counter has begun again.
    pub(super) fn restart(&mut self, uptime: Span) {
        self.window = Some(Window::new(uptime));
        self.since_moved = Integral::new(uptime);
        (self.suspicious, self.is_withheld, self.is_standing) = (None, false, false);
    }

    /// The number of times that the counter counts the integral of the power, as last proven.
    pub(super) const fn ratio(&self) -> Option<f64> {
        self.ratio
    }

    /// Reports whether the energy by a counter is ahead of that by the power by more than its known factor, or without one by more
    /// than the greatest believable one.
    pub(super) fn is_far_ahead(&self, counter: Energy, power: Energy) -> bool {
        let known = self.ratio.filter(|ratio| BELIEVABLE.contains(ratio));
        let factor = known.map_or(*BELIEVABLE.end(), |ratio| ratio.max(1.0) * AGREEMENT.end());
        counter.as_joules() > power.as_joules() * factor + HEAD_START_JOULES
    }

    /// True while more samples of power than those beside the counter are needed.
    pub(super) const fn needs_power(&self) -> bool {
        self.suspicious.is_some()
            || self.is_withheld
            || self.is_standing
            || self.leaping_since.is_some()
    }

    /// True while the counter runs far ahead of the power: its rise is not to be counted.
    pub(super) const fn is_withheld(&self) -> bool {
        self.is_withheld
    }

    /// Begins again when the counter next moves, since the time up to now is not to be compared.
    pub(super) fn pause(&mut self, uptime: Span) {
        self.restart(uptime);
        self.window = None;
    }

    pub(super) fn add_step(&mut self, step: Step) {
        let has_samples =
            self.window.is_some_and(|window| window.power.countable_time > Span::ZERO);
        if has_samples && !step.is_countable {
            // The GPU did not answer for a while, in which its power is unknown. Whether its counter stands is still told by
            // the time before and after.
            let since_moved = self.since_moved;
            self.pause(step.to);
            self.since_moved = since_moved;
            return self.since_moved.add(step);
        }
        self.is_power_frozen &= step.is_flat;
        self.since_moved.add(step);
        if let Some(window) = &mut self.window {
            window.power.add(step);
        }
    }

    /// Records that energy up to a time was counted.
    pub(super) fn add_counted(&mut self, energy: Energy, uptime: Span) {
        let window = self.window.as_mut().map(|window| &mut window.power);
        let integrals = window.into_iter().chain([&mut self.since_moved]);
        integrals
            .filter(|integral| integral.since < uptime)
            .for_each(|integral| integral.counted += energy);
    }

    /// The power of the time for which the counter has stood: since it last moved.
    pub(super) const fn since_moved(&self) -> &Integral {
        &self.since_moved
    }

    /// Records an implausible rise.
    pub(super) fn record_leap(&mut self, millijoules: u64, uptime: Span) -> Verdict {
        let since = *self.leaping_since.get_or_insert(uptime);
        // The window began at the leap before.
        let ratio = self.window.and_then(|window| Window { millijoules, ..window }.ratio());
        self.restart(uptime);
        if uptime.saturating_sub(since) < DISBELIEVED_AFTER {
            return Verdict::Open;
        }
        self.ratio = ratio;
        // Since the first leap, the power was counted.
        let settlement = Settlement { since: uptime, ..Settlement::default() };
        Verdict::Disbelieve(Disbelief::Leaps(ratio), settlement)
    }

    /// Records a plausible rise, or that the counter stands. `has_power` is true if the power is known up to now.
    pub(super) fn record_rise(
        &mut self,
        millijoules: u64,
        uptime: Span,
        has_power: bool,
    ) -> Verdict {
        if let Some(window) = &mut self.window {
            window.millijoules = window.millijoules.saturating_add(millijoules);
            self.is_withheld |= has_power && !self.is_power_frozen && window.is_far_ahead(uptime);
        }
        if millijoules == 0 {
            return self.check_standing(uptime, has_power);
        }
        (self.leaping_since, self.is_standing) = (None, false);
        self.since_moved = Integral::new(uptime);
        let is_due =
            has_power && self.window.is_none_or(|window| window.power.length(uptime) >= WINDOW);
        if is_due { self.close(uptime) } else { Verdict::Open }
    }

    fn check_standing(&mut self, uptime: Span, has_power: bool) -> Verdict {
        let power = self.since_moved;
        let length = power.countable_time;
        let flows = power.countable.as_joules() >= LEAST_WATTS * length.as_seconds();
        self.is_standing = flows && length >= STANDS_AFTER;
        if length < DISBELIEVED_AFTER || !flows || !has_power {
            return Verdict::Open;
        }
        self.restart(uptime);
        self.ratio = Some(0.0);
        let settlement = Settlement::by_power([power].into_iter(), uptime);
        Verdict::Disbelieve(Disbelief::Stands, settlement)
    }

    /// Ends a window, and begins the next.
    fn close(&mut self, uptime: Span) -> Verdict {
        let Some(window) = self.window.replace(Window::new(uptime)) else { return Verdict::Open };
        let suspicious = self.suspicious.take();
        let Some(ratio) = window.ratio().filter(|_| window.has_meaning(uptime)) else {
            return Verdict::Open;
        };
        if AGREEMENT.contains(&ratio) {
            (self.ratio, self.is_withheld) = (Some(ratio), false);
            if suspicious.is_some() {
                self.recheck_at = uptime + RECHECK;
            }
            return Verdict::Agree;
        }
        let Some(suspicious) = suspicious else {
            let is_known = self.ratio.is_some_and(|known| AGREEMENT.contains(&(ratio / known)));
            if is_known && (BELIEVABLE.contains(&ratio) || self.is_power_frozen) {
                self.ratio = Some(ratio);
            } else if self.is_withheld || uptime >= self.recheck_at {
                self.suspicious = Some(window);
            }
            return Verdict::Open;
        };
        self.recheck_at = uptime + RECHECK;
        self.ratio = Some(ratio);
        let is_frozen = !suspicious.power.has_varied && window.has_frozen_power(uptime);
        self.is_power_frozen = is_frozen;
        if BELIEVABLE.contains(&ratio) || is_frozen {
            self.is_withheld = false;
            return Verdict::Factor(ratio);
        }
        self.restart(uptime);
        let windows = [suspicious.power, window.power].into_iter();
        Verdict::Disbelieve(Disbelief::Factor(ratio), Settlement::by_power(windows, uptime))
    }
}
