"""The page about quantities is the registry, row by row."""

from __future__ import annotations

from pathlib import Path

from agent.quantity import QUANTITIES, Quantity, senml_unit

PAGE = (Path(__file__).parents[2] / "docs" / "quantities.md").read_text(encoding="utf-8")


def row(quantity: Quantity) -> str:
    """A quantity as its row must be."""
    senml = dict.fromkeys(f"`{senml_unit(quantity.name, unit)}`" for unit in quantity.units)
    names = [
        f"`{name}`" if name else "" for name in (quantity.cf, quantity.ismn, quantity.hj212, quantity.cigem)
    ]
    cells = [
        f"`{quantity.name}`",
        quantity.title,
        " or ".join(quantity.units),
        str(quantity.decimals),
        " or ".join(senml),
        *names,
    ]
    return f"| {' | '.join(cells)} |"


def test_the_page_is_the_registry() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert rows == [row(quantity) for quantity in QUANTITIES.values()]


def test_what_others_call_it_is_said_once() -> None:
    """Two quantities with one code could not be told apart on the other side."""
    for key in ("name", "cf", "ismn", "hj212", "cigem"):
        names = [name for quantity in QUANTITIES.values() if (name := getattr(quantity, key))]
        assert len(names) == len(set(names))
