"""One batch on its way: how much may be out at once, how fast, and what has been answered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from agent.publish.contract import HungUpError, RejectedError, SinkError, UnavailableError
from agent.publish.mqtt.reasons import is_failure, publish_refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.publish.mqtt.connection import Ack, Connection
    from agent.publish.mqtt.messages import Message

# A broker that hangs up on a message does so when it reads it: a round trip later, on a slow link.
_HANG_UP_S = 2.0
_BURST_S = 0.1  # a thread that wakes late may catch up this much


class Pace:
    """At most `per_s` messages a second, on the wire's clock."""

    def __init__(self, per_s: float) -> None:
        self._gap_s = 1 / per_s
        self._next_s = 0.0

    def wait_s(self) -> float:
        """Seconds until the next message may go."""
        return max(0.0, self._next_s - time.monotonic())

    def went(self) -> None:
        """A message went out just now."""
        self._next_s = max(time.monotonic() - _BURST_S, self._next_s) + self._gap_s


class Delivery:
    """Sends up to `window` messages ahead of their acknowledgements and keeps the order of the answers.

    `taken` hears of every message that the broker took: its topic, and the reason code.
    """

    def __init__(
        self,
        link: Connection,
        pace: Pace,
        window: int,
        ack_timeout_s: float,
        taken: Callable[[str, int], None] = lambda _topic, _code: None,
    ) -> None:
        self._tell_taken = taken
        self._link = link
        self._pace = pace
        self._window = window
        self._ack_timeout_s = ack_timeout_s
        self._deadline_s = 0.0
        self._sent: list[Message] = []
        self._taken: list[bool] = []
        self._out: dict[int, int] = {}  # message number on the wire -> place in `_sent`
        self._sent_s: list[float] = []
        self._more = True
        self._refusal: SinkError | None = None

    @property
    def accepted(self) -> int:
        """Entries from the front of the batch that the broker acknowledged, up to the first it did not."""
        first_open = self._taken.index(False) if False in self._taken else len(self._taken)
        return sum(message.rows for message in self._sent[:first_open])

    @property
    def settled(self) -> bool:
        """Whether everything that went out has been answered, so that the connection is still good."""
        return not self._out and self._refusal is not None

    def run(self, outgoing: Iterator[Message]) -> None:
        """Return when everything is acknowledged.

        Raises SinkError: a refusal once all that was out has been answered, and at once when the connection
        has ended or is silent; it must then be thrown away. HungUpError only when it ended on being sent the
        first message that is not acknowledged.
        """
        try:
            while self._more or self._out:
                self._launch(outgoing)
                self._listen()
        except HungUpError as error:
            if self._just_sent():
                raise
            raise UnavailableError(error.what, error.hint) from error
        if self._refusal is not None:
            raise self._refusal

    def _just_sent(self) -> bool:
        """Whether the oldest message still out is a fresh one."""
        return bool(self._out) and time.monotonic() - self._sent_s[min(self._out.values())] < _HANG_UP_S

    def _launch(self, outgoing: Iterator[Message]) -> None:
        while self._more and len(self._out) < self._window and self._pace.wait_s() == 0:
            try:
                message = next(outgoing, None)
            except RejectedError as error:
                self._refuse(error)
                return
            if message is None:
                self._more = False
                return
            self._publish(message)

    def _publish(self, message: Message) -> None:
        if not self._out:
            self._deadline_s = time.monotonic() + self._ack_timeout_s
        self._out[self._link.publish(message)] = len(self._sent)
        self._sent.append(message)
        self._sent_s.append(time.monotonic())
        self._taken.append(False)
        self._pace.went()

    def _listen(self) -> None:
        """Wait for one answer, but not past the moment when the next message may go."""
        wait_s = self._pace.wait_s() if self._more and len(self._out) < self._window else self._ack_timeout_s
        if self._out:
            wait_s = min(wait_s, self._deadline_s - time.monotonic())
        elif not self._more:
            return
        ack = self._link.next_ack(wait_s)
        if ack is not None:
            self._settle(ack)
        elif self._out and time.monotonic() >= self._deadline_s:
            raise UnavailableError(
                f"{self._link.where} has acknowledged nothing for {self._ack_timeout_s:g} s",
                "check the link; the connection is made anew",
            )

    def _settle(self, ack: Ack) -> None:
        place = self._out.pop(ack.mid)
        self._deadline_s = time.monotonic() + self._ack_timeout_s
        if is_failure(ack.code):
            self._refuse(publish_refused(ack.code, ack.name, self._sent[place].topic))
            return
        self._taken[place] = True
        self._tell_taken(self._sent[place].topic, ack.code)

    def _refuse(self, error: SinkError) -> None:
        self._more = False
        self._refusal = self._refusal or error
