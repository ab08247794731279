-- Version 2 of the ledger's format: it detects damage that SQLite does not see, and knows by which intensities slots
-- were converted.
--
-- As in version 1, a statement never changes, down to its comments.

-- A second copy of each row of gpu, without the name and the index, in another page of the file. Each digest is 64 bits,
-- as README.md describes them.
CREATE TABLE gpu_copy (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL,
    since_us INTEGER NOT NULL,
    energy_joules REAL NOT NULL,
    emissions_grams REAL NOT NULL,
    restated_grams REAL NOT NULL,
    published_grams REAL NOT NULL,
    embodied_grams REAL NOT NULL,
    recovered_joules REAL NOT NULL,
    unseen_seconds REAL NOT NULL,
    resets INTEGER NOT NULL,
    carried_joules REAL NOT NULL,
    carried_grams REAL NOT NULL,
    carried_embodied_grams REAL NOT NULL,
    read_us INTEGER,
    read_millijoules INTEGER,
    read_boot TEXT,
    read_uptime_us INTEGER,
    read_driver TEXT,
    rows_digest INTEGER NOT NULL,       -- of the GPU's rows in entry and presence
    pending_digest INTEGER NOT NULL,    -- of those that are pending
    digest INTEGER NOT NULL             -- of all columns before
) STRICT;

-- The intensity by which the energy of a slot and an origin was converted: the mean over the part of the slot in which
-- that energy was used.
CREATE TABLE conversion (
    start INTEGER NOT NULL,             -- seconds of UTC, as in entry
    origin INTEGER NOT NULL REFERENCES origin,
    from_us INTEGER NOT NULL,           -- microseconds of UTC
    until_us INTEGER NOT NULL,
    grams_per_kilowatt_hour REAL NOT NULL,
    digest INTEGER NOT NULL,            -- of all columns before
    PRIMARY KEY (start, origin)
) STRICT, WITHOUT ROWID;

-- The feed of the intensities, such as a service with its zone, and since when it is in use. Only its own values revise
-- a slot.
CREATE TABLE feed (
    name TEXT NOT NULL,
    since_us INTEGER NOT NULL           -- microseconds of UTC
) STRICT;
