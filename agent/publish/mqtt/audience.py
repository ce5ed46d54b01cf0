"""Whether anybody hears us. A broker takes messages that nobody subscribes to, and they are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from agent.publish.mqtt.reasons import NO_SUBSCRIBERS

if TYPE_CHECKING:
    from collections.abc import Collection

_log = structlog.get_logger()


class Audience:
    """What the broker said of each topic when it took the last message there. `needed`: those to warn of.

    It is not held against the bookmark: what takes messages inside a broker, such as the rules of EMQX, is no
    subscriber, and its station would never send again. Receipts are what proves an arrival.
    """

    def __init__(self, sink_id: str, needed: Collection[str]) -> None:
        self.unheard = 0  # messages that were taken although nobody subscribed
        self._sink_id = sink_id
        self._heard = dict.fromkeys(needed, True)

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

    @property
    def warnings(self) -> list[str]:
        """What is wrong, and what to do. Any thread."""
        deaf = [topic for topic, heard in self._heard.items() if not heard]
        return [
            f"nobody subscribes to {topic}: start whoever stores it; what was sent meanwhile stays in the"
            " journal and can be sent again"
            for topic in deaf
        ]
