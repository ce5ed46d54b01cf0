"""What was told live, a replay of the journal tells again, and a replay of the same values as CSV, too."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.cli.main import main
from agent.events.levels import level_word
from agent.model import Event, Flag, Judgement, Observation, Why
from agent.replay import journals
from agent.replay.task import Out, Task
from agent.watch.contract import Role, Sample
from tests.replay.series import HEAD, history
from tests.watch.live_site import CHANNELS, LiveSite, water
from tests.watch.water_site import fallen, risen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHANGES = {Role.PH: fallen(1.8, 4.0), Role.EC: risen(0.4, 4.0)}
_DAYS = 18.5
_WATER = water(_DAYS, _CHANGES)


def _with_a_sick_probe() -> list[tuple[float, Role, Sample]]:
    """Conductivity comes without a value from the tenth day on, for two days."""
    return [
        (utc_s, role, Sample(None, Flag.MISSING, Why.BAD_ANSWER))
        if role is Role.EC and 10 * 96 <= at // 3 < 12 * 96
        else (utc_s, role, sample)
        for at, (utc_s, role, sample) in enumerate(_WATER)
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A station that was switched off without a word in the middle of it all."""
    site = LiveSite(tmp_path_factory.mktemp("site") / "journal.db")
    samples = _with_a_sick_probe()
    site.live(samples[: 3 * 11 * 96], looks=11 * 24)
    site.crash()
    site.start()
    site.live(samples[3 * 11 * 96 :], looks=8 * 24)
    yield site
    site.crash()


def _replayed(file: Path, tmp_path: Path) -> list[dict[str, Any]]:
    events = tmp_path / "events.jsonl"
    assert main(["replay", str(file), "--events", str(events), "--quiet"]) == 0
    return [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]


def _live(event: Event) -> dict[str, Any]:
    """A line of a replay, of an event of the journal."""
    data = dict(event.data)
    return {
        "time_utc": data.pop("known_utc"),
        "seen_utc": data.pop("seen_utc"),
        "kind": event.kind,
        "level": level_word(event.severity),
        "phase": event.phase,
        "id": event.id,
        "subject": event.subject,
        "title": event.title,
        "text": event.text,
        "mechanism": data.pop("mechanism"),
        "confidence": data.pop("confidence"),
        "advice": data.pop("advice"),
        "evidence": {
            name: value for name, value in data.items() if isinstance(value, float) and name != "late_s"
        },
    }


def test_a_replay_of_the_journal_tells_what_was_told_live(site: LiveSite, tmp_path: Path) -> None:
    live = [_live(event) for event in site.events()]
    assert {row["kind"] for row in live} == {"sensor_fault", "acid_drainage"}
    replayed = _replayed(site.path, tmp_path)
    assert [{key: row[key] for key in live[0]} for row in replayed] == live


def test_the_same_values_as_csv_are_told_the_same(site: LiveSite, tmp_path: Path) -> None:
    names = {role: str(channel) for role, channel in CHANNELS.items()}
    rows = history(_DAYS, _CHANGES, names)
    for at in range(10 * 96, 12 * 96):
        assert names[Role.EC] in rows[3 * at + 1]
        rows[3 * at + 1] = rows[3 * at + 1].rpartition(",")[0] + ",\n"
    (tmp_path / "same.csv").write_text(HEAD + "".join(rows), encoding="utf-8")
    as_csv = _replayed(tmp_path / "same.csv", tmp_path)
    as_journal = _replayed(site.path, tmp_path)
    where = ("file", "station")
    assert [{k: v for k, v in row.items() if k not in where} for row in as_csv] == [
        {k: v for k, v in row.items() if k not in where} for row in as_journal
    ]


def test_a_person_who_closes_an_alarm_is_heard_again(tmp_path: Path) -> None:
    site = LiveSite(tmp_path / "journal.db")
    half = round(len(_WATER) * 17.5 / _DAYS)
    site.live(_WATER[:half], looks=20)
    open_now = site.events()[-1]
    closed = open_now._replace(phase="cleared", data={**open_now.data, "by": "Ada"})
    site.journal.append([closed])
    site.commit()
    site.live(_WATER[half:], looks=20)
    site.crash()
    told = [event for event in site.events() if "by" not in event.data]
    assert [row["id"] for row in _replayed(site.path, tmp_path)] == [event.id for event in told]


