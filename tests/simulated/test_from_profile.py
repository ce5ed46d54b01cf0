"""Counterparts made from profiles: they speak what the profile says, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Doubt
from drivers.modbus.decode import decode
from drivers.modbus.profile import FOLDER, build, load
from drivers.simulated.from_profile import counterpart
from drivers.simulated.modbus_frame import exception, framed, respond
from drivers.simulated.modbus_models import is_independent, model

SHIPPED = sorted(path.stem for path in FOLDER.glob("*.toml"))
CHANNEL = {"quantity": "ph", "unit": "pH", "register": 0x10, "type": "u16", "low": 0.0, "high": 14.0}
ONE = {"title": "T", "response_timeout_s": 0.5, "read": [{"register": 0x0F, "count": 4}]}


def profile(**channel: object) -> dict[str, object]:
    """A document with one channel."""
    return {**ONE, "channel": [{**CHANNEL, **channel}]}


def answer(document: dict[str, object], body: str) -> str:
    """Function and data of the answer to function, address and count."""
    request = framed(b"\x01" + bytes.fromhex(body))
    return respond(counterpart(build(document)), request)[1:-2].hex(" ").upper()


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ({"scale": 0.01}, "00 00 02 BC 00 00 00 00"),  # pH 7.00 = 700
        ({"scale": 0.01, "order": "BADC"}, "00 00 BC 02 00 00 00 00"),
        ({"type": "f32"}, "00 00 40 E0 00 00 00 00"),  # IEEE 754: 7.0 = 0x40E00000
        ({"type": "f32", "order": "CDAB"}, "00 00 00 00 40 E0 00 00"),
        ({"type": "f32", "order": "DCBA"}, "00 00 00 00 E0 40 00 00"),
        ({"type": "i16", "low": -20.0, "high": 10.0}, "00 00 FF FB 00 00 00 00"),  # -5
        ({"low": 0.0, "high": 1e6}, "00 00 80 00 00 00 00 00"),  # half of what 16 bits hold
        ({"invalid": [7]}, "00 00 00 05 00 00 00 00"),  # a third of 14
        ({"offset": -100.0, "low": -40.0, "high": 60.0}, "00 00 00 6E 00 00 00 00"),  # 110 - 100
    ],
)
def test_a_value_lies_in_the_middle_of_its_range_as_the_profile_writes_it(
    channel: dict[str, object], words: str
) -> None:
    assert answer(profile(**channel), "03 000F 0004") == f"03 08 {words}"


def test_what_no_read_covers_is_refused_and_so_is_the_other_function() -> None:
    """As a strict instrument does: nothing is there but what the profile reads."""
    assert answer(profile(), "03 0013 0001") == "83 02"
    assert answer(profile(), "04 0010 0001") == "84 01"


def test_every_input_has_its_registers() -> None:
    document = profile() | {"inputs": {"count": 3, "step": 0x20}}
    for further in (0x00, 0x20, 0x40):
        assert answer(document, f"03 {0x10 + further:04X} 0001") == "03 02 00 07"
    assert answer(document, "03 0070 0001") == "83 02"


def test_commands_of_the_profile_are_answered_and_no_others() -> None:
    """A read of no registers by none, a write by its own head (MODBUS Application Protocol V1.1b3, 6.12)."""
    document = profile() | {
        "start": {"request": "03 25 00 00 00"},
        "wipe": {"request": "10 31 00 00 01 02 00 05"},
    }
    assert answer(document, "03 25 00 00 00") == "03 00"
    assert answer(document, "10 31 00 00 01 02 00 05") == "10 31 00 00 01"
    request = framed(bytes.fromhex("01 03 2E 00 00 01"))
    assert respond(counterpart(build(document)), request) == exception(request, 2)


def test_a_range_that_no_number_reaches_is_refused() -> None:
    with pytest.raises(ValueError, match="no u16 is a value of ph"):
        counterpart(build(profile(low=-9.0, high=-1.0)))


@given(
    st.sampled_from(["u16", "i16", "u32", "i32", "f32"]),
    st.sampled_from(["ABCD", "CDAB", "BADC", "DCBA"]),
    st.sampled_from([0.01, 0.1, 1.0, 10.0]),
    st.sampled_from([0.0, -100.0]),
)
def test_what_it_says_is_read_back_as_a_value_in_range(
    kind: str, order: str, scale: float, offset: float
) -> None:
    document = profile(type=kind, order=order, scale=scale, offset=offset, low=-50.0, high=30.0)
    (channel,) = build(document).channel
    data = bytes.fromhex(answer(document, f"03 0010 {channel.form.registers:04X}"))[2:]
    value, doubt = decode(data, channel.form)
    assert doubt is Doubt.NONE
    assert value is not None
    assert -50 <= value <= 30


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_profile_can_be_made_into_one(name: str) -> None:
    """So a profile needs no Python to be tested; those that have more keep what was written by hand."""
    registers = counterpart(load(name)).registers()
    assert all(address in registers for block in load(name).read for address in block.registers)


def test_a_model_without_a_counterpart_is_made_from_its_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a profile is that somebody has just dropped into the folder."""
    monkeypatch.delitem(model.__globals__["_MAPS"], "trios-tph")
    assert not is_independent("trios-tph")
    made = model("trios-tph", lambda: pytest.fail("it knows nothing of the site"), lambda: 0.0)
    assert made.registers() == counterpart(load("trios-tph")).registers()
