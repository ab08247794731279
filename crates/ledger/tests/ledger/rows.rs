//! The rows of a ledger's file, read with SQL beside the writer.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// The key of a row of `entry`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EntryKey {
    /// The start, in seconds of UTC.
    pub(crate) start: i64,
    /// The UUID of the GPU.
    pub(crate) uuid: String,
    /// The length, in seconds.
    pub(crate) seconds: i64,
    /// Zone, signal and PUE, and the source and quality of a converted row.
    pub(crate) origin: String,
}

/// The amounts of a row of `entry`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Amounts {
    /// The joules: counted, integrated and recovered.
    pub(crate) joules: [f64; 3],
    /// The emissions; `None` for pending energy.
    pub(crate) grams: Option<f64>,
}

/// A row of `entry`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: EntryKey,
    pub(crate) amounts: Amounts,
}

/// All rows of `entry`, ordered by key.
pub(crate) fn entries(path: &Path) -> Vec<Entry> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT start, uuid, seconds,
                zone || ' ' || signal || ' ' || pue || ifnull(' ' || source || ' ' || quality, ''),
                counted_joules, integrated_joules, entry.recovered_joules, grams
             FROM entry JOIN gpu ON gpu.id = gpu JOIN origin ON origin.id = origin
             ORDER BY 1, 2, 3, 4",
        )
        .unwrap();
    let rows = statement.query_map([], |row| {
        let key = EntryKey {
            start: row.get(0)?,
            uuid: row.get(1)?,
            seconds: row.get(2)?,
            origin: row.get(3)?,
        };
        let joules = [row.get(4)?, row.get(5)?, row.get(6)?];
        Ok(Entry { key, amounts: Amounts { joules, grams: row.get(7)? } })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// The difference between a GPU's rows with its carried amounts, and its totals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Imbalance {
    pub(crate) joules: f64,
    pub(crate) grams: f64,
    embodied_grams: f64,
    /// The greatest difference between the energy of an interval and the sum of its shares, if there are shares.
    shared_joules: f64,
}

impl Imbalance {
    /// Reports whether every difference is smaller than `bound`.
    pub(crate) fn is_below(self, bound: f64) -> bool {
        let Imbalance { joules, grams, embodied_grams, shared_joules } = self;
        [joules, grams, embodied_grams, shared_joules].iter().all(|rest| rest.abs() < bound)
    }
}

/// The imbalance of each GPU.
pub(crate) fn imbalances(path: &Path) -> Vec<Imbalance> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT
                (SELECT total(counted_joules + integrated_joules + recovered_joules)
                    FROM entry WHERE gpu = gpu.id) + carried_joules - energy_joules,
                (SELECT total(grams) FROM entry WHERE gpu = gpu.id)
                    + carried_grams - emissions_grams - restated_grams,
                (SELECT total(embodied_grams) FROM presence WHERE gpu = gpu.id)
                    + carried_embodied_grams - embodied_grams,
                (SELECT ifnull(max(abs(joules)), 0) FROM (
                    SELECT total(joules) AS joules FROM (
                        SELECT start, seconds, counted_joules + integrated_joules + recovered_joules AS joules
                            FROM entry WHERE gpu = gpu.id
                        UNION ALL SELECT start, seconds, -joules FROM share WHERE gpu = gpu.id
                    ) GROUP BY start, seconds
                 ) WHERE EXISTS (SELECT 1 FROM share))
             FROM gpu",
        )
        .unwrap();
    let rows = statement.query_map([], |row| {
        Ok(Imbalance {
            joules: row.get(0)?,
            grams: row.get(1)?,
            embodied_grams: row.get(2)?,
            shared_joules: row.get(3)?,
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}
