"""Calibrations in words, for a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.acquire.calibration.step import spoken
from agent.cli.table import age

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DAY_S = 86_400.0
_TRUST = {"none": "by a clock that was not set", "person": "as somebody told"}


def history_lines(subject: str, told: Mapping[str, Any]) -> list[str]:
    """Every calibration, the newest first, then what happened to them."""
    if not told["records"] and not told["damaged"] and not told["moves"]:
        return [f"{subject} was never calibrated: it is converted by the configuration"]
    lines = [f"{'MADE (UTC)':<18}{'CHANNEL':<26}{'HOW':<13}{'VERDICT':<12}{'BY':<14}ID"]
    for record in told["records"]:
        mark = "  <- in force" if record["id"] in told["in_force"] else ""
        channel = f"{record['sensor']}/{record['quantity']}"
        lines.append(
            f"{_time(record['at']):<18}{channel:<26}{record['procedure']:<13}{record['verdict']:<12}"
            f"{record['by']:<14}{record['id']}{mark}"
        )
    lines += [f"DAMAGED {why}" for why in told["damaged"].values()]
    lines += ["", f"{'WHEN (UTC)':<18}{'QUANTITY':<18}{'BY':<14}TO"]
    for move in told["moves"]:
        to = move["id"] or "the configuration"
        lines.append(f"{_time(move['at']):<18}{move['quantity']:<18}{move['by']:<14}{to}: {move['why']}")
    return lines


def record_lines(record: Mapping[str, Any]) -> list[str]:
    """All of one."""
    trust = _TRUST.get(record["at_trust"], "")
    lines = [
        f"{record['id']}",
        f"  channel    {record['sensor']}/{record['quantity']} ({record['model']})",
        f"  made       {record['at']} {trust}".rstrip() + f", by {record['by']}",
        f"  how        {record['procedure']}: {record['verdict']}",
    ]
    lines += [f"  good until {record['expires']}"] if record["expires"] else []
    for point in record["points"]:
        lines.append(f"  point      {_point(point)}")
    for name, when in (("as_found", "as found"), ("as_left", "as left")):
        for found in record[name]:
            lines.append(
                f"  {when:<10} {found['value']:g} in {found['reference']:g}, off by {found['error']:+g}"
            )
    figures = ", ".join(f"{name} {value:g}" for name, value in record["figures"].items())
    lines += [f"  figures    {figures}"] if figures else []
    law = "inside the instrument" if record["law"] is None else json.dumps(record["law"])
    made_of = "" if record["raw_unit"] in {"", "1"} else f" from {record['raw_unit']}"
    lines.append(f"  law        {law},{made_of} to {record['quantity']}{spoken(record['unit'])}")
    lines += [f"  instrument {json.dumps(record['instrument'])}"] if record["instrument"] else []
    lines += [f"  notes      {record['notes']}"] if record["notes"] else []
    return lines


def due_lines(told: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each channel that was ever calibrated."""
    if not told:
        return ["no channel was ever calibrated: all are converted by the configuration"]
    lines = [f"{'CHANNEL':<28}{'CALIBRATED':<12}{'AGE':>7}{'DUE':>14}  VERDICT"]
    for each in told:
        made = each.get("at", "-")[:10]
        lines.append(
            f"{each['channel']:<28}{made:<12}{_age(each['age_d']):>7}{_due(each):>14}"
            f"  {each.get('verdict', '-')}"
        )
        lines += [f"  {_trouble(each)}"] if each["trouble"] else []
    return lines


def status_lines(told: Sequence[Mapping[str, Any]]) -> list[str]:
    """For `skyground status`: what needs somebody, and in one line that the rest is well."""
    lines = [f"calibration {each['channel']}: {_trouble(each)}" for each in told if each["trouble"]]
    dated = [each for each in told if each["due_d"] is not None]
    lines += [
        f"calibration {each['channel']}: past its date for {_age(-each['due_d'])}; skyground calibrate"
        f" {each['channel'].partition('/')[0]}"
        for each in dated
        if each["expired"]
    ]
    lines += [
        f"calibration {each['channel']}: verdict {each['verdict']}"
        for each in told
        if each.get("verdict", "good") != "good"
    ]
    coming = [each for each in dated if not each["expired"]]
    if coming:
        first = min(coming, key=lambda each: float(each["due_d"]))
        lines.append(
            f"calibrations: {len(told)}, the next due is {first['channel']} in {_age(first['due_d'])}"
        )
    return lines


def _point(point: Mapping[str, Any]) -> str:
    reference = f"{point['label']} ({point['reference']:g}{spoken(point['reference_unit'])})"
    raw = "" if point["raw"] is None else f": {point['raw']:g}{spoken(point['raw_unit'])}"
    lot = f", lot {point['lot']}" if point["lot"] else ""
    warm = "" if point["temperature_c"] is None else f" at {point['temperature_c']:g} degC"
    return f"{reference}{raw}{warm}{lot}"


def _time(at: str) -> str:
    return at[:16].replace("T", " ")


def _age(days: float | None) -> str:
    return age(None if days is None else days * _DAY_S)


def _trouble(each: Mapping[str, Any]) -> str:
    """What is wrong: nothing that was chosen is used, or what is used may be another one."""
    word = "PERHAPS ANOTHER" if each.get("calibration") else "NOT USED"
    return f"{word}: {each['trouble']}"


def _due(each: Mapping[str, Any]) -> str:
    if each["due_d"] is None:
        return "-"
    return f"{_age(-each['due_d'])} ago" if each["expired"] else f"in {_age(each['due_d'])}"
