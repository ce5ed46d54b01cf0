"""Looking into a document that may be wrong anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.config.position import Path


def tables(document: Mapping[str, Any], kind: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Each `[[kind]]` table with its path; whatever is not a table is passed over."""
    listed = document.get(kind)
    for index, table in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(table, dict):
            yield (kind, index), table


def text(table: Mapping[str, Any], key: str) -> str | None:
    """The text behind a key, None when it is missing or no text."""
    value = table.get(key)
    return value if isinstance(value, str) else None


def numbers(value: Any, count: int) -> list[float] | None:
    """A list of exactly `count` numbers, None when it is anything else."""
    if not isinstance(value, list) or len(value) != count:
        return None
    return value if all(type(item) in {int, float} for item in value) else None


def subtables(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The table behind a key, empty when it is missing or no table."""
    value = table.get(key)
    return value if isinstance(value, dict) else {}