def test_what_came_late_is_told_late_as_live(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line to both probes was cut while the water turned; rain went on. Their logger had kept all."""
    site = LiveSite(tmp_path / "journal.db")
    begin_s, end_s = (_WATER[3 * at][0] for at in (16 * 96 - 10, 16 * 96 + 80))
    kept = [each for each in _WATER if each[1] is not Role.RAIN and begin_s <= each[0] < end_s]
    upto_s = end_s + 3 * 900.0
    site.live([each for each in _WATER if each[0] < upto_s and each not in kept], looks=20)
    site.clock.utc_s += 3600.0
    site.live(kept)
    live = [event for event in site.events() if event.kind == "acid_drainage"]
    site.crash()
    replayed = [row for row in _replayed(site.path, tmp_path) if row["kind"] == "acid_drainage"]
    assert live
    assert [(row["id"], row["phase"], row["evidence"]) for row in replayed] == [
        (each.id, each.phase, _live(each)["evidence"]) for each in live
    ]
    assert all(row["late"] for row in replayed)
    for row, each in zip(replayed, live, strict=True):
        assert abs(row["late_s"] - float(each.data["late_s"])) < 2 * 3600.0
        assert " h late" in row["title"]
    assert main(["replay", str(site.path), "--what-if", "watch.ph_low=5"]) == 0
    said = capsys.readouterr().out
    assert "values had come late" in said
    assert "at the same time" in said


def test_a_journal_ends_where_it_ended_when_its_replay_began(tmp_path: Path) -> None:
    """While it is gone through for the first time, the water turns acid; late rain wants a second pass."""
    site = LiveSite(tmp_path / "journal.db")
    calm, acid = _WATER[: 3 * 16 * 96], _WATER[3 * 16 * 96 :]
    late = [each for each in calm[-60:] if each[1] is Role.RAIN]
    site.observe([each for each in calm if each not in late])
    site.observe(late)

    class Goes(io.StringIO):
        def write(self, text: str, /) -> int:
            if not self.tell():
                site.observe(acid)
            return super().write(text)

    events = io.StringIO()
    gone = journals.replay(str(site.path), Task(), Out(events, Goes()))
    site.crash()
    assert any("had come late" in note for note in gone.notes)
    assert "acid_drainage" not in events.getvalue()


def test_what_was_worse_than_told_is_told_as_live(tmp_path: Path) -> None:
    """The line to both probes was cut when the first level had been told, and mended a day later."""
    site = LiveSite(tmp_path / "journal.db")
    at = next(at for at in range(16 * 96, len(_WATER)) if _is_told(site, at))
    upto = at + 40
    gap = _WATER[3 * at : 3 * upto]
    site.live([each for each in gap if each[1] is Role.RAIN])
    site.clock.utc_s += 3600.0
    site.live([each for each in gap if each[1] is not Role.RAIN])
    site.crash()
    live = [
        (each.id, each.phase, level_word(each.severity))
        for each in site.events()
        if each.kind == "acid_drainage"
    ]
    replayed = [
        (row["id"], row["phase"], row["level"])
        for row in _replayed(site.path, tmp_path)
        if row["kind"] == "acid_drainage"
    ]
    assert [level for *_, level in live] == ["yellow", "red"]
    assert replayed == live


def _is_told(site: LiveSite, at: int) -> bool:
    """Whether there is an event with the values up to a quarter of an hour."""
    begin = 0 if at == 16 * 96 else 3 * (at - 1)
    site.live(_WATER[begin : 3 * at])
    return bool(site.events())


def test_a_part_of_a_history_is_the_same_from_both(site: LiveSite, tmp_path: Path) -> None:
    rows = history(_DAYS, _CHANGES, {role: str(channel) for role, channel in CHANNELS.items()})
    (tmp_path / "same.csv").write_text(HEAD + "".join(rows), encoding="utf-8")
    since, until = rows[300].partition(",")[0], rows[900].partition(",")[0]
    lines = []
    for file in (site.path, tmp_path / "same.csv"):
        flags = tmp_path / "flags.csv"
        words = ["--flags", str(flags), "--since", since, "--until", until, "--quiet"]
        assert main(["replay", str(file), *words]) == 0
        lines.append([line.split(",")[1:3] for line in flags.read_text(encoding="utf-8").splitlines()])
    assert lines[0] == lines[1]
    assert len(lines[0]) == 1 + 600


def test_flags_of_a_journal_are_the_last_word_on_each(tmp_path: Path) -> None:
    site = LiveSite(tmp_path / "journal.db")
    site.observe(_WATER[:30])
    view = site.journal.view()
    first = next(entry.record for entry in view.read_after(0, 50) if isinstance(entry.record, Observation))
    view.close()
    site.journal.append([Judgement(first._replace(flag=Flag.SUSPECT, why=Why.SPIKE))])
    site.commit()
    flags = tmp_path / "flags.csv"
    assert main(["replay", str(site.path), "--flags", str(flags), "--quiet"]) == 0
    site.crash()
    heading, line, *rest = flags.read_text(encoding="utf-8").splitlines()
    assert heading == "time_utc,sensor,flag,file"
    assert line.split(",")[1:3] == [str(first.channel), "3"]
    assert {row.split(",")[2] for row in rest} == {"1"}
    assert len(rest) == 29
