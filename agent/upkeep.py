"""What a technician may tell the running station: that work on an instrument begins, and that it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.acquire.maintenance import LONGEST_S, VISIT
from agent.control import RefusedError
from agent.one_line import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.acquire.maintenance import Maintenance

SHORTEST_S = 60.0
USUAL_S = 7200.0
_LONGEST_NOTE = 200


class Upkeep:
    """The handlers of the control socket for maintenance."""

    def __init__(self, maintenance: Maintenance) -> None:
        self._maintenance = maintenance

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any]], object]]:
        """By command. Each answers with all that is in force, and raises RefusedError."""
        return {
            "maintenance_begin": self.begin,
            "maintenance_end": self.end,
            "maintenance_list": lambda _arguments: self._in_force(),
        }

    def begin(self, arguments: Mapping[str, Any]) -> object:
        """`{"subject": SENSOR or "station"}`, and `for_s` and `note` if wanted. Raises RefusedError."""
        subject = self._subject(arguments)
        self._maintenance.begin(subject, _for_s(arguments), one_line(arguments, "note", _LONGEST_NOTE))
        return self._in_force()

    def end(self, arguments: Mapping[str, Any]) -> object:
        """`{"subject": SENSOR or "station"}`: that of a calibration, too; a visit has its own command.

        Raises RefusedError, also when none is in force.
        """
        subject = self._subject(arguments)
        works = [work for work in self._maintenance.in_force() if work.subject == subject]
        if not works:
            raise RefusedError(
                f"no maintenance of {subject!r} is in force", "skyground maintenance list says what is"
            )
        ours = [work for work in works if not work.event.data.get(VISIT)]
        if not ours:
            raise RefusedError(
                f"{subject!r} is under maintenance for the {works[0].event.data['note']}",
                "end that: skyground visit end",
            )
        for work in ours:
            self._maintenance.end(subject, work.event.data)
        return self._in_force()

    def _in_force(self) -> object:
        return self._maintenance.status()["in_force"]

    def _subject(self, arguments: Mapping[str, Any]) -> str:
        subject = arguments.get("subject")
        if subject not in self._maintenance.subjects:
            known = ", ".join(self._maintenance.subjects)
            raise RefusedError(f"there is no sensor {subject!r}", f"it is one of: {known}")
        return str(subject)


def _for_s(arguments: Mapping[str, Any]) -> float:
    value = arguments.get("for_s", USUAL_S)
    if isinstance(value, bool) or not isinstance(value, int | float) or not SHORTEST_S <= value <= LONGEST_S:
        raise RefusedError(
            f"maintenance for {value!r} s is not possible",
            "from a minute to a day; begin it again when that is not enough",
        )
    return float(value)
