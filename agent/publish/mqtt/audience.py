"""Whether anybody hears us. A broker takes messages that nobody subscribes to, and they are gone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from agent.publish.contract import Audible
from agent.publish.mqtt.reasons import NO_SUBSCRIBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

UNHEARD_S = 3600.0

_log = structlog.get_logger()


class Audience:
    """What the broker said of each topic when it took the last message there.

    `needed` are those to warn of, the first of them the one that comes again and again.

    It is not held against the bookmark: what takes messages inside a broker, such as the rules of EMQX, is no
    subscriber, and its station would never send again. Receipts are what proves an arrival.
    """

    def __init__(self, sink_id: str, needed: Sequence[str]) -> None:
        self.unheard = 0  # messages that were taken although nobody subscribed
        self._sink_id = sink_id
        self._heard = dict.fromkeys(needed, True)
        self._main = needed[0]
        self._unheard_since_s: float | None = None
        self._is_told_heard = False
        self._word: list[Audible] = []

    def taken(self, topic: str, code: int) -> None:
        """The broker took a message, with this reason code."""
        heard = code != NO_SUBSCRIBERS
        self.unheard += not heard
        if topic not in self._heard:
            return
        if self._heard[topic] != heard:
            log = _log.info if heard else _log.warning
            log("subscribed_again" if heard else "nobody_subscribes", sink=self._sink_id, topic=topic)
        self._heard[topic] = heard
        if topic == self._main:
            self._note(heard=heard)

    def take(self) -> list[Audible]:
        """What is new about the main topic."""
        word, self._word = self._word, []
        return word

    @property
    def warnings(self) -> list[str]:
        """What is wrong, and what to do. Any thread."""
        deaf = [topic for topic, heard in self._heard.items() if not heard]
        return [
            f"nobody subscribes to {topic}: start whoever stores it; what was sent meanwhile stays in the"
            " journal and can be sent again"
            for topic in deaf
        ]

    def _note(self, *, heard: bool) -> None:
        now_s = time.monotonic()
        if heard:
            if not self._is_told_heard:
                self._word = [Audible()]
            self._unheard_since_s, self._is_told_heard = None, True
            return
        self._unheard_since_s = self._unheard_since_s or now_s
        if now_s - self._unheard_since_s >= UNHEARD_S:
            self._is_told_heard = False
            self._word = [
                Audible(
                    f"The broker takes them, but nobody subscribes to {self._main}: start whoever stores"
                    " them. What was sent meanwhile stays in the journal: `skyground resend` sends it again."
                )
            ]
