"""What a technician may ask of the running station's buses: read a sensor now, search a bus.

Each is done by the thread that owns the bus: the station keeps sampling meanwhile, and nobody has to stop it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from agent import answers
from agent.acquire.request import RequestError
from agent.control import LONGEST_ANSWER_S, Deferred, RefusedError
from drivers.contract import DriverError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from agent.acquire.poller import Poller
    from agent.acquire.request import Look, Promise
    from agent.clock import Clock
    from drivers.scan.found import Step

T = TypeVar("T")


class Requests:
    """The handlers of the control socket that need a bus."""

    def __init__(self, pollers: Sequence[Poller], clock: Clock) -> None:
        self._pollers = pollers
        self._clock = clock

    def read(self, arguments: Mapping[str, Any]) -> Deferred:
        """Read one sensor now: `{"sensor": ID}`, and `timeout_s` if a minute is too long. Nothing is stored.

        Raises:
            RefusedError: there is no such sensor, or its bus is busy with another request.
        """
        sensor = _text(arguments, "sensor")
        buses = {each: poller for poller in self._pollers for each in poller.sensors}
        if sensor not in buses:
            raise RefusedError(f"there is no sensor {sensor!r}", _those("sensors", buses))
        timeout_s = _timeout_s(arguments)
        return _deferred(lambda: buses[sensor].look(sensor, timeout_s), lambda look: self._told(sensor, look))

    def scan(self, arguments: Mapping[str, Any]) -> Deferred:
        """Ask who is on a bus: `{"bus": ID, "protocol": ..., "places": [...]}`, and whether `thorough`ly.

        The answer lists who was found, as `Found._asdict()`. Nothing is stored or changed.

        Raises:
            RefusedError: there is no such bus, it is busy, or the question makes no sense.
        """
        from drivers.scan.question import Question  # noqa: PLC0415 - nobody searches on most days

        bus = _text(arguments, "bus")
        buses = {poller.name: poller for poller in self._pollers}
        if bus not in buses:
            raise RefusedError(f"this station polls no bus {bus!r}", _those("buses", buses))
        timeout_s = _timeout_s(arguments)
        try:
            question = Question.from_json(arguments)
        except ValueError as error:
            raise RefusedError(str(error), "`skyground scan --help` tells what can be asked") from error
        return _deferred(lambda: buses[bus].search(question.search, timeout_s), _found)

    def _told(self, sensor: str, look: Look) -> dict[str, Any]:
        """What the sensor said, or why it did not."""
        now = self._clock.now()
        return {
            "sensor": sensor,
            "channels": [answers.of_channel(each.channel, each, now) for each in look.observations],
            "error": look.error.what if look.error else "",
            "hint": look.error.hint if look.error else "",
        }


def _found(steps: Iterable[Step]) -> list[dict[str, Any]]:
    from drivers.scan.found import Found  # noqa: PLC0415 - as above

    return [step._asdict() for step in steps if isinstance(step, Found)]


def _deferred(ask: Callable[[], Promise[T]], told: Callable[[T], object]) -> Deferred:
    """A request to a bus, with its errors in the words of the socket. Raises RefusedError."""
    try:
        promise = ask()
    except RequestError as error:
        raise RefusedError(error.what, error.hint) from error

    def answer() -> object:
        try:
            return told(promise.result())
        except (RequestError, DriverError) as error:
            raise RefusedError(error.what, error.hint) from error

    return Deferred(lambda: promise.is_over, answer, promise.abandon)


def _text(arguments: Mapping[str, Any], name: str) -> str:
    """An argument that has to be there. Raises RefusedError."""
    value = arguments.get(name)
    if not isinstance(value, str):
        raise RefusedError(f"the argument {name!r} is missing", f'send "arguments": {{"{name}": "..."}}')
    return value


def _timeout_s(arguments: Mapping[str, Any]) -> float:
    """How long the asker will wait. Raises RefusedError."""
    value = arguments.get("timeout_s", LONGEST_ANSWER_S)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_ANSWER_S:
        raise RefusedError(
            f"timeout_s is {value!r}",
            f"it is a number of seconds, more than 0 and at most {LONGEST_ANSWER_S:g}",
        )
    return float(value)


def _those(noun: str, names: Iterable[str]) -> str:
    return f"{noun} of this station: {', '.join(names)}"
