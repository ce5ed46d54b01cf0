"""What the quality tests have learned, kept over a restart: one small file, replaced as a whole each hour.

    STATE_DIR/quality.json     JSON on one line, its CRC-32 on the next

It is taken up only when the time since is known, so that the tests see a gap as a gap: in the same boot by
the clock that nobody sets, else by the wall clock, as soon as that can be believed. It is a help and no
record: damaged, old or of other settings it is left, and the tests learn anew.
"""

from __future__ import annotations

import errno
import json
import threading
import zlib
from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.calibration import durable
from agent.acquire.quality.numbers import row
from agent.clock import NS
from agent.config.files import read_small_file
from agent.model import Trust

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from structlog.typing import FilteringBoundLogger

    from agent.acquire.judging import Judging
    from agent.acquire.quality.contract import State
    from agent.clock import Clock
    from agent.model import Instant

NAME = "quality.json"
FORMAT = 1
EVERY_S = 3600.0
# Its share of what a station may write to its card in a day; a large memory is kept less often.
BYTES_A_DAY = 5e6
LARGEST_BYTES = 16 * 1024 * 1024
# What was usual a week ago says too little about today, and a probe may have been moved meanwhile.
LONGEST_AWAY_S = 7 * 86_400.0
# The network tells the time within minutes of a start, if at all; after that the tests have learned anew.
WAIT_FOR_TIME_S = 3600.0
_ASK_S = 10.0


class Kept(NamedTuple):
    """A memory, and when it was kept.

    Attributes:
        boot: that `mono_s` belongs to.
        wall_s, trust: the wall clock, and how far it could be believed.
        t_s: the time of the tests' own clock at that moment.
        channels: by name, as `Judging.memory` gives it.
    """

    boot: str
    mono_s: float
    wall_s: float
    trust: int
    t_s: float
    channels: Mapping[str, State]


def to_text(kept: Kept) -> str:
    """The file: one line of JSON, and its checksum."""
    body = json.dumps({"format": FORMAT, **kept._asdict()}, separators=(",", ":"), allow_nan=False)
    return f"{body}\n{zlib.crc32(body.encode()):08x}\n"


def from_text(data: bytes) -> Kept:
    """What such a file holds. Raises ValueError, TypeError."""
    body, _, checksum = data.removesuffix(b"\n").rpartition(b"\n")
    if checksum != f"{zlib.crc32(body):08x}".encode():
        raise ValueError("its checksum does not fit")
    found = json.loads(body)
    if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
        raise ValueError("it is of another version of this software")
    kept = Kept(**found)
    row([kept.mono_s, kept.wall_s, kept.trust, kept.t_s], 4)
    if not isinstance(kept.boot, str) or not isinstance(kept.channels, dict):
        raise TypeError("a boot and channels by name were expected")
    return kept


def passed_s(kept: Kept, now: Instant, boot_id: str) -> float | None:
    """How long ago it was kept, as far as clocks tell; None while nobody knows."""
    if kept.boot == boot_id:
        return now.mono_ns / NS - kept.mono_s
    if Trust.NONE in (kept.trust, now.trust):
        return None
    return now.wall_ns / NS - kept.wall_s


class Memory:
    """Takes up the file of the last run once, and keeps one of this. A worker.

    Args:
        directory: the station's state.
        judging: whose memory it is.
        clock: the station's.
        log: hears when the file is of no use, and once when it cannot be written.
    """

    name = "quality"

    def __init__(self, directory: Path, judging: Judging, clock: Clock, log: FilteringBoundLogger) -> None:
        self.wake = threading.Event()
        self._path = directory / NAME
        self._judging = judging
        self._clock = clock
        self._log = log
        self._error = ""
        self._taken: int | None = None
        self._left = self._of_last_run()
        began_ns = clock.now().mono_ns
        self._give_up_ns = began_ns + round(WAIT_FOR_TIME_S * NS)
        self._due_ns = began_ns + round(EVERY_S * NS)

    def step(self, now: Instant) -> float:
        """Take up what the last run left as soon as that can be done; keep this run's memory when due."""
        if self._left is not None:
            self._take_up(self._left, now)
        if now.mono_ns >= self._due_ns:
            wait_s = max(EVERY_S, self._keep(now) / BYTES_A_DAY * 86_400.0)
            self._due_ns = now.mono_ns + round(wait_s * NS)
        due_s = (self._due_ns - now.mono_ns) / NS
        return due_s if self._left is None else min(_ASK_S, due_s)

    def status(self) -> Mapping[str, object]:
        """How many channels went on with their memory, and what hinders keeping it."""
        return {"taken_up": self._taken, "waits_for_time": self._left is not None, "error": self._error}

    def close(self) -> None:
        """Keep it for the next run."""
        self._keep(self._clock.now())

    def _of_last_run(self) -> Kept | None:
        try:
            return from_text(read_small_file(self._path, LARGEST_BYTES).data)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            self._warn("what the quality tests had learned is lost: they learn anew", error)
            return None

    def _take_up(self, left: Kept, now: Instant) -> None:
        away_s = passed_s(left, now, self._clock.boot_id)
        if away_s is None and left.trust != Trust.NONE and now.mono_ns < self._give_up_ns:
            return
        self._left = None  # once, whatever comes of it
        if away_s is not None and 0 <= away_s <= LONGEST_AWAY_S:
            self._taken = self._judging.remember(left.channels, left.t_s + away_s - now.mono_ns / NS)

    def _keep(self, now: Instant) -> int:
        """Write the file, unless that of the last run may still be wanted. Returns its size."""
        if self._left is not None:
            return 0
        text = to_text(
            Kept(
                self._clock.boot_id,
                now.mono_ns / NS,
                now.wall_ns / NS,
                int(now.trust),
                self._judging.time_s(now),
                self._judging.memory(),
            )
        )
        try:
            self._replace(text)
            self._error = ""
        except OSError as error:
            if not self._error:
                self._warn("what the quality tests have learned cannot be kept", error)
            self._error = str(error)
        return len(text)

    def _replace(self, text: str) -> None:
        """Raises OSError; a file that would not be read again is not written."""
        if len(text) > LARGEST_BYTES:
            raise OSError(errno.EFBIG, f"it would be {len(text)} bytes, of {LARGEST_BYTES} at the most")
        durable.replace(self._path, text)

    def _warn(self, what: str, error: Exception) -> None:
        self._log.warning(what, file=str(self._path), error=str(error))
