"""A station that tells nobody carries no mail and no HTTP around."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

_LATE = (
    "agent.notify.smtp",
    "agent.notify.webhook",
    "agent.notify.notifier",
    "agent.notify.outbox",
    "agent.notify.texts",
    "smtplib",
)
_PROGRAM = f"import sys, agent.station; print([each for each in {_LATE!r} if each in sys.modules])"


def test_senders_are_imported_where_they_are_used() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout == "[]\n"
    assert all(find_spec(each) for each in _LATE), "what does not exist is never imported"
