"""Fetching a password or token from where the configuration says it is; no message ever holds it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.config.files import SmallFile, read_small_file

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST_BYTES = 64 << 10
_OTHERS = 0o007  # permission bits of everybody


class SecretError(Exception):
    """A secret cannot be had. `what` is wrong and where; `hint` says what to do. None holds the secret."""

    def __init__(self, what: str, where: str, hint: str) -> None:
        self.what = f"{where}: {what}"
        super().__init__(self.what)
        self.hint = hint


def read_secret(reference: str | None, environ: Mapping[str, str]) -> str | None:
    """Fetch what `credential:NAME`, `file:/path` or `env:NAME` stands for, less one line feed at its end.

    None for None. Raises SecretError when it is absent, empty, not text, or holds control characters.
    """
    if reference is None:
        return None
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        if name not in environ:
            hint = f"set {name} for the service, or better use credential:NAME"
            raise SecretError("the environment variable is not set", reference, hint)
        text = environ[name]
    else:
        text = _decoded(_file(reference, environ).data, reference)
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or not text.isprintable():
        what = "it is empty" if not text else "it holds a line feed or another control character"
        raise SecretError(what, reference, "the secret stands alone on one line")
    return text


def exposure(reference: str | None, environ: Mapping[str, str]) -> str:
    """Say who else can read the file of a secret; empty when nobody can, or when there is no file.

    Raises SecretError as `read_secret` does for an absent file.
    """
    if reference is None or reference.startswith("env:"):
        return ""
    mode = _file(reference, environ).mode
    return f"every user of this machine can read it (mode {mode:04o})" if mode & _OTHERS else ""


def _file(reference: str, environ: Mapping[str, str]) -> SmallFile:
    path, hint = _place(reference, environ)
    try:
        return read_small_file(path, _LARGEST_BYTES)
    except OSError as error:
        what = (error.strerror or str(error)).lower()
        raise SecretError(f"{path} cannot be read: {what}", reference, hint) from error


def _place(reference: str, environ: Mapping[str, str]) -> tuple[Path, str]:
    """The file of a reference, and what to do when it is not there."""
    scheme, _, name = reference.partition(":")
    if scheme == "file":
        return Path(name), f"the service's user must be able to read it: sudo install -m 0640 SECRET {name}"
    hint = f"put it into /etc/skyground/credentials/{name}; the unit needs a LoadCredential={name}: line"
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise SecretError("$CREDENTIALS_DIRECTORY is not set: systemd did not start this", reference, hint)
    return Path(folder) / name, hint


def _decoded(data: bytes, reference: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass  # and raised out here: as a cause or context it would carry the bytes of the secret along
    raise SecretError("it is not UTF-8 text", reference, "the secret is one line of text")
