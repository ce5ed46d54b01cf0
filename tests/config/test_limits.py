"""The limits that a calibration's law is held to are those of the configuration's schema."""

from __future__ import annotations

from math import inf
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from agent.config.limits import BOUNDS, LENGTHS, WORDS, faults, is_flat
from agent.config.schema_convert import Conversion

NAMES = {"type": "string"}


def shapes() -> dict[tuple[str, str], dict[str, Any]]:
    """By kind and key: what the schema says of it, without its None."""
    found = {}
    for model in get_args(get_args(Conversion)[0]):
        schema = TypeAdapter(model).json_schema()
        for key, said in schema["properties"].items():
            shape = next((each for each in said.get("anyOf", ()) if each["type"] != "null"), said)
            for kind in get_args(model.model_fields["kind"].annotation):
                found[kind, key] = shape
    return {(kind, key): shape for (kind, key), shape in found.items() if key != "kind"}


@pytest.mark.parametrize(("kind", "key"), shapes())
def test_each_key_has_the_limits_of_the_schema(kind: str, key: str) -> None:
    shape = shapes()[kind, key]
    if shape["type"] == "number":
        bounds = BOUNDS[key]
        low = shape.get("minimum", shape.get("exclusiveMinimum", -inf))
        assert (low, shape.get("maximum", inf), "exclusiveMinimum" in shape) == bounds
        assert "exclusiveMaximum" not in shape
    elif shape["type"] == "array":
        is_pairs = shape["items"]["type"] == "array"
        assert (shape["minItems"], shape["maxItems"], is_pairs) == LENGTHS[kind, key]
    else:
        assert (shape["type"], tuple(shape.get("enum", ()))) == ("string", WORDS.get(key, ()))


@pytest.mark.parametrize(
    ("kind", "law", "words"),
    [
        ("divider", {"ratio": 0.0}, "ratio is 0; it is above 0 to 1"),
        ("divider", {"ratio": "0.5"}, "ratio is '0.5', which is no number"),
        ("divider", {"ratio": True}, "ratio is True, which is no number"),
        ("thermistor", {"curve": "9k"}, "curve is '9k'; it is one of 3k, 8k2"),
        ("linear", {"unit": 7}, "unit is 7, which is no text"),
        ("linear", {"points": [[1.0, 2.0]]}, "points takes 2 to 2"),
        ("linear", {"points": [[1.0, 2.0], [3.0]]}, "points is not made of numbers"),
        ("polynomial", {"coefficients": [1.0, inf]}, "coefficients is not made of numbers"),
        ("vw_period", {"gauge_factor": 0.0}, "every signal would give one value"),
    ],
)
def test_what_cannot_be_is_said_in_words(kind: str, law: dict[str, Any], words: str) -> None:
    (said,) = faults(kind, law)
    assert words in said


def test_a_law_is_flat_only_when_that_is_certain() -> None:
    assert is_flat("loop_4_20ma", {"at_4ma": 1.0, "at_20ma": 1})
    assert not is_flat("loop_4_20ma", {"at_4ma": 1.0, "at_20ma": 2.0})
    assert not is_flat("vw_polynomial", {"a": 0.0})
    assert not is_flat("topp", {})
