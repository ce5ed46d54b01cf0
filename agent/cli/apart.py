"""Loading the configuration in a child process that ends, and with it the memory that checking takes.

pydantic and its models are a quarter of a station's memory, and are needed for the first moment only.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

from agent.config.plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.config.schema import Config

# Far above what the slowest card and a file of the largest size need.
_LONGEST_S = 60.0
_LARGEST_BYTES = 32 << 20
_BUG = 70


def load_apart(load: Callable[[], Config | int], longest_s: float = _LONGEST_S) -> Config | int:
    """What `load` returns, run in a child: a configuration, or the exit code after it has said what is wrong.

    The configuration comes as `Plain`, which has the attributes of its type and none of pydantic's methods.
    When the child dies, standard error hears of it and the exit code is 70. Call it before any thread starts:
    a forked child has only the thread that forked it.
    """
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(load, source, sink, longest_s)
    os.close(sink)
    try:
        with os.fdopen(source, "rb") as pipe:
            answer = pipe.read(_LARGEST_BYTES)
    finally:
        _, status = os.waitpid(child, 0)
    if status != 0:
        return _died(os.waitstatus_to_exitcode(status))
    loaded: Config | int = pickle.loads(answer)  # noqa: S301 - written by our own child
    return loaded


def _answer(load: Callable[[], Config | int], source: int, sink: int, longest_s: float) -> NoReturn:
    """The child's whole life. It must not return into frames that belong to its parent."""
    os.close(source)
    for number in (signal.SIGALRM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, longest_s)
    code = 1
    try:
        with os.fdopen(sink, "wb") as pipe:
            pickle.dump(plain(load()), pipe)
        code = 0
    finally:
        if code != 0:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)


def _died(code: int) -> int:
    """Say how the child ended: with an exit code, or below zero by a signal."""
    how = f"exit code {code}" if code > 0 else signal.Signals(-code).name
    print(f"error: the check of the configuration died before it had an answer ({how})", file=sys.stderr)
    print(
        "help: nothing was started, and recorded data are untouched; "
        "see what `skyground check` says, and whether `journalctl -k` tells of a lack of memory",
        file=sys.stderr,
    )
    return _BUG
