"""Settles the time of boots, in the writer's thread and within its transactions.

The commit that first sees a clock that can be believed also says what it means for the records before it,
and tells those who got them early.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.journal.clocks.boots import Boots, keep_settled
from agent.journal.clocks.times import Ends, Known, believed, passed_ns, settle, stamp, waited_ns
from agent.model import Event, Instant, Severity, TimeSource, Trust

if TYPE_CHECKING:
    import sqlite3

    from agent.clock import Clock
    from agent.journal.file.names import Dictionaries

# The network slews away up to 0.4 s; more than this is a step.
_STEP_NS = NS // 2


class _State(NamedTuple):
    """What is known at a commit: earlier boots as far as they matter, the present one, its clock's offset.

    `firsts`: the first seq by boot, of those that have no settled time.
    """

    past: tuple[Ends, ...] = ()
    present: Ends | None = None
    offset_ns: int | None = None
    firsts: tuple[tuple[int, int], ...] = ()


class ToldLate(NamedTuple):
    """An event of an earlier boot: its clocks are that boot's, and so is what is settled of its time."""

    event: Event
    boot_id: str


class TimeKeeper:
    """Looks at the clock at every commit. What it concludes holds once the commit has succeeded."""

    def __init__(self, clock: Clock, wait_h: float) -> None:
        self.told_late: ToldLate | None = None
        self._clock = clock
        self._wait_ns = wait_h * 3600 * NS
        self._passed_ns: int | None = None
        self._state = self._next = _State()

    def now(self) -> Instant:
        """What its clock says."""
        return self._clock.now()

    def open(self, connection: sqlite3.Connection, names: Dictionaries) -> None:
        """Learn what the journal holds of earlier boots, and of this one. Raises OperationalError."""
        boots = Boots(connection, names)
        history = [_doubted(ends) for ends in boots.history()]
        firsts = tuple((ends.boot, boots.first_seq(ends.boot)) for ends in history if ends.known is None)
        row = connection.execute("SELECT n FROM boot WHERE boot_id = ?", (self._clock.boot_id,)).fetchone()
        is_here = row is not None and bool(history) and history[-1].boot == row[0]
        past = tuple(history[:-1] if is_here else history)
        self._passed_ns = passed_ns(past)
        look = boots.last_told(row[0]) if is_here else None
        self._state = self._next = _State(
            past=past,
            present=history[-1] if is_here else None,
            offset_ns=None if look is None else self._offset_ns(look),
            firsts=firsts,
        )

    @property
    def unsettled_from(self) -> int | None:
        """The first seq whose time is not settled, None when there is none. All behind it wait with it."""
        return min((seq for _, seq in self._state.firsts), default=None)

    def settle(self, connection: sqlite3.Connection, boot: int, first: int) -> list[Event]:
        """Within a commit that adds records of `boot` from `first` on: settle what can be, and tell so."""
        state = self._state
        look = believed(self._clock.now(), self._passed_ns)
        was = state.present or Ends(boot, look, look, None)
        firsts = state.firsts if state.present else (*state.firsts, (boot, first))
        history = [*state.past, was._replace(last=look)]
        found = settle(history, waited_out=waited_ns(history) >= self._wait_ns)
        for n, known in found.items():
            keep_settled(connection, n, known)
        present = history[-1]._replace(known=found.get(boot, was.known))
        offset_ns, events = self._step(look, present.known)
        self._next = _State(
            past=() if present.known else tuple(_with(found, ends) for ends in state.past),
            present=present,
            offset_ns=offset_ns,
            firsts=tuple((n, seq) for n, seq in firsts if n not in found),
        )
        early = [ends for ends in state.past if ends.last.trust is Trust.NONE]
        early += [was] if state.present and was.first.trust is Trust.NONE else []
        for ends in early:
            if ends.boot in found:
                events += _settled(_boot_id(connection, ends), found[ends.boot], look)
        return events

    def committed(self) -> None:
        """The commit has succeeded."""
        self._state = self._next

    def _offset_ns(self, look: Instant) -> int | None:
        """What the clock said beyond the time since boot; None when it was not to be believed."""
        is_told = believed(look, self._passed_ns).trust is not Trust.NONE
        return look.wall_ns - look.mono_ns if is_told else None

    def _step(self, look: Instant, known: Known | None) -> tuple[int | None, list[Event]]:
        """The clock's offset by now, and the event of a step when it has moved."""
        before_ns, offset_ns = self._state.offset_ns, self._offset_ns(look)
        if offset_ns is None:
            return before_ns, []
        if before_ns is None and known is not None:
            before_ns = known.offset_ns
        moved_ns = 0 if before_ns is None else offset_ns - before_ns
        return offset_ns, _stepped(moved_ns, look, self._clock.boot_id) if abs(moved_ns) > _STEP_NS else []


def _doubted(ends: Ends) -> Ends:
    """A clock chip that was not believed then is not believed now."""
    if ends.last.trust is Trust.RTC and ends.known is None:
        return ends._replace(last=ends.last._replace(trust=Trust.NONE))
    return ends


def _with(found: dict[int, Known], ends: Ends) -> Ends:
    return ends._replace(known=found.get(ends.boot, ends.known))


def _boot_id(connection: sqlite3.Connection, ends: Ends) -> str:
    (boot_id,) = connection.execute("SELECT boot_id FROM boot WHERE n = ?", (ends.boot,)).fetchone()
    return str(boot_id)


def _settled(boot_id: str, known: Known, look: Instant) -> list[Event]:
    """What a consumer needs that got records of the boot before their time was known."""
    best = stamp(look._replace(trust=Trust.NONE), known)
    word = best.source.name.lower()
    data: dict[str, float | str] = {"boot": boot_id, "offset_s": known.offset_ns / NS, "source": word}
    within = ", within no bounds"
    if isfinite(best.error_s):
        data["error_s"] = round(best.error_s, 3)
        within = f" to {best.error_s:.1f} s"
    title = "the clock was set" if known.source is not TimeSource.ESTIMATED else "times were estimated"
    text = (
        f"Records made while the clock was not set have a time now{within}: seconds since boot plus offset_s."
    )
    event = Event(
        f"station/clock_settled/{boot_id}",
        "clock_settled",
        "station",
        "raised",
        Severity.INFO,
        look,
        title,
        text,
        data,
    )
    return [event, event._replace(phase="cleared")]


def _stepped(moved_ns: int, look: Instant, boot_id: str) -> list[Event]:
    """A clock that was believed has been set anew."""
    way = "forward" if moved_ns > 0 else "back"
    event = Event(
        f"station/clock_step/{boot_id}/{look.mono_ns}",
        "clock_step",
        "station",
        "raised",
        Severity.BLUE,
        look,
        f"the clock was set {way} by {abs(moved_ns) / NS:.1f} s",
        "Readings went on at their pace. Times before and after are as the clock said them.",
        {"step_s": round(moved_ns / NS, 3)},
    )
    return [event, event._replace(phase="cleared")]
