//! The hourly data of grid zones: the live answers of services, and recorded years mapped onto the present.

mod access;
mod live;
mod query;
mod recorded;

use gpu_carbon_feeds::regions::GridZone;

pub(crate) use live::{LiveAnswer, LiveData};
pub(crate) use query::DataQuery;
pub(crate) use recorded::RecordedData;

/// The data of a zone.
#[derive(Debug)]
pub(crate) struct ZoneData {
    /// The zone.
    pub(crate) zone: &'static GridZone,
    /// The answer of its services.
    pub(crate) live: LiveAnswer,
    /// The recorded year of the zone.
    pub(crate) recorded: Option<RecordedData>,
}

impl ZoneData {
    /// Finds the data of some zones: asks their services side by side, and maps their recorded years onto the time.
    ///
    /// # Errors
    ///
    /// When a recorded year is damaged.
    pub(crate) fn of(
        zones: &[&'static GridZone],
        query: &DataQuery,
    ) -> anyhow::Result<Vec<ZoneData>> {
        let live = live::ask(zones, query);
        let data = zones.iter().zip(live).map(|(&zone, live)| {
            Ok(ZoneData { zone, live, recorded: RecordedData::of(zone, query)? })
        });
        data.collect()
    }
}
