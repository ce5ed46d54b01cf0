"""The sum once more, by the converter itself, from nothing but what is stored with the observation. Pure."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.convert.compensated import alone
from agent.acquire.convert.contract import ConversionError, Converter
from agent.acquire.convert.kinds import LAWS
from agent.acquire.convert.laws import same
from agent.config.conversions import DERIVED, KINDS, PRESSURES, REQUIRED
from agent.model import Flag
from agent.provenance.sums import steps
from agent.quantity import factor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.model import Observation
    from agent.provenance.arithmetic import Step

_UNIT = "unit"  # no law at all: the instrument speaks engineering units
# What every stored law has around its own numbers.
_FRAME = ("raw_unit", "unit", "factor", "decimals")
# What Python says of numbers that are none, of lists of the wrong length, and of sums that end nowhere.
_NONSENSE = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


class Repeated(NamedTuple):
    """What became of the sum today.

    Attributes:
        value: what it gives; None where there is none.
        same: whether that is what was stored.
        steps: how it is worked out, up to the rounding to `decimals`.
        trouble: why it could not be repeated, "" when it was.
    """

    value: float | None
    same: bool
    steps: Sequence[Step] = ()
    decimals: int | None = None
    trouble: str = ""


def repeated(observation: Observation) -> Repeated | None:
    """None where there is nothing to repeat: the instrument gave no number."""
    raw = observation.raw
    if raw is None:
        return None
    try:
        body = _body(observation.calibration.body)
        value = _converter(body).convert(raw, observation.inputs).value
        values = {role: each.value for role, each in observation.inputs.items() if each.value is not None}
        shown = [] if value is None else steps(body, raw, values)
    except ConversionError as error:
        return Repeated(None, same=False, trouble=str(error))
    except KeyError as error:
        return Repeated(None, same=False, trouble=f"the stored law lacks {error.args[0]}")
    except _NONSENSE as error:
        trouble = f"the stored law cannot be worked out with these numbers: {error}"
        return Repeated(None, same=False, trouble=trouble)
    # A reading that is no measurement is kept without a value, whatever the law makes of its number.
    is_same = value == observation.value or observation.flag is Flag.MISSING
    return Repeated(value, is_same, shown, body["decimals"])


def _body(text: str) -> dict[str, Any]:
    """What is stored: a law that this version knows, with all that it needs. Raises ConversionError."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConversionError("the stored law cannot be read: it is no JSON") from error
    body: dict[str, Any] = said if isinstance(said, dict) else {}
    kind = body.get("kind")
    if not isinstance(kind, str):
        raise ConversionError("the stored law does not say of which kind it is")
    keys = _keys_of(kind)
    lacking = [name for name, usual in keys.items() if usual is REQUIRED and name not in {*body, "source"}]
    lacking += [name for name in _FRAME if name not in body]
    if lacking:
        raise ConversionError(f"the stored law of kind {kind} lacks {', '.join(lacking)}")
    return body


def _keys_of(kind: str) -> Mapping[str, Any]:
    """The numbers of a law with what they usually are. Raises ConversionError."""
    if kind == _UNIT:
        return {}
    known = (KINDS | DERIVED).get(kind)
    if known is None:
        raise ConversionError(f"this version knows no law of kind {kind!r}")
    return known.keys


def _converter(body: Mapping[str, Any]) -> Converter:
    """Raises ConversionError, or what comes of numbers that are none."""
    kind = body["kind"]
    law = alone(same)
    if kind != _UNIT:
        keys = {name: body.get(name, usual) for name, usual in _keys_of(kind).items()}
        law = LAWS[kind](SimpleNamespace(kind=kind, **keys), body["raw_unit"], _law_unit(body))
    return Converter(
        law,
        numbers={},
        raw_unit=body["raw_unit"],
        factor=body["factor"],
        unit=body["unit"],
        decimals=body["decimals"],
    )


def _law_unit(body: Mapping[str, Any]) -> str:
    """The unit that the law answered in; the body holds the factor from it. Only pressures depend on it."""
    for unit in (body["unit"], *PRESSURES):
        try:
            if factor(unit, body["unit"]) == body["factor"]:
                return str(unit)
        except KeyError:
            continue
    return str(body["unit"])
