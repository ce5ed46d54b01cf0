"""What the schema says about one place of the document, in words.

Works on the JSON Schema, which holds types, limits, choices and descriptions in one plain form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.config.patterns import IN_WORDS
from agent.config.words import literal, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.config.position import Path

Node = dict[str, Any]


class Shape:
    """Finds the part of the schema that speaks about a place."""

    def __init__(self, schema: Node) -> None:
        self._schema = schema

    def follow(self, location: Sequence[str | int]) -> tuple[Path, Node]:
        """The path in the document, and the schema there, of a pydantic error location.

        The two differ: where a table is one of several kinds, pydantic inserts the kind into the location.
        """
        path: Path = ()
        node = self._schema
        for part in location:
            tags = variants(node)
            if part in tags:
                node = self._resolved(tags[str(part)])
                continue
            path = (*path, part)
            node = self._resolved(_child(node, part))
        return path, node

    def example(self, name: str, node: Node) -> str:
        """Lines to add for a missing key or table."""
        node = self._resolved(node)
        if node.get("type") == "array" and not node.get("examples"):
            return "\n".join([f"[[{name}]]", *self._lines(node["items"])])
        if node.get("type") == "object":
            return "\n".join([f"[{name}]", *self._lines(node)])
        return f"{name} = {literal(_value(node))}"

    def keys_of_variants(self, node: Node) -> set[str]:
        """Every key that any of the kinds of a table may have."""
        return {key for tag in variants(node).values() for key in self._resolved(tag)["properties"]}

    def _lines(self, node: Node) -> list[str]:
        node = self._resolved(node.get("oneOf", [node])[0])  # the kind that most people want stands first
        return [self.example(key, node["properties"][key]) for key in node["required"]]

    def _resolved(self, node: str | Node) -> Node:
        while True:
            reference = node if isinstance(node, str) else node.get("$ref")
            if reference is not None:
                node = self._schema["definitions"][reference.removeprefix("#/definitions/")]
            elif isinstance(node, dict) and "anyOf" in node:  # optional: something or null
                node = {**node, **node["anyOf"][0]}
                del node["anyOf"]
            else:
                return node if isinstance(node, dict) else {}


def variants(node: Node) -> dict[str, str]:
    """Kind -> reference, where a table is one of several kinds."""
    mapping: dict[str, str] = node.get("discriminator", {}).get("mapping", {})
    return mapping


def _child(node: Node, part: str | int) -> Node:
    if isinstance(part, int):
        items: Node = node.get("items", {})
        return items
    child: Node = node.get("properties", {}).get(part) or node.get("additionalProperties") or {}
    return child


def _value(node: Node) -> Any:
    candidates = [
        *node.get("examples", []),
        *node.get("enum", []),
        node.get("const"),
        node.get("minimum", "..."),
    ]
    return next(value for value in candidates if value is not None)


def expectation(name: object, node: Node) -> str:
    """What must stand there: `a number from 0.1 to 86400`."""
    if "enum" in node:
        return one_of(node["enum"])
    match node["type"]:
        case "boolean":
            return "true or false"
        case "integer" | "number":
            return _number(node, hexadecimal=name == "address")
        case "array":
            return f"a list: {node['description']}" if "description" in node else f"[[{name}]] tables"
        case "string":
            return _text(node)
    return "a table"


def _number(node: Node, *, hexadecimal: bool) -> str:
    def show(value: float) -> str:
        return hex(int(value)) if hexadecimal else literal(value)

    what = "a whole number" if node["type"] == "integer" else "a number"
    if "exclusiveMinimum" in node:
        return f"{what} above {show(node['exclusiveMinimum'])}, up to {show(node['maximum'])}"
    if "minimum" in node:
        return f"{what} from {show(node['minimum'])} to {show(node['maximum'])}"
    return what


def _text(node: Node) -> str:
    if "pattern" in node:
        return IN_WORDS[node["pattern"]]
    if node.get("format") == "path":
        return "a path in quotes"
    if "maxLength" in node:
        return f"text in quotes of {node.get('minLength', 0)} to {node['maxLength']} characters"
    return "text in quotes, not empty" if "minLength" in node else "text in quotes"
