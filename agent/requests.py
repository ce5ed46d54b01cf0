"""What a technician may ask of the running station's buses: read a sensor now, search a bus.

Each is done by the thread that owns the bus: the station keeps sampling meanwhile, and nobody has to stop it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from agent import answers
from agent.acquire.request import RequestError
from agent.acquire.turn import LONGEST_S
from agent.control import LONGEST_ANSWER_S, Deferred, RefusedError
from drivers.contract import DriverError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from agent.acquire.poller import Poller
    from agent.acquire.request import Look, Promise
    from agent.clock import Clock
    from drivers.scan.found import Step

T = TypeVar("T")

# A measurement may take as long as a turn, and its turn may have to wait for what is on the wire.
LONGEST_READ_S = LONGEST_S + LONGEST_ANSWER_S


class Requests:
    """The handlers of the control socket that need a bus."""

    def __init__(self, pollers: Sequence[Poller], clock: Clock) -> None:
        self._pollers = pollers
        self._clock = clock

    def read(self, arguments: Mapping[str, Any]) -> Deferred:
        """Read one sensor now: `{"sensor": ID}`, and `timeout_s` if its measurement is not to be waited for.

        It is waited for as long as any instrument may take. Nothing is stored.

        Raises:
            RefusedError: there is no such sensor, or its bus is busy with another request.
        """
        sensor = _text(arguments, "sensor")
        buses = {each: poller for poller in self._pollers for each in poller.sensors}
        if sensor not in buses:
            raise RefusedError(f"there is no sensor {sensor!r}", _those("sensors", buses))
        timeout_s = _timeout_s(arguments, LONGEST_READ_S)
        poller = buses[sensor]
        return _deferred(
            poller, timeout_s, lambda: poller.look(sensor, timeout_s), lambda look: self._told(sensor, look)
        )

    def scan(self, arguments: Mapping[str, Any]) -> Deferred:
        """Ask who is on a bus: `{"bus": ID, "protocol": ..., "places": [...]}`, and `thorough` or `patient`.

        The answer lists who was found, as `Found._asdict()`. Nothing is stored or changed.

        Raises:
            RefusedError: there is no such bus, it is busy, or the question makes no sense.
        """
        from drivers.scan.question import Question  # noqa: PLC0415 - nobody searches on most days

        bus = _text(arguments, "bus")
        buses = {poller.name: poller for poller in self._pollers}
        if bus not in buses:
            raise RefusedError(f"this station polls no bus {bus!r}", _those("buses", buses))
        timeout_s = _timeout_s(arguments, LONGEST_ANSWER_S)
        try:
            question = Question.from_json(arguments)
        except ValueError as error:
            raise RefusedError(str(error), "`skyground scan --help` tells what can be asked") from error
        poller = buses[bus]
        return _deferred(poller, timeout_s, lambda: poller.search(question.search, timeout_s), _found)

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


def _deferred(
    poller: Poller, timeout_s: float, ask: Callable[[], Promise[T]], told: Callable[[T], object]
) -> Deferred:
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

    def abandon() -> None:
        promise.abandon()
        # It may sleep until the end of a long measurement, and others could ask it something meanwhile.
        poller.wake.set()

    return Deferred(lambda: promise.is_over, answer, abandon, timeout_s)


def _text(arguments: Mapping[str, Any], name: str) -> str:
    """An argument that has to be there. Raises RefusedError."""
    value = arguments.get(name)
    if not isinstance(value, str):
        raise RefusedError(f"the argument {name!r} is missing", f'send "arguments": {{"{name}": "..."}}')
    return value


def _timeout_s(arguments: Mapping[str, Any], longest_s: float) -> float:
    """How long the asker will wait, `longest_s` when it does not say. Raises RefusedError."""
    value = arguments.get("timeout_s", longest_s)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= longest_s:
        raise RefusedError(
            f"timeout_s is {value!r}",
            f"it is a number of seconds, more than 0 and at most {longest_s:g}",
        )
    return float(value)


def _those(noun: str, names: Iterable[str]) -> str:
    return f"{noun} of this station: {', '.join(names)}"
