//! The zones of the services in the ledger: a service that is queried for another zone must not revise the past.

use gpu_carbon_core::Timestamp;
use gpu_carbon_ledger::Feed;

use crate::intensity::ServiceZone;

/// The feed as of now, given the one in the ledger. It may revise the past, unless one of its services was queried for
/// another zone before.
pub(super) fn feed_of(zones: &[ServiceZone], recorded: Option<&Feed>, now: Timestamp) -> Feed {
    let texts = zones.iter().map(|one| format!("{} {}", one.service, one.zone));
    let name = texts.collect::<Vec<_>>().join("; ");
    let since = match recorded {
        None => Timestamp::EPOCH,
        Some(feed) if zones.iter().any(|one| is_other(one, &feed.name)) => now,
        Some(feed) => feed.since,
    };
    Feed { name, since }
}

/// Reports whether a service has another zone in the name of a feed.
fn is_other(zone: &ServiceZone, feed: &str) -> bool {
    let recorded = feed.split("; ").filter_map(|one| one.split_once(' '));
    recorded
        .filter(|(service, _)| *service == zone.service)
        .any(|(_, recorded)| recorded != zone.zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(zones: &[(&'static str, &str)]) -> Vec<ServiceZone> {
        let zone = |&(service, zone): &(_, &str)| ServiceZone { service, zone: zone.to_owned() };
        zones.iter().map(zone).collect()
    }

    #[test]
    fn only_another_zone_of_a_service_ends_the_revisions_of_the_past() {
        let now = Timestamp::from_unix_seconds(1_795_521_600);
        let first = feed_of(&zones(&[("energy_charts", "de")]), None, now);
        assert_eq!(first.since, Timestamp::EPOCH);
        let both = zones(&[("energy_charts", "de"), ("gb", "region 12")]);
        let added = feed_of(&both, Some(&first), now);
        assert_eq!((&*added.name, added.since), ("energy_charts de; gb region 12", first.since));
        let of_file = feed_of(&[], Some(&added), now);
        assert_eq!(of_file.since, first.since);
        let moved = feed_of(&zones(&[("energy_charts", "fr")]), Some(&added), now);
        assert_eq!(moved.since, now);
    }
}
