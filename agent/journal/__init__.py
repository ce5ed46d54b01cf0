"""The log in the middle of the station.

    pollers, watch --append()--> ring --writer thread--> record table (one order) --read_after()--> readers
                                            |                                          |
                                            `-- bookmarks ride along with a commit <---'

In front stand `journal` (what writers and readers call), `writer` (the one thread), `reader` and `view`
(read-only). Behind them: `file` (rows, names, SQLite), `clocks` (when it happened), `room` (what is kept),
`rescue` (after an accident), `telling` (what the journal itself has to say).

Invariants, each held by a test:
- a record exists from its commit on (WAL, synchronous=FULL), and no reader sees it before;
- one thread with one connection does all writing and checkpointing (SQLite's WAL-reset bug, 3.7.0 to 3.51.2);
- `seq` grows by one per record and is never used twice; with the journal's id it names a record for ever;
- every row carries a CRC-32 of its content and names: SQLite itself has no checksum;
- a bookmark only says how far a reader has come; losing its last move costs a duplicate, never a record;
- an upgrade is one transaction per schema: a power cut leaves the old one or the new one;
- a file that cannot be gone on with is replaced by a new one with an id of its own, into which goes whatever
  can be read of what nobody has got yet; the old one is kept beside it. What was said about the old file is
  never taken for the new one;
- a disk that says no is asked again for ever: nobody's start or sampling waits for it.
"""
