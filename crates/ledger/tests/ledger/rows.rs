//! The rows of a ledger's file, as anybody may read them beside the writer.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// Energy in a stretch of time: when it begins, whose, how long it is in seconds, and by what it is priced.
pub(crate) type Key = (i64, String, i64, String);

/// The joules, counted, integrated and recovered, and the grams.
pub(crate) type Amounts = ([f64; 3], Option<f64>);

/// All entries, in the order of their keys.
pub(crate) fn entries(path: &Path) -> Vec<(Key, Amounts)> {
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
        let key = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok((key, ([row.get(4)?, row.get(5)?, row.get(6)?], row.get(7)?)))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// By how much the rows of each GPU, and what it carried into the file, miss its totals: joules, grams, and
/// grams of its manufacture.
pub(crate) fn imbalances(path: &Path) -> Vec<[f64; 3]> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT
                (SELECT total(counted_joules + integrated_joules + recovered_joules)
                    FROM entry WHERE gpu = gpu.id) + carried_joules - energy_joules,
                (SELECT total(grams) FROM entry WHERE gpu = gpu.id)
                    + carried_grams - emissions_grams - restated_grams,
                (SELECT total(embodied_grams) FROM presence WHERE gpu = gpu.id)
                    + carried_embodied_grams - embodied_grams
             FROM gpu",
        )
        .unwrap();
    let rows = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]));
    rows.unwrap().map(Result::unwrap).collect()
}
