"""`skyground notify test ID`, and what stands about ways to people in `skyground status`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.cli.main import main
from agent.cli.notify_lines import notify_lines
from agent.config.schema_notify import SmtpNotifier, WebhookNotifier
from agent.drills import Drills
from agent.notify.notifier import Notifier
from agent.notify.wiring import made, people, wanted
from tests.journal.conftest import Store
from tests.notify.rig import WHENCE
from tests.servers.mail import MailServer
from tests.servers.scripted_http import Reply, ScriptedHttp
from tests.station.rig import CONFIG, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NIGHT = "night@example.org"


class Site:
    """A station with a mail server and a webhook, each notifier stepped after each answer of the socket."""

    def __init__(self, folder: Path) -> None:
        self.hook, self.mail = ScriptedHttp(), MailServer()
        store = Store(folder / "journal.db")
        hook = WebhookNotifier(id="chat", kind="webhook", url=self.hook.url)
        mail = SmtpNotifier(
            id="duty",
            kind="smtp",
            host="127.0.0.1",
            port=self.mail.port,
            security="none",
            sender="st-01@example.org",
            to=["duty@example.org", NIGHT],
        )
        self._clock = store.clock
        self.notifiers = [
            Notifier(wanted(hook), WHENCE, store.journal, store.clock, lambda: made(hook, WHENCE), 20),
            Notifier(
                wanted(mail), WHENCE, store.journal, store.clock, lambda: made(mail, WHENCE), 20, people(mail)
            ),
        ]
        self.drills = Drills(self.notifiers)

    def step(self) -> None:
        for each in self.notifiers:
            each.step(self._clock.now())

    def close(self) -> None:
        self.hook.close()
        self.mail.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    found = Site(tmp_path)
    yield found
    found.close()


def ask(site: Site, folder: Path, *words: str) -> int:
    """`skyground notify test ...` against this site."""
    with served(folder, site.drills.handlers(), site.step) as config:
        return main(["notify", "test", *words, "--config", str(config)])


def test_a_test_says_that_the_far_side_has_taken_it(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(site, tmp_path, "chat", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"notifier": "chat", "people": 1, "missed": []}
    assert json.loads(site.hook.requests[0].body)["data"]["exercise"] is True


def test_a_test_that_is_refused_says_by_whom_and_what_to_do(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.hook._script.append(Reply(403, b"who are you"))
    assert ask(site, tmp_path, "chat") == 1
    err = capsys.readouterr().err
    assert "error: 127.0.0.1 answers 403 who are you" in err
    assert "help: check url and secret" in err


@pytest.mark.parametrize("answer", ["550 no such user", "450 greylisted"])
def test_a_recipient_who_does_not_get_it_makes_the_test_fail(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    site.mail.script = {f"rcpt TO:<{NIGHT}>": [answer]}
    assert ask(site, tmp_path, "duty") == 1
    told = capsys.readouterr()
    assert "duty: the far side has taken it for 1 of 2" in told.out
    assert "error: not for night@example.org: 127.0.0.1" in told.err
    assert answer in told.err
    assert site.mail.taken[0].people == ["duty@example.org"]


def test_a_name_that_nobody_has_is_refused(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(site, tmp_path, "nobody") == 1
    assert (
        "there is no notifier 'nobody'\nhelp: notifiers of this station: chat, duty"
        in capsys.readouterr().err
    )


def test_without_a_station_nobody_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "skyground.toml"
    config.write_text(CONFIG.format(state=tmp_path))
    assert main(["notify", "test", "chat", "--config", str(config)]) == 69
    assert "no station runs here" in capsys.readouterr().err


def test_a_way_to_people_that_is_shut_stands_out_in_the_status() -> None:
    well = {"notifier": "duty", "waiting": 0, "open": 1, "delivered": 3, "last_error": "", "hint": ""}
    well |= {"unreached": [{"who": "a@x", "why": "550", "hint": "look"}]}
    ill = {**well, "notifier": "chat", "waiting": 2, "last_error": "it says no", "hint": "do this"}
    ill |= {"unreached": []}
    assert notify_lines([well, ill]) == [
        "notifier duty        all told, 1 open, 3 messages taken",
        "  NOT TOLD: a@x: 550",
        "  help: look",
        "notifier chat        2 to tell, 1 open, 3 messages taken",
        "  NOBODY IS TOLD: it says no",
        "  help: do this",
    ]
