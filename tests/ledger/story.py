"""A journal told by hand: observations, events and holes, one after the other."""

from __future__ import annotations

from agent.clock import NS
from agent.ledger.account import Account
from agent.ledger.books import Books
from agent.ledger.days import DAY_NS
from agent.model import (
    Calibration,
    Channel,
    Entry,
    Event,
    Flag,
    Health,
    Instant,
    Observation,
    Record,
    Severity,
    Stamp,
    TimeSource,
    Trust,
    Why,
)

DAY = 20_000
BEGIN_S = DAY * 86_400
CALIBRATION = Calibration("c", "{}")


def channel(name: str) -> Channel:
    sensor, _, quantity = name.partition("/")
    return Channel(sensor, quantity, "1", "1")


class Story:
    """Entries as they would stand in a journal; every time is in seconds after the first midnight."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.seq = 0
        self.boot = 0
        self.offset_s = 0.0  # of the wall clock

    def at(self, at_s: float) -> Instant:
        wall_ns = round((BEGIN_S + at_s + self.offset_s) * NS)
        return Instant(wall_ns, round((1000 + at_s) * NS), Trust.NTP)

    def tell(self, record: Record) -> None:
        self.seq += 1
        stamp = Stamp(record.at.wall_ns, TimeSource.NTP, 0.0, settled=True)
        self.entries.append(Entry(self.seq, f"boot-{self.boot}", record, stamp))

    def present(self, at_s: float, name: str = "ph-3/ph", flag: Flag = Flag.GOOD) -> None:
        self.tell(Observation(channel(name), self.at(at_s), 1.0, 1.0, flag, Why.NONE, CALIBRATION))

    def missing(self, at_s: float, why: Why, name: str = "ph-3/ph") -> None:
        self.tell(Observation(channel(name), self.at(at_s), None, None, Flag.MISSING, why, CALIBRATION))

    def alive(self, at_s: float) -> None:
        self.tell(Health(self.at(at_s), {"uptime_s": 1.0}))

    def gap(self, from_s: float, to_s: float, reason: str, subject: str = "station", slots: int = 0) -> None:
        data: dict[str, float | str] = {"reason": reason, **({"records": slots} if slots else {})}
        event = Event(f"{subject}/gap/{from_s}", "gap", subject, "raised", Severity.INFO, self.at(from_s),
                      "", "", data)  # fmt: skip
        self.tell(event)
        self.tell(event._replace(phase="cleared", at=self.at(to_s)))

    def every(self, period_s: float, from_s: float, to_s: float, name: str = "ph-3/ph") -> None:
        """Present at from, from + period, ..., before `to_s`."""
        count = 0
        while (at_s := from_s + count * period_s) < to_s:
            self.present(at_s, name)
            count += 1

    def account(self, **periods_s: float) -> Account:
        """All of it counted; `level=60` is the period of level-1."""
        known = {"ph-3": 60.0, **{f"{name}-1": period for name, period in periods_s.items()}}
        account = Account(Books(known, None))
        for entry in self.entries:
            account.take(entry)
        return account


__all__ = ["BEGIN_S", "DAY", "DAY_NS", "Story", "channel"]
