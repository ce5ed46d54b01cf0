"""Profiles: those that ship are sound, and one that is not says where and why."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from agent.quantity import QUANTITIES, canonical_unit, factor
from drivers.modbus.decode import Form
from drivers.modbus.profile import FOLDER, Command, Inputs, build, load
from drivers.modbus.profile_schema import ProfileError, _File, checked, parse, read_file
from drivers.registry import MODBUS, MODELS

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = sorted(path.stem for path in FOLDER.glob("*.toml"))

HEAD = """
title = "T"
manufacturer = "M"
source = "S"
trust = "manual"
response_timeout_s = 0.5
line.baud = 9600
"""
READ = "[[read]]\nregister = 0x10\ncount = 2\n"
CHANNEL = '[[channel]]\nquantity = "ph"\nunit = "pH"\nregister = 0x10\ntype = "u16"\nlow = 0.0\nhigh = 14.0\n'


def problems(text: str) -> str:
    with pytest.raises(ProfileError) as caught:
        parse(text, "profiles/mine.toml")
    assert all(line.startswith("profiles/mine.toml: ") for line in str(caught.value).splitlines())
    return str(caught.value)


def test_there_are_profiles_and_each_is_a_model() -> None:
    assert SHIPPED
    assert {model for model, entry in MODELS.items() if entry is MODBUS} == set(SHIPPED)


@pytest.mark.parametrize("model", SHIPPED)
def test_every_channel_of_a_shipped_profile_can_be_stored(model: str) -> None:
    """Its quantity is one of the station's, and its unit converts into the canonical one.

    Unless only the configuration can know what the digits of a probe are worth.
    """
    profile = load(model)
    for channel in profile.channels:
        assert channel.quantity in QUANTITIES
        if channel.raw_unit != "digits":
            assert factor(channel.raw_unit, canonical_unit(channel.quantity, channel.raw_unit)) > 0


@pytest.mark.parametrize("model", SHIPPED)
def test_a_shipped_profile_is_read_only_once(model: str) -> None:
    assert load(model) is load(model)
    assert checked(model) is checked(model)


@pytest.mark.parametrize("model", SHIPPED)
def test_a_shipped_profile_is_sound(model: str) -> None:
    """The station reads it without looking twice, so what it reads must be what the checks saw."""
    assert checked(model) == load(model)


def test_numbers_may_be_written_without_a_point() -> None:
    """Values are floats all the same: 7 and 7.0 are one value in the journal."""
    whole = CHANNEL.replace("0.0", "0").replace("14.0", "14") + "scale = 2\noffset = 1\n"
    (channel,) = parse(HEAD + READ + whole, "x").channel
    assert [type(number) for number in (channel.form.scale, channel.form.offset)] == [float, float]


def test_every_optional_key_of_a_channel_is_heard() -> None:
    keys = (
        'order = "CDAB"\nscale = 0.5\noffset = -2.0\ninvalid = [65535, 32768.0]\nvalid = [1, 9.5]\n'
        "decimals_register = 0x11\ndiagnostic = true\n"
    )
    (channel,) = parse(HEAD + READ + CHANNEL.replace("u16", "f32") + keys, "x").channel
    assert channel.form == Form("f32", "CDAB", 0.5, -2.0, (65535, 32768.0), (1.0, 9.5))
    assert (channel.decimals_address, channel.diagnostic) == (0x11, True)


def test_every_optional_key_of_a_profile_is_heard() -> None:
    keys = (
        "warm_up_s = 3\ninputs = { count = 4, step = 2 }\n"
        'start = { request = "03 25 00 00 00", wait_s = 2 }\nstop = { request = "04 2E 00 00 01" }\n'
        'wipe = { request = "10 31 00 00 00 00", wait_s = 1.5 }\n'
    )
    profile = parse(keys + HEAD + READ + CHANNEL, "x")
    assert profile.warm_up_s == 3.0
    assert profile.inputs == Inputs(4, 2)
    assert profile.start == Command(bytes.fromhex("03 25 00 00 00"), 2.0)
    assert profile.stop == Command(bytes.fromhex("04 2E 00 00 01"), 0.0)
    assert profile.wipe == Command(bytes.fromhex("10 31 00 00 00 00"), 1.5)


def test_a_profile_need_not_know_the_factory_settings_of_its_line() -> None:
    assert parse(HEAD.replace("line.baud = 9600\n", "") + READ + CHANNEL, "x").line is None


def test_what_is_left_out_is_what_the_schema_says() -> None:
    """Checks and station each know the defaults: they must be the same."""
    text = HEAD + READ + CHANNEL
    document = _File.model_validate(tomllib.loads(text)).model_dump(by_alias=True)
    assert build(document) == parse(text, "x")


def test_a_number_in_quotes_is_not_a_number() -> None:
    """The station takes the file as it stands: nothing may be right only after a conversion."""
    said = problems(HEAD.replace("9600", '"9600"') + READ + CHANNEL)
    assert "line.baud: Input should be a valid integer" in said


def test_a_small_profile_is_enough() -> None:
    profile = parse(HEAD + READ + CHANNEL, "x")
    assert [tuple(each) for each in profile.channels] == [("ph", "pH", 0.0, 14.0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + READ + CHANNEL + "colour = 1\n", "channel[1].colour: Extra inputs are not permitted"),
        (HEAD + READ + CHANNEL.replace("u16", "u8"), "channel[1].type: Input should be 'u16'"),
        (HEAD + READ + CHANNEL.replace("0x10", "0x1_0000"), "channel[1].register: Input should be less"),
        (HEAD + READ + CHANNEL.replace("14.0", "-1.0"), "low 0 is not below high -1"),
        (HEAD + READ + CHANNEL.replace("14.0", "inf"), "channel[1].high: Input should be a finite number"),
        (HEAD + READ + CHANNEL.replace("0x10", "0x12"), "no [[read]] covers the registers of ph"),
        (HEAD + READ + CHANNEL.replace("u16", "u32").replace("0x10", "0x11"), "no [[read]] covers"),
        (HEAD + READ + CHANNEL + CHANNEL, "ph is there twice"),
        (
            HEAD + READ + READ.replace("0x10", "0x80") + CHANNEL,
            "no channel needs the [[read]] at register 0x0080",
        ),
        (HEAD + "channel = []\nread = []\n", "there is no [[channel]]"),
        (
            HEAD + READ + CHANNEL + "decimals_register = 0x12\n",
            "no [[read]] covers the registers of ph together with its decimals_register",
        ),
        (HEAD + READ + CHANNEL + "valid = [1]\n", "channel[1].valid: List should have at least 2 items"),
        ('start.request = "06 00 00 00 00"' + HEAD + READ + CHANNEL, "start.request: String should match"),
        ('start.request = "03 25 0 00 00"' + HEAD + READ + CHANNEL, "start.request: String should match"),
        (
            HEAD + READ.replace("2", "126") + CHANNEL,
            "read[1].count: Input should be less than or equal to 125",
        ),
        (
            HEAD + READ.replace("0x10", "0xFFFF") + CHANNEL.replace("0x10", "0xFFFF"),
            "the [[read]] at register 0xFFFF would end at 0x10000, beyond the last register 0xFFFF",
        ),
        (
            "inputs = { count = 200, step = 256 }\n"
            + HEAD
            + READ.replace("0x10", "40000")
            + CHANNEL.replace("0x10", "40000"),
            # 40000 + 1 + 199 * 256 = 90945
            "the [[read]] at register 0x9C40 would end for input 200 at 0x16341",
        ),
        (HEAD.replace("manual", "gossip") + READ + CHANNEL, "trust: Input should be 'hardware', 'manual' or"),
        ("title = \n", "not valid TOML: Invalid value (at line 1, column 9)"),
        (f'title = "{"x" * 60}"\ntrust = "{"y" * 60}"\n', "(it is 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy...)"),
    ],
)
def test_a_profile_that_is_wrong_says_where_and_why(text: str, said: str) -> None:
    assert said in problems(text)


def test_the_last_register_of_all_may_be_read() -> None:
    """0xFFFF itself, and by the last of several inputs."""
    last = READ.replace("0x10", "0xFFFE") + CHANNEL.replace("0x10", "0xFFFF")
    assert parse(HEAD + last, "x").read[0].registers[-1] == 0xFFFF
    inputs = "inputs = { count = 2, step = 0x10 }\n"
    far = READ.replace("0x10", "0xFFEE") + CHANNEL.replace("0x10", "0xFFEE")
    assert parse(inputs + HEAD + far, "x").inputs == Inputs(2, 16)


def test_all_problems_come_at_once() -> None:
    said = problems(HEAD + READ.replace("2", "0") + CHANNEL.replace("u16", "u8") + "colour = 1\n")
    assert len(said.splitlines()) == 3


def test_a_profile_that_is_not_there_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"gone\.toml: cannot be read"):
        read_file(tmp_path / "gone.toml")


def test_a_profile_that_is_not_text_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileError, match=r"odd\.toml: cannot be read"):
        read_file(tmp_path / "odd.toml")
