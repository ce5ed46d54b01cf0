"""Destinations as lines for a person: where each stands, what is wrong, and when it will be done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from agent.cli.table import age

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LANES = {"asked": "asked for", "backlog": "of a backlog"}


def sink_lines(sinks: Sequence[Mapping[str, Any]], wall: str) -> list[str]:
    """The lines of all; `sinks` and `wall` as in the answer of `skyground status --json`."""
    return [line for sink in sinks for line in _lines(sink, datetime.fromisoformat(wall))]


def _lines(sink: Mapping[str, Any], now: datetime) -> Iterator[str]:
    parked = f", {sink['parked']} parked" if sink["parked"] else ""
    yield f"sink {sink['sink']:<15} {sink['state']}; at {sink['bookmark']}, {sink['backlog']} waiting{parked}"
    if sink["last_error"]:
        yield f"  last error: {sink['last_error']}"
        if sink["hint"]:
            yield f"  help: {sink['hint']}"
    yield from (f"  warning: {warning}" for warning in sink.get("warnings", ()))
    if sink["unsettled"]:
        yield f"  {sink['unsettled']} of them wait until the clock is set"
    yield from _lanes(sink)
    yield from _budget(sink["budget"], now)
    yield from _receipts(sink)


def _lanes(sink: Mapping[str, Any]) -> Iterator[str]:
    """What goes out behind what is live, and how long that will take."""
    rows = {words: sink["lanes"][lane] for lane, words in _LANES.items() if sink["lanes"][lane]}
    if not rows:
        return
    what = " and ".join(f"{count} {words}" for words, count in rows.items())
    rate = sink["drain_rows_per_s"]
    yield f"  behind what is live: {what}" + (
        f"; {rate:g} a second, done in about {age(sum(rows.values()) / rate)}" if rate else ""
    )


def _budget(budget: Mapping[str, Any] | None, now: datetime) -> Iterator[str]:
    if budget is None:
        return
    waits = {"live data": budget["live_in_s"], "the backlog": budget["backlog_in_s"]}
    held = [f"{what} again at about {_clock(now, wait_s)}" for what, wait_s in waits.items() if wait_s]
    if held:
        yield f"  budget used up for now: {', '.join(held)}; events go"


def _receipts(sink: Mapping[str, Any]) -> Iterator[str]:
    if sink["receipt"] is None:
        return
    stuck = ": STUCK, sent twice in vain; look at the log of the ingest side" if sink["receipt_stuck"] else ""
    yield f"  stored at the far side up to {sink['receipt']}{stuck}"


def _clock(now: datetime, wait_s: float) -> str:
    then = now + timedelta(seconds=wait_s)
    return then.strftime("%H:%M UTC" if then.date() == now.date() else "%H:%M UTC on %-d %B")
