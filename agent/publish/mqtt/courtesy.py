"""What the data can do without, and must never wait for."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from agent.publish.contract import HungUpError, SinkError
from agent.publish.mqtt.reasons import nobody_to_blame

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRIES = 3
# A link that was bad three times in a row looks the same, and access lists are mended.
FORGIVEN_S = 3600.0

_log = structlog.get_logger()


class Courtesy:
    """One thing that we do if the broker lets us: `name` it in one word.

    A broker that hangs up on it again and again gets the data without, for an hour. `left_out` says why, and
    is empty while all is well.
    """

    def __init__(self, sink_id: str, name: str) -> None:
        self.left_out = ""
        self._sink_id = sink_id
        self._name = name
        self._hang_ups = 0
        self._told = False
        self._is_hung_up_on = False
        self._left_out_s = 0.0

    @contextmanager
    def tried(self) -> Iterator[None]:
        """Around one try. A connection that ends in it raises UnavailableError: no batch is to blame."""
        try:
            yield
        except HungUpError as error:
            self._hang_ups += 1
            if self._hang_ups >= _TRIES:
                self._is_hung_up_on = True
                self.leave_out("the broker hangs up on it")
            raise nobody_to_blame(error) from error
        except SinkError as error:
            raise nobody_to_blame(error) from error
        self._hang_ups = 0

    @property
    def warnings(self) -> list[str]:
        """What is wrong. Any thread."""
        return [f"{self._name} is left out: {self.left_out}"] if self.left_out else []

    def leave_out(self, reason: str, hint: str = "") -> None:
        """Do without it, and say so once."""
        self.left_out = reason
        self._left_out_s = time.monotonic()
        if not self._told:
            self._told = True
            _log.warning(
                f"{self._name}_left_out",
                sink=self._sink_id,
                reason=reason,
                hint=hint or "look at the broker's log; raise its max_packet_size or message_size_limit",
                data="not affected",
            )

    def connected(self) -> None:
        """A new connection: the broker may have changed its mind, but not so soon if it hung up on it."""
        if self.is_forgiven or not self._is_hung_up_on:
            self.left_out = ""

    @property
    def is_forgiven(self) -> bool:
        """Whether it is left out and may be tried again on the same connection."""
        return bool(self.left_out) and time.monotonic() - self._left_out_s >= FORGIVEN_S
