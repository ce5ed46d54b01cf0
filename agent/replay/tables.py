"""A table gone through: flags and events written, and counted for people."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from agent.replay.columns import COLUMNS, column
from agent.replay.judges import Judges
from agent.replay.lines import event_line, source
from agent.replay.rerun import Rerun
from agent.replay.summary import Gone
from agent.watch.plan import Plan

if TYPE_CHECKING:
    from typing import TextIO

    from agent.replay.table import Table
    from agent.watch.vigil import Part

_SHOWN = 8
FLAGS_HEAD = "time_utc,sensor,flag,file\n"


def replay(file: str, table: Table, events: TextIO | None, flags: TextIO | None) -> Gone:
    """Go through a table and write what is asked for. Raises OSError when that cannot be written."""
    judges, of = Judges(table), source(file)
    rerun = Rerun(Plan(), parts(table.sensors))
    for heard in judges.heard():
        for alarm in rerun.add(heard):
            if events is not None:
                events.write(event_line(of, alarm) + "\n")
    if flags is not None:
        _write_flags(file, table, judges.flags, flags)
    return Gone(
        file,
        len(table),
        len(table.sensors),
        (min(table.t_s), max(table.t_s)) if table else None,
        Counter(judges.flags),
        rerun.alarms,
        rerun.sees_from,
        _notes(table, judges),
    )


def parts(sensors: list[str]) -> dict[str, Part]:
    """What each sensor is to the detectors, by the name of its column."""
    kinds = {name: column(name) for name in sensors}
    return {name: kind.part for name, kind in kinds.items() if kind is not None and kind.part is not None}


def _write_flags(file: str, table: Table, flags: bytearray, out: TextIO) -> None:
    """In the order of the file, with its own times. The names are its own, too, commas and all."""
    ends = [[f",{_field(name)},{flag},{_field(file)}\n" for flag in range(10)] for name in table.sensors]
    out.writelines(
        time + ends[sensor][flag]
        for time, sensor, flag in zip(table.times(), table.sensor, flags, strict=True)
    )


def _field(text: str) -> str:
    """As CSV wants it."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n\r') else text


def _notes(table: Table, judges: Judges) -> list[str]:
    notes = []
    if judges.unknown:
        names = ", ".join(judges.unknown[:_SHOWN]) + (", ..." if len(judges.unknown) > _SHOWN else "")
        notes.append(f"no known channel, so not evaluated (flag 2) and not watched: {names}")
        notes.append(f"known are {', '.join(COLUMNS)}, and each with _2, _p3 or the like behind it")
    if judges.repeated:
        notes.append(f"{judges.repeated} rows came again for their channel and moment: the first counts")
    if table.refusals:
        notes.append(f"{table.refusals} rows could not be used as they are; the first are told above")
    if table.trouble:
        notes.append(table.trouble)
    return notes
