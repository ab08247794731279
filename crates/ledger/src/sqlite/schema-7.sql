-- Version 7 of the ledger's format: the figures by which the embodied emissions of each GPU were computed, and their origins.
--
-- As in version 1, a statement never changes, down to its comments.

-- The figures by which the embodied emissions of a GPU are computed from a time on, up to that of the GPU's next row. Before
-- its first row they were not recorded.
CREATE TABLE embodied (
    gpu INTEGER NOT NULL REFERENCES gpu,
    since_us INTEGER NOT NULL,          -- microseconds of UTC
    gpu_grams REAL,                     -- of manufacturing one GPU; NULL: it is unknown
    gpu_model TEXT,                     -- the entry of the catalogue; NULL: the figure is the operator's
    gpu_source TEXT,                    -- the source that the operator names
    lifespan_us INTEGER NOT NULL,       -- microseconds over which the figures are spread
    server_grams REAL,                  -- of one server without its GPUs; NULL: it is not counted
    server_gpus INTEGER,                -- the number of GPUs by which it is divided
    server_model TEXT,                  -- as those of the GPU
    server_source TEXT,
    digest INTEGER NOT NULL,            -- of all columns before
    PRIMARY KEY (gpu, since_us)
) STRICT, WITHOUT ROWID;
