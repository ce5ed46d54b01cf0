"""What the kind of an event means to who tells it: its word for people, and when it is news again. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.model import Event, Severity

HAZARDS = frozenset({"acid_drainage", "subsidence"})
"""What the detectors look for in water and ground. A sick probe is no hazard."""
_WORDS = {"subsidence": "unstable ground"}


def kind_words(kind: str) -> str:
    """For people: `acid drainage`, `unstable ground`, `sensor fault`."""
    return _WORDS.get(kind, kind.replace("_", " "))


def is_news(event: Event, worst: Severity) -> bool:
    """Whether it tells more to somebody who has seen its event come to the level `worst`.

    A graver level always does. The detectors tell a hazard as `updated` at the same level seldom, and only
    for a new mechanism, or because what had been quiet comes again.
    """
    return event.severity > worst or (event.phase == "updated" and event.kind in HAZARDS)
