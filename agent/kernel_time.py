"""Whether the kernel takes its clock for set: the same question that `timedatectl` asks it.

In a container nobody else can say. In the station's own sandbox it may not be asked (`ProtectClock`).
"""

from __future__ import annotations

import struct

# The kernel counts up to this when nobody has set the clock for long, and stays there.
_LOST_US = 16_000_000
# The beginning of C's `struct timex`: modes (0: nothing is to be set), offset, freq, maxerror.
_TIMEX = struct.Struct("@Illl")
_ROOM = 1024  # for all of it, on any machine


def is_set() -> bool | None:
    """What the kernel says; None when it may not be asked."""
    import ctypes  # noqa: PLC0415 - most stations never ask

    told = ctypes.create_string_buffer(_ROOM)
    try:
        answer: int = ctypes.CDLL(None).adjtimex(told)
    except (OSError, AttributeError):
        return None
    return None if answer < 0 else _TIMEX.unpack_from(told)[3] < _LOST_US
