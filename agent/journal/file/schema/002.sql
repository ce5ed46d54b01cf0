-- What a sink has is a range up to its bookmark and islands above it; a boot's time is settled once and for
-- ever; the writer knows which events are open; evictions are on record. `crc`: agent.journal.checked.
ALTER TABLE bookmark RENAME TO old_bookmark;
CREATE TABLE bookmark (reader TEXT PRIMARY KEY, seq INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- Nobody has what was never written. (With a colon inside it is a note, not a place.)
INSERT INTO bookmark
SELECT reader, seq, row_check(reader, seq) FROM old_bookmark
WHERE instr(substr(reader, 2), ':') OR seq <= (SELECT coalesce(max(seq), 0) FROM record);
DROP TABLE old_bookmark;
CREATE TABLE island (
    reader TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    PRIMARY KEY (reader, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE settled (            -- true time = mono_ns + offset_ns, within +- error_ns (NULL: unbounded)
    boot INTEGER PRIMARY KEY,
    offset_ns INTEGER NOT NULL,
    error_ns INTEGER,
    source INTEGER NOT NULL,      -- agent.model.TimeSource: REPAIRED (told by the network), RTC or ESTIMATED
    crc INTEGER NOT NULL
) STRICT;
CREATE TABLE open_event (id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE evicted (            -- records that were given up, undelivered to somebody, to make room
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT;
CREATE INDEX event_by_seq ON record (seq) WHERE kind = 2;
-- Earlier agents did not follow events over a restart: what they raised and never cleared is open still. (The
-- phase beside max(seq) is that of this very row.)
INSERT INTO open_event
SELECT id, seq FROM (
    SELECT json_extract(body, '$.id') AS id, max(seq) AS seq, json_extract(body, '$.phase') AS phase
    FROM (SELECT seq, CASE WHEN json_valid(body) THEN body ELSE '{}' END AS body FROM record WHERE kind = 2)
    GROUP BY 1
) WHERE phase <> 'cleared' AND id IS NOT NULL;
