"""What a person typed, as one line that may stand in a record. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unicodedata import category
from unicodedata import name as name_of

from agent.control import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

_BLANK = "Zs"
# Without them words of some scripts, and some emoji, are spelt wrong.
_JOINERS = "\u200c\u200d"


def one_line(arguments: Mapping[str, Any], name: str, longest: int) -> str:
    """The text of that name, without blanks around it; empty when there is none.

    Blanks of every script become plain ones. Raises RefusedError, which names what cannot stand in a line.
    """
    text = arguments.get(name) or ""
    if not isinstance(text, str):
        raise _refused(name, "it is no text", longest)
    text = "".join(" " if category(each) == _BLANK else each for each in text).strip()
    if len(text) > longest:
        raise _refused(name, f"it has {len(text)} characters", longest)
    bad = next((each for each in text if not each.isprintable() and each not in _JOINERS), None)
    if bad is not None:
        called = name_of(bad, "a control character")
        raise _refused(name, f"it holds {called} (U+{ord(bad):04X})", longest)
    return text


def _refused(name: str, why: str, longest: int) -> RefusedError:
    return RefusedError(f"{name} cannot be kept: {why}", f"one line of at most {longest} characters")
