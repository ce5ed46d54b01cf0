"""One file of the field's series as a configured station: judged through its own wiring."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agent.acquire.courses import courses
from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.clock import NS
from agent.config.load import load
from agent.model import Calibration, Channel, Flag, Instant, Judgement, Observation, Trust, Why
from agent.quantity import QUANTITIES
from benchmarks.quality.site import Said, in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.config.schema import Config
    from benchmarks.quality import site

# A sonde measures these together, which is a belief; each other sensor is an instrument of its own.
_SONDE = ("temp_c", "ec_us_cm", "ph", "do_mg_l")
_HEAD = """
[station]
site = "s"
id = "t"
[[bus]]
id = "line"
kind = "serial"
port = "/dev/ttyUSB0"
"""
_CALIBRATION = Calibration("c", "{}")


def judge(these: list[site.Channel]) -> tuple[dict[str, Said], float]:
    """Every value in order of time, and the seconds that it took, observations and all."""
    names = _names(these)
    with tempfile.TemporaryDirectory() as folder:
        judging = Judging(courses(_config(these, names, Path(folder) / "skyground.toml")), Latest())
    said = [
        Said(np.ones(len(each.series.t_s), np.int64), np.ones(len(each.series.t_s), np.int64))
        for each in these
    ]
    by_name = {str(name): index for index, name in enumerate(names)}
    begin_s = time.perf_counter()
    for t_s, index, place, raw, value in in_order(these):
        for record in judging.judged([_observation(names[index], t_s, raw, value)]):
            if isinstance(record, Judgement):
                said[by_name[str(record.observation.channel)]].before[place] = record.observation.flag
            elif isinstance(record, Observation) and record.value is not None:
                said[index].now[place] = record.flag
    took_s = time.perf_counter() - begin_s
    return {each.series.name: one for each, one in zip(these, said, strict=True)}, took_s


def _names(these: Sequence[site.Channel]) -> list[Channel]:
    """What the station calls each: `sonde/ph`."""
    found = []
    for number, each in enumerate(these):
        in_sonde = each.series.name.startswith(_SONDE)
        unit = QUANTITIES[each.quantity].units[0]
        found.append(Channel("sonde" if in_sonde else f"one-{number}", each.quantity, unit, unit))
    return found if len({str(name) for name in found}) == len(found) else _apart(found)


def _apart(names: list[Channel]) -> list[Channel]:
    """Two of one quantity are of two instruments."""
    return [name._replace(sensor=f"one-{number}") for number, name in enumerate(names)]


def _config(these: Sequence[site.Channel], names: Sequence[Channel], path: Path) -> Config:
    text = _HEAD
    for unit, sensor in enumerate(dict.fromkeys(name.sensor for name in names), 1):
        mine = [(name, each) for name, each in zip(names, these, strict=True) if name.sensor == sensor]
        text += (
            f'[[sensor]]\nid = "{sensor}"\nmodel = "generic"\nbus = "line"\nunit = {unit}\n'
            f"period_s = {mine[0][1].period_s}\nread = [{{ register = 0, count = {len(mine)} }}]\n"
        )
        for register, (name, _) in enumerate(mine):
            text += (
                f'[[sensor.channel]]\nquantity = "{name.quantity}"\nunit = "{name.unit}"\n'
                f'register = {register}\ntype = "u16"\nlow = -1000.0\nhigh = 100000.0\n'
            )
    path.write_text(text, encoding="utf-8")
    return load(path)


def _observation(channel: Channel, t_s: float, raw: float, value: float) -> Observation:
    at = Instant(round(t_s * NS), round(t_s * NS), Trust.NTP)
    if raw != raw:  # noqa: PLR0124 - NaN, faster than isnan; it answered without a value
        return Observation(channel, at, 0.0, None, Flag.MISSING, Why.BAD_ANSWER, _CALIBRATION)
    return Observation(channel, at, raw, value, Flag.GOOD, Why.NONE, _CALIBRATION)
