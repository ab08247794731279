-- Version 6 of the ledger's format: the energy of the host around the GPUs, and the boundary of the figures.
--
-- As in version 1, a statement never changes, down to its comments.
--
-- The energy of the host is in the tables of that of GPUs, so that it is converted, restated, combined and checked as that is:
-- a row of gpu whose uuid begins with `host:`, as `host:cpu:counter`, is no GPU, but a part of the host and the method by
-- which its energy is known.

-- The parts of the host whose energy is known, by which method, and the choice of those that totals and bills contain.
CREATE TABLE boundary (
    choice TEXT NOT NULL,               -- gpus, host
    gpus TEXT NOT NULL,                 -- measured, partly, declared, in_gpus, in_cpu, in_rest, left_out
    cpu TEXT NOT NULL,
    memory TEXT NOT NULL,
    rest TEXT NOT NULL,
    cpu_watts REAL,                     -- NULL: no power is declared
    memory_watts REAL,
    rest_watts REAL,
    share_of_gpus REAL,                 -- of the rest: joules for each joule of the GPUs; NULL: none is declared
    digest INTEGER NOT NULL             -- of all columns before
) STRICT;

-- Entries of GPUs with all their names, for queries by hand.
DROP VIEW readable;
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
    scope,
    pue
FROM entry JOIN gpu ON gpu.id = entry.gpu JOIN origin ON origin.id = entry.origin
WHERE gpu.uuid NOT GLOB 'host:*';

-- Entries of the host around the GPUs, in the same way. The platform contains GPUs and the other parts: it is never added.
CREATE VIEW readable_host AS
SELECT
    strftime('%Y-%m-%dT%H:%M:%SZ', entry.start, 'unixepoch') AS start,
    entry.seconds,
    gpu.name,
    counted_joules + integrated_joules + entry.recovered_joules AS joules,
    grams,
    zone,
    signal,
    source,
    quality,
    scope,
    pue
FROM entry JOIN gpu ON gpu.id = entry.gpu JOIN origin ON origin.id = entry.origin
WHERE gpu.uuid GLOB 'host:*';
