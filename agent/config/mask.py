"""Keeping secrets off the screen: people do write them into configuration files."""

from __future__ import annotations

import re

_NAME = r"pas+w|pass|pwd|psw|token|tok_|secret|api.?key|private.?key|cred"
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
# A reference says where the secret is and may be shown; anything else there may be the secret itself.
_REFERENCE = r"""["'](?:credential|file|env):[^"'\r\n]*["']"""
# Names are bounded, or a long line of word characters would take quadratic time.
_ASSIGNMENT = re.compile(
    rf"""(?P<key>(?<![\w.-])(?!credential:)[\w.-]{{0,64}}?(?:{_NAME})[\w.-]{{0,64}}["']?[ \t]*+[=:][ \t]*+)"""
    rf"""(?!{_REFERENCE})(?P<value>\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)|\[.*?(?:\]|\Z)|[^\r\n]+)""",
    re.IGNORECASE | re.DOTALL,
)
_USER_IN_URL = re.compile(r"(://)[^\s\"'/]+@")
_STARS = "***"


def is_secret(key: object) -> bool:
    """Whether a key with this name holds, or is mistaken to hold, a password or token."""
    return _SECRET_NAME.search(str(key)) is not None


def masked(text: str) -> str:
    """The text with every secret replaced by stars; lines keep their numbers."""
    return _USER_IN_URL.sub(rf"\1{_STARS}@", _ASSIGNMENT.sub(_hide, text))


def _hide(match: re.Match[str]) -> str:
    return match["key"] + _STARS + "\n" * match["value"].count("\n")
