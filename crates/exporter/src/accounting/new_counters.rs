//! The first appearance of a workload's counters: at zero, until every scraper has seen them so. `increase()` takes the difference
//! between samples, and would miss all energy before the first one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gpu_carbon_ledger::HostAccount;

use crate::host_view::ComponentView;
use crate::scrape_schedule::ScrapeSchedule;
use crate::snapshot::{GpuView, ShareAmounts, SharesView};

/// The longest time for which counters stay at zero for a scraper that does not come.
const LONGEST: Duration = Duration::from_secs(300);

/// The workloads whose counters were published, on each GPU.
#[derive(Debug)]
pub(super) struct NewCounters {
    scrapes: Arc<ScrapeSchedule>,
    /// Those of each GPU, and of each part of the host, by the UUID in the ledger.
    meters: BTreeMap<Arc<str>, Vec<Published>>,
}

/// A workload whose counters were published on a GPU.
#[derive(Debug, Clone)]
struct Published {
    workload: Arc<str>,
    appearance: Appearance,
}

/// The state of a workload's counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Appearance {
    /// The first snapshot with the counters, at zero, is being published.
    New,
    /// Published at zero, at least since a time.
    ZeroSince(Instant),
    /// Published with their values.
    Shown,
}

impl NewCounters {
    /// No counters yet.
    pub(super) const fn new(scrapes: Arc<ScrapeSchedule>) -> NewCounters {
        NewCounters { scrapes, meters: BTreeMap::new() }
    }

    /// Keeps the counters of new workloads at zero in the next snapshot. Those of a GPU that was not shared out before are not
    /// new: the GPU's own counters appear with them, or the ledger continues all of them.
    pub(super) fn apply(&mut self, gpus: &mut [GpuView], host: &mut [ComponentView], now: Instant) {
        for gpu in gpus {
            if let (Some(identity), Some(shares)) = (&gpu.identity, &mut gpu.shares) {
                self.apply_to(&identity.uuid, shares, now);
            }
        }
        for component in host {
            let ComponentView { part, method, .. } = *component;
            if let Some(shares) = &mut component.shares {
                self.apply_to(&HostAccount { part, method }.uuid().into(), shares, now);
            }
        }
    }

    fn apply_to(&mut self, uuid: &Arc<str>, shares: &mut Arc<SharesView>, now: Instant) {
        let Some(published) = self.meters.get_mut(uuid) else {
            let all = shares.by_workload.iter().map(|(workload, _)| Published {
                workload: Arc::clone(workload),
                appearance: Appearance::Shown,
            });
            self.meters.insert(Arc::clone(uuid), all.collect());
            return;
        };
        if !is_settled(published, shares) {
            *published = next(published, shares, &self.scrapes, now);
            hide(published, shares);
        }
    }
}

/// True if the workloads are those of before, all of which have their values.
fn is_settled(published: &[Published], shares: &SharesView) -> bool {
    let is_same = |(known, (workload, _)): (&Published, &(Arc<str>, ShareAmounts))| {
        Arc::ptr_eq(&known.workload, workload) && known.appearance == Appearance::Shown
    };
    published.len() == shares.by_workload.len()
        && published.iter().zip(&shares.by_workload).all(is_same)
}

/// The state of the workloads of the next snapshot.
fn next(
    published: &[Published],
    shares: &SharesView,
    scrapes: &ScrapeSchedule,
    now: Instant,
) -> Vec<Published> {
    let known: BTreeMap<&str, Appearance> =
        published.iter().map(|known| (&*known.workload, known.appearance)).collect();
    let is_seen = |since: Instant| {
        now.saturating_duration_since(since) > LONGEST || scrapes.has_all_since(since, now)
    };
    let appearance = |workload: &str| match known.get(workload) {
        None if !scrapes.has_any(now) => Appearance::Shown,
        None => Appearance::New,
        Some(Appearance::New) => Appearance::ZeroSince(now),
        Some(Appearance::ZeroSince(since)) if !is_seen(*since) => Appearance::ZeroSince(*since),
        Some(_) => Appearance::Shown,
    };
    let of = |(workload, _): &(Arc<str>, ShareAmounts)| Published {
        workload: Arc::clone(workload),
        appearance: appearance(workload),
    };
    shares.by_workload.iter().map(of).collect()
}

