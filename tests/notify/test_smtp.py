"""Mail: delivered when the server has said 250 to the message, and never in the clear by accident."""

from __future__ import annotations

import threading
from contextlib import closing
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from agent.config.schema_notify import SmtpNotifier
from agent.model import Severity
from agent.notify.contract import AwayError, NotToldError, RefusedError
from agent.notify.smtp import SmtpSender
from tests.notify.rig import WHENCE, message
from tests.servers.certificates import Authority
from tests.servers.mail import MailServer
from tests.servers.process import free_port, wait_until
from tests.servers.tcp import EndlessServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DUTY, NIGHT = "duty@example.org", "night@example.org"
PEOPLE = [DUTY]
LOGIN = ("st-01", "hunter2")


@pytest.fixture
def serve() -> Iterator[Callable[..., MailServer]]:
    servers: list[MailServer] = []

    def make(*args: Any, **kwargs: Any) -> MailServer:
        servers.append(MailServer(*args, **kwargs))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca") / "ca")


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> tuple[Path, Path]:
    return authority.sign("mail", "IP:127.0.0.1")


def sender(port: int, password: str | None = None, **keys: Any) -> SmtpSender:
    keys = {"security": "none", "to": [DUTY], "timeout_s": 5, **keys}
    config = SmtpNotifier(
        id="duty", kind="smtp", host="127.0.0.1", port=port, sender="st-01@example.org", **keys
    )
    return SmtpSender(config, password, WHENCE)


def test_a_mail_arrives_as_it_was_meant(serve: Callable[..., MailServer]) -> None:
    server = serve()
    assert sender(server.port, to=[DUTY, NIGHT]).send(message(), [DUTY, NIGHT]) == {}
    (mail,) = server.taken
    assert (mail.sender, mail.people) == ("st-01@example.org", [DUTY, NIGHT])
    assert mail.message["Subject"] == message().subject
    assert mail.message["To"] == f"{DUTY}, {NIGHT}"
    assert mail.message["Message-ID"] == f"<{message().id}@st-01.north-dump.skyground>"
    assert mail.message["References"] == "<t1@st-01.north-dump.skyground>"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["Importance"] == "high"
    assert mail.message["Date"].datetime.timestamp() == 1_785_000_000
    assert mail.message.get_content().replace("\r\n", "\n") == message().text
    assert server.commands[1] == "ehlo st-01.north-dump"


def test_an_advisory_is_not_marked_as_important(serve: Callable[..., MailServer]) -> None:
    server = serve()
    sender(server.port).send(message(severity=Severity.YELLOW), PEOPLE)
    assert server.taken[0].message["Importance"] is None


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted_and_with_a_password(
    serve: Callable[..., MailServer], authority: Authority, certificate: tuple[Path, Path], security: str
) -> None:
    server = serve(certificate, implicit=security == "tls", login=LOGIN)
    keys = {"security": security, "username": LOGIN[0], "ca_file": authority.ca_file}
    sender(server.port, LOGIN[1], **keys).send(message(), PEOPLE)
    assert len(server.taken) == 1
    assert security == "tls" or server.commands.index("STARTTLS") < server.commands.index("AUTH")


def test_a_server_without_encryption_gets_no_password_and_no_mail(serve: Callable[..., MailServer]) -> None:
    server = serve(login=LOGIN)
    with pytest.raises(RefusedError, match="offers no STARTTLS"):
        sender(server.port, LOGIN[1], security="starttls", username=LOGIN[0]).send(message(), PEOPLE)
    assert not [each for each in server.commands if each.startswith(("AUTH", "MAIL"))]


def test_a_server_that_nobody_vouches_for_gets_nothing(
    serve: Callable[..., MailServer], certificate: tuple[Path, Path]
) -> None:
    server = serve(certificate)
    with pytest.raises(RefusedError, match="authority that is not trusted here") as caught:
        sender(server.port, security="starttls").send(message(), PEOPLE)
    assert "ca_file" in caught.value.hint
    assert not server.taken


def test_an_authority_that_cannot_be_read_is_named(
    serve: Callable[..., MailServer], certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    server = serve(certificate)
    with pytest.raises(RefusedError, match=r"nowhere\.pem cannot be used"):
        sender(server.port, security="starttls", ca_file=tmp_path / "nowhere.pem").send(message(), PEOPLE)


def test_a_wrong_password_is_a_refusal_and_is_not_shown(
    serve: Callable[..., MailServer], authority: Authority, certificate: tuple[Path, Path]
) -> None:
    server = serve(certificate, implicit=True, login=LOGIN)
    keys = {"security": "tls", "username": LOGIN[0], "ca_file": authority.ca_file}
    with pytest.raises(RefusedError, match=r"535 5\.7\.8 authentication failed") as caught:
        sender(server.port, "wrong", **keys).send(message(), PEOPLE)
    assert not caught.value.of_message
    assert "wrong" not in caught.value.what + caught.value.hint


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        *product(
            ["CONNECT", "ehlo", "mail", "data", "."], [MailServer.CUT, "421 shutting down", "451 try later"]
        ),
        ("rcpt", MailServer.CUT),
        ("rcpt", "421 shutting down"),
    ],
)
def test_what_passes_is_waited_out(serve: Callable[..., MailServer], at: str, answer: str) -> None:
    server = serve()
    server.script = {at: [answer] * 2}  # smtplib says HELO when EHLO is refused
    server.script |= {"helo": [answer]} if at == "ehlo" else {}
    one = sender(server.port)
    with pytest.raises(AwayError):
        one.send(message(), PEOPLE)
    server.script = {}
    one.send(message(), PEOPLE)
    ids = {mail.message["Message-ID"] for mail in server.taken}
    assert len(ids) == 1, "what was taken before the answer was lost comes again under the same id"


