-- Version 4 of the ledger's format: the last reading of a GPU has the questions that its meter left open. All of these
-- columns are NULL where there are none, and in the rows of earlier versions.
--
-- As in version 1, a statement never changes, down to its comments.

ALTER TABLE gpu ADD COLUMN read_use TEXT;  -- counted, awaited, disbelieved
ALTER TABLE gpu ADD COLUMN read_moved_us INTEGER;
ALTER TABLE gpu ADD COLUMN read_settled_us INTEGER;
ALTER TABLE gpu ADD COLUMN read_ahead_joules REAL;
ALTER TABLE gpu ADD COLUMN read_unresolved_us INTEGER;
ALTER TABLE gpu ADD COLUMN read_unresolved_since_us INTEGER;
ALTER TABLE gpu ADD COLUMN odd_millijoules INTEGER;
ALTER TABLE gpu ADD COLUMN odd_since_us INTEGER;
ALTER TABLE gpu ADD COLUMN odd_moved_us INTEGER;
ALTER TABLE gpu ADD COLUMN odd_is_repeated INTEGER;  -- 0, 1

ALTER TABLE gpu_copy ADD COLUMN read_use TEXT;
ALTER TABLE gpu_copy ADD COLUMN read_moved_us INTEGER;
ALTER TABLE gpu_copy ADD COLUMN read_settled_us INTEGER;
ALTER TABLE gpu_copy ADD COLUMN read_ahead_joules REAL;
ALTER TABLE gpu_copy ADD COLUMN read_unresolved_us INTEGER;
ALTER TABLE gpu_copy ADD COLUMN read_unresolved_since_us INTEGER;
ALTER TABLE gpu_copy ADD COLUMN odd_millijoules INTEGER;
ALTER TABLE gpu_copy ADD COLUMN odd_since_us INTEGER;
ALTER TABLE gpu_copy ADD COLUMN odd_moved_us INTEGER;
ALTER TABLE gpu_copy ADD COLUMN odd_is_repeated INTEGER;
