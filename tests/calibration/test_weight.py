"""A station that nobody calibrates carries no procedures around, nor the statistics that they need."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

_LATE = ("agent.guided.guide", "agent.acquire.calibration.session", "statistics")
_PROGRAM = f"import sys, agent.station; print([each for each in {_LATE!r} if each in sys.modules])"


def test_the_guide_is_imported_when_somebody_calibrates() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout == "[]\n"
    assert all(find_spec(each) for each in _LATE), "what does not exist is never imported"
