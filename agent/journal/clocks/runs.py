"""The time without a station: from the last record of the run before to the beginning of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import NS
from agent.model import Event, Severity, Trust

if TYPE_CHECKING:
    from agent.journal.file.file import LastRun
    from agent.model import Instant

_HOW = {
    "stopped": "It had been stopped.",
    "crashed": "It ended without a stop while the machine went on: a kill or a crash.",
    "no_power": "It ended without a stop and the machine has started since: a power cut or a reset.",
}


def not_running(run: LastRun, now: Instant, boot_id: str) -> list[Event]:
    """A `gap` over that time, over by now. The first of the two events happened in the boot of that run."""
    reason = _reason(run, boot_id)
    event = Event(
        id=f"station/gap/{run.boot}/{run.last.mono_ns}",
        kind="gap",
        subject="station",
        phase="raised",
        severity=Severity.INFO if reason == "stopped" else Severity.BLUE,
        at=run.last,
        title="the station did not run",
        text=f"{_HOW[reason]} No instrument was read between these two events.",
        data={"reason": reason, **_duration(run, now, boot_id)},
    )
    return [event, event._replace(phase="cleared", at=now)]


def _reason(run: LastRun, boot_id: str) -> str:
    if run.stopped_cleanly:
        return "stopped"
    return "crashed" if run.boot == boot_id else "no_power"


def _duration(run: LastRun, now: Instant, boot_id: str) -> dict[str, float | str]:
    """How long it lasted, where the clocks can tell."""
    if run.boot == boot_id:
        return {"lasted_s": round((now.mono_ns - run.last.mono_ns) / NS, 3)}
    if Trust.NONE in {run.last.trust, now.trust}:
        return {}
    return {"lasted_s": round((now.wall_ns - run.last.wall_ns) / NS, 3)}
