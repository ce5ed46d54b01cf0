-- One log, one order. `record` has no index beside its key: an index on time costs five times the card wear.
-- Names are kept once, in dictionaries, and a row carries their numbers.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE boot (n INTEGER PRIMARY KEY, boot_id TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE channel (
    n INTEGER PRIMARY KEY,
    sensor TEXT NOT NULL,
    quantity TEXT NOT NULL,
    unit TEXT NOT NULL,
    raw_unit TEXT NOT NULL,
    UNIQUE (sensor, quantity, unit, raw_unit)
) STRICT;
CREATE TABLE calibration (n INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (id, body)) STRICT;
CREATE TABLE record (
    seq INTEGER PRIMARY KEY,      -- never reused: the writer counts, and the last row is never deleted
    kind INTEGER NOT NULL,        -- 1 observation, 2 event, 3 health
    boot INTEGER NOT NULL,
    mono_ns INTEGER NOT NULL,     -- since that boot
    wall_ns INTEGER NOT NULL,     -- as the clock said, right or wrong
    trust INTEGER NOT NULL,       -- 0 none, 1 RTC, 2 NTP
    channel INTEGER,
    raw REAL,
    value REAL,
    flag INTEGER,
    why INTEGER,
    calibration INTEGER,
    body TEXT,                    -- JSON of events and health
    crc INTEGER NOT NULL          -- CRC-32 (signed) of all of the above, names included
) STRICT;
CREATE TABLE bookmark (reader TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE parked (
    reader TEXT NOT NULL,
    seq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (reader, seq)
) STRICT, WITHOUT ROWID;
