"""Taking the fields of a calibration record out of JSON that may hold anything. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

# Safe as the name of a file: ids come from people, too.
IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,159}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_MOST = 100_000.0  # days, readings, seconds: what is more is a mistake, and so no date overflows
_LONGEST_TEXT = 2000
_MOST_TABLES = 1000


class RecordError(ValueError):
    """Something is no calibration record; the text says what is wrong with it."""


def text(fields: Mapping[str, Any], name: str, known: Collection[str] = ()) -> str:
    """A text, "" when it is missing unless it has to be one of those `known`. Raises RecordError."""
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or _is_torn(value):
        raise RecordError(f"{name!r} is not a text of at most {_LONGEST_TEXT} characters")
    if known and value not in known:
        raise RecordError(f"{name!r} is {value!r}, not one of {', '.join(known)}")
    return value


def ident(fields: Mapping[str, Any], name: str) -> str:
    """A name that can be that of a file. Raises RecordError."""
    value = fields.get(name)
    if not isinstance(value, str) or not IDENT.fullmatch(value):
        raise RecordError(f"{name!r} is not a name of letters, digits, - and _")
    return value


def instant(fields: Mapping[str, Any], name: str) -> str:
    """A time as `2026-11-22T10:15:00Z`. Raises RecordError."""
    value = text(fields, name)
    try:
        is_one = bool(_INSTANT.fullmatch(value)) and _FIRST_YEAR <= parsed(value).year <= _LAST_YEAR
    except ValueError:
        is_one = False
    if not is_one:
        raise RecordError(f"{name!r} is {value!r}, not a time like 2026-11-22T10:15:00Z")
    return value


def parsed(at: str) -> datetime:
    """The time that such a text tells. Raises ValueError."""
    return datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def number(fields: Mapping[str, Any], name: str) -> float:
    """A finite number. Raises RecordError."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise RecordError(f"{name!r} is not a number")
    return value


def amount(fields: Mapping[str, Any], name: str) -> float:
    """A number that counts or lasts, from 0 up. Raises RecordError."""
    value = number(fields, name)
    if not 0 <= value <= _MOST:
        raise RecordError(f"{name!r} is {value}, not between 0 and {_MOST:g}")
    return value


def maybe(
    take: Callable[[Mapping[str, Any], str], float], fields: Mapping[str, Any], name: str
) -> float | None:
    """What `take` takes, None when there is nothing. Raises RecordError."""
    return None if fields.get(name) is None else take(fields, name)


def table(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A JSON object, empty when it is missing. Raises RecordError."""
    value = fields.get(name, {})
    if not isinstance(value, dict):
        raise RecordError(f"{name!r} is not a table")
    return value


def tables(fields: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of JSON objects, empty when it is missing. Raises RecordError."""
    value = fields.get(name, [])
    if not isinstance(value, list) or len(value) > _MOST_TABLES:
        raise RecordError(f"{name!r} is not a list of at most {_MOST_TABLES}")
    if not all(isinstance(each, dict) for each in value):
        raise RecordError(f"{name!r} holds something that is no table")
    return value


def _is_finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # a whole number with hundreds of digits
        return False


def _is_torn(value: str) -> bool:
    """Half a character, as JSON can hold it, can be written nowhere."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False
