//! The ranking: each region with its grid zone, its yearly level and the emissions of the job there.

use gpu_carbon_core::ranking::{self, RankedPlace};
use gpu_carbon_core::{Energy, Intensity, Mass};
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
    pub(super) zone: &'static GridZone,
    /// The mean over a year; `None` where none is published.
    pub(super) level: Option<Intensity>,
    /// The emissions of the job by that level.
    pub(super) emissions: Option<Mass>,
    /// The zone that another list gives.
    pub(super) other_zone: Option<&'static GridZone>,
}

impl<'a> Ranking<'a> {
    pub(super) fn of(args: &'a Args) -> Ranking<'a> {
        let energy = args.energy.or(args.job.map(|job| job.energy())).or_else(|| {
            let gpus: &Gpus = args.gpus.as_ref()?;
            Some(gpus.board_power() * args.load * args.duration?)
        });
        let asked = |region: &CloudRegion| {
            args.provider.is_empty() || args.provider.contains(&region.provider)
        };
        let known: Vec<_> = regions::all()
            .filter(asked)
            .filter_map(|it| Some((it, regions::zone(it.zone)?)))
            .collect();
        let levels: Vec<_> = known.iter().map(|(_, zone)| zone.yearly_level()).collect();
        let places = ranking::by_level(&levels, energy, args.pue, None);
        let region = |place: RankedPlace| {
            let (region, zone) = *known.get(place.index)?;
            let level = levels.get(place.index).copied().flatten();
            let other_zone = region.disputed.and_then(|other| regions::zone(other.zone));
            Some(RankedRegion { region, zone, level, emissions: place.emissions, other_zone })
        };
        Ranking { args, energy, regions: places.into_iter().filter_map(region).collect() }
    }
}

impl RankedRegion {
    /// The services of the zone, and of the other zone where the zone is disputed.
    pub(super) fn services(&self) -> impl Iterator<Item = ZoneSource> {
        let other = self.other_zone.iter().flat_map(|zone| &zone.services);
        self.zone.services.iter().chain(other).copied()
    }
}
