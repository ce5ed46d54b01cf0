"""Asking the station that runs, if one does, before a command touches a bus itself."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agent import control, paths
from agent.cli.status import state_dir_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

UNAVAILABLE = 69
_SOON_S = 3.0
_NOBODY = (FileNotFoundError, ConnectionRefusedError)


def ask_running(
    config: Path, command: str, arguments: Mapping[str, Any] | None = None, *, timeout_s: float = 5.0
) -> Any:
    """What the station of this configuration answers; None when none runs.

    Raises RefusedError when it says no, and when one seems to run that cannot be asked: then its buses are
    its own, and nobody else may touch them.
    """
    try:
        return control.ask(paths.socket_path(state_dir_of(config)), command, arguments, timeout_s=timeout_s)
    except control.RefusedError:
        raise
    except control.ControlError as error:
        if isinstance(error.__cause__, _NOBODY):
            return None
        hint = "a station may run: ask as root (sudo) or as a member of its group"
        raise control.RefusedError(str(error), hint) from error


@contextmanager
def explained_when_slow(text: str) -> Iterator[None]:
    """Tell standard error `text` if what is done here is not done soon."""
    timer = threading.Timer(_SOON_S, lambda: print(text, file=sys.stderr, flush=True))
    timer.daemon = True  # Ctrl-C must not wait for it
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def complain(what: str, hint: str) -> None:
    """Tell standard error what is wrong and what to do."""
    print(f"error: {what}", file=sys.stderr)
    if hint:
        print(f"help: {hint}", file=sys.stderr)
