"""A table gone through: judged, watched, and its flags and events written."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from agent.replay.columns import parts
from agent.replay.judges import Judges
from agent.replay.life import Life
from agent.replay.lines import field, source
from agent.replay.summary import Gone
from agent.watch.vigil import Vigil

if TYPE_CHECKING:
    from typing import TextIO

    from agent.replay.table import Table
    from agent.replay.task import Out, Task


def replay(file: str, table: Table, task: Task, out: Out) -> Gone:
    """Go through a table and write what is asked for. Raises OSError when that cannot be written."""
    judges, of = Judges(table), source(file)
    known = parts(table.sensors, task.roles)
    vigils = [Vigil(plan, known) for plan in task.plans]
    lives = [Life(vigil, task.rates_for(known)) for vigil in vigils]
    pairs = list(zip(vigils, lives, strict=True))
    for heard in judges.heard():
        for vigil, life in pairs:
            told = vigil.add(*heard)
            life.take(heard.utc_s, told)
            if told and life is lives[0]:
                out.tell(of, told)
    if out.flags is not None:
        _write_flags(file, table, judges.flags, out.flags)
    return Gone(
        file,
        rows=len(table),
        channels=len(table.sensors),
        span_s=(min(table.t_s), max(table.t_s)) if len(table) else None,
        flags=Counter(judges.flags),
        lives=lives,
        notes=_notes(table, judges),
        unknown=judges.unknown,
        is_whole=not table.trouble,
    )


def _write_flags(file: str, table: Table, flags: bytearray, out: TextIO) -> None:
    """In the order of the file, each with its own time."""
    ends = [[f",{field(name)},{flag},{field(file)}\n" for flag in range(10)] for name in table.sensors]
    rows = zip(table.times(), table.sensor, flags, strict=True)
    out.writelines(field(time) + ends[sensor][flag] for time, sensor, flag in rows)


def _notes(table: Table, judges: Judges) -> list[str]:
    notes = []
    if judges.repeated:
        notes.append(f"{judges.repeated} rows came again for their channel and moment: the first counts")
    if table.refusals:
        notes.append(
            f"{table.refusals} rows could not be used as they are; the first are told on standard error"
        )
    if table.trouble:
        notes.append(table.trouble)
    return notes
