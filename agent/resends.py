"""What a person may ask of the running station's deliveries: send records again.

What is found is handed to the threads that send; the answer does not wait until it has gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control import RefusedError
from agent.publish.contract import Order
from agent.publish.resend import Found, WishError, by_time, of_parked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from agent.journal.journal import Journal
    from agent.publish.shipper import Shipper
    from agent.publish.source import Log

_LATEST_NS = 2**63 - 1


class Resends:
    """The handler of the control socket for it. `channels` are the station's, by name."""

    def __init__(self, shippers: Sequence[Shipper], journal: Journal, channels: Sequence[str]) -> None:
        self._shippers = {shipper.sink_id: shipper for shipper in shippers}
        self._journal = journal
        self._channels = channels

    def handlers(self) -> dict[str, Callable[[Mapping[str, Any]], object]]:
        """By command."""
        return {"resend": self.resend}

    def resend(self, arguments: Mapping[str, Any]) -> dict[str, object]:
        """Send again what lies in `{"from_ns": N, "to_ns": N}`, or what was refused (`{"parked": true}`).

        `sink` and `channel` narrow it. The answer tells for each sink how much was found, or why nothing.

        Raises:
            RefusedError: nothing was found, or there is no such sink or channel; nothing is sent then.
        """
        chosen = self._chosen(arguments.get("sink"))
        wish = _parked if arguments.get("parked") is True else self._by_time(_order(arguments))
        view = self._journal.view()
        try:
            found, left_out = _found(chosen, wish, view)
        finally:
            view.close()
        _ask(found)
        return {
            "sinks": [{"sink": each.sink_id, **one.as_json()} for each, one in found],
            "left_out": {each.sink_id: why for each, why in left_out.items()},
        }

    def _chosen(self, sink: object) -> list[Shipper]:
        """The sink asked for, or all. Raises RefusedError."""
        if sink is None:
            return list(self._shippers.values())
        if not isinstance(sink, str) or sink not in self._shippers:
            known = ", ".join(self._shippers) or "none"
            raise RefusedError(f"there is no sink {sink!r}", f"sinks of this station: {known}")
        return [self._shippers[sink]]

    def _by_time(self, order: Order) -> Callable[[Shipper, Log], Found]:
        return lambda shipper, log: by_time(
            shipper.sink_id, order, log, self._channels, settled_only=shipper.needs_time
        )


def _found(
    chosen: Iterable[Shipper], wish: Callable[[Shipper, Log], Found], view: Log
) -> tuple[list[tuple[Shipper, Found]], dict[Shipper, str]]:
    """What each has, and why others have nothing. Raises RefusedError with the last reason when none has."""
    found, left_out = [], {}
    refusal = WishError("no sink is configured", "`[[publish]]` in the configuration makes one")
    for shipper in chosen:
        try:
            found.append((shipper, wish(shipper, view)))
        except WishError as error:
            refusal, left_out[shipper] = error, error.what
    if not found:
        raise RefusedError(refusal.what, refusal.hint) from refusal
    return found, left_out


def _ask(found: Sequence[tuple[Shipper, Found]]) -> None:
    """All of them, or none. Raises RefusedError."""
    try:
        for shipper, _ in found:
            shipper.can_be_asked()
        for shipper, one in found:
            shipper.ask(one.asked)
    except WishError as error:
        raise RefusedError(error.what, error.hint) from error


def _parked(shipper: Shipper, log: Log) -> Found:
    return of_parked(shipper.sink_id, log)


def _order(arguments: Mapping[str, Any]) -> Order:
    """What is asked for. Raises RefusedError."""
    channel = arguments.get("channel")
    if channel is not None and not isinstance(channel, str):
        raise RefusedError(f"channel is {channel!r}", 'it is a name like "ph-3/ph"')
    return Order("control", channel, _ns(arguments, "from_ns"), _ns(arguments, "to_ns"))


def _ns(arguments: Mapping[str, Any], name: str) -> int:
    """An instant. Raises RefusedError."""
    value = arguments.get(name)
    if type(value) is not int or not 0 <= value <= _LATEST_NS:
        raise RefusedError(f"{name} is {value!r}", "it is a whole number of ns since 1970 UTC")
    return value
