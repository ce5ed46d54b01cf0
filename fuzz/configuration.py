"""The configuration file: read, or refused with messages that can be shown."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

from agent.config.load import ConfigError, load
from agent.config.position import positions
from fuzz.target import Target

_EXAMPLE = (Path(__file__).parents[1] / "config.example.toml").read_bytes()
# A file in memory: a card would be worn out by a million of them.
_FILE = os.memfd_create("skyground.toml")
_DEEPEST = 16


def _load(data: bytes) -> None:
    """Any file: every problem of it has a code and a place, and can be printed for people and machines."""
    os.ftruncate(_FILE, 0)
    os.pwrite(_FILE, data, 0)
    try:
        load(Path(f"/proc/self/fd/{_FILE}"))
    except ConfigError as error:
        _can_be_shown(error)


def _can_be_shown(error: ConfigError) -> None:
    assert error.problems
    assert error.render(colour=True)
    assert json.dumps(error.as_dict())


def _positions(data: bytes) -> None:
    """Any valid TOML: every key of the document has a place in the text."""
    text = data.decode("utf-8", "replace")
    try:
        document = tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        return
    index = positions(text.replace("\r\n", "\n"))
    for path in _paths(document, ()):
        assert path in index, path


def _paths(node: Any, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    if len(path) >= _DEEPEST:  # deeper files are refused before anybody asks for places
        return []
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = []
    for key, child in children:
        found += [(*path, key), *_paths(child, (*path, key))]
    return found


_SMALL = b"""\
[station]
site = "north"
id = "st-01"
[[bus]]
id = "i2c-1"
kind = "i2c"
[[sensor]]
id = "level-1"
model = "ads1115"
bus = "i2c-1"
input = "A0"
quantity = "water_level"
convert.water_level = { kind = "linear", points = [[0.4, 0.0], [2.0, 10.0]] }
"""
_ODD = b"""\
a.b = 1
'c d'."e" = [[1, {x = 2}], "]", '''#''']
[t.u]
v = 1979-05-27T07:32:00Z
[[t.w]]
[[t.w]]
z=0x1F
"""
_TOKENS = (
    b"[[sensor]]\n", b"[[publish]]\n", b"[station]\n", b"convert.", b"expect.", b"unit = ", b"= {",
    b"}", b"[", b"]", b'"""', b"'''", b"nan", b"inf", b"1e400", b"-0", b"0x", b"= true\n",
    b"\\u0000", b"\r\n", b"\xef\xbb\xbf",
)  # fmt: skip
LOAD = Target(_load, (_SMALL, _EXAMPLE), _TOKENS)
POSITIONS = Target(_positions, (_SMALL, _ODD, _EXAMPLE), _TOKENS)
