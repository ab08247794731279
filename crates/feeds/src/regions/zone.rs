//! Grid zones and the sources of their carbon intensity.

use std::sync::LazyLock;

use gpu_carbon_core::Intensity;

use super::yearly::yearly_level;
use crate::bundled::BundledSeries;
use crate::service::Service;

/// A grid zone in which a cloud region lies.
#[derive(Debug, Clone, PartialEq)]
pub struct GridZone {
    /// The zone, as Electricity Maps names it: `US-MIDA-PJM`.
    pub code: &'static str,
    /// The name that people know it by: `PJM`.
    pub name: &'static str,
    /// The services that publish the zone's intensity, the best first.
    pub services: Vec<ZoneSource>,
    /// The recorded years that are bundled, the best first.
    pub recorded: Vec<BundledSeries>,
}

/// A service that publishes a zone's intensity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneSource {
    /// The service.
    pub service: Service,
    /// The zone, as the service names it.
    pub zone: &'static str,
}

impl GridZone {
    /// The mean intensity over a year, as [`yearly_level`] has it.
    #[must_use]
    pub fn yearly_level(&self) -> Option<Intensity> {
        yearly_level(self.code)
    }

    fn from_row(row: &'static str) -> Option<GridZone> {
        let mut fields = row.split(';');
        let mut next = || fields.next();
        let (code, name, services, recorded) = (next()?, next()?, next()?, next()?);
        let services = services.split_whitespace().map(|pair| {
            let (service, zone) = pair.split_once(':')?;
            Some(ZoneSource { service: Service::named(service)?, zone })
        });
        let recorded = recorded.split_whitespace().map(BundledSeries::named);
        let (services, recorded) =
            (services.collect::<Option<_>>()?, recorded.collect::<Option<_>>()?);
        Some(GridZone { code, name, services, recorded })
    }
}

/// The zones in order of their codes, read once.
static ZONES: LazyLock<Vec<GridZone>> = LazyLock::new(|| {
    include_str!("../../data/zones.csv").lines().skip(1).filter_map(GridZone::from_row).collect()
});

/// Every zone that a cloud region lies in, by code.
pub fn zones() -> impl Iterator<Item = &'static GridZone> {
    ZONES.iter()
}

/// The zone of a code, such as `US-MIDA-PJM`; `None` where no cloud region lies in it.
#[must_use]
pub fn zone(code: &str) -> Option<&'static GridZone> {
    let place = ZONES.binary_search_by(|zone| zone.code.cmp(code)).ok()?;
    ZONES.get(place)
}

#[cfg(test)]
mod tests {
    use super::super::all;
    use super::*;

    #[test]
    fn every_row_is_a_zone_once_that_a_region_needs() {
        let rows = include_str!("../../data/zones.csv").lines().skip(1).count();
        let zones: Vec<_> = zones().collect();
        assert_eq!(zones.len(), rows, "a row could not be read");
        assert!(zones.iter().all(|it| zone(it.code) == Some(it)));
        assert!(zones.windows(2).all(|pair| pair[0].code < pair[1].code), "in order, each once");
        for zone in zones {
            let needed = all().any(|region| {
                let other = region.disputed.map(|other| other.zone);
                region.zone == zone.code || other == Some(zone.code)
            });
            assert!(needed, "{} has no region", zone.code);
            assert!(!zone.services.is_empty(), "{} has no service", zone.code);
        }
    }
}
