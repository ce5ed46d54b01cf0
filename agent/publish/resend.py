"""Turning a wish to have records again into records: whose, which, how many. Refusals are in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.clock import NS
from agent.publish.lanes import Asked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from agent.publish.contract import Order
    from agent.publish.source import Log

MOST_WAITING = 8
_ORDER_EVERY_S = 10.0


class WishError(Exception):
    """It cannot be done; `hint` says what can."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class Found(NamedTuple):
    """What a wish comes to: sequence numbers from `first` to `last`, `records` of them at the most."""

    asked: Asked
    first: int
    last: int
    records: int

    def as_json(self) -> dict[str, object]:
        """For an answer."""
        return {"first_seq": self.first, "last_seq": self.last, "records": self.records}


def by_time(sink_id: str, order: Order, log: Log, channels: Collection[str], *, settled_only: bool) -> Found:
    """What happened in the span of `order`, an hour of margin included. Raises WishError."""
    if order.channel is not None and order.channel not in channels:
        known = sorted({*channels, *log.channels()})  # of those too that are no longer configured
        if order.channel not in known:
            raise WishError(
                f"there is no channel {order.channel!r}", f"channels of this station: {', '.join(known)}"
            )
    if order.from_ns >= order.to_ns:
        raise WishError("the span ends before it begins", "the first instant lies before the second")
    span = log.span(order.from_ns, order.to_ns)
    if span is not None and settled_only:
        span = (span[0], min(span[1], log.settled))
    if not log.settled:
        raise _nothing_to_search(log)
    if span is None or span[0] > span[1]:
        raise WishError("no record lies in that span", "`skyground gaps --days 30` says which days it knows")
    first, last = span
    parked = [seq for seq, _ in log.parked(sink_id) if first <= seq <= last]
    return Found(Asked("request", [span], order.channel, parked), first, last, last - first + 1)


def _nothing_to_search(log: Log) -> WishError:
    if not log.head:
        return WishError("the journal is not open yet, or holds nothing", "ask again in a minute")
    return WishError(
        "no record has a time that is sure, because the clock was never set",
        "connect the station to a network, or set its clock; spans of time can be found then",
    )


def of_parked(sink_id: str, log: Log) -> Found:
    """What `sink_id` once refused. Raises WishError."""
    seqs = [seq for seq, _ in log.parked(sink_id)]
    if not seqs:
        raise WishError(f"nothing is parked for sink {sink_id!r}", "`skyground parked` lists what is")
    return Found(Asked("parked", runs(seqs), parked=seqs), seqs[0], seqs[-1], len(seqs))


def runs(seqs: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Rising numbers as (first, last) of those that follow each other."""
    first = last = None
    for seq in seqs:
        if first is None or last is None:
            first = last = seq
        elif seq == last + 1:
            last = seq
        else:
            yield first, last
            first = last = seq
    if first is not None and last is not None:
        yield first, last


class Turnstile:
    """Lets one order through in ten seconds: an asker gone wild must not fill the link with answers."""

    def __init__(self) -> None:
        self._not_before_ns = 0

    def enter(self, now_ns: int) -> None:
        """Raises WishError when it is too early."""
        if now_ns < self._not_before_ns:
            raise WishError("the last request is less than 10 s old", "wait, and ask for larger spans")
        self._not_before_ns = now_ns + int(_ORDER_EVERY_S * NS)
