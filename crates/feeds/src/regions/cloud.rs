//! The regions of cloud providers.

use super::error::RegionError;
use super::provider::Provider;

/// A region of a cloud provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloudRegion {
    /// The provider.
    pub provider: Provider,
    /// The region's name, as the provider writes it: `us-east-1`.
    pub name: &'static str,
    /// The place or the title that the provider gives it: `Northern Virginia`.
    pub place: &'static str,
    /// The grid zone that the place lies in.
    pub zone: &'static str,
    /// Another zone, where sources disagree.
    pub disputed: Option<DisputedZone>,
}

/// A zone that another source gives for a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisputedZone {
    /// The other zone.
    pub zone: &'static str,
    /// The reason for the choice, as a clause.
    pub reason: &'static str,
}

impl CloudRegion {
    /// The region with its provider, as commands take it: `aws:us-east-1`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}:{}", self.provider.name(), self.name)
    }

    fn from_row(row: &'static str) -> Option<CloudRegion> {
        let mut fields = row.split(';');
        let mut next = || fields.next();
        let (provider, name, place) = (Provider::named(next()?)?, next()?, next()?);
        let (zone, other, reason) = (next()?, next()?, next()?);
        if next().is_some() {
            return None;
        }
        let disputed = (!other.is_empty()).then_some(DisputedZone { zone: other, reason });
        Some(CloudRegion { provider, name, place, zone, disputed })
    }
}

/// Every region, by provider and name.
///
/// The zones are those in which the places lie on Electricity Maps' map, 2025, checked against two other lists; where these
/// disagree, [`CloudRegion::disputed`] says so.
pub fn all() -> impl Iterator<Item = CloudRegion> {
    include_str!("../../data/cloud-regions.csv").lines().skip(1).filter_map(CloudRegion::from_row)
}

/// The region of an id such as `aws:us-east-1`, in any case.
///
/// # Errors
///
/// When the text names no provider, another provider, or a region that the provider does not have; the error names the
/// regions that come nearest.
///
/// ```
/// let region = gpu_carbon_feeds::regions::find("azure:westeurope")?;
/// assert_eq!((region.place, region.zone), ("West Europe", "NL"));
/// # Ok::<(), gpu_carbon_feeds::regions::RegionError>(())
/// ```
pub fn find(id: &str) -> Result<CloudRegion, RegionError> {
    let Some((provider, name)) = id.split_once(':') else {
        let same = all().filter(|region| region.name.eq_ignore_ascii_case(id));
        let ids: Vec<_> = same.map(|region| region.id()).collect();
        return Err(RegionError::without_provider(id, &ids));
    };
    let provider = Provider::named(provider).ok_or_else(|| RegionError::provider(provider))?;
    let regions = || all().filter(|region| region.provider == provider);
    regions()
        .find(|region| region.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| RegionError::region(provider, name, regions().map(|region| region.name)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::zone;
    use super::*;

    #[test]
    fn every_row_is_a_region_once_in_a_zone_that_has_a_level() {
        let rows = include_str!("../../data/cloud-regions.csv").lines().skip(1).count();
        let regions: Vec<_> = all().collect();
        assert_eq!(regions.len(), rows, "a row could not be read");
        assert!(rows >= 121, "{rows}");
        let ids: BTreeSet<_> = regions.iter().map(CloudRegion::id).collect();
        assert_eq!(ids.len(), rows, "a region stands twice");
        let in_order: Vec<_> = ids.into_iter().collect();
        assert!(regions.iter().map(CloudRegion::id).eq(in_order), "the rows are not in order");
        for region in regions {
            let zones = [Some(region.zone), region.disputed.map(|other| other.zone)];
            for code in zones.into_iter().flatten() {
                let zone = zone(code).unwrap_or_else(|| panic!("{}: {code}", region.id()));
                assert!(zone.yearly_level().is_some(), "{}: {code}", region.id());
            }
            assert!(!region.place.is_empty(), "{}", region.id());
        }
    }

    #[test]
    fn a_region_is_found_by_its_id_alone() {
        for region in all() {
            assert_eq!(find(&region.id()), Ok(region));
            assert_eq!(find(&region.id().to_uppercase()), Ok(region));
        }
        let message = |id: &str| find(id).unwrap_err().to_string();
        assert_eq!(message("us-east-1"), "`us-east-1` names no provider: write aws:us-east-1");
        assert_eq!(
            message("us-east-99"),
            "`us-east-99` names no provider: write PROVIDER:REGION, such as aws:us-east-1"
        );
        assert_eq!(
            message("oracle:eu-frankfurt-1"),
            "no provider is named `oracle`: the map has aws, azure and gcp"
        );
        assert!(
            message("aws:us-east-9")
                .starts_with("aws has no region `us-east-9`: did you mean us-east-1")
        );
        assert!(message("azure:").contains("azure has no region ``"));
    }
}
