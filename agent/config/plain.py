"""The validated configuration as plain data: what the running station holds instead of pydantic's models."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NoReturn


class Plain(SimpleNamespace):
    """One table of the configuration: read-only attributes, in the order and with the values of its model.

    Pickles, compares by value, and `vars` gives its keys and values, as it does for a model. All of it may be
    shown: the configuration refers to secrets and holds none.
    """

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"the configuration does not change while the station runs: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"the configuration does not change while the station runs: {name}")


def plain(value: object) -> Any:
    """Turn models into `Plain`, all the way down; lists and tables by free names keep their type."""
    from pydantic import BaseModel  # noqa: PLC0415 - whoever has models to turn has it loaded

    if isinstance(value, BaseModel):
        return Plain(**{key: plain(item) for key, item in value})
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
