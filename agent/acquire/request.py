"""What a person asks of a bus: done by the bus's own thread between slots, in bounded time, one at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from agent.clock import NS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.acquire.sensor import SensorTask
    from agent.clock import Clock
    from agent.model import Instant, Observation
    from drivers.contract import Bus, DriverError

T = TypeVar("T")


class RequestError(Exception):
    """The bus did not do what was asked; `what` says why, `hint` what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class Promise(Generic[T]):
    """What comes of a request. The bus's thread keeps or breaks it, once; anybody may look or give it up."""

    def __init__(self) -> None:
        self._kept: list[T] = []
        self._error: DriverError | RequestError | None = None
        self.abandoned = False

    @property
    def is_over(self) -> bool:
        """Whether there is a result or an error."""
        return bool(self._kept) or self._error is not None

    def keep(self, result: T) -> None:
        """Here is the result."""
        if not self.is_over:
            self._kept.append(result)

    def fail(self, error: DriverError | RequestError) -> None:
        """There will be no result."""
        if not self.is_over:
            self._error = error

    def abandon(self) -> None:
        """Nobody waits for it any more: the bus need not go on."""
        self.abandoned = True

    def result(self) -> T:
        """The result, once it `is_over`. Raises RequestError, DriverError."""
        if self._error is not None:
            raise self._error
        return self._kept[0]


class Look(NamedTuple):
    """What a sensor says now: an observation per channel, and the error when they are missing."""

    observations: list[Observation]
    error: DriverError | None


class LookRequest:
    """Read one sensor now, beside its slots; if a measurement of it is under way, that one serves."""

    def __init__(self, task: SensorTask) -> None:
        self.task = task
        self.promise: Promise[Look] = Promise()

    def close(self) -> None:
        """Nothing to let go of."""


class SearchRequest(Generic[T]):
    """Work in steps, each of which puts one question on the wire and yields what came of it."""

    def __init__(self, work: Callable[[Bus], Iterator[T]]) -> None:
        self.promise: Promise[list[T]] = Promise()
        self._work = work
        self._steps: Iterator[T] | None = None
        self._found: list[T] = []
        self._stepping = False

    def advance(self, bus: Bus) -> None:
        """One step. Raises DriverError."""
        if self._stepping:
            self.promise.fail(RequestError("the search failed inside the station", "its log says why"))
            return
        # Still set at the next call when a step ended in an error that is nobody's fault but ours.
        self._stepping = True
        if self._steps is None:
            self._steps = self._work(bus)
        try:
            self._found.append(next(self._steps))
        except StopIteration:
            self.promise.keep(self._found)
        self._stepping = False

    def close(self) -> None:
        """Let the work end where it stands."""
        if self._steps is not None:
            getattr(self._steps, "close", lambda: None)()


Request = LookRequest | SearchRequest[Any]


class Desk:
    """Where requests are handed in, from any thread, and from where the bus's thread takes them."""

    def __init__(self, bus: str, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._lock = threading.Lock()
        self._request: Request | None = None
        self._give_up_ns = 0
        self._timeout_s = 0.0

    def hand_in(self, request: Request, timeout_s: float) -> None:
        """Take it in, to be over within `timeout_s` of the wire's time. Raises RequestError when busy."""
        with self._lock:
            if self._request is not None and not self._request.promise.is_over:
                raise RequestError(
                    f"bus {self._bus} is busy with another request",
                    "wait until that one is over, then ask again",
                )
            self._timeout_s = timeout_s
            self._give_up_ns = self._clock.now().mono_ns + round(self._clock.seconds(timeout_s) * NS)
            self._request = request

    def current(self, now: Instant) -> Request | None:
        """The request to be worked on; one whose time is over, or whose asker has left, is not."""
        request = self._request
        if request is None:
            return None
        if now.mono_ns >= self._give_up_ns:
            why = f"bus {self._bus} was not done within {self._timeout_s:g} s"
            request.promise.fail(RequestError(why, "ask for less at a time, or again later"))
        if request.promise.is_over or request.promise.abandoned:
            self._clear(request)
            return None
        return request

    def fail(self, error: DriverError | RequestError) -> None:
        """Whatever is being worked on has failed."""
        request = self._request
        if request is not None:
            request.promise.fail(error)
            self._clear(request)

    def tell(self, task: SensorTask, look: Callable[[], Look]) -> None:
        """A measurement of a sensor is over: whoever waits for it has it. On most turns nobody does."""
        request = self._request
        if isinstance(request, LookRequest) and request.task is task:
            request.promise.keep(look())

    def next_ns(self) -> int | None:
        """When the bus's thread has to look again: at once for a search, at the end for a look."""
        request = self._request
        if request is None or request.promise.is_over:
            return None
        return self._give_up_ns if isinstance(request, LookRequest) else 0

    def _clear(self, request: Request) -> None:
        request.close()
        with self._lock:
            if self._request is request:
                self._request = None
