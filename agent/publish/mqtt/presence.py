"""What a newcomer finds at the broker: `meta`, `status` and `latest`, all retained."""

from __future__ import annotations

import json
import time
from math import inf
from typing import TYPE_CHECKING

from agent.publish.mqtt.courtesy import Courtesy
from agent.publish.mqtt.latest import Latest
from agent.publish.mqtt.messages import Message, size_of
from agent.publish.mqtt.reasons import nobody_to_blame
from agent.publish.stamp import iso_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.model import Entry, StationId
    from agent.publish.contract import SinkError
    from agent.publish.mqtt.messages import Limits, Topics

    # Delivers one message. Returns the broker's refusal, if it is one; raises SinkError when it cannot.
    Say = Callable[[Message], SinkError | None]

_TROUBLE_S = 60.0  # trouble that goes on changes its numbers all the time


class Presence:
    """Says what is retained, when its time has come.

    `birth` gives the station's birth certificate: the same object until there is another to be told.
    `trouble` tells what is wrong with the station itself, "" when nothing is: a station whose card is dead
    can publish nothing but this.
    """

    def __init__(
        self,
        sink_id: str,
        topics: Topics,
        station: StationId,
        birth: Callable[[], Mapping[str, object]],
        latest_s: float,
        trouble: Callable[[], str],
    ) -> None:
        self._topics = topics
        self._trouble = trouble
        self._birth = birth
        self._told_birth: Mapping[str, object] | None = None
        self._latest = Latest(topics, station, latest_s)
        self._meta_courtesy = Courtesy(sink_id, "meta")
        self._latest_courtesy = Courtesy(sink_id, "latest")
        self._since_ns = 0
        self._told = ""
        self._tell_after_s = 0.0

    def saw(self, sent: Sequence[Entry]) -> None:
        """These are at the broker."""
        self._latest.saw(sent)

    def greet(self, say: Say, limits: Limits) -> None:
        """A new connection. Raises UnavailableError."""
        self._since_ns = time.time_ns()
        self._latest.connected()
        self._latest_courtesy.connected()
        self._say_meta(say, limits)
        self._say_status(say)

    def tend(self, say: Say, limits: Limits) -> None:
        """Renew what has changed. Raises UnavailableError."""
        if self._birth() is not self._told_birth:
            self._say_meta(say, limits)
        trouble = self._trouble()
        late = time.monotonic() >= self._tell_after_s
        if trouble != self._told and (late or not trouble or not self._told):
            self._say_status(say)
        if self._latest.wait_s() == 0 and not self._latest_courtesy.left_out:
            self._say_latest(say, limits)

    def wait_s(self) -> float:
        """Seconds until `tend` has something to do, as far as is known."""
        return inf if self._latest_courtesy.left_out else self._latest.wait_s()

    @property
    def warnings(self) -> list[str]:
        """What a newcomer does not find. Any thread."""
        short = self._latest.left_out
        cut = [f"latest is without {short} channels: the broker takes no longer packets"] if short else []
        return [*self._meta_courtesy.warnings, *self._latest_courtesy.warnings, *cut]

    def farewell(self) -> Message:
        """The last word of a station that stops."""
        return _status(self._topics, "stopped", time.time_ns(), "")

    def _say_meta(self, say: Say, limits: Limits) -> None:
        birth = self._birth()
        body = json.dumps(birth, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
        message = Message(self._topics.meta, body, 1, retain=True)
        size = size_of(message)
        if size > limits.packet_bytes:
            self._meta_courtesy.leave_out(f"it has {size} bytes, the broker takes {limits.packet_bytes}")
        if not self._meta_courtesy.left_out:
            with self._meta_courtesy.tried():
                _insist(say(message))
        self._told_birth = birth

    def _say_status(self, say: Say) -> None:
        self._told = self._trouble()
        self._tell_after_s = time.monotonic() + _TROUBLE_S
        _insist(say(_status(self._topics, "online", self._since_ns, self._told)))

    def _say_latest(self, say: Say, limits: Limits) -> None:
        message = self._latest.message(limits)
        if message is None:
            return
        with self._latest_courtesy.tried():
            refusal = say(message)
        if refusal is not None:
            self._latest_courtesy.leave_out(refusal.what, refusal.hint)


def _insist(refusal: SinkError | None) -> None:
    if refusal is not None:
        raise nobody_to_blame(refusal)


def _status(topics: Topics, state: str, since_ns: int, trouble: str) -> Message:
    body = {"state": state, "since": iso_ms(since_ns), **({"trouble": trouble} if trouble else {})}
    payload = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
    return Message(topics.status, payload, 1, retain=True)
