"""All tests of a channel's past as one: a value goes through each, their words become one verdict. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agent.acquire.quality.contract import OfNeighbours, Outcome
from agent.acquire.quality.verdict import combine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.acquire.quality.contract import Sample, State, Test


class Panel:
    """The tests of one channel, by name. What it remembers is what they do.

    Args:
        tests: every one sees every sample; none of them sees another's verdict.
    """

    def __init__(self, tests: Mapping[str, Test]) -> None:
        self._tests = dict(tests)
        self._updates = tuple(test.update for test in self._tests.values())
        self._of_neighbours = [test for test in tests.values() if isinstance(test, OfNeighbours)]
        self._fresh = json.dumps(self.state())

    def update(self, sample: Sample) -> Outcome:
        """Judge a sample, and with it the one before."""
        outcomes = [update(sample) for update in self._updates]
        now = combine(*(outcome.now for outcome in outcomes))
        return Outcome(now, combine(*(outcome.before for outcome in outcomes)))

    def missed(self, t_s: float) -> None:
        """No value that counts came at `t_s`."""
        for test in self._tests.values():
            test.missed(t_s)

    def interrupted(self) -> None:
        """What comes is not to be compared with the value before; what goes by hours goes on."""
        for test in self._of_neighbours:
            test.interrupted()

    def clear(self) -> None:
        """Forget everything: what comes is not to be compared with what was."""
        self.restore(json.loads(self._fresh))

    def state(self) -> State:
        """The memory of each test by its name, as JSON values."""
        return {name: test.state() for name, test in self._tests.items()}

    def restore(self, state: State) -> None:
        """Take up the memory of a panel of the same tests. Raises ValueError; then it remembers nothing."""
        if not isinstance(state, dict) or state.keys() != self._tests.keys():
            raise ValueError(f"the memory of {', '.join(self._tests) or 'no test'} was expected")
        try:
            for name, test in self._tests.items():
                test.restore(state[name])
        except ValueError:
            for name, fresh in json.loads(self._fresh).items():
                self._tests[name].restore(fresh)
            raise
