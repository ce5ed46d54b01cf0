"""One measurement of one sensor, from the first question to its end, which may be several questions later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS
from drivers.contract import Later, NoAnswerError

if TYPE_CHECKING:
    from agent.clock import Clock

# SDI-12 lets an instrument ask for 999 s at the most (SDI-12 specification 1.4, aM!), and nothing that hangs
# on a mine takes longer; one that wants more is not waited for.
LONGEST_S = 1000.0
# A dialogue has half a dozen steps, and an instrument that is asked "are you done?" ten times a second is
# done within seconds. More than this is an instrument that never will be.
MOST_QUESTIONS = 100
# Between two questions of the same measurement the bus belongs to others, whatever the driver says.
SHORTEST_S = 0.01


class Turn:
    """A measurement under way.

    Attributes:
        slot_ns: the slot that waits for its end; None when only a person does.
        again_ns: when to ask again.
        has_retried: whether a damaged answer has been asked for once more.
    """

    def __init__(self, slot_ns: int | None, begin_ns: int) -> None:
        self.slot_ns = slot_ns
        self.again_ns = begin_ns
        self.has_retried = False
        self._begin_ns = begin_ns
        self._questions = 0

    @property
    def is_continued(self) -> bool:
        """Whether the instrument has asked for time before."""
        return self._questions > 0

    def put_off(self, later: Later, clock: Clock) -> None:
        """The instrument needs time. Raises NoAnswerError when it wants too much of it."""
        now_ns = clock.now().mono_ns
        self._questions += 1
        if self._questions >= MOST_QUESTIONS:
            raise _endless(f"its measurement was not over after {MOST_QUESTIONS} questions")
        after_s = max(SHORTEST_S, later.after_s)
        spent_s = (now_ns - self._begin_ns) / NS / clock.seconds(1)
        if spent_s + after_s > LONGEST_S:
            raise _endless(f"it wants {spent_s + after_s:.0f} s for one measurement")
        self.again_ns = now_ns + round(clock.seconds(after_s) * NS)

    def adopt(self, slots: range) -> range:
        """Serve the last of `slots` if only a person waits so far. Returns those that nobody serves."""
        if self.slot_ns is not None or not slots:
            return slots
        self.slot_ns = slots[-1]
        return slots[:-1]


def _endless(what: str) -> NoAnswerError:
    return NoAnswerError(
        f"{what}; after {LONGEST_S:.0f} s or {MOST_QUESTIONS} questions it is given up",
        "switch its power off and on; does the model in the configuration fit the instrument?",
    )
