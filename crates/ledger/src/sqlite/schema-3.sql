-- Version 3 of the ledger's format: an origin has the scope of its intensity. It is NULL in the rows of earlier versions,
-- and for pending energy.
--
-- As in version 1, a statement never changes, down to its comments.

ALTER TABLE origin ADD COLUMN scope TEXT;  -- co2_direct, co2e_lifecycle

DROP INDEX origin_of;
CREATE UNIQUE INDEX origin_of
ON origin (zone, signal, pue, ifnull(source, ''), ifnull(quality, ''), ifnull(scope, ''));

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
FROM entry JOIN gpu ON gpu.id = entry.gpu JOIN origin ON origin.id = entry.origin;
