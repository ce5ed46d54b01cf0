"""What the tests have learned survives a restart, when the time since is known, and never harms one."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import LogCapture

from agent.acquire.course import Course
from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.acquire.memory import (
    EVERY_S,
    LONGEST_AWAY_S,
    NAME,
    WAIT_FOR_TIME_S,
    Kept,
    Memory,
    from_text,
    to_text,
)
from agent.acquire.quality.build import settings
from agent.clock import NS
from agent.model import Calibration, Channel, Flag, Observation, Trust, Why
from tests.acquire.rig import HandClock

if TYPE_CHECKING:
    from pathlib import Path

HOUR_S = 3600


class Station:
    """One channel with a stuck-probe test of two hours, and its memory on disk."""

    def __init__(self, directory: Path, clock: HandClock, suspect_h: float = 2.0) -> None:
        asked = settings("ph", {"flat_line": {"suspect_h": suspect_h}})
        self.clock = clock
        self.judging = Judging([Course("s/ph", asked, 600.0, (0.0, 14.0))], Latest())
        self.logged = LogCapture()
        log = structlog.wrap_logger(
            None, processors=[self.logged], wrapper_class=structlog.make_filtering_bound_logger(0)
        )
        self.memory = Memory(directory, self.judging, clock, log)

    def run(self, hours: float, value: float = 7.0) -> list[Why]:
        """Read every ten minutes."""
        found = []
        for _ in range(round(hours * 6)):
            self.memory.step(self.clock.now())
            found.append(self.read(value))
            self.clock.advance(600)
        return found

    def read(self, value: float = 7.0) -> Why:
        channel, calibration = Channel("s", "ph", "1", "pH"), Calibration("c", "{}")
        one = Observation(channel, self.clock.now(), value, value, Flag.GOOD, Why.NONE, calibration)
        (record,) = self.judging.judged([one])
        assert isinstance(record, Observation)
        return record.why

    def taken_up(self) -> object:
        return self.memory.status()["taken_up"]


def rebooted(clock: HandClock, away_s: float, trust: Trust = Trust.NTP) -> HandClock:
    """The machine starts again: another boot and monotonic clock; the wall clock goes on if it is known."""
    another = HandClock()
    another.boot_id = "another"
    another.mono_ns = 20 * NS
    another.wall_ns = clock.wall_ns + round(away_s * NS) if trust is not Trust.NONE else 20 * NS
    another.trust = trust
    return another


def test_after_a_restart_a_stuck_probe_is_found_as_if_there_had_been_none(tmp_path: Path) -> None:
    clock = HandClock()
    first = Station(tmp_path, clock)
    assert set(first.run(1.5)) == {Why.NONE}
    first.memory.close()
    second = Station(tmp_path, clock)
    assert second.run(1.0) == [Why.NONE] * 3 + [Why.FLAT_LINE] * 3
    assert second.taken_up() == 1


def test_after_a_power_cut_the_tests_see_a_gap_of_the_right_length(tmp_path: Path) -> None:
    first = Station(tmp_path, HandClock())
    first.run(1.5)
    first.memory.close()
    second = Station(tmp_path, rebooted(first.clock, 1200))
    assert second.run(0.5) == [Why.NONE, Why.FLAT_LINE, Why.FLAT_LINE]
    third = Station(tmp_path, rebooted(first.clock, HOUR_S))
    assert third.run(0.5)[0] is Why.GAP, "of most of two hours nothing is known"


def test_without_the_time_it_waits_for_it_and_keeps_the_old_file(tmp_path: Path) -> None:
    first = Station(tmp_path, HandClock())
    first.run(1.5)
    first.memory.close()
    before = (tmp_path / NAME).read_bytes()
    second = Station(tmp_path, rebooted(first.clock, 0, Trust.NONE))
    assert set(second.run(0.5)) == {Why.CLOCK}
    second.memory.close()
    assert (tmp_path / NAME).read_bytes() == before
    second.clock.wall_ns, second.clock.trust = first.clock.wall_ns + 1800 * NS, Trust.NTP
    assert second.memory.step(second.clock.now()) > 60
    assert second.read() == Why.FLAT_LINE | Why.GAP


def test_it_does_not_wait_for_ever(tmp_path: Path) -> None:
    first = Station(tmp_path, HandClock())
    first.memory.close()
    second = Station(tmp_path, rebooted(first.clock, 0, Trust.NONE))
    second.clock.advance(WAIT_FOR_TIME_S)
    second.memory.step(second.clock.now())
    assert (second.taken_up(), second.memory.status()["waits_for_time"]) == (None, False)
    second.memory.close()
    assert from_text((tmp_path / NAME).read_bytes()).boot == "another"


@pytest.mark.parametrize("away_s", [-60.0, LONGEST_AWAY_S + 60])
def test_what_is_too_old_or_of_the_future_is_left(tmp_path: Path, away_s: float) -> None:
    first = Station(tmp_path, HandClock())
    first.memory.close()
    clock = rebooted(first.clock, away_s)
    second = Station(tmp_path, clock)
    second.memory.step(clock.now())
    clock.advance(WAIT_FOR_TIME_S)
    second.memory.step(clock.now())
    assert second.taken_up() is None


def test_other_settings_begin_anew(tmp_path: Path) -> None:
    clock = HandClock()
    first = Station(tmp_path, clock)
    first.run(1.5)
    first.memory.close()
    second = Station(tmp_path, clock, suspect_h=1.0)
    assert second.run(1.0) == [Why.NONE] * 6
    assert second.taken_up() == 0


def test_the_memory_of_another_version_begins_anew(tmp_path: Path) -> None:
    clock = HandClock()
    first = Station(tmp_path, clock)
    first.read()
    first.memory.close()
    kept = from_text((tmp_path / NAME).read_bytes())
    state = {**kept.channels["s/ph"], "course": {"panel": {}, "agreement": None, "calibration": "c"}}
    (tmp_path / NAME).write_text(to_text(kept._replace(channels={"s/ph": state})))
    second = Station(tmp_path, clock)
    second.memory.step(clock.now())
    assert (second.taken_up(), second.read()) == (0, Why.NONE)


def signed(found: object) -> bytes:
    body = json.dumps(found).encode()
    return body + f"\n{zlib.crc32(body):08x}\n".encode()


GOOD_FILE: dict[str, object] = {
    "format": 1, "boot": "b", "mono_s": 1.0, "wall_s": 1.0, "trust": 2, "t_s": 1.0, "channels": {},
}  # fmt: skip
WRONG_TYPES: list[object] = [
    None,
    [],
    {"format": 1},
    *({**GOOD_FILE, name: None} for name in GOOD_FILE),
    *({**GOOD_FILE, name: "x"} for name in ("mono_s", "wall_s", "trust", "t_s", "channels")),
    {**GOOD_FILE, "channels": []},
    {**GOOD_FILE, "more": 1},
]


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}\n00000000\n", b"\xff\xfe\n", b"[1]\n", *(signed(each) for each in WRONG_TYPES)],
)
def test_a_damaged_file_is_left_with_one_line_in_the_log(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / NAME).write_bytes(damage)
    station = Station(tmp_path, HandClock())
    station.run(1.5)
    assert [entry["event"] for entry in station.logged.entries] == [
        "what the quality tests had learned is lost: they learn anew"
    ]
    assert station.taken_up() is None


def test_a_file_that_would_not_be_read_again_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.acquire.memory.LARGEST_BYTES", 10)
    station = Station(tmp_path, HandClock())
    station.memory.close()
    assert not (tmp_path / NAME).exists()
    assert "10 at the most" in str(station.memory.status()["error"])


def test_it_is_kept_every_hour_and_a_disk_that_says_no_is_told_once(tmp_path: Path) -> None:
    clock = HandClock()
    station = Station(tmp_path / "state", clock)
    station.run(0.9)
    assert not (tmp_path / "state").exists()
    (tmp_path / "state").write_text("a file where the directory should be")
    station.run(3)
    assert [entry["log_level"] for entry in station.logged.entries] == ["warning"]
    assert station.memory.status()["error"]
    (tmp_path / "state").unlink()
    clock.advance(EVERY_S)
    station.run(0.2)
    assert (tmp_path / "state" / NAME).exists()
    assert station.memory.status()["error"] == ""


@given(
    mono_s=st.floats(0, 1e9), wall_s=st.floats(0, 4e9), trust=st.sampled_from(Trust), flip=st.integers(0, 7)
)
def test_a_file_says_what_was_written_and_a_flipped_bit_is_seen(
    mono_s: float, wall_s: float, trust: Trust, flip: int
) -> None:
    kept = Kept("boot", mono_s, wall_s, int(trust), mono_s, {"s/ph": {"settings": {}, "course": [1.5, None]}})
    data = bytearray(to_text(kept).encode())
    assert from_text(bytes(data)) == kept
    data[len(data) // 2] ^= 1 << flip
    with pytest.raises(ValueError, match="checksum"):
        from_text(bytes(data))
