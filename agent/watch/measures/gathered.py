"""Evidence gathered over time: what speaks for a hazard adds up, what speaks against wears it down. Pure.

A one-sided sum in the manner of CUSUM (Page 1954). Strong evidence is enough after a few blocks, weak
evidence must last; a single wild block is never enough, because no block gives more than the caller's most. A
reading that holds for many blocks counts for as long, but never for more than half of what is enough.
"""

from __future__ import annotations

_MOST_OF_A_READING = 0.5


class Gathered:
    """A sum that never falls below zero.

    Args:
        enough: from here on it is over.
        most: it grows no further, so that it comes down in a stated time.
    """

    def __init__(self, enough: float, most: float | None = None) -> None:
        self.enough = enough
        self._most = most if most is not None else 1.5 * enough
        self.sum = 0.0
        self._of_reading = 0.0
        self.since = 0
        """Blocks that were judged since it was zero."""
        self.judged = False
        """Whether the newest block could be judged."""

    def add(self, score: float | None, *, held: bool = False) -> bool:
        """A block's evidence, None when nobody could judge it. Returns whether it is over and says so now.

        Silence is no evidence: it changes nothing, and nothing is said in it.

        Args:
            score: above 0 for, below 0 against.
            held: it is made of the same reading as that of the block before.
        """
        self.judged = score is not None
        if score is None:
            return False
        if not held:
            self._of_reading = 0.0
        else:
            most = max(_MOST_OF_A_READING * self.enough, abs(self._of_reading))
            score = max(-most, min(most, self._of_reading + score)) - self._of_reading
        self._of_reading += score
        self.sum = min(self._most, max(0.0, self.sum + score))
        self.since = self.since + 1 if self.sum > 0.0 else 0
        return self.sum >= self.enough

    @property
    def share(self) -> float:
        """How much of what is needed has been gathered; 1 and more is over."""
        return self.sum / self.enough

    def clear(self) -> None:
        """Begin anew."""
        self.sum, self.since = 0.0, 0
