"""What is asked of a replay, and where its answers go."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TextIO

from agent.replay.lines import event_line
from agent.watch.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.replay.arrivals import Arrivals
    from agent.replay.lines import Source
    from agent.watch.contract import Role
    from agent.watch.vigil import Alarm, Part

_ALWAYS_NS = 1 << 62


class Task(NamedTuple):
    """What is asked.

    Attributes:
        plan: of the site.
        roles: by sensor and quantity, what the configuration says that it is to the detectors.
        what_if: another plan, to be compared.
        wants_rates: whether to count how near the calm came to each threshold.
        since_ns: from then on the history is heard, ns since 1970.
        until_ns: so far, this moment not included.
    """

    plan: Plan = Plan()
    roles: Mapping[str, Mapping[str, str]] = {}
    what_if: Plan | None = None
    wants_rates: bool = False
    since_ns: int = 0
    until_ns: int = _ALWAYS_NS

    @property
    def is_part(self) -> bool:
        """Whether a part of the history is asked for."""
        return self.since_ns > 0 or self.until_ns < _ALWAYS_NS

    def rates_for(self, parts: Mapping[str, Part]) -> set[Role] | None:
        """The roles whose rules are to be followed; None when nobody asks how near the calm came."""
        return {part.role for part in parts.values()} if self.wants_rates else None

    @property
    def plans(self) -> list[Plan]:
        """One, or two to compare."""
        return [self.plan] if self.what_if is None else [self.plan, self.what_if]


class Out(NamedTuple):
    """Where it goes: open files, or None for what nobody wants."""

    events: TextIO | None = None
    flags: TextIO | None = None

    def tell(self, of: Source, alarms: Iterable[Alarm], arrivals: Arrivals | None = None) -> None:
        """Write alarms; `arrivals` of values that made them and were late. Raises OSError."""
        if self.events is not None:
            for alarm in alarms:
                came_s = arrivals.came_s(alarm.finding.utc_s) if arrivals else 0.0
                self.events.write(event_line(of, alarm, max(came_s, alarm.known_s)) + "\n")
