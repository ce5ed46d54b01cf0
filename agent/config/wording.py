"""From pydantic's errors to findings that a technician understands; its own jargon never shows."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent.config.json_schema import json_schema
from agent.config.mask import is_secret
from agent.config.problem import Finding
from agent.config.schema import Config
from agent.config.shape import Shape, expectation, variants
from agent.config.words import closest, did_you_mean, literal, one_of, quote, table_of, what_it_is

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from agent.config.position import Path
    from agent.config.shape import Node

UNKNOWN_KEY = "SG-C010"
MISSING_KEY = "SG-C011"
WRONG_TYPE = "SG-C012"
NOT_ALLOWED = "SG-C013"
UNKNOWN_KIND = "SG-C014"
SECRET_IN_FILE = "SG-C015"  # noqa: S105 - the code of a message

_FEW_KEYS = 16


def validate(document: dict[str, Any]) -> Config | list[Finding]:
    """The configuration, or everything in it that the schema forbids."""
    try:
        return Config.model_validate(document)
    except ValidationError as error:
        return _Translator(document).findings(_details(error))


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=False, include_input=False)


class _Translator:
    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._shape = Shape(json_schema())
        self._missing: set[Path] = set()

    def findings(self, errors: list[ErrorDetails]) -> list[Finding]:
        guessed, rest = self._guess_kinds(errors)
        self._missing = {self._shape.follow(error["loc"])[0] for error in rest if error["type"] == "missing"}
        ordered = sorted(guessed + rest, key=lambda error: error["type"] == "missing")
        # A misspelt key may explain a missing one, so missing keys come last and some are gone by then.
        found = [self._finding(error) for error in ordered]
        return [finding for finding in found if finding is not None]

    def _guess_kinds(self, errors: list[ErrorDetails]) -> tuple[list[ErrorDetails], list[ErrorDetails]]:
        """Tables of unknown kind are not looked into; take the nearest kind and look again."""
        corrected = deepcopy(self._document)
        guessed = [error for error in errors if self._guess_kind(error, corrected)]
        if not guessed:
            return [], errors
        try:
            Config.model_validate(corrected)
        except ValidationError as error:
            return guessed, _details(error)
        return guessed, []

    def _guess_kind(self, error: ErrorDetails, corrected: dict[str, Any]) -> bool:
        """Put the nearest kind into the table that the error is about. False when none comes close."""
        if error["type"] not in {"union_tag_invalid", "union_tag_not_found"}:
            return False
        path, node = self._shape.follow(error["loc"])
        key, table = node["discriminator"]["propertyName"], _inside(corrected, path)
        said = key if key in table else self._misspelt(path, node)
        guess = closest(table[said], variants(node)) if said else None
        if said and guess:
            del table[said]
            table[key] = guess
        return guess is not None

    def _misspelt(self, path: Path, node: Node) -> str | None:
        """The key of a table that was probably meant to say its kind."""
        known = self._shape.keys_of_variants(node)
        return closest(node["discriminator"]["propertyName"], [k for k in self._at(path) if k not in known])

    def _finding(self, error: ErrorDetails) -> Finding | None:
        path, node = self._shape.follow(error["loc"])
        if error["type"] == "missing":
            return self._missing_key(path, node) if path in self._missing else None
        if error["type"] == "extra_forbidden":
            return self._unknown_key(path, self._shape.follow(error["loc"][:-1])[1])
        if error["type"] == "union_tag_invalid":
            return self._unknown_kind(path, node)
        if error["type"] == "value_error":
            return self._contradiction(path, error["msg"])
        if error["type"] == "union_tag_not_found":
            return self._kind_not_said(path, node)
        return self._wrong_value(path, node)

    def _contradiction(self, path: Path, said: str) -> Finding:
        """Keys that are right alone and wrong together, in the words of the code that compared them."""
        first, *rest = said.removeprefix("Value error, ").splitlines()
        where = table_of(self._document, path)
        return Finding(code=NOT_ALLOWED, message=f"{where}: {first}", path=path, notes=tuple(rest))

    def _missing_key(self, path: Path, node: Node) -> Finding:
        name = str(path[-1])
        example = self._shape.example(name, node)
        return Finding(
            code=MISSING_KEY,
            message=f"{quote(name)} is missing in {table_of(self._document, path[:-1])}",
            path=path[:-1],
            label=f"needs {quote(name)}",
            notes=(node["description"],) if "description" in node else (),
            help="add:\n" + example if "\n" in example else f"add: {example}",
        )

    def _unknown_key(self, path: Path, table: Node) -> Finding:
        name = path[-1]
        if is_secret(name):
            return self._secret(path, table)
        known = [key for key in table.get("properties", {}) if key not in self._at(path[:-1])]
        guess = closest(name, known)
        label = did_you_mean(name, known)
        if guess and (*path[:-1], guess) in self._missing:
            self._missing.remove((*path[:-1], guess))
            label += " (required, and missing here)"
        return Finding(
            code=UNKNOWN_KEY,
            message=f"unknown key {quote(name)} in {table_of(self._document, path[:-1])}",
            path=path,
            label=label,
            help="" if guess else _keys_here(known),
        )

    def _secret(self, path: Path, table: Node) -> Finding:
        keys = [key for key in table.get("properties", {}) if key.endswith("_from")]
        key = closest(path[-1], keys) or next(iter(keys), None)
        where = table_of(self._document, path[:-1])
        line = f'write instead: {key} = "credential:NAME"\n' if key else ""
        return Finding(
            code=SECRET_IN_FILE,
            message=f"{quote(path[-1])} in {where}: secrets do not stand in this file",
            path=path,
            label="not shown here",
            notes=("if others could read this file, change the secret",),
            help=f"{line}credential:NAME is LoadCredential=NAME:/path in the systemd unit; "
            "file:/path and env:NAME work too",
        )

    def _unknown_kind(self, path: Path, node: Node) -> Finding:
        key = node["discriminator"]["propertyName"]
        known = list(variants(node))
        said = self._at((*path, key))
        return Finding(
            code=UNKNOWN_KIND,
            message=f"unknown {key} {quote(said)} in {table_of(self._document, path)}",
            path=(*path, key),
            label=did_you_mean(said, known),
            help=f"known: {', '.join(known)}",
        )

    def _kind_not_said(self, path: Path, node: Node) -> Finding:
        key = node["discriminator"]["propertyName"]
        if misspelt := self._misspelt(path, node):
            return Finding(
                code=UNKNOWN_KEY,
                message=f"unknown key {quote(misspelt)} in {table_of(self._document, path)}",
                path=(*path, misspelt),
                label=f"did you mean {quote(key)}? (required, and missing here)",
            )
        return Finding(
            code=MISSING_KEY,
            message=f"{quote(key)} is missing in {table_of(self._document, path)}",
            path=path,
            label=f"needs {quote(key)}",
            help=f"add: {key} = {one_of(variants(node))}",
        )

    def _wrong_value(self, path: Path, node: Node) -> Finding:
        value = self._at(path)
        name = path[-1]
        named = f"element {name + 1} of {quote(path[-2])}" if isinstance(name, int) else quote(name)
        wanted = "a table" if variants(node) else expectation(name, node)
        same_kind = isinstance(value, str) and node.get("type") == "string"
        secret = is_secret(name)
        was = "" if same_kind or secret else f", not {self._said(name, value)}"
        return Finding(
            code=NOT_ALLOWED if same_kind or _is_right_type(value, node) else WRONG_TYPE,
            message=f"{named} in {table_of(self._document, path[:-1])} must be {wanted}{was}",
            path=path,
            label=did_you_mean(value, node["enum"]) if same_kind and "enum" in node else "",
            help=_advice(name, node, value, secret=secret),
        )

    def _said(self, name: str | int, value: Any) -> str:
        hexadecimal = name == "address" and type(value) is int
        return hex(value) if hexadecimal else what_it_is(value)

    def _at(self, path: Path) -> Any:
        return _inside(self._document, path)


def _inside(document: Any, path: Path) -> Any:
    for part in path:
        document = document[part]
    return document


def _is_right_type(value: Any, node: Node) -> bool:
    types: dict[str, tuple[type, ...]] = {"integer": (int,), "number": (int, float), "array": (list,)}
    return type(value) in types.get(str(node.get("type")), ())


def _keys_here(known: list[str]) -> str:
    if 0 < len(known) <= _FEW_KEYS:
        return f"keys that can stand here: {', '.join(known)}"
    return "config.example.toml shows every key that there is"


def _advice(name: str | int, node: Node, value: Any, *, secret: bool) -> str:
    kind = node.get("type")
    if secret:
        return "say where the secret is, never the secret itself"
    if kind == "array" and isinstance(value, dict):
        return f"write [[{name}]], with two pairs of brackets"
    if kind in {"integer", "number", "boolean"} and isinstance(value, str):
        return f"write {name} = {literal(node.get('default') or node.get('minimum', 1))}, without quotes"
    if kind == "string" and isinstance(value, bool | int | float):
        return f'write it in quotes: {name} = "{literal(value)}"'
    return "" if kind in {"integer", "number", "string"} else str(node.get("description", ""))
