"""How far the machine's clock is believed, and who is asked."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from agent import clock as clock_module
from agent.clock import NS, SystemClock
from agent.model import Trust
from agent.time_service import TimeService

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def flag(tmp_path: Path) -> Path:
    """The file of systemd-timesyncd, not there yet."""
    return tmp_path / "synchronized"


@pytest.fixture
def chips(tmp_path: Path) -> Path:
    """The kernel's folder of clock chips, empty: a Pi without one."""
    folder = tmp_path / "rtc"
    folder.mkdir()
    return folder


def chip(chips: Path, name: str, hctosys: str, since_epoch: float | str | None = None) -> None:
    """A clock chip; without `since_epoch` it says what the machine does."""
    (chips / name).mkdir()
    (chips / name / "hctosys").write_text(f"{hctosys}\n", encoding="ascii")
    says = int(time.time()) if since_epoch is None else since_epoch
    (chips / name / "since_epoch").write_text(f"{says}\n", encoding="ascii")


def asks(clock: SystemClock, answer: str) -> TimeService:
    return TimeService(clock, [sys.executable, "-c", f"print({answer!r})"])


def test_the_wall_clock_is_trusted_only_when_the_network_has_set_it(flag: Path, chips: Path) -> None:
    clock = SystemClock(flag, chips)
    assert clock.now().trust is Trust.NONE
    flag.touch()
    assert clock.now().trust is Trust.NTP


def test_once_set_the_clock_stays_set_until_the_machine_starts_again(flag: Path, chips: Path) -> None:
    flag.touch()
    clock = SystemClock(flag, chips)
    assert clock.now().trust is Trust.NTP
    flag.unlink()
    assert clock.now().trust is Trust.NTP


def test_a_clock_chip_that_the_kernel_took_the_time_from_is_trusted_less(flag: Path, chips: Path) -> None:
    chip(chips, "rtc0", "0")
    assert SystemClock(flag, chips).now().trust is Trust.NONE
    chip(chips, "rtc1", "1")
    assert SystemClock(flag, chips).now().trust is Trust.RTC
    flag.touch()
    assert SystemClock(flag, chips).now().trust is Trust.NTP


def test_a_chip_older_than_this_release_is_not_believed(
    flag: Path, chips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip(chips, "rtc0", "1")
    clock = SystemClock(flag, chips)
    monkeypatch.setattr(clock_module, "NOT_BEFORE_NS", clock.now().wall_ns + 3600 * NS)
    assert clock.now().trust is Trust.NONE


@pytest.mark.parametrize("says", [0, 946_684_800, time.time() - 120, time.time() + 120, ""])
def test_a_chip_is_not_believed_when_somebody_else_has_set_the_clock_since_the_kernel_asked_it(
    flag: Path, chips: Path, says: float | str
) -> None:
    """Without a battery it said 1970, and systemd then set the time that was saved last."""
    chip(chips, "rtc0", "1", says if isinstance(says, str) else int(says))
    assert SystemClock(flag, chips).now().trust is Trust.NONE


def test_a_chip_that_cannot_be_read_is_not_believed(flag: Path, chips: Path) -> None:
    chip(chips, "rtc0", "1")
    (chips / "rtc0" / "since_epoch").unlink()
    assert SystemClock(flag, chips).now().trust is Trust.NONE


def test_a_chip_of_before_this_release_is_not_believed_though_the_clock_agrees_with_it(
    flag: Path, chips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip(chips, "rtc0", "1")
    release_ns = clock_module.NOT_BEFORE_NS
    monkeypatch.setattr(clock_module, "NOT_BEFORE_NS", time.time_ns() + 3600 * NS)
    clock = SystemClock(flag, chips)
    monkeypatch.setattr(clock_module, "NOT_BEFORE_NS", release_ns)
    assert clock.now().trust is Trust.NONE, "also when a person has set it since"


def test_a_clock_that_is_set_during_a_look_does_not_lend_its_trust_to_the_time_before(
    flag: Path, chips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SystemClock(flag, chips)

    def set_now(_clock: int) -> int:
        flag.touch()
        return 7

    monkeypatch.setattr("agent.clock.time.clock_gettime_ns", set_now)
    assert clock.now().trust is Trust.NONE
    assert clock.now().trust is Trust.NTP


def test_a_look_that_was_interrupted_is_taken_again(
    flag: Path, chips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is stopped between its two clocks would see a step of the clock where there is none."""
    boot_times = iter([0, 5 * NS, 5 * NS + 1, 5 * NS + 2])
    wall_times = iter([100 * NS, 105 * NS + 1])
    monkeypatch.setattr("agent.clock.time.clock_gettime_ns", lambda _clock: next(boot_times))
    monkeypatch.setattr("agent.clock.time.time_ns", lambda: next(wall_times))
    now = SystemClock(flag, chips).now()
    assert (now.mono_ns, now.wall_ns) == (5 * NS + 1, 105 * NS + 1)


def test_the_time_service_is_asked_each_minute_until_it_says_yes(flag: Path, chips: Path) -> None:
    clock = SystemClock(flag, chips)
    for answer in ("no", "", "nonsense"):
        assert asks(clock, answer).step(clock.now()) == 60.0
        assert clock.now().trust is Trust.NONE
    assert asks(clock, "yes").step(clock.now()) > 3600
    assert clock.now().trust is Trust.NTP


def test_a_clock_that_is_set_needs_no_question(flag: Path, chips: Path) -> None:
    flag.touch()
    clock = SystemClock(flag, chips)
    assert TimeService(clock, ["/nowhere/at/all"]).step(clock.now()) > 3600


def test_a_machine_without_a_time_service_is_asked_once(flag: Path, chips: Path, tmp_path: Path) -> None:
    clock = SystemClock(flag, chips)
    service = TimeService(clock, [str(tmp_path / "timedatectl")])
    service.step(clock.now())
    assert service.step(clock.now()) > 3600
    assert clock.now().trust is Trust.NONE


def test_a_time_service_that_cannot_be_run_is_asked_again(flag: Path, chips: Path, tmp_path: Path) -> None:
    clock = SystemClock(flag, chips)
    (tmp_path / "timedatectl").write_text("no program")
    assert TimeService(clock, [str(tmp_path / "timedatectl")]).step(clock.now()) == 60.0
