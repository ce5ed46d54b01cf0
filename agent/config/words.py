"""Small pieces of the sentences in which the configuration is talked about."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.config.position import Path

_SHOWN = 60
_LARGEST = 10**15  # TOML's integers may have hundreds of digits, and no float holds those


def printable(text: str) -> str:
    """Foreign text made safe for a terminal: no escape sequences, no direction overrides."""
    return "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in text)


def quote(name: object) -> str:
    """A name out of somebody's file, short and harmless, in back ticks."""
    text = printable(str(name))
    return f"`{text if len(text) <= _SHOWN else text[:_SHOWN] + '...'}`"


def closest(word: object, options: Iterable[str]) -> str | None:
    """What was probably meant, or None. Case does not matter: ADS1115 is ads1115."""
    by_lower = {option.lower(): option for option in options}
    found = get_close_matches(str(word)[:_SHOWN].lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def did_you_mean(word: object, options: Iterable[str]) -> str:
    """A label for under the line, empty when nothing comes close."""
    guess = closest(word, options)
    return f"did you mean {quote(guess)}?" if guess else ""


def one_of(options: Iterable[object]) -> str:
    """Write `a, b or c`."""
    *most, last = [literal(option) for option in options]
    return f"{', '.join(most)} or {last}" if most else last


def literal(value: Any) -> str:
    """A value as it would stand in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= _LARGEST:
        return f"{str(value)[:_SHOWN]}..."
    if isinstance(value, int | float):
        return f"{value:.12g}"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    return f'"{value}"'


def what_it_is(value: Any) -> str:
    """A value of the wrong kind, named without repeating text that may be secret."""
    if isinstance(value, bool | int | float):
        return literal(value)
    kinds: dict[type, str] = {str: "text in quotes", list: "a list", dict: "a table"}
    return kinds.get(type(value), "a date or time")


def table_of(document: dict[str, Any], path: Path) -> str:
    """In whose table a path lies: `sensor "ph-3"`, `[station]`, `convert.ph of sensor "ph-3"`."""
    if not path:
        return "the file"
    if len(path) == 1 or not isinstance(path[1], int):
        return f"[{'.'.join(printable(str(part)) for part in path)}]"
    name = _numbered(document, path[0], path[1])
    inside = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{printable(part)}" for part in path[2:])
    inside = inside.removeprefix(".")
    return f"{inside} of {name}" if inside else name


def _numbered(document: dict[str, Any], kind: str | int, index: int) -> str:
    table = document[str(kind)][index]
    identity = table.get("id") if isinstance(table, dict) else None
    if isinstance(identity, str):
        return f'{kind} "{printable(identity)[:_SHOWN]}"'
    return f"{kind} number {index + 1}"
