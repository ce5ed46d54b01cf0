"""What a test says of a value, and how what several say becomes one flag with all reasons. Pure."""

from __future__ import annotations

from typing import NamedTuple

from agent.model import Flag, Why


class Verdict(NamedTuple):
    """A flag and the reasons for it."""

    flag: Flag
    why: Why


GOOD = Verdict(Flag.GOOD, Why.NONE)
NOT_EVALUATED = Verdict(Flag.NOT_EVALUATED, Why.NONE)

# A test that could not run says nothing against a value, and a value that is missing stays missing, whatever
# was said of it (ioos_qc's `qartod_compare` lets "good" win over "missing").
_WEIGHT = {Flag.NOT_EVALUATED: 0, Flag.GOOD: 1, Flag.SUSPECT: 2, Flag.FAIL: 3, Flag.MISSING: 4}


def combine(*verdicts: Verdict) -> Verdict:
    """The heaviest flag with every reason: missing, fail, suspect, good, not evaluated."""
    flag, why = NOT_EVALUATED
    for verdict in verdicts:
        if verdict.flag is not flag and _WEIGHT[verdict.flag] > _WEIGHT[flag]:
            flag = verdict.flag
        if verdict.why:  # joining sets of bits costs twenty times as much as looking
            why |= verdict.why
    return Verdict(flag, why)
