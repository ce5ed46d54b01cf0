"""What is missing, in words: for `status` and `gaps`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.cli.table import age, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LINES = 8


def part_of(tally: Mapping[str, Any] | None) -> float | None:
    """Which part of the expected observations is there; None when none were expected."""
    return tally["present"] / tally["expected"] if tally and tally["expected"] else None


def with_today(
    channels: Sequence[Mapping[str, Any]], today: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Channels as `channel_table` takes them, with their part of today."""
    tallies = today["channels"] if today else {}
    return [{**channel, "today": part_of(tallies.get(channel["channel"]))} for channel in channels]


def status_lines(completeness: Mapping[str, Any]) -> list[str]:
    """Yesterday, channel by channel where something is missing; and the gaps of the last 24 hours."""
    if completeness["waits_for_clock"]:
        return ["what is missing is counted when the clock is set: until then TODAY says nothing"]
    yesterday = completeness["yesterday"]
    channels = yesterday["channels"] if yesterday else {}
    torn = {name: tally for name, tally in channels.items() if tally["missing"]}
    lines = [f"yesterday {name} {percent(part_of(tally))}: {missing(tally)}" for name, tally in torn.items()]
    if len(lines) > _LINES:
        lines = [f"yesterday {len(torn)} of {len(channels)} channels were not complete: skyground gaps"]
    gaps = [gap for gap in completeness["missing"] if is_long(gap)]
    more = [f"missing: {len(gaps) - _LINES} more in 24 h: skyground gaps"] if len(gaps) > _LINES else []
    return [*lines, *(gap_line(gap) for gap in gaps[-_LINES:]), *more]


def maintenance_lines(in_force: Sequence[Mapping[str, Any]]) -> list[str]:
    """What somebody works on, a line each."""
    return [
        f"maintenance of {each['subject']}: ends in {age(each['left_s'])}"
        + (f" ({each['note']})" if each["note"] else "")
        for each in in_force
    ]


def gap_line(gap: Mapping[str, Any]) -> str:
    """`missing ph-3: no answer, 35 min until 14:05 (35 observations)`."""
    lasted = age(gap["lasted_s"])
    when = f"since {clock_of(gap['from'])}" if gap["to"] is None else f"{lasted} until {clock_of(gap['to'])}"
    return f"missing {gap['what']}: {words(gap['reason'])}, {when} ({gap['observations']} observations)"


def is_long(gap: Mapping[str, Any]) -> bool:
    """Whether it is worth a line: a sensor counts as away from its third silence on."""
    return bool(gap["in_a_row"] > 2)  # noqa: PLR2004 - as said


def missing(tally: Mapping[str, Any]) -> str:
    """`no power 26, overrun 1`, the most frequent first."""
    counts = sorted(tally["missing"].items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{words(reason)} {count}" for reason, count in counts)


def words(reason: str) -> str:
    """`no_power` as people write it."""
    return reason.replace("_", " ")


def clock_of(moment: str) -> str:
    """The time of the day of `2026-11-22T14:05Z`, in UTC like all times here."""
    return moment[11:]
