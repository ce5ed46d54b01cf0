"""The position index agrees with tomllib on every document, and points at the right characters."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from agent.config.position import Position, positions

if TYPE_CHECKING:
    from random import Random

    from agent.config.position import Path

TEXT = """\
title = "a # no comment" # a comment
a . "b c".'d' = 1
[bus.line]   # header
x = [1, 2, # one
  "]",
  [3, {k = '''}''', "l" = 2}],
]
[[sensor]]
s = \"\"\"
[not.a.table]
key = "\\"\"\"\"
t = '''it''s'''''
[sensor.convert.ph]
kind = 1979-05-27 07:32:00
[[sensor]]
[[sensor.deep]]
[[sensor.deep]]
u = {}
v = []
"""


def test_a_text_with_everything_in_it() -> None:
    """Each kind of key, table and value is where an eye finds it."""
    found = positions(TEXT)
    assert found["title",] == Position(1, 1, 5)
    assert found["a", "b c", "d"] == Position(2, 11, 3)
    assert found["a", "b c"] == Position(2, 5, 5)
    assert found["bus",] == found["bus", "line"] == Position(3, 1, 10)
    assert found["bus", "line", "x", 2] == Position(5, 3, 3)
    assert found["bus", "line", "x", 3, 1, "l"] == Position(6, 21, 3)
    assert found["sensor",] == found["sensor", 0] == Position(8, 1, 10)
    assert found["sensor", 0, "t"] == Position(12, 1, 1)
    assert found["sensor", 0, "convert", "ph", "kind"] == Position(14, 1, 4)
    assert found["sensor", 1] == Position(15, 1, 10)
    assert found["sensor", 1, "deep", 1, "v"] == Position(19, 1, 1)
    assert ("not",) not in found


def test_a_table_written_after_its_child_is_found_at_its_own_header() -> None:
    assert positions("[a.b]\n[a]\nc = 1\n")["a",] == Position(2, 1, 3)


KEYS = st.text(st.sampled_from("ab-_1 .\"'[]#=é\n\\"), max_size=4)
SCALARS = st.one_of(
    st.integers(-(2**60), 2**60),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.sampled_from("ab \"'#[]{},=\n\\\té"), max_size=8),
    st.dates(),
    st.times().map(lambda time: time.replace(fold=0)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=5)


@given(document=DOCUMENTS, random=st.randoms(use_true_random=False))
def test_every_key_of_any_document_is_found_where_it_stands(document: dict[str, Any], random: Random) -> None:
    """However a document is written down, every path of it is indexed and points at its own characters."""
    text = _Writer(random).document(document)
    assert tomllib.loads(text) == document
    found = positions(text)
    lines = text.split("\n")
    for path in _paths(document):
        place = found[path]
        rest = lines[place.line - 1][place.column - 1 :]
        _points_at(path, rest, place.width)


def _points_at(path: Path, rest: str, width: int) -> None:
    name = path[-1]
    if rest.startswith("[") and isinstance(name, str):
        assert name in _header_names(rest)
    elif isinstance(name, str):
        assert list(tomllib.loads(f"{rest[:width]} = 1")) == [name]
    else:
        assert rest[0] not in " ,]}#"


def _header_names(header: str) -> list[str]:
    names: list[str] = []
    table: Any = tomllib.loads(header)
    while table:
        names.append(next(iter(table)))
        table = table[names[-1]]
        table = table[0] if isinstance(table, list) else table
    return names


def _paths(value: Any, path: Path = ()) -> list[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [deep for key, child in items for deep in _paths(child, (*path, key))]
    return [*([path] if path else []), *below]


class _Writer:
    """Writes a document as TOML in one of the many ways that there are."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def document(self, document: dict[str, Any]) -> str:
        plain = {key: value for key, value in document.items() if not self._wants_header(value)}
        lines = [self._pair(key, value) for key, value in plain.items()]
        for key, value in document.items():
            lines += [] if key in plain else self._tables((key,), value)
        return "\n".join(lines) + self._pick("", "\n", "  # end")

    def _wants_header(self, value: Any) -> bool:
        tables = isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
        return bool(tables or isinstance(value, dict)) and self._random.random() < 0.7

    def _tables(self, path: tuple[str, ...], value: Any) -> list[str]:
        name = self._pick(".", " . ").join(self._key(part) for part in path)
        if isinstance(value, list):
            return [line for table in value for line in [f"[[{name}]]", *self._body(path, table)]]
        return [f"[{name}]{self._pick('', ' # table')}", *self._body(path, value)]

    def _body(self, path: tuple[str, ...], table: dict[str, Any]) -> list[str]:
        inside = {key: value for key, value in table.items() if not self._wants_header(value)}
        lines = [self._pair(key, value) for key, value in inside.items()]
        for key, value in table.items():
            lines += [] if key in inside else self._tables((*path, key), value)
        return lines

    def _pair(self, key: str, value: Any) -> str:
        name = self._key(key)
        while isinstance(value, dict) and len(value) == 1 and self._random.random() < 0.5:
            ((inner, value),) = value.items()
            name += self._pick(".", " .") + self._key(inner)
        before, equals = self._pick("", "  ", "# x = 1\n"), self._pick("=", " = ")
        return f"{before}{name}{equals}{self._value(value)}"

    def _key(self, key: str) -> str:
        bare = key and all(char in "ab-_1" for char in key)
        literal = "'" not in key and "\n" not in key
        choices = [json.dumps(key, ensure_ascii=False)]
        choices += [key] * bool(bare) + [f"'{key}'"] * literal
        return self._pick(*choices)

    def _value(self, value: Any) -> str:
        if isinstance(value, dict):
            inside = ", ".join(f"{self._key(key)} = {self._value(item)}" for key, item in value.items())
            return f"{{{inside}}}"
        if isinstance(value, list):
            comma, edge = self._pick(",", ", ", ",\n  ", ", # ]\n"), self._pick("", " ")
            return f"[{edge}{comma.join(self._value(item) for item in value)}{edge}]"
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, bool | int | float):
            return json.dumps(value)
        return str(value.isoformat())

    def _string(self, value: str) -> str:
        choices = [json.dumps(value, ensure_ascii=False)]
        if "'''" not in value and not value.startswith("\n"):
            choices.append(f"'''{value}'''" if value[-3:].count("'") < 3 else choices[0])
        escaped = value.replace("\\", "\\\\").replace('"""', '""\\"')
        choices.append(f'"""\n{escaped}"""')
        return self._pick(*choices)

    def _pick(self, *choices: str) -> str:
        return self._random.choice(choices)
