"""One thing that is wrong with a configuration, and how it is shown: what, where, and what to do.

    error[SG-C010]: unknown key `perod_s` in sensor "turb-4"
      --> /etc/skyground/skyground.toml:6:1
       |
     6 | perod_s = 10
       | ^^^^^^^ did you mean `period_s`?
       |
       = help: ...

Checks produce a `Finding`, which knows its path in the document; a `Problem` knows its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from agent.config.mask import masked
from agent.config.words import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.config.position import Path, Position

_WIDEST = 140
_RED, _YELLOW, _BLUE, _OFF = "\033[1;31m", "\033[1;33m", "\033[1;34m", "\033[0m"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A problem whose place in the text is not looked up yet. `first` is a path that it clashes with."""

    code: str
    message: str
    path: Path
    label: str = ""
    notes: tuple[str, ...] = ()
    help: str = ""
    first: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong, where, and what to do. `line` and `column` count from 1; 0 is the file as a whole."""

    code: str
    message: str
    line: int = 0
    column: int = 0
    span: int = 1
    label: str = ""
    notes: tuple[str, ...] = ()
    help: str = ""
    level: Literal["error", "warning"] = "error"

    def as_dict(self) -> dict[str, Any]:
        """For machines. Holds no line of the file."""
        keys = ("level", "code", "message", "line", "column", "label", "notes", "help")
        return {key: getattr(self, key) for key in keys}


@dataclass(frozen=True)
class Source:
    """A file's name, and its lines as they may be shown: without secrets and control characters."""

    name: str
    text: str = field(default="", repr=False)

    def line(self, number: int) -> str:
        """One line, counted from 1."""
        return printable(self._lines[number - 1])

    @cached_property
    def _lines(self) -> list[str]:
        return masked(self.text).split("\n")


def located(finding: Finding, index: Mapping[Path, Position]) -> Problem:
    """Find the line of a finding: of its key, or of the nearest table around it."""
    place = _nearest(finding.path, index)
    first = _nearest(finding.first, index) if finding.first else None
    notes = finding.notes + ((f"first used in line {first.line}",) if first else ())
    return Problem(
        code=finding.code,
        message=finding.message,
        line=place.line if place else 0,
        column=place.column if place else 0,
        span=place.width if place else 1,
        label=finding.label,
        notes=notes,
        help=finding.help,
    )


def _nearest(path: Path, index: Mapping[Path, Position]) -> Position | None:
    for length in range(len(path), 0, -1):
        if path[:length] in index:
            return index[path[:length]]
    return None


def render(problem: Problem, source: Source, *, colour: bool = False) -> str:
    """The problem as people see it, several lines without a final line feed."""
    paint = _painted if colour else _plain
    tone = _RED if problem.level == "error" else _YELLOW
    margin = " " * len(str(problem.line or ""))
    lines = [f"{paint(f'{problem.level}[{problem.code}]', tone)}: {problem.message}"]
    lines.append(f"{margin} {paint('-->', _BLUE)} {_where(problem, source)}")
    bar = f"{margin}  {paint('|', _BLUE)}"
    if problem.line:
        text, carets = _snippet(problem, source.line(problem.line))
        lines += [bar, f" {paint(f'{problem.line} |', _BLUE)} {text}", f"{bar} {paint(carets, tone)}"]
    remarks = [("note", note) for note in problem.notes]
    remarks += [("help", problem.help)] if problem.help else []
    lines += [bar] if remarks and problem.line else []
    for name, remark in remarks:
        lines.append(f"{margin}  {paint('=', _BLUE)} {name}: {_hanging(remark, len(margin) + 10)}")
    return "\n".join(lines)


def _plain(text: str, tone: str) -> str:  # noqa: ARG001 - same signature as _painted
    return text


def _painted(text: str, tone: str) -> str:
    return f"{tone}{text}{_OFF}"


def _where(problem: Problem, source: Source) -> str:
    name = printable(source.name)
    return f"{name}:{problem.line}:{problem.column}" if problem.line else name


def _snippet(problem: Problem, line: str) -> tuple[str, str]:
    """The offending line, shortened around its place, and the carets under it (tabs stay tabs)."""
    start = max(0, problem.column - 1 - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = line[start : start + _WIDEST]
    before = min(problem.column - 1 - start, len(shown))
    width = max(1, min(problem.span, len(shown) - before))
    indent = re.sub(r"[^\t]", " ", shown[:before])
    return shown.rstrip(), f"{indent}{'^' * width} {problem.label}".rstrip()


def _hanging(text: str, indent: int) -> str:
    return text.replace("\n", "\n" + " " * indent)
