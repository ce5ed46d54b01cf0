"""A mail server that speaks SMTP as RFC 5321 has it, keeps what it takes, and answers as a test wants."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, NamedTuple

from tests.servers.tcp import _Listener

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage
    from pathlib import Path


class Mail(NamedTuple):
    """What was taken: who sent it, for whom, and the message itself."""

    sender: str
    people: list[str]
    message: EmailMessage


class MailServer(_Listener):
    """Takes mail until closed.

    `certificate` and its key: encryption from the start (`implicit`), or by STARTTLS. `login`: who may send,
    and in which `ways`.
    `script`: by the first words of a command (`RCPT TO:<a@b>`, `DATA`, `.` for the end of a message), the
    answers it gets instead, one each; `HANG` says nothing, `CUT` hangs up.
    """

    HANG, CUT = "HANG", "CUT"

    def __init__(
        self,
        certificate: tuple[Path, Path] | None = None,
        *,
        implicit: bool = False,
        login: tuple[str, str] | None = None,
        ways: str = "PLAIN",
    ) -> None:
        self.taken: list[Mail] = []
        self.commands: list[str] = []
        self.script: dict[str, list[str]] = {}
        self.came: list[EmailMessage] = []  # whole, whatever was answered then
        self._login = login
        self._ways = ways
        self._implicit = implicit
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)
        super().__init__()

    def _serve(self, connection: socket.socket) -> None:
        self._start(self._talk, connection)

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, _HungUpError):
            if self._implicit and self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            _Talk(self, connection, is_encrypted=self._implicit).run()

    def encrypted(self, connection: socket.socket) -> socket.socket | None:
        """The same, encrypted; None when it has no certificate."""
        if self._context is None:
            return None
        connection = self._context.wrap_socket(connection, server_side=True)
        self._open.append(connection)
        return connection

    def scripted(self, command: str) -> str | None:
        """What the test wants it to answer."""
        self.commands.append(command)
        for begin, answers in self.script.items():
            if command.startswith(begin) and answers:
                return answers.pop(0)
        return None

    def offers(self, *, is_encrypted: bool) -> list[str]:
        """What it can do."""
        starttls = ["STARTTLS"] if self._context is not None and not is_encrypted else []
        return ["8BITMIME", *starttls, *([f"AUTH {self._ways}"] if self._login else [])]

    def lets_in(self, encoded: str) -> bool:
        """Whether that is the user and the password."""
        _, user, password = base64.b64decode(encoded).decode().split("\0")
        return (user, password) == self._login


class _HungUpError(Exception):
    pass


class _Talk:
    """One connection."""

    def __init__(self, server: MailServer, connection: socket.socket, *, is_encrypted: bool) -> None:
        self._server = server
        self._connection = connection
        self._lines = connection.makefile("rb")
        self._is_encrypted = is_encrypted
        self._sender, self._people = "", list[str]()

    def run(self) -> None:
        self._answer("CONNECT", "220 mail.example.org ESMTP")
        while True:
            line = self._line().rstrip(b"\r\n").decode()
            verb = line.split(" ")[0].split(":")[0].upper()
            getattr(self, f"_on_{verb.lower()}")(line)
            if verb == "QUIT":
                return

    def _on_ehlo(self, line: str) -> None:
        words = ["mail.example.org", *self._server.offers(is_encrypted=self._is_encrypted)]
        text = "\r\n".join(f"250-{word}" for word in words[:-1])
        self._answer(line, f"{text}\r\n250 {words[-1]}")

    def _on_helo(self, line: str) -> None:
        self._answer(line, "250 mail.example.org")

    def _on_starttls(self, line: str) -> None:
        if self._answer(line, "220 go ahead"):
            connection = self._server.encrypted(self._connection)
            assert connection is not None
            self._connection, self._is_encrypted = connection, True
            self._lines = connection.makefile("rb")

    def _on_auth(self, line: str) -> None:
        is_in = self._server.lets_in(line.split(" ")[2])
        self._answer("AUTH", "235 welcome" if is_in else "535 5.7.8 authentication failed")

    def _on_mail(self, line: str) -> None:
        if self._answer(line, "250 ok"):
            self._sender, self._people = line.split("<")[1].split(">", maxsplit=1)[0], []

    def _on_rcpt(self, line: str) -> None:
        if self._answer(line, "250 ok"):
            self._people.append(line.split("<")[1].split(">", maxsplit=1)[0])

    def _on_data(self, line: str) -> None:
        if not self._answer(line, "354 go ahead"):
            return
        body = b""
        while (part := self._line()) != b".\r\n":
            body += part.removeprefix(b".")
        message = message_from_bytes(body, policy=policy.default)
        self._server.came.append(message)
        if self._answer(".", "250 taken", lambda: self._keep(message)):
            self._sender = ""

    def _keep(self, message: EmailMessage) -> None:
        self._server.taken.append(Mail(self._sender, list(self._people), message))

    def _on_rset(self, line: str) -> None:
        self._answer(line, "250 ok")

    def _on_quit(self, line: str) -> None:
        self._answer(line, "221 bye")

    def _answer(self, command: str, usual: str, first: Callable[[], object] = lambda: None) -> bool:
        """Answer; True when it was the usual one. `CUT` at the end of a message: it is taken all the same."""
        scripted = self._server.scripted(command)
        if scripted in {None, MailServer.CUT}:
            first()
        if scripted == MailServer.CUT:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
            raise _HungUpError
        if scripted == MailServer.HANG:
            self._connection.recv(1)  # until the other side has had enough
            raise _HungUpError
        self._connection.sendall(f"{scripted or usual}\r\n".encode())
        return scripted is None

    def _line(self) -> bytes:
        line = self._lines.readline()
        if not line:
            raise _HungUpError
        return line