@pytest.mark.parametrize(
    ("at", "answer", "of_message"),
    [("mail", "550 no such sender", False), ("data", "554 no", True), (".", "554 looks like spam", True)],
)
def test_a_no_for_good_is_a_refusal(
    serve: Callable[..., MailServer],
    at: str,
    answer: str,
    of_message: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    server = serve()
    server.script = {at: [answer]}
    with pytest.raises(RefusedError, match=answer) as caught:
        sender(server.port).send(message(), PEOPLE)
    assert caught.value.of_message is of_message


def test_a_server_that_says_nothing_is_left_in_time(serve: Callable[..., MailServer]) -> None:
    server = serve()
    server.script = {"rcpt": [MailServer.HANG]}
    with pytest.raises(AwayError, match="did not answer in time"):
        sender(server.port, timeout_s=1).send(message(), PEOPLE)


@pytest.mark.parametrize(
    ("words", "pause_s", "why"),
    [(b"220-", 0.05, "did not answer in time"), (b"220-hello\r\n" * 5000, 0.0, "closed the connection")],
)
def test_a_server_without_end_is_left_all_the_same(words: bytes, pause_s: float, why: str) -> None:
    """Each word is in time, the answer never is; or it would fill the memory."""
    with closing(EndlessServer(words, pause_s)) as server, pytest.raises(AwayError, match=why):
        sender(server.port, timeout_s=1 if pause_s else 20).send(message(), PEOPLE)


def test_nobody_there_is_named() -> None:
    with pytest.raises(AwayError, match="nothing listens on 127"):
        sender(free_port()).send(message(), PEOPLE)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ("450 greylisted", AwayError, "puts night@example.org off"),
        ("550 unknown", RefusedError, "refuses night"),
    ],
)
def test_who_is_not_taken_is_named_and_the_others_get_it(
    serve: Callable[..., MailServer], answer: str, kind: type, words: str
) -> None:
    server = serve()
    server.script = {f"rcpt TO:<{NIGHT}>": [answer]}
    missed = sender(server.port, to=[DUTY, NIGHT]).send(message(), [DUTY, NIGHT])
    assert list(missed) == [NIGHT]
    assert isinstance(missed[NIGHT], kind)
    assert words in missed[NIGHT].what
    assert answer in missed[NIGHT].what
    assert [mail.people for mail in server.taken] == [[DUTY]]


def test_when_every_address_is_refused_nobody_was_told(serve: Callable[..., MailServer]) -> None:
    server = serve()
    server.script = {"rcpt": ["550 no relay"] * 2}
    assert list(sender(server.port).send(message(), [DUTY, NIGHT])) == [DUTY, NIGHT]
    assert not server.taken


def test_a_server_with_no_common_way_to_log_in_says_no(serve: Callable[..., MailServer]) -> None:
    """It is no trouble of the network: only a person changes it."""
    server = serve(login=LOGIN, ways="XOAUTH2")
    with pytest.raises(RefusedError, match="No suitable authentication method"):
        sender(server.port, LOGIN[1], username=LOGIN[0]).send(message(), PEOPLE)


def test_a_call_that_hangs_ends_when_it_is_hung_up(serve: Callable[..., MailServer]) -> None:
    """And none is begun afterwards: the station stops."""
    server = serve()
    server.script = {"rcpt": [MailServer.HANG]}
    one = sender(server.port, timeout_s=60)
    failed: list[NotToldError] = []

    def send() -> None:
        try:
            one.send(message(), PEOPLE)
        except NotToldError as error:
            failed.append(error)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    wait_until(lambda: any(each.startswith("rcpt") for each in server.commands), "it waits for an answer")
    one.hang_up()
    thread.join(10)
    assert isinstance(failed[0], AwayError)
    with pytest.raises(AwayError, match="the station stops"):
        one.send(message(), PEOPLE)


def test_a_password_that_smtp_cannot_carry_is_a_refusal(serve: Callable[..., MailServer]) -> None:
    with pytest.raises(RefusedError, match="not plain ASCII"):
        sender(serve(login=LOGIN).port, "pässwort", username="st-01").send(message(), PEOPLE)
