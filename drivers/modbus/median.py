"""Several readings become one, pure: bubbles and leaves make short spikes, and a mean would keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Doubt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Reading


def median(samples: Sequence[tuple[Reading, ...]]) -> tuple[Reading, ...]:
    """For each channel the median of its samples, of two middle ones the lower: it was really read.

    Where the instrument doubts half of them or more, the last doubtful one stands for all.
    """
    return tuple(_median_of(channel) for channel in zip(*samples, strict=True))


def _median_of(samples: Sequence[Reading]) -> Reading:
    doubtful = [each for each in samples if each.raw is None or each.doubt is not Doubt.NONE]
    if 2 * len(doubtful) >= len(samples):
        return doubtful[-1]
    good = sorted(each.raw for each in samples if each.raw is not None and each.doubt is Doubt.NONE)
    return samples[0]._replace(raw=good[(len(good) - 1) // 2], doubt=Doubt.NONE)
