-- Version 5 of the ledger's format: the workloads that held a GPU, and their shares of its energy.
--
-- As in version 1, a statement never changes, down to its comments.

-- Those who pay for a GPU's energy: workloads by name, and in their place `unallocated` where none held the GPU, `unknown`
-- where the holder is not known, and `forgotten` for all workloads of a kind whose names were removed.
CREATE TABLE workload (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,                 -- slurm:123, pod:namespace/name
    kind TEXT NOT NULL,                 -- slurm_job, pod, container, unit, other
    namespace TEXT,                     -- of a pod whose names are known
    pod TEXT,
    since_us INTEGER NOT NULL,          -- microseconds of UTC: the time between which it has shares
    until_us INTEGER NOT NULL,
    digest INTEGER NOT NULL,            -- of all columns before
    UNIQUE (name, kind)
) STRICT;

-- The share of a workload in the energy of a GPU in an interval. It has no grams: they are in the ratio of the joules to
-- those of the entries of the same interval, so that a revised intensity reaches the shares.
CREATE TABLE share (
    start INTEGER NOT NULL,             -- seconds of UTC
    gpu INTEGER NOT NULL REFERENCES gpu,
    seconds INTEGER NOT NULL,           -- 300, 3600 or 86400
    workload INTEGER NOT NULL REFERENCES workload,
    joules REAL NOT NULL,
    held_seconds REAL NOT NULL,         -- of the time for which the GPU was present
    PRIMARY KEY (start, gpu, seconds, workload)
) STRICT, WITHOUT ROWID;

-- The counters of those workloads that are published, which continue from here after a restart. The workload `ended` has the
-- sums of those that are not published any more.
CREATE TABLE share_total (
    gpu INTEGER NOT NULL REFERENCES gpu,
    workload INTEGER NOT NULL REFERENCES workload,
    holds INTEGER NOT NULL,             -- 1: it held the GPU at the last reading
    energy_joules REAL NOT NULL,
    emissions_grams REAL NOT NULL,      -- by the intensities that are known by now
    published_grams REAL NOT NULL,      -- the greatest that they have ever been
    embodied_grams REAL NOT NULL,
    held_seconds REAL NOT NULL,
    digest INTEGER NOT NULL,            -- of all columns before
    PRIMARY KEY (gpu, workload)
) STRICT, WITHOUT ROWID;
