"""What was promised against what arrived: the checker of every scene. Pure.

promised   what a reader could see in the journal before a fault: committed, so safe
arrived    what came out at the far side, in order, again and again where it was sent again
lost       promised, never arrived, and nobody said so
reported   promised and not delivered, and the station itself said so: damaged, parked, evicted
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


class Identity(NamedTuple):
    """What names a record for ever."""

    journal: str
    seq: int


class Fact(NamedTuple):
    """One record under its identity. `content` is (channel, value) or, of an alert, (event id, phase)."""

    identity: Identity
    is_alert: bool
    content: tuple[str, float | str | None]


class Verdict(NamedTuple):
    """Counts of observations, and of alerts where the name says so. Zero in the last five is what we want."""

    expected: int
    delivered: int
    duplicated: int
    reported: int
    reordered: int
    alerts: int
    lost: int
    alerts_lost: int
    wrong: int
    unknown: int

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing altered, nothing invented."""
        return not (self.lost or self.alerts_lost or self.wrong or self.unknown)

    def __add__(self, other: tuple[int, ...]) -> Verdict:  # type: ignore[override]  # numbers, not a longer tuple
        return Verdict(*(mine + yours for mine, yours in zip(self, other, strict=True)))


NOTHING = Verdict(*[0] * len(Verdict._fields))


class History:
    """Collects promises, then judges arrivals. An identity with two contents is wrong wherever it is met.

    `is_complete`: nothing was pruned between two looks, so what no look has shown does not exist.
    """

    def __init__(self, *, is_complete: bool = False) -> None:
        self._is_complete = is_complete
        self.promised: dict[Identity, Fact] = {}
        self._known: dict[Identity, Fact] = {}
        self._highest: dict[str, int] = {}
        self._contradicted: set[Identity] = set()

    def promise(self, facts: Iterable[Fact]) -> None:
        """From now on all of these are safe."""
        for fact in facts:
            self._meet(fact)
            self.promised[fact.identity] = fact

    def know(self, facts: Iterable[Fact]) -> None:
        """These exist too, but nobody is promised them: they were journaled after the last look."""
        for fact in facts:
            self._meet(fact)

    def moved(self, old: Identity, new: Identity) -> None:
        """A promised record goes by another name now, and has to arrive under that."""
        fact = self.promised.pop(old)
        self.promise([fact._replace(identity=new)])

    def missing(self, arrivals: Iterable[Fact]) -> set[Identity]:
        """What was promised and has not arrived."""
        return self.promised.keys() - {fact.identity for fact in arrivals}

    def judge(self, arrivals: Sequence[Fact], reported: Collection[Identity] = ()) -> Verdict:
        """The whole history in numbers; `reported` is what the station says it could not deliver."""
        came = {fact.identity for fact in arrivals}
        gone = self.promised.keys() - came
        lost = gone - set(reported)
        alerts = {identity for identity, fact in self.promised.items() if fact.is_alert}
        readings = [fact for fact in arrivals if not fact.is_alert]
        return Verdict(
            expected=len(self.promised) - len(alerts),
            delivered=len((self.promised.keys() & came) - alerts),
            duplicated=len(readings) - len({fact.identity for fact in readings}),
            reported=len(gone) - len(lost),
            reordered=_reordered(readings),
            alerts=len(alerts),
            lost=len(lost - alerts),
            alerts_lost=len(lost & alerts),
            wrong=len(self._contradicted | self._altered(arrivals)),
            unknown=len({identity for identity in came if self._is_invented(identity)}),
        )

    def _meet(self, fact: Fact) -> None:
        journal, seq = fact.identity
        self._highest[journal] = max(seq, self._highest.get(journal, 0))
        if self._known.setdefault(fact.identity, fact) != fact:
            self._contradicted.add(fact.identity)

    def _is_invented(self, identity: Identity) -> bool:
        """Beyond all that any look at the journal has shown; what lies below may have been pruned since."""
        if self._is_complete:
            return identity not in self._known
        return identity.seq > self._highest.get(identity.journal, 0)

    def _altered(self, arrivals: Sequence[Fact]) -> set[Identity]:
        return {fact.identity for fact in arrivals if self._known.get(fact.identity, fact) != fact}


def _reordered(readings: Sequence[Fact]) -> int:
    """First arrivals that came after a later one of the same journal."""
    highest: dict[str, int] = {}
    seen: set[Identity] = set()
    count = 0
    for journal, seq in (fact.identity for fact in readings):
        if Identity(journal, seq) in seen:
            continue
        seen.add(Identity(journal, seq))
        count += seq < highest.get(journal, 0)
        highest[journal] = max(seq, highest.get(journal, 0))
    return count
