"""Secrets come from where the configuration says, or a SecretError says why not, without a byte of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.secret import SecretError, exposure, read_secret

if TYPE_CHECKING:
    from pathlib import Path


def value(reference: str, environ: dict[str, str] | None = None) -> str:
    """The secret in clear."""
    secret = read_secret(reference, environ or {})
    assert secret is not None
    return secret


def test_no_reference_is_no_secret() -> None:
    assert read_secret(None, {}) is None
    assert exposure(None, {}) == ""


def test_each_kind_of_reference_is_followed(tmp_path: Path) -> None:
    (tmp_path / "mqtt-password").write_text("hunter2\n")
    assert value(f"file:{tmp_path}/mqtt-password") == "hunter2"
    assert value("credential:mqtt-password", {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "hunter2"
    assert value("env:MQTT", {"MQTT": "hunter2"}) == "hunter2"


@pytest.mark.parametrize(("text", "clear"), [("a\n", "a"), ("a\r\n", "a"), ("a", "a"), (" a b ", " a b ")])
def test_only_the_line_feed_at_the_end_is_taken_off(text: str, clear: str) -> None:
    assert value("env:X", {"X": text}) == clear


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"hunter2\n\n", b"hun\nter2", b"hunter2\x00", b"\xff\xfehunter2"]
)
def test_what_cannot_be_a_secret_is_refused_without_being_shown(tmp_path: Path, data: bytes) -> None:
    """Empty, several lines, control characters, no text: systemd's blank credential is among them."""
    (tmp_path / "secret").write_bytes(data)
    with pytest.raises(SecretError) as caught:
        read_secret(f"file:{tmp_path}/secret", {})
    error = caught.value
    assert "hunter2" not in f"{error!r} {error.what} {error.hint} {error.__cause__!r} {error.__context__!r}"
    assert error.hint


def test_a_missing_secret_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=r"^env:X: the environment variable is not set$"):
        read_secret("env:X", {})
    with pytest.raises(SecretError, match=r"CREDENTIALS_DIRECTORY is not set") as caught:
        read_secret("credential:mqtt", {})
    assert "LoadCredential=mqtt:" in caught.value.hint
    with pytest.raises(SecretError, match="none cannot be read: no such file"):
        read_secret(f"file:{tmp_path}/none", {})


def test_a_pipe_a_directory_and_a_huge_file_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "huge").write_bytes(b"x" * (1 << 17))
    for name in ("pipe", ".", "huge"):
        with pytest.raises(SecretError, match="cannot be read"):
            read_secret(f"file:{tmp_path}/{name}", {})


def test_a_file_that_everybody_can_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("hunter2")
    for mode, noticed in ((0o600, False), (0o640, False), (0o644, True), (0o602, True)):
        path.chmod(mode)
        assert bool(exposure(f"file:{path}", {})) is noticed
    assert exposure("env:X", {}) == ""


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40))
def test_any_printable_secret_comes_through_unchanged(text: str) -> None:
    assert value("env:X", {"X": text + "\n"}) == text
