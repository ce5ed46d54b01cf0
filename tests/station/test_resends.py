"""Records that somebody wants again: over the control socket's handler, and on the command line."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from agent import control, paths
from agent.cli.main import main
from agent.control import Control, RefusedError
from agent.journal.telling.parking import CARD
from agent.publish.resend import MOST_WAITING
from agent.publish.shipper import Shipper, Terms
from agent.resends import Resends
from tests.journal.conftest import HEAD, PH, Store, observation
from tests.servers.process import wait_until
from tests.sinks.far_side import FarSide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHANNELS = [str(PH), str(HEAD)]


class Site:
    """A real journal of 30 records, all delivered to two sinks, and the handler."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / paths.JOURNAL_NAME).open()
        self.store.journal.append([observation(n, HEAD if n % 3 else PH) for n in range(30)])
        self.store.step()
        self.fars = {"office": FarSide(poison={7, 8}), "archive": FarSide()}
        self.shippers = [
            Shipper(name, far, self.store.journal, self.store.clock, Terms(CHANNELS))
            for name, far in self.fars.items()
        ]
        self.settle()
        self.settle()  # the event about what was refused
        self.resends = Resends(self.shippers, self.store.journal, CHANNELS)

    def settle(self) -> None:
        """Let the shippers send what there is, and the journal note it."""
        for _ in range(4):
            for shipper in self.shippers:
                shipper.step(self.store.clock.now())
        self.store.step(after_s=61)

    def again(self, **arguments: Any) -> dict[str, list[int]]:
        """By sink: what goes out on this request."""
        for far in self.fars.values():
            far.stored.clear()
        self.resends.resend(arguments)
        self.settle()
        return {name: far.stored for name, far in self.fars.items()}

    def close(self) -> None:
        for shipper in self.shippers:
            shipper.close()
        self.store.writer.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Two sinks that have everything."""
    made = Site(tmp_path)
    yield made
    made.close()


EVER = {"from_ns": 0, "to_ns": 2**63 - 1}


def test_a_span_goes_to_every_sink_again(site: Site) -> None:
    sent = site.again(**EVER)
    assert set(sent["archive"]) >= set(range(1, 31))
    assert set(sent["office"]) >= set(range(1, 31)) - {7, 8}


def test_a_span_that_holds_what_was_refused_and_is_taken_now_frees_it(site: Site) -> None:
    site.fars["office"].poison = ()
    site.again(**EVER)
    view = site.store.journal.view()
    assert view.parked("office") == []
    view.close()


def test_one_channel_goes_to_one_sink(site: Site) -> None:
    sent = site.again(**EVER, sink="archive", channel=str(PH))
    assert sent == {"office": [], "archive": list(range(1, 31, 3))}


def test_the_answer_says_how_much_was_found(site: Site) -> None:
    answer: Any = site.resends.resend({**EVER, "sink": "archive"})
    (found,) = answer["sinks"]
    assert found["sink"] == "archive"
    assert found["records"] == found["last_seq"] - found["first_seq"] + 1 >= 30


def test_what_was_refused_goes_again_to_whom_it_was_refused_by(site: Site) -> None:
    site.fars["office"].poison = {8}
    assert site.again(parked=True) == {"office": [7], "archive": []}
    view = site.store.journal.view()
    assert [seq for seq, _ in view.parked("office")] == [8]
    view.close()


def test_where_one_sink_has_too_much_to_do_none_is_asked(site: Site) -> None:
    """A refusal means that nothing happens: ask again, and nothing goes twice."""
    for _ in range(MOST_WAITING):
        site.resends.resend({**EVER, "sink": "archive"})
    with pytest.raises(RefusedError, match="archive has 8 requests waiting"):
        site.resends.resend(EVER)
    assert site.shippers[0].status()["lanes"] == {"live": 0, "asked": 0, "backlog": 0}


def test_a_sink_that_has_nothing_to_send_is_named(site: Site) -> None:
    answer: Any = site.resends.resend({"parked": True})
    assert [each["sink"] for each in answer["sinks"]] == ["office"]
    assert answer["left_out"] == {"archive": "nothing is parked for sink 'archive'"}


def test_a_channel_that_is_no_longer_configured_is_found_in_the_journal(site: Site) -> None:
    site.resends = Resends(site.shippers, site.store.journal, [str(HEAD)])
    assert site.again(**EVER, sink="archive", channel=str(PH))["archive"] == list(range(1, 31, 3))


@pytest.mark.parametrize(
    ("arguments", "word", "help_"),
    [
        ({**EVER, "sink": "offce"}, "no sink 'offce'", "office, archive"),
        ({**EVER, "sink": ["office"]}, "there is no sink", "office, archive"),
        ({**EVER, "channel": "ph-3/pH"}, "no channel", "ph-3/ph"),
        ({**EVER, "channel": 7}, "channel is 7", "ph-3/ph"),
        ({"from_ns": 5, "to_ns": 5}, "ends before", "before the second"),
        ({"from_ns": True, "to_ns": 5}, "from_ns is True", "ns since 1970"),
        ({"from_ns": 0}, "to_ns is None", "ns since 1970"),
        ({"from_ns": 0, "to_ns": 10**9}, "no record", "gaps"),
        ({"parked": True, "sink": "archive"}, "nothing is parked", "parked"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    site: Site, arguments: dict[str, Any], word: str, help_: str
) -> None:
    with pytest.raises(RefusedError, match=word) as refusal:
        site.resends.resend(arguments)
    assert help_ in refusal.value.hint


def test_asking_leaves_no_connection_to_the_journal_behind(site: Site, tmp_path: Path) -> None:
    site.resends.resend(EVER)
    site.close()
    assert not list(tmp_path.glob("journal.db-*"))


@pytest.fixture
def config(site: Site, tmp_path: Path) -> Iterator[Path]:
    """The configuration of a station whose control socket answers."""
    path = tmp_path / "skyground.toml"
    path.write_text(f'[station]\nstate_dir = "{tmp_path}"\n', encoding="utf-8")
    serving = Control(paths.socket_path(tmp_path), site.resends.handlers())
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            serving.step(site.store.clock.now())
        serving.close()

    thread = threading.Thread(target=serve)
    thread.start()
    wait_until(paths.socket_path(tmp_path).exists, "the socket is there")
    yield path
    done.set()
    with suppress(control.ControlError):  # it need not wait out its second
        control.ask(paths.socket_path(tmp_path), "nothing")
    thread.join()


def test_on_the_command_line(site: Site, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["resend", "--config", str(config), "--sink", "archive", "--channel", "ph-3/ph"]
    assert main([*words, "--from", "1970-01-02", "--to", "2200-01-01T00:00Z"]) == 0
    said = capsys.readouterr().out
    assert "archive: up to" in said
    assert "after what is live" in said
    site.fars["archive"].stored.clear()
    site.settle()
    assert site.fars["archive"].stored == list(range(1, 31, 3))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "from when on?"),
        (["--parked", "--last", "3h"], 2, "no time and no channel"),
        (["--from", "2026-01-01", "--last", "3h"], 2, "both say where to begin"),
        (["--from", "2026-01-02", "--to", "2026-01-01"], 2, "ends before it begins"),
        (["--from", "yesterday"], 2, "not a time like"),
        (["--last", "3 weeks"], 2, "not a span of time"),
        (["--from", "1970-01-02", "--to", "1970-01-03"], 1, "no record lies in that span"),
        (["--parked", "--sink", "archive"], 1, "nothing is parked"),
    ],
)
def test_a_mistake_on_the_command_line_says_what_to_do(
    config: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    try:
        ended = main(["resend", "--config", str(config), *words])
    except SystemExit as exit_:
        ended = int(str(exit_.code))
    assert ended == code
    assert said in capsys.readouterr().err


def test_the_command_line_names_who_has_nothing(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resend", "--config", str(config), "--parked"]) == 0
    assert "archive: nothing is parked" in capsys.readouterr().out


def test_without_a_station_nothing_can_be_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "skyground.toml"
    path.write_text(f'[station]\nstate_dir = "{tmp_path}"\n', encoding="utf-8")
    assert main(["resend", "--config", str(path), "--last", "3h"]) == 69
    assert "no station runs" in capsys.readouterr().err


def test_what_is_parked_is_listed_with_its_reason(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parked", "--state-dir", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1].startswith("office               7  ph-3/ph 12, 2026-")
    assert said[1].endswith(": no 7")
    assert "piezo-5/pore_pressure" in said[2]
    assert main(["parked", "--state-dir", str(tmp_path), "--sink", "archive"]) == 0
    assert "nothing is parked" in capsys.readouterr().out
    assert main(["parked", "--state-dir", str(tmp_path), "--json"]) == 0
    assert [each["seq"] for each in json.loads(capsys.readouterr().out)] == [7, 8]


def test_what_the_card_damaged_is_listed_and_cannot_be_sent_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "journal.db").open()
    store.journal.append([observation(1)])
    store.journal.park(CARD, 1, "checksum does not match")
    store.step()
    store.writer.close()
    assert main(["parked", "--state-dir", str(tmp_path)]) == 0
    _, line = capsys.readouterr().out.splitlines()
    assert line.startswith("(card)               1  ")


def test_where_there_is_no_journal_nothing_can_be_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parked", "--state-dir", str(tmp_path)]) == 69
    assert "cannot be read" in capsys.readouterr().err


def test_the_socket_knows_the_command(site: Site, config: Path) -> None:
    answer = control.ask(paths.socket_path(config.parent), "resend", {"parked": True})
    assert [each["sink"] for each in answer["sinks"]] == ["office"]
