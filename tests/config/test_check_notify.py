"""Ways to people: what contradicts itself is refused, what others can read along is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from agent.acquire import drift, maintenance
from agent.acquire.calibration import notices as calibrations
from agent.cli.check import summary
from agent.config.check_notify import warnings
from agent.config.schema_notify import EventKind
from agent.journal.room import losses
from agent.notify import notices as notify
from agent.publish import notices as publish
from agent.watch import telling
from tests.config.rig import RIGHT, loaded, refused

ROOT = Path(__file__).parents[2]
MAIL = """
[[notify]]
id = "duty"
kind = "smtp"
host = "mail.example.org"
sender = "st-01@example.org"
to = ["duty@example.org", "mine+night@example.org"]
"""
HOOK = '\n[[notify]]\nid = "chat"\nkind = "webhook"\nurl = "https://hooks.example.org/mine"\n'


def test_two_ways_to_people_are_right_and_summed_up_without_a_secret(tmp_path: Path) -> None:
    config = loaded(tmp_path, RIGHT + MAIL + HOOK + 'secret_from = "env:HOOK"\nlevel = "red"\n')
    assert list(warnings(config)) == []
    mail, hook = summary(config)[-3:-1]
    assert mail.split(maxsplit=2)[2] == (
        "smtp mail.example.org to duty@example.org, mine+night@example.org: yellow and above"
    )
    assert hook.endswith("webhook hooks.example.org: red and above"), "what follows may be its secret"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MAIL + 'username = "u"\n', "`username` without `password_from`"),
        (MAIL + 'password_from = "env:P"\n', "`password_from` without `username`"),
        (MAIL + 'security = "none"\n', "`mail.example.org` is not on the own network"),
        (HOOK.replace("https", "http"), "`hooks.example.org` is not on the own network"),
        (
            HOOK.replace("https://hooks.example.org", "http://10.0.0.7") + 'ca_file = "/ca"\n',
            "`ca_file` means nothing without TLS",
        ),
    ],
)
def test_what_cannot_work_or_must_not_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (problem,) = refused(tmp_path, RIGHT + text).problems
    assert problem.code == "SG-C040"
    assert words in problem.message


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks:99999/x",
        "https://[::1/x",
        "https://?x",
        "https://hööks.example.org/x",
        "https://h:0/",
        "https://a..b/",
    ],
)
def test_an_address_that_leads_nowhere_is_refused(tmp_path: Path, url: str) -> None:
    text = HOOK.replace("https://hooks.example.org/mine", url)
    (problem,) = refused(tmp_path, RIGHT + text).problems
    assert (problem.code, "leads nowhere" in problem.message) == ("SG-C040", True)


@pytest.mark.parametrize("to", ["[]", '["Duty <duty@example.org>"]', '["a@b, c@d"]', '["nobody"]'])
def test_an_address_is_one_address(tmp_path: Path, to: str) -> None:
    text = MAIL.replace('["duty@example.org", "mine+night@example.org"]', to)
    assert refused(tmp_path, RIGHT + text).problems


def test_a_name_stands_for_one_way_only(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, RIGHT + MAIL + HOOK.replace("chat", "duty")).problems
    assert (problem.code, "notify id `duty` is used twice" in problem.message) == ("SG-C020", True)


def test_a_kind_that_no_event_has_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, RIGHT + MAIL + 'kinds = ["subsidence", "acid_drainge"]\n').problems
    assert "acid_drainage" in problem.label + str(problem.help)


def test_the_kinds_of_the_configuration_are_those_that_the_station_tells() -> None:
    named = {drift.KIND, maintenance.KIND, losses.KIND, *calibrations.KINDS, *notify.KINDS, *telling.KINDS}
    named |= {publish.RECEIPT_GAP, publish.GONE, publish.REFUSED, publish.UNHEARD}
    assert set(get_args(EventKind)) == named | kinds_in_source()


def kinds_in_source() -> set[str]:
    """Those that are written where the event is made."""
    written = re.compile(
        r'(?:kind=|Notice\(|^_REFUSED = |Subject\([\w.]+, |f"station/)"?([a-z]+_?[a-z_]*)["/]', re.MULTILINE
    )
    rooms = [ROOT / "agent" / room for room in ("journal", "acquire", "ledger")]
    texts = [path.read_text(encoding="utf-8") for room in rooms for path in room.rglob("*.py")]
    return {kind for text in texts for kind in written.findall(text)}


@pytest.mark.parametrize("host", ["10.0.0.7", "mailer", "mail.mine.lan"])
def test_in_the_clear_on_the_own_network_is_a_warning(tmp_path: Path, host: str) -> None:
    login = 'security = "none"\nusername = "u"\npassword_from = "env:P"\n'
    (problem,) = warnings(loaded(tmp_path, RIGHT + MAIL.replace("mail.example.org", host) + login))
    assert (problem.code, problem.level) == ("SG-C055", "warning")
    assert f"`{host}` in the clear, with its password" in problem.message


@pytest.mark.parametrize("host", ["127.0.0.1:8025", "localhost", "[::1]:80"])
def test_on_the_own_machine_nobody_reads_along(tmp_path: Path, host: str) -> None:
    text = HOOK.replace("https://hooks.example.org", f"http://{host}")
    assert list(warnings(loaded(tmp_path, RIGHT + text))) == []
