-- When what reached whom: from `first` to `last`, after the one look at the clocks (NULL: nobody knows) and before
-- the other. A few times an hour at most, so that it costs the card nothing. `crc`: agent.journal.checked.
CREATE TABLE arrival (
    n INTEGER PRIMARY KEY,
    reader TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    after_boot INTEGER,
    after_mono_ns INTEGER,
    after_wall_ns INTEGER,
    after_trust INTEGER,
    boot INTEGER NOT NULL,
    mono_ns INTEGER NOT NULL,
    wall_ns INTEGER NOT NULL,
    trust INTEGER NOT NULL,
    crc INTEGER NOT NULL
) STRICT;
