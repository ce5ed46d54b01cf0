"""A process that watches water until somebody kills it: `python -m tests.watch.killed JOURNAL`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.watch.live_site import LiveSite
from tests.watch.test_reader import ACID, ONSET

if __name__ == "__main__":
    site = LiveSite(Path(sys.argv[1]))
    site.live(ACID[:ONSET], looks=4)
    for begin in range(ONSET, len(ACID), 3):
        site.live(ACID[begin : begin + 3])
        sys.stdout.write(f"{begin} {len(site.events())}\n")
        sys.stdout.flush()
