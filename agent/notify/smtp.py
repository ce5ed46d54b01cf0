"""Telling people by mail: delivered when the server has answered 250 to the message itself.

Imported only on a station that has such a notifier.
"""

from __future__ import annotations

import smtplib
from contextlib import closing, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from agent.clock import NS
from agent.model import Severity
from agent.network import trouble
from agent.notify.contract import AwayError, NotToldError, RefusedError
from agent.notify.deadline import Deadline, Dialler

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence

    from agent.config.schema_notify import SmtpNotifier
    from agent.notify.contract import Message
    from agent.notify.texts import Whence

PORTS = {"starttls": 587, "tls": 465, "none": 25}
_REFUSED = 500  # and above: no, for good (RFC 5321, 4.2.1)
_READY = 220
_CLOSING = 421
_QUOTED = 200


class SmtpSender:
    """Mails to the people of one notifier. `password` is that of `username`, None when it needs none."""

    def __init__(self, config: SmtpNotifier, password: str | None, whence: Whence) -> None:
        self._config = config
        self._password = password
        self._whence = whence
        self._dialler = Dialler(config.host, config.port or PORTS[config.security], config.ca_file)

    def send(self, message: Message, people: Sequence[str]) -> Mapping[str, NotToldError]:
        """Return when the server has taken it; for whom of `people` it has not. Raises NotToldError."""
        try:
            with closing(self._dialler):
                return self._judged(self._converse(message, people))
        except NotToldError:
            raise
        except smtplib.SMTPResponseException as error:
            raise _answered(error.smtp_code, error.smtp_error, type(error)) from error
        except smtplib.SMTPServerDisconnected as error:
            cause = ConnectionError("it hung up") if error.__context__ is None else error
            raise self._unreached(cause) from error
        except smtplib.SMTPException as error:  # no STARTTLS, no way to log in that both know, ...
            hint = "check host, port, security and username: without it nothing is sent"
            raise RefusedError(f"{self._config.host}: {error}", hint) from error
        except (OSError, UnicodeError) as error:
            raise self._unreached(error) from error

    def hang_up(self) -> None:
        """Let what is under way fail, and all that comes."""
        self._dialler.hang_up()

    def _unreached(self, error: OSError | UnicodeError) -> NotToldError:
        found = trouble(error, self._dialler.host, self._dialler.port)
        wrong = RefusedError if found.needs_person else AwayError
        return wrong(found.what, found.hint)

    def _converse(self, message: Message, people: Sequence[str]) -> Mapping[str, tuple[int, bytes]]:
        """Whom the server did not take, with its answer."""
        deadline = Deadline(self._config.timeout_s)
        server = _Server(self._dialler, deadline, self._config.security, self._whence)
        try:
            self._log_in(server)
            refused = server.send_message(self._mail(message), self._config.sender, people)
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
        except BaseException:
            server.close()
            raise
        with suppress(smtplib.SMTPException, OSError):  # it has the message: how it says goodbye is all one
            server.quit()
        server.close()
        return refused

    def _log_in(self, server: _Server) -> None:
        if self._config.username is None or self._password is None:
            return
        if not (self._config.username + self._password).isascii():
            raise RefusedError("user name or password is not plain ASCII", "SMTP takes no other")
        server.login(self._config.username, self._password)

    def _judged(self, refused: Mapping[str, tuple[int, bytes]]) -> dict[str, NotToldError]:
        """Why each was not told: put off (greylisting, a full mailbox), or refused. Raises AwayError."""
        host = self._dialler.host
        hint = "check `to` and `sender`, and whether the server wants a user name"
        later = "wait; a full mailbox must be emptied"
        for code, said in refused.values():
            if code == _CLOSING:
                raise AwayError(f"the mail server says {_words(code, said)}", "wait; its log tells more")
        return {
            who: AwayError(f"{host} puts {who} off: {_words(*answer)}", later)
            if answer[0] < _REFUSED
            else RefusedError(f"{host} refuses {who}: {_words(*answer)}", hint)
            for who, answer in refused.items()
        }

    def _mail(self, message: Message) -> EmailMessage:
        domain = f"{self._whence.station}.{self._whence.site}.skyground"
        mail = EmailMessage()
        mail["From"] = self._config.sender
        mail["To"] = ", ".join(self._config.to)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(datetime.fromtimestamp(message.made_ns // NS, UTC))
        mail["Message-ID"] = f"<{message.id}@{domain}>"
        if len(message.threads) == 1:  # a mail program shows an incident's messages as one conversation
            mail["References"] = f"<{message.threads[0]}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in return
        if message.severity >= Severity.ORANGE:
            mail["Importance"] = "high"
        mail.set_content(message.text, cte="quoted-printable")
        return mail


class _Server(smtplib.SMTP):
    """A connection that is encrypted as `security` says, or not there: it never falls back."""

    def __init__(self, dialler: Dialler, deadline: Deadline, security: str, whence: Whence) -> None:
        self._dialler = dialler
        self._deadline = deadline
        self._is_tls = security == "tls"
        # Not getfqdn(), which asks the network's name server and may wait long for it.
        name = f"{whence.station}.{whence.site}".replace("_", "-")
        super().__init__(dialler.host, dialler.port, local_hostname=name)
        if security == "starttls":
            self._upgrade()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 - as in SMTP
        line = self._dialler.plain(self._deadline)
        return self._dialler.encrypted(line, self._deadline) if self._is_tls else line

    def _upgrade(self) -> None:
        """As `starttls` does it, with our deadline."""
        try:
            self.ehlo_or_helo_if_needed()
            if not self.has_extn("starttls"):
                raise smtplib.SMTPNotSupportedError("the server offers no STARTTLS")  # noqa: TRY301 - closed below
            code, answer = self.docmd("STARTTLS")
            if code != _READY:
                raise smtplib.SMTPResponseException(code, answer)  # noqa: TRY301 - as above
            self.file = None  # what came in the clear is forgotten
            if self.sock is not None:
                self.sock = self._dialler.encrypted(self.sock, self._deadline)
        except BaseException:
            self.close()
            raise
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False


def _answered(code: int, answer: bytes | str, kind: type[smtplib.SMTPResponseException]) -> NotToldError:
    words = _words(code, answer)
    if code < _REFUSED:
        return AwayError(f"the mail server says {words}", "wait; its log tells more")
    if issubclass(kind, smtplib.SMTPAuthenticationError):
        return RefusedError(f"the mail server does not let us in: {words}", "check username and password")
    if issubclass(kind, smtplib.SMTPDataError):
        hint = "its log tells why; it may take the text for spam"
        return RefusedError(f"the mail server refuses the message: {words}", hint, of_message=True)
    return RefusedError(f"the mail server says no: {words}", "check `sender`, and the server's log")


def _words(code: int, answer: bytes | str) -> str:
    text = answer if isinstance(answer, str) else answer.decode("utf-8", "replace")
    return "".join(char if char.isprintable() else " " for char in f"{code} {text}")[:_QUOTED].rstrip()
