"""What a person may ask of the ways to people: show that a message arrives.

The running station sends it: only the service has its secrets, and its way through the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control import LONGEST_ANSWER_S, Deferred, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.notify.drill import Drill
    from agent.notify.notifier import Notifier

# What is being told goes first, and may take as long.
_MESSAGES = 2


class Drills:
    """The handler of the control socket for it."""

    def __init__(self, notifiers: Sequence[Notifier]) -> None:
        self._notifiers = {each.notifier_id: each for each in notifiers}

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any]], object]]:
        """By command."""
        return {"notify_test": self.test}

    def test(self, arguments: Mapping[str, Any]) -> Deferred:
        """Send a message that is marked as an exercise: `{"notifier": ID}`.

        The answer comes when the far side has taken it, with those whom it has not told.

        Raises:
            RefusedError: there is no such notifier, or it is busy with other tests.
        """
        name = arguments.get("notifier")
        notifier = self._notifiers.get(name) if isinstance(name, str) else None
        if notifier is None:
            known = ", ".join(self._notifiers) or "none is configured: see [[notify]] in config.example.toml"
            raise RefusedError(f"there is no notifier {name!r}", f"notifiers of this station: {known}")
        drill = notifier.ask()
        if drill is None:
            raise RefusedError(f"notifier {name} has tests waiting already", "wait for their outcome")
        return Deferred(
            lambda: drill.is_over,
            lambda: _outcome(drill, notifier.notifier_id),
            lambda: None,
            _MESSAGES * LONGEST_ANSWER_S,
        )


def _outcome(drill: Drill, name: str) -> dict[str, object]:
    """What became of it. Raises RefusedError."""
    if not drill.is_over:
        raise RefusedError(f"notifier {name} is still busy", "`skyground status` says what with")
    if drill.error is not None:
        raise RefusedError(drill.error.what, drill.error.hint)
    missed = [{"who": who, "why": why.what, "hint": why.hint} for who, why in drill.missed.items()]
    return {"notifier": name, "people": drill.people, "missed": missed}
