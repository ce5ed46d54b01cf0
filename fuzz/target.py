"""What one target of the fuzzer is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Target(NamedTuple):
    """A reader of bytes under test.

    Attributes:
        run: takes any bytes at all; raises only what is a finding. The errors that the reader documents are
            caught in it, and what it promises of its results is asserted.
        seeds: inputs to start from: real messages, so that a change of a byte or two gets far.
        tokens: pieces that real messages are made of.
    """

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    tokens: tuple[bytes, ...] = ()
