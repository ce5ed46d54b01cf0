"""What came of many power cuts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.machine.blocklog import Cut
    from tests.machine.judge import Verdict


class Tally:
    """Counts cuts and what was wrong after them."""

    def __init__(self) -> None:
        self.cuts = self.losing = self.worst = self.unmountable = self.unflushed = self.torn = 0
        self.wrong: Counter[str] = Counter()

    def add(self, cut: Cut, verdict: Verdict | None) -> None:
        """One more; no verdict means that the file system did not mount."""
        self.cuts += 1
        self.unflushed += cut.unflushed > 0
        self.torn += cut.torn > 0
        if verdict is None:
            self.unmountable += 1
            return
        self.losing += verdict.lost > 0
        self.worst = max(self.worst, verdict.lost)
        self.wrong.update(verdict.wrong[:1])

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing wrong."""
        return not (self.losing or self.unmountable or self.wrong)

    def text(self) -> str:
        """One line for people."""
        wrong = f": {dict(self.wrong.most_common(5))}" if self.wrong else ""
        return (
            f"{self.cuts} cuts ({self.unflushed} with unflushed writes, {self.torn} with torn ones):"
            f" promised records lost in {self.losing} (at worst {self.worst}),"
            f" wrong {sum(self.wrong.values())}{wrong}, unmountable {self.unmountable}"
        )
