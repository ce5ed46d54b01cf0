"""Reading the configuration: either a `Config`, or everything that is wrong with the file, at once."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from agent.config import checks
from agent.config.files import TooLargeError, read_small_file
from agent.config.position import positions
from agent.config.problem import Problem, Source, located, render
from agent.config.wording import validate

if TYPE_CHECKING:
    from pathlib import Path

    from agent.config.schema import Config

UNREADABLE = "SG-C001"
NOT_TEXT = "SG-C002"
NOT_TOML = "SG-C003"

_LARGEST_BYTES = 1 << 20
_DEEPEST = 16  # the schema needs 7 levels
_MOST_SHOWN = 20
_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
# What tomllib says, by its beginning, and what to do about it.
_TOML_HELP = {
    "Invalid value": 'text stands in quotes: key = "text"; numbers and true/false do not',
    "Illegal character '\\n'": "the closing quote is missing on this line",
    "Expected '=' after a key": "every setting is written as: key = value",
    "Cannot overwrite a value": "this key stands twice in the same table: keep one",
    "Cannot declare": "this table stands twice; [[name]] with two pairs of brackets adds one more",
    "Unescaped '\\' in a string": "write \\\\ for a backslash, or use single quotes",
    "Expected newline or end of document": "one setting on each line; text with spaces stands in quotes",
    "Unclosed array": "a closing ] is missing",
}


class ConfigError(Exception):
    """The file cannot be used. `problems` holds all that is wrong, by line; `render` shows it to people."""

    def __init__(self, source: Source, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{source.name}: {_counted(len(problems))}")
        self.path = source.name
        self.problems = problems
        self._source = source

    def render(self, *, colour: bool = False) -> str:
        """The first 20 problems with their lines, and what it means for the station."""
        shown = [render(problem, self._source, colour=colour) for problem in self.problems[:_MOST_SHOWN]]
        more = len(self.problems) - _MOST_SHOWN
        shown += [f"... and {more} more"] if more > 0 else []
        closing = f"{_counted(len(self.problems))}; nothing was started, and recorded data are untouched"
        return "\n\n".join([*shown, closing])

    def as_dict(self) -> dict[str, Any]:
        """The same for machines; all problems."""
        return {"file": self.path, "problems": [problem.as_dict() for problem in self.problems]}


class ConfigUnreadableError(ConfigError):
    """The operating system does not hand the file over."""


def load(path: Path) -> Config:
    """Read and check the configuration in `path`. Opens nothing else.

    Raises:
        ConfigError: with every problem of the file; ConfigUnreadableError when there is no reading it.
    """
    text = _read(path)
    source = Source(str(path), text)
    document = _parse(source)
    config = validate(document)
    findings = [*(config if isinstance(config, list) else []), *checks.findings(document)]
    if isinstance(config, list) or findings:
        index = positions(text)
        problems = [located(finding, index) for finding in findings]
        raise ConfigError(source, tuple(sorted(problems, key=lambda each: (each.line, each.column))))
    return config


def _counted(problems: int) -> str:
    return f"{problems} problem{'s' if problems > 1 else ''}"


def _read(path: Path) -> str:
    source = Source(str(path))
    try:
        data = read_small_file(path, _LARGEST_BYTES).data
    except TooLargeError as error:
        problem = Problem(
            code=NOT_TEXT, message=f"not a configuration: {error}", help="check the name of the file"
        )
        raise ConfigError(source, (problem,)) from error
    except OSError as error:
        raise ConfigUnreadableError(source, (_unreadable(error),)) from error
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")  # editors on Windows add a mark and returns
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem(
            code=NOT_TEXT,
            message=f"the file is not UTF-8 text: byte 0x{data[error.start]:02x} in line {line}",
            help="save it again as UTF-8 (in most editors: Save As, Encoding)",
        )
        raise ConfigError(source, (problem,)) from error


def _unreadable(error: OSError) -> Problem:
    what = (error.strerror or str(error)).lower()
    helps: dict[type[OSError], str] = {
        FileNotFoundError: "name the file: --config PATH; config.example.toml is a good start",
        PermissionError: "run it as root or as the service's user, or: sudo chmod a+r FILE",
    }
    return Problem(
        code=UNREADABLE,
        message=f"the configuration cannot be read: {what}",
        help=helps.get(type(error), "the configuration is a plain file"),
    )


def _parse(source: Source) -> dict[str, Any]:
    try:
        document = tomllib.loads(source.text)
    except ValueError as error:  # TOMLDecodeError, and what int() and date() say about impossible values
        raise ConfigError(source, (_not_toml(str(error), source.text),)) from error
    except RecursionError as error:
        raise ConfigError(source, (_too_deep(),)) from error
    if _deeper_than(document, _DEEPEST):
        raise ConfigError(source, (_too_deep(),))
    return document


def _not_toml(said: str, text: str) -> Problem:
    match = _PLACE.search(said)
    what = said[: match.start()] if match else said.partition(":")[0]
    lines = text.split("\n")
    if match is None:  # not from the parser but from int() or date(), which know no place
        line, column = 0, 0
    elif match["line"]:
        line, column = int(match["line"]), int(match["column"])
    else:
        line, column = len(lines), len(lines[-1]) + 1
    helps = (advice for beginning, advice in _TOML_HELP.items() if what.startswith(beginning))
    return Problem(
        code=NOT_TOML,
        message=f"not valid TOML: {what[:1].lower()}{what[1:]}",
        line=line,
        column=column,
        notes=("the rest of the file is checked once this is right",),
        help=next(helps, ""),
    )


def _too_deep() -> Problem:
    return Problem(
        code=NOT_TOML,
        message=f"lists and tables are nested more than {_DEEPEST} levels deep",
        help="config.example.toml shows how the file is built",
    )


def _deeper_than(document: dict[str, Any], levels: int) -> bool:
    level: list[Any] = [document]
    for _ in range(levels):
        level = [child for node in level for child in _children(node) if isinstance(child, dict | list)]
    return bool(level)


def _children(node: dict[str, Any] | list[Any]) -> list[Any]:
    return list(node.values()) if isinstance(node, dict) else node
