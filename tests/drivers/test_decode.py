"""Registers become numbers: types, orders, scales, and every way of saying that there is none."""

from __future__ import annotations

import math
import struct
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import BadAnswerError, Doubt
from drivers.modbus.decode import Form, Order, Type, decode

TYPES = get_args(Type)
ORDERS = get_args(Order)
LAYOUTS = {"u16": ">H", "i16": ">h", "u32": ">I", "i32": ">i", "f32": ">f"}
RANGES = {
    "u16": (0, 2**16 - 1),
    "i16": (-(2**15), 2**15 - 1),
    "u32": (0, 2**32 - 1),
    "i32": (-(2**31), 2**31 - 1),
}
# Where the bytes A B C D of a number come on the wire, straight from the names of the orders.
PLACES = {order: ["ABCD".index(letter) for letter in order] for order in ORDERS}

forms = st.builds(
    Form,
    st.sampled_from(TYPES),
    st.sampled_from(ORDERS),
    st.floats(1e-6, 1e6),
    st.floats(-1e6, 1e6),
    st.lists(st.integers(-(2**31), 2**32), max_size=3),
)


def encode(number: float, kind: str, order: str) -> bytes:
    """A number as an instrument would send it."""
    big = struct.pack(LAYOUTS[kind], number)
    if len(big) == 2:
        return big if order in ("ABCD", "CDAB") else big[::-1]
    return bytes(big[at] for at in PLACES[order])


def numbers(kind: str) -> st.SearchStrategy[float]:
    if kind == "f32":
        return st.floats(width=32, allow_nan=False, allow_infinity=False)
    return st.integers(*RANGES[kind])


@pytest.mark.parametrize(
    ("order", "frame"),
    [("ABCD", "42 F6 E9 79"), ("CDAB", "E9 79 42 F6"), ("BADC", "F6 42 79 E9"), ("DCBA", "79 E9 F6 42")],
)
def test_v_mb_f1(order: Order, frame: str) -> None:
    """V-MB-F1: the four orders of 123.456 as IEEE 754 single precision."""
    value, doubt = decode(bytes.fromhex(frame), Form("f32", order))
    assert value == pytest.approx(123.45600128, abs=1e-8)
    assert doubt is Doubt.NONE


@pytest.mark.parametrize(
    ("word", "kind", "expected"), [("0702", "i16", 17.94), ("FF05", "i16", -2.51), ("071D", "u16", 18.21)]
)
def test_v_mb_c1(word: str, kind: Type, expected: float) -> None:
    """V-MB-C1: family C soil probes, hundredths."""
    assert decode(bytes.fromhex(word), Form(kind, scale=0.01)) == (expected, Doubt.NONE)


@pytest.mark.parametrize(("word", "expected"), [("1770", -40.0), ("2710", 0.0), ("3E80", 60.0)])
def test_v_mb_s3(word: str, expected: float) -> None:
    """V-MB-S3: SMT100 temperature, (raw - 10000) / 100."""
    assert decode(bytes.fromhex(word), Form("u16", scale=0.01, offset=-100)) == (expected, Doubt.NONE)


def test_scaling_leaves_no_binary_dust() -> None:
    """658 tenths are 65.8 and not 65.80000000000001."""
    assert decode(b"\x02\x92", Form("u16", scale=0.1)) == (65.8, Doubt.NONE)


def test_sixteen_bits_follow_the_order_of_their_two_bytes() -> None:
    assert [decode(b"\x01\x02", Form("u16", order))[0] for order in ORDERS] == [
        0x0102,
        0x0102,
        0x0201,
        0x0201,
    ]


@pytest.mark.parametrize("frame", ["7F C0 00 00", "FF C0 00 00", "7F 80 00 01"])
def test_not_a_number_is_no_value(frame: str) -> None:
    assert decode(bytes.fromhex(frame), Form("f32")) == (None, Doubt.INVALID)


@pytest.mark.parametrize("frame", ["7F 80 00 00", "FF 80 00 00"])
def test_infinity_means_that_the_range_was_left(frame: str) -> None:
    assert decode(bytes.fromhex(frame), Form("f32")) == (None, Doubt.OVER_RANGE)


def test_an_invalid_code_is_recognised_before_scaling() -> None:
    form = Form("i16", scale=0.01, invalid=(32767,))
    assert decode(b"\x7f\xff", form) == (None, Doubt.INVALID)
    assert decode(b"\x7f\xfe", form) == (327.66, Doubt.NONE)


@given(st.binary(max_size=8), forms)
def test_arbitrary_bytes_give_a_finite_number_a_doubt_or_its_own_error(data: bytes, form: Form) -> None:
    """Nothing that comes over a wire can raise anything else, or travel on as NaN or infinity."""
    if len(data) != 2 * form.registers:
        with pytest.raises(BadAnswerError, match=form.type):
            decode(data, form)
        return
    value, doubt = decode(data, form)
    assert (value is None) == (doubt is not Doubt.NONE)
    assert value is None or math.isfinite(value)


@given(st.data(), st.sampled_from(TYPES), st.sampled_from(ORDERS))
def test_what_an_instrument_encodes_is_what_is_decoded(data: st.DataObject, kind: Type, order: Order) -> None:
    number = data.draw(numbers(kind))
    assert decode(encode(number, kind, order), Form(kind, order)) == (number, Doubt.NONE)
