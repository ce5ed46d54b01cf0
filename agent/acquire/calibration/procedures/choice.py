"""Which procedures there are, which of them fit a channel, and which of those a person wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.acquire.calibration.procedures.gauge import certificate, zero
from agent.acquire.calibration.procedures.inside import inside
from agent.acquire.calibration.procedures.ph import ph
from agent.acquire.calibration.procedures.points import points
from agent.acquire.calibration.procedures.shift import one_point, two_point
from agent.acquire.calibration.rescale import is_movable
from agent.acquire.calibration.step import choose

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.acquire.calibration.session import Facts, Script, Sum

_WIRES = frozenset({"vw_linear", "vw_polynomial", "vw_period"})
_CERTIFIED = frozenset({"vw_linear", "vw_polynomial"})
# Laws that points of one's own can stand for.
_OWN = frozenset(
    {"", "linear", "piecewise", "polynomial", "sen0189", "topp", "teros_mineral", "teros_soilless"}
)


class Procedure(NamedTuple):
    """A procedure: what people read of it, which channels it is for, and its script."""

    title: str
    fits: Callable[[Facts], bool]
    script: Callable[[Facts, Sum], Script]


PROCEDURES = {
    "onboard": Procedure("inside the instrument", lambda facts: bool(facts.inside), inside),
    "ph": Procedure("pH in one to three buffers", lambda facts: _kind(facts) == "ph_electrode", ph),
    "zero": Procedure("zero reading of a gauge, in air", lambda facts: _kind(facts) in _WIRES, zero),
    "certificate": Procedure(
        "factors of its certificate, typed in", lambda facts: _kind(facts) in _CERTIFIED, certificate
    ),
    "points": Procedure("several points of its own curve", lambda facts: _kind(facts) in _OWN, points),
    "two_point": Procedure("two references", is_movable, two_point),
    "one_point": Procedure("one reference", is_movable, one_point),
}
_FIRST = {
    "water_level": "one_point",
    "conductivity": "one_point",
    "soil_moisture": "points",
    "turbidity": "points",
}


def offered(facts: Facts) -> list[str]:
    """Those that fit, the usual one first."""
    names = [name for name, each in PROCEDURES.items() if each.fits(facts)]
    first = _FIRST.get(facts.quantity)
    if first in names and not facts.inside:
        names.sort(key=lambda name: name != first)
    return names


def script(name: str, facts: Facts, worked_out: Sum) -> Script:
    """The procedure of this name; without one a person is asked."""
    names = offered(facts)
    if not name and len(names) > 1:
        options = {each: PROCEDURES[each].title for each in names}
        name = yield choose("procedure", facts.channel, "How is it to be calibrated?", options, names[0])
    return (yield from PROCEDURES[name or names[0]].script(facts, worked_out))


def _kind(facts: Facts) -> str:
    return str(facts.law.get("kind", ""))