/// Names the workloads whose values are not to be shown yet.
fn hide(published: &[Published], shares: &mut Arc<SharesView>) {
    let is_hidden = |it: &&Published| it.appearance != Appearance::Shown;
    let hidden: Vec<_> = published.iter().filter(is_hidden).collect();
    if !hidden.is_empty() {
        Arc::make_mut(shares).unseen =
            hidden.into_iter().map(|it| Arc::clone(&it.workload)).collect();
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use gpu_carbon_core::Timestamp;

    use super::*;
    use crate::clock;
    use crate::nvml::{EnergyMethod, Identity};
    use crate::snapshot::{EnergyScope, SharingMethod};

    fn gpu(workloads: &[&Arc<str>]) -> GpuView {
        let amounts = ShareAmounts {
            energy_joules: 7.0,
            embodied_grams: Some(1.0),
            ..ShareAmounts::default()
        };
        let shares = SharesView {
            since: Timestamp::EPOCH,
            method: SharingMethod::Exclusive,
            by_workload: workloads.iter().map(|&it| (Arc::clone(it), amounts)).collect(),
            unseen: Vec::new(),
            workloads: amounts,
            unallocated: ShareAmounts::default(),
            unknown: ShareAmounts::default(),
        };
        let identity =
            Identity { uuid: "GPU-a".into(), name: String::new(), pci_bus_id: String::new() };
        GpuView {
            index: 0,
            identity: Some(Arc::new(identity)),
            up: true,
            suspended: false,
            method: EnergyMethod::Counter,
            scope: EnergyScope::Gpu,
            counter_ratio: None,
            totals: None,
            embodied: None,
            power: None,
            errors: Vec::new(),
            shares: Some(Arc::new(shares)),
        }
    }

    /// The joules of each workload in the next snapshot.
    fn joules(counters: &mut NewCounters, workloads: &[&Arc<str>], now: Instant) -> Vec<f64> {
        let mut gpus = [gpu(workloads)];
        counters.apply(&mut gpus, &mut [], now);
        let shares = gpus[0].shares.as_ref().unwrap();
        assert_eq!(shares.workloads.energy_joules, 7.0, "the whole is the whole");
        shares.counters().map(|(_, amounts)| amounts.energy_joules).collect()
    }

    #[test]
    fn each_scraper_sees_new_counters_at_zero_once() {
        let scrapes = Arc::new(ScrapeSchedule::default());
        let mut counters = NewCounters::new(Arc::clone(&scrapes));
        let begin = clock::instant();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let scraper = |host| IpAddr::V4(Ipv4Addr::new(10, 0, 0, host));
        let [first, second, third]: [Arc<str>; 3] = ["a", "b", "c"].map(Into::into);
        assert_eq!(joules(&mut counters, &[&first], at(0)), [7.0], "they appear with the GPU");
        assert_eq!(joules(&mut counters, &[&first, &second], at(1)), [7.0, 7.0], "no one scrapes");
        for seconds in [10, 11] {
            (1..3).for_each(|host| scrapes.record_scrape(scraper(host), at(seconds)));
        }
        let all = [&first, &second, &third];
        assert_eq!(joules(&mut counters, &all, at(20)), [7.0, 7.0, 0.0]);
        scrapes.record_scrape(scraper(1), at(21));
        scrapes.record_scrape(scraper(2), at(21));
        // The scrapes may have come before that snapshot was published.
        assert_eq!(joules(&mut counters, &all, at(22)), [7.0, 7.0, 0.0]);
        scrapes.record_scrape(scraper(1), at(23));
        assert_eq!(joules(&mut counters, &all, at(24)), [7.0, 7.0, 0.0], "one has not seen it");
        scrapes.record_scrape(scraper(2), at(25));
        assert_eq!(joules(&mut counters, &all, at(26)), [7.0, 7.0, 7.0]);
        // One that was forgotten is new when it returns, and no scraper is waited for without an end.
        assert_eq!(joules(&mut counters, &all[..2], at(27)), [7.0, 7.0]);
        for (seconds, expected) in [(28, 0.0), (29, 0.0), (60, 0.0), (500, 7.0)] {
            assert_eq!(joules(&mut counters, &all, at(seconds))[2], expected, "{seconds}");
        }
    }
}
