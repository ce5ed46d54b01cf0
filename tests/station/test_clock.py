"""How far the machine's clock is believed, and who is asked."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from agent import __version__, kernel_time
from agent import clock as clock_module
from agent.clock import NS, SystemClock
from agent.model import Trust
from agent.time_service import TimeService

if TYPE_CHECKING:
    from collections.abc import Callable


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


class Asked:
    """A time service that counts how often it is asked."""

    def __init__(
        self, clock: SystemClock, tmp_path: Path, answer: str, *, kernel: bool | None = None
    ) -> None:
        self._asked = tmp_path / "asked"
        self.timesyncd = tmp_path / "timesync"
        self.log = structlog.testing.CapturingLogger()
        self._clock = clock
        question = ("/bin/sh", "-c", f"echo >> {self._asked}; {answer}")
        self.service = TimeService(clock, self.log, question, self.timesyncd, lambda: kernel)

    def step(self) -> float:
        return self.service.step(self._clock.now())

    @property
    def times(self) -> int:
        return len(self._asked.read_text().splitlines()) if self._asked.exists() else 0


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


@pytest.mark.parametrize(
    "says",
    [lambda: 0, lambda: 946_684_800, lambda: time.time() - 120, lambda: time.time() + 120, str],
    ids=["1970", "2000", "behind", "ahead", "nothing"],
)
def test_a_chip_is_not_believed_when_somebody_else_has_set_the_clock_since_the_kernel_asked_it(
    flag: Path, chips: Path, says: Callable[[], float | str]
) -> None:
    """Without a battery it said 1970, and systemd then set the time that was saved last."""
    said = says()
    chip(chips, "rtc0", "1", said if isinstance(said, str) else int(said))
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


def releases(changelog: str) -> dict[str, datetime]:
    """By version: the day of its release."""
    found = re.findall(r"^## \[?(\d+\.\d+\.\d+)\]? - (\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)
    return {version: datetime.fromisoformat(day).replace(tzinfo=UTC) for version, day in found}


def test_a_clock_that_is_older_than_the_newest_release_is_known_to_be_wrong() -> None:
    """`NOT_BEFORE_NS` is set by hand: whoever writes the date of a release is reminded of it here."""
    assert set(releases("# Log\n\n## Unreleased\n\n## [1.2.3] - 2026-12-01\n## 1.2.2 - 2026-11-30\n")) == {
        "1.2.3",
        "1.2.2",
    }
    changelog = Path(__file__, "../../../CHANGELOG.md").resolve().read_text(encoding="utf-8")
    days = releases(changelog)
    assert days or "## Unreleased" in changelog
    assert all(day.timestamp() * NS <= clock_module.NOT_BEFORE_NS for day in days.values())
    assert __version__ in days or not days or "## Unreleased" in changelog, "a release has a date"


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


def test_the_time_service_is_asked_less_and_less_often_until_it_says_yes(
    flag: Path, chips: Path, tmp_path: Path
) -> None:
    """Each question starts a service of systemd's, which writes to the system's log."""
    clock = SystemClock(flag, chips)
    asked = Asked(clock, tmp_path, "echo no")
    assert [asked.step() for _ in range(6)] == [60.0, 120.0, 240.0, 480.0, 600.0, 600.0]
    assert clock.now().trust is Trust.NONE
    assert Asked(clock, tmp_path, "echo yes").step() > 3600
    assert clock.now().trust is Trust.NTP


def test_where_timesyncd_runs_its_file_is_looked_at_and_nobody_is_asked(
    flag: Path, chips: Path, tmp_path: Path
) -> None:
    asked = Asked(SystemClock(flag, chips), tmp_path, "echo yes")
    asked.timesyncd.mkdir()
    assert [asked.step() for _ in range(3)] == [60.0] * 3
    assert asked.times == 0
    asked.timesyncd.rmdir()
    asked.step()
    assert asked.times == 1, "somebody else does its work by now"


def test_a_clock_that_is_set_needs_no_question(flag: Path, chips: Path, tmp_path: Path) -> None:
    flag.touch()
    asked = Asked(SystemClock(flag, chips), tmp_path, "echo yes")
    assert asked.step() > 3600
    assert asked.times == 0


def test_where_no_time_service_answers_the_kernel_is_asked(flag: Path, chips: Path, tmp_path: Path) -> None:
    for answer in ("exit 1", "echo nonsense", "echo no systemd >&2; exit 1"):
        clock = SystemClock(flag, chips)
        assert Asked(clock, tmp_path, answer, kernel=False).step() == 60.0
        assert clock.now().trust is Trust.NONE
        assert Asked(clock, tmp_path, answer, kernel=True).step() > 3600
        assert clock.now().trust is Trust.NTP


def test_where_the_time_service_answers_it_is_believed(flag: Path, chips: Path, tmp_path: Path) -> None:
    clock = SystemClock(flag, chips)
    assert Asked(clock, tmp_path, "echo no", kernel=True).step() == 60.0
    assert clock.now().trust is Trust.NONE


def test_where_nobody_can_tell_it_is_said_once_with_what_to_do(
    flag: Path, chips: Path, tmp_path: Path
) -> None:
    asked = Asked(SystemClock(flag, chips), tmp_path, "exit 1")
    assert asked.step() == 60.0
    assert asked.step() == 120.0
    assert asked.service.status() == {"nobody_knows": True}
    (line,) = asked.log.calls
    assert line.args == ("nothing on this machine says whether its clock is set",)
    assert "[station] clock_wait_h = 0" in line.kwargs["help"]


def test_a_time_service_that_is_not_there_or_cannot_be_run_is_none(
    flag: Path, chips: Path, tmp_path: Path
) -> None:
    clock = SystemClock(flag, chips)
    (tmp_path / "no-program").write_text("no program")
    for name in ("no-program", "nowhere"):
        log = structlog.testing.CapturingLogger()
        service = TimeService(clock, log, [str(tmp_path / name)], tmp_path / "timesync", lambda: None)
        assert service.step(clock.now()) == 60.0
        assert service.nobody_knows


def test_the_kernel_says_what_its_own_words_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it says of the machine that tests: it is a word of the three that the station knows."""
    assert kernel_time.is_set() in {True, False, None}
    monkeypatch.setattr(kernel_time, "_LOST_US", 0)
    assert not kernel_time.is_set(), "an error of no microsecond: nobody has that"
