//! The ranking: each region with its grid zone, its yearly level and the emissions of the job there.

use gpu_carbon_core::{Energy, Intensity, Mass, Pue};
use gpu_carbon_feeds::hardware::Gpus;
use gpu_carbon_feeds::regions::{self, CloudRegion, GridZone, ZoneSource};

use super::args::Args;

/// The regions, the least level first; regions of one level by name.
#[derive(Debug)]
pub(super) struct Ranking<'a> {
    pub(super) args: &'a Args,
    /// The energy of the job, where one is given.
    pub(super) energy: Option<Energy>,
    pub(super) regions: Vec<RankedRegion>,
}

/// A region, and all that is known of its grid.
#[derive(Debug)]
pub(super) struct RankedRegion {
    pub(super) region: CloudRegion,
    pub(super) zone: GridZone,
    /// The mean over a year; `None` where none is published.
    pub(super) level: Option<Intensity>,
    /// The emissions of the job by that level.
    pub(super) emissions: Option<Mass>,
    /// The zone that another list gives.
    pub(super) other_zone: Option<GridZone>,
}

impl<'a> Ranking<'a> {
    pub(super) fn of(args: &'a Args) -> Ranking<'a> {
        let energy = args.energy.or_else(|| {
            let gpus: &Gpus = args.gpus.as_ref()?;
            Some(gpus.board_power() * args.load * args.duration?)
        });
        let asked = |region: &CloudRegion| {
            args.provider.is_empty() || args.provider.contains(&region.provider)
        };
        let known = |region| RankedRegion::of(region, energy, args.pue);
        let mut regions: Vec<_> = regions::all().filter(asked).filter_map(known).collect();
        let level = |it: &RankedRegion| {
            it.level.map_or(f64::INFINITY, Intensity::as_grams_per_kilowatt_hour)
        };
        regions.sort_by(|a, b| level(a).total_cmp(&level(b)));
        Ranking { args, energy, regions }
    }
}

impl RankedRegion {
    fn of(region: CloudRegion, energy: Option<Energy>, pue: Pue) -> Option<RankedRegion> {
        let zone = regions::zone(region.zone)?;
        let level = zone.yearly_level();
        let emissions = level.zip(energy).map(|(level, energy)| energy * pue * level);
        let other_zone = region.disputed.and_then(|other| regions::zone(other.zone));
        Some(RankedRegion { region, zone, level, emissions, other_zone })
    }

    /// The services of the zone, and of the other zone where the zone is disputed.
    pub(super) fn services(&self) -> impl Iterator<Item = ZoneSource> {
        let other = self.other_zone.iter().flat_map(|zone| &zone.services);
        self.zone.services.iter().chain(other).copied()
    }
}
