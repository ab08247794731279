-- Version 1 of the ledger's format, as version 0.1.0 of the program wrote it.
--
-- SQLite stores each statement in the file, including the comments within it, and every version of the program compares
-- them with its own: a statement, down to its comments, never changes. Comments outside of the statements are not stored.
-- In the stored comments, "priced" means converted to emissions by an intensity, and energy that "waits for its price"
-- is pending: it has no intensity yet. README.md describes each column.

-- GPUs: their identity, their totals since they were first seen, and their last reading. The carried columns hold the part
-- of the totals whose rows are in an earlier file.
CREATE TABLE gpu (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    place INTEGER NOT NULL,             -- its index, as NVML counts
    since_us INTEGER NOT NULL,          -- microseconds of UTC
    energy_joules REAL NOT NULL,
    emissions_grams REAL NOT NULL,      -- as priced first
    restated_grams REAL NOT NULL,       -- the sum of all later revisions
    published_grams REAL NOT NULL,      -- the greatest that both together have ever been
    embodied_grams REAL NOT NULL,
    recovered_joules REAL NOT NULL,
    unseen_seconds REAL NOT NULL,
    resets INTEGER NOT NULL,
    carried_joules REAL NOT NULL,       -- the part of the totals whose rows are in an earlier file
    carried_grams REAL NOT NULL,
    carried_embodied_grams REAL NOT NULL,
    read_us INTEGER,                    -- microseconds of UTC; NULL: nothing was read yet
    read_millijoules INTEGER,           -- its energy counter; NULL: it has none
    read_boot TEXT,                     -- /proc/sys/kernel/random/boot_id
    read_uptime_us INTEGER,             -- microseconds since that boot, sleep included
    read_driver TEXT
) STRICT;

-- The factors that convert energy to emissions. Source and quality are NULL for pending energy.
CREATE TABLE origin (
    id INTEGER PRIMARY KEY,
    zone TEXT NOT NULL,
    signal TEXT NOT NULL,               -- marginal, average
    pue REAL NOT NULL,
    source TEXT,
    quality TEXT,                       -- measured, estimated, forecast, fallback
    CHECK ((source IS NULL) = (quality IS NULL))
) STRICT;
CREATE UNIQUE INDEX origin_of ON origin (zone, signal, pue, ifnull(source, ''), ifnull(quality, ''));

-- Energy of a GPU in an interval, by its origin. The start comes first in the key, so that a commit changes few pages. The
-- grams include the data centre's overhead, and are NULL while the energy is pending; the index `waiting` lists that.
CREATE TABLE entry (
    start INTEGER NOT NULL,             -- seconds of UTC
    gpu INTEGER NOT NULL REFERENCES gpu,
    seconds INTEGER NOT NULL,           -- 300, 3600 or 86400
    origin INTEGER NOT NULL REFERENCES origin,
    counted_joules REAL NOT NULL,       -- by its counter, while it was watched
    integrated_joules REAL NOT NULL,    -- from samples of its power
    recovered_joules REAL NOT NULL,     -- by its counter, after nobody had watched
    grams REAL,                         -- of the energy and the overhead; NULL: it waits for its price
    PRIMARY KEY (start, gpu, seconds, origin)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting ON entry (gpu) WHERE grams IS NULL;

-- The time for which a GPU was present, whatever energy it used.
CREATE TABLE presence (
    start INTEGER NOT NULL,             -- seconds of UTC
    gpu INTEGER NOT NULL REFERENCES gpu,
    seconds INTEGER NOT NULL,           -- 300, 3600 or 86400
    present_seconds REAL NOT NULL,
    embodied_grams REAL NOT NULL,
    PRIMARY KEY (start, gpu, seconds)
) STRICT, WITHOUT ROWID;

-- Entries with all their names, for queries by hand.
CREATE VIEW readable AS
SELECT
    strftime('%Y-%m-%dT%H:%M:%SZ', entry.start, 'unixepoch') AS start,
    entry.seconds,
    gpu.place AS gpu,
    gpu.uuid,
    gpu.name,
    counted_joules + integrated_joules + entry.recovered_joules AS joules,
    entry.recovered_joules,
    grams,
    zone,
    signal,
    source,
    quality,
    pue
FROM entry JOIN gpu ON gpu.id = entry.gpu JOIN origin ON origin.id = entry.origin;
