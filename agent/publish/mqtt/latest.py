"""The newest observation of each channel, retained, so that a new subscriber sees the station at once."""

from __future__ import annotations

import time
from math import inf
from typing import TYPE_CHECKING

from agent.model import Observation
from agent.publish.mqtt.messages import readings, size_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.model import Channel, Entry, StationId
    from agent.publish.mqtt.messages import Limits, Message, Topics


class Latest:
    """Knows only what has been sent, so nothing in it is not in the journal.

    `every_s` is the shortest time from one message to the next, on the wire's clock; 0: there is none.
    """

    def __init__(self, topics: Topics, station: StationId, every_s: float) -> None:
        self.left_out = 0  # channels that the broker's packet limit left no room for
        self._topic = topics.latest
        self._station = station
        self._every_s = every_s
        self._newest: dict[Channel, Entry] = {}
        self._is_news = False
        self._not_before_s = 0.0

    def saw(self, sent: Iterable[Entry]) -> None:
        """These are at the broker. What is sent again or late does not replace what is newer."""
        for entry in sent:
            if isinstance(entry.record, Observation):
                known = self._newest.get(entry.record.channel)
                if known is None or entry.seq > known.seq:
                    self._newest[entry.record.channel] = entry
                    self._is_news = True

    def connected(self) -> None:
        """A broker that lost its memory gets it back at once."""
        self._is_news = bool(self._newest)
        self._not_before_s = 0.0

    def wait_s(self) -> float:
        """Seconds until it is due; inf when there is nothing to say."""
        if not self._is_news or self._every_s == 0:
            return inf
        return max(0.0, self._not_before_s - time.monotonic())

    def message(self, limits: Limits) -> Message | None:
        """What to publish now; the channels that were silent longest give way when it is too long."""
        self._is_news = False
        self._not_before_s = time.monotonic() + self._every_s
        entries = sorted(self._newest.values(), key=lambda entry: entry.seq)
        self.left_out = 0
        while self.left_out < len(entries):
            kept = entries[self.left_out :]
            message = readings(kept, self._topic, self._station, limits)._replace(retain=True)
            if size_of(message) <= limits.packet_bytes:
                return message
            self.left_out += len(kept) // 8 + 1
        return None
