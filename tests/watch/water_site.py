"""A stream by rule: the day in its pH and conductivity, noise of good probes. Seeded; by ticks."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from agent.model import Severity
from agent.watch.contract import BLOCK_S, DAY, HOUR, Finding, Hazard, Phase, Role, Sample, Tick
from agent.watch.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Change = Callable[[float, float], float | None]
    """From hours since the onset and the quiet value to the value."""

ONSET = 16 * DAY
FIRST = 1_900_000 // DAY * DAY
_NOISE = {Role.PH: 0.008, Role.EC: 1.0}


def quiet(role: Role, at: float, rng: random.Random) -> float:
    day = math.sin(at / DAY * 2 * math.pi)
    if role is Role.PH:
        return round(7.6 + 0.12 * day + rng.gauss(0.0, 0.008), 2)
    if role is Role.EC:
        return round(400.0 * (1.0 - 0.01 * day) + rng.gauss(0.0, 1.0), 1)
    if role is Role.TURBIDITY:
        return round(3.0 * math.exp(rng.gauss(0.0, 0.05)), 2)
    return 250.0 if role is Role.ORP else 0.0


def ticks(
    days: float, changes: dict[Role, Change] | None = None, without: Iterable[Role] = (), seed: int = 5
) -> Iterator[Tick]:
    """pH, conductivity, rain and what else is changed from the onset on; a tick every fifteen minutes."""
    rng = random.Random(seed)
    roles = dict.fromkeys((Role.PH, Role.EC, Role.RAIN, *(changes or {})))
    for at in range(round(days * DAY)):
        samples = {}
        for role in roles:
            value: float | None = quiet(role, at, rng)
            if changes and role in changes and at >= ONSET and value is not None:
                value = changes[role]((at - ONSET) / HOUR, value)
            if role not in without:
                samples[role] = {f"{role}-1": Sample(value)}
        yield Tick((FIRST + at) * BLOCK_S, samples)


def told(given: Iterable[Tick], watch: Watch | None = None) -> list[Finding]:
    """Everything that was found."""
    watch = watch or Watch()
    return [finding for tick in given for finding in watch.add(tick)]


def hours(finding: Finding) -> float:
    """Since the onset."""
    return (finding.utc_s - (FIRST + ONSET) * BLOCK_S) / 3600.0


def alarms(found: Iterable[Finding], hazard: Hazard = Hazard.ACID) -> list[Finding]:
    """Yellow and above, raised or worse."""
    return [
        each
        for each in found
        if each.hazard is hazard and each.level >= Severity.YELLOW and each.phase is not Phase.CLEARED
    ]


def fallen(by: float, length_h: float) -> Change:
    """PH falls by so much, and stays there."""
    return lambda since_h, value: round(value - by * min(1.0, since_h / length_h), 2)


def risen(share: float, length_h: float, lasts_h: float = math.inf) -> Change:
    """Conductivity rises by a share, and stays for a while."""

    def change(since_h: float, value: float) -> float:
        return value * (1.0 + share * min(1.0, since_h / length_h)) if since_h < lasts_h else value

    return change
