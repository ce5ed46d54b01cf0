"""Who is on a Modbus line: simulated instruments at the other end of a pseudo-terminal."""

from __future__ import annotations

import time
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from drivers.bus.serial import LineSettings, SerialLine
from drivers.modbus.frame import crc16
from drivers.modbus.profile import FOLDER, Block
from drivers.scan import modbus
from drivers.scan.found import Found, Progress
from drivers.scan.modbus_guess import first_blocks, guesses, profiles
from drivers.simulated.modbus_frame import Instrument
from drivers.simulated.modbus_models import model as simulated
from drivers.simulated.modbus_slave import Fault, ModbusSlave
from drivers.simulated.physics import Site
from drivers.simulated.scenario import SCENARIOS
from tests.drivers.far_end import FarEnd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SITE = Site(1, SCENARIOS["calm"], 0.0)
NOON_S = 12 * 3600.0
LINE = LineSettings(9600, "none", 1)
READS = {3, 4}


def framed(unit: bytes, body: bytes) -> bytes:
    """An intact answer of a unit."""
    said = unit + body
    return said + crc16(said).to_bytes(2, "little")


def instrument(name: str) -> Instrument:
    """What answers as this model does, at noon."""
    return simulated(name, lambda: SITE.at(NOON_S), time.monotonic)


@contextmanager
def opened(port: str) -> Iterator[SerialLine]:
    line = SerialLine.open(port, 9600, "none", 1)
    try:
        yield line
    finally:
        line.close()


def found_on(
    slave: ModbusSlave, units: list[int], *, thorough: bool = False, patient: bool = False
) -> dict[int | str, Found]:
    """Whom a search of these units finds."""
    with opened(slave.port) as line:
        steps = list(modbus.search(line, units, thorough=thorough, patient=patient))
    return {step.place: step for step in steps if isinstance(step, Found)}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulated instrument answers at once: nobody has to wait long for one that is not there."""
    monkeypatch.setattr(modbus, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(modbus, "_THOROUGH_PATIENCE_S", 0.4)
    monkeypatch.setattr(modbus, "_PATIENT_S", 1.5)


@pytest.mark.parametrize("name", sorted(profiles()))
def test_each_instrument_is_among_the_guesses(name: str) -> None:
    """Some maps cannot be told apart (a family of soil probes, Y510 and Y511): then both are named."""
    with ModbusSlave({7: instrument(name)}) as slave:
        found = found_on(slave, [7])
    assert name in found[7].models[:2]
    assert found[7].who


@pytest.mark.parametrize(
    "name", ["jxbs-3001", "keller-30", "sensecap-s-soil", "sup-ph8001", "truebner-smt100", "yosemitech-y532"]
)
def test_an_instrument_with_a_map_of_its_own_is_the_best_guess(name: str) -> None:
    with ModbusSlave({7: instrument(name)}) as slave:
        found = found_on(slave, [7])
    assert found[7].models[0] == name


def test_only_reads_are_sent_and_only_to_those_asked() -> None:
    """Function codes 3 and 4, no broadcast: nothing on the line can change."""
    with ModbusSlave({5: instrument("keller-30")}) as slave:
        found = found_on(slave, [4, 5, 6])
        heard = list(slave.heard)
    assert list(found) == [5]
    assert {request[0] for request in heard} == {4, 5, 6}
    assert {request[1] for request in heard} <= READS


def test_every_question_is_a_step() -> None:
    """A station reads its own sensors in between."""
    with ModbusSlave({5: instrument("keller-30")}) as slave, opened(slave.port) as line:
        asked = []
        for step in modbus.search(line, [4, 5]):
            asked.append((step.place, len(slave.heard)))
            assert isinstance(step, Progress | Found)
    counts = [count for _, count in asked]
    assert all(later - earlier <= 1 for earlier, later in pairwise(counts))


def test_who_knows_no_register_of_ours_is_there_all_the_same() -> None:
    with ModbusSlave({9: Instrument(lambda: {0x4000: 1})}) as slave:
        found = found_on(slave, [9])
    assert found[9].models == ()
    assert "no profile makes sense" in found[9].who


def test_a_silent_one_is_found_by_a_thorough_search() -> None:
    """It answers a Keller's registers, and nothing else, not even with a refusal."""
    answer = framed(b"\x07", bytes.fromhex("03 08 3F A0 00 00 41 48 00 00"))
    at = 1 + first_blocks().index(Block(3, 0x100, 4))
    with FarEnd() as far_end, opened(far_end.port) as line:
        far_end.answers = [b""] * at + [answer] * 2
        quick = [step for step in modbus.search(line, [7]) if isinstance(step, Found)]
        far_end.answers = [b""] * at + [answer]
        thorough = [s for s in modbus.search(line, [7], thorough=True) if isinstance(s, Found)]
    assert quick == []
    assert "keller-30" in thorough[0].models


@pytest.mark.parametrize("fault", [Fault.BAD_CRC, Fault.GARBAGE])
def test_damaged_answers_are_somebody_in_trouble(fault: Fault) -> None:
    """Two instruments with one number sound like this: it must not pass for silence."""
    with ModbusSlave({5: instrument("keller-30")}) as slave:
        slave.fault(5, fault)
        found = found_on(slave, [5])
    assert found[5].models == ()
    assert "damaged" in found[5].who


def test_a_late_answer_is_not_taken_for_the_next_unit() -> None:
    """The unit before answers into the question to this one: it is somebody, and this one is nobody."""
    with FarEnd(b"", framed(b"\x04", b"\x83\x02")) as far_end, opened(far_end.port) as line:
        steps = list(modbus.search(line, [4, 5, 6]))
        assert len(far_end.heard) == 3
    (found,) = [step for step in steps if isinstance(step, Found)]
    assert (found.place, found.late, found.models) == (4, True, ())
    assert steps.index(found) < steps.index(Progress(6)), "told at once: Ctrl-C may come any time"


def test_a_late_answer_in_front_of_another_leaves_both() -> None:
    """Unit 4 speaks into the question to unit 5, which then gives its own answer."""
    late, own = (framed(bytes((unit,)), bytes((3, 2, 0, unit))) for unit in (4, 5))
    with FarEnd(b"", late + own) as far_end, opened(far_end.port) as line:
        steps = list(modbus.search(line, [4, 5]))
        asked_first = [request[0] for request in far_end.heard[:3]]
    founds = {step.place: step for step in steps if isinstance(step, Found)}
    assert founds[4].late
    assert not founds[5].late
    assert "no profile makes sense" in founds[5].who
    assert asked_first == [4, 5, 5]


def test_what_lies_on_the_line_before_a_question_is_not_lost() -> None:
    """A late answer may come between two questions as well."""
    with FarEnd() as far_end, opened(far_end.port) as line:
        steps = modbus.search(line, [4, 5])
        seen = [next(steps)]
        far_end.say(framed(b"\x04", b"\x83\x02"))
        seen += steps
    assert [step.place for step in seen if isinstance(step, Found)] == [4]


def test_a_slow_one_is_heard_and_then_known_by_a_patient_search() -> None:
    """The last one asked, too: its answer is waited for once all have been asked."""
    with ModbusSlave({5: instrument("keller-30")}) as slave:
        slave.fault(5, Fault.DELAY, delay_s=0.2)
        quick = found_on(slave, [5])
        patient = found_on(slave, [5], patient=True)
    assert (quick[5].late, quick[5].models) == (True, ())
    assert patient[5].models[0] == "keller-30"
    assert not patient[5].late


def test_slow_neighbours_are_told_apart() -> None:
    """Each speaks into the question to the next one."""
    with ModbusSlave({unit: Instrument(lambda: {0: 1}) for unit in (3, 4, 5)}) as slave:
        for unit in (3, 4, 5):
            slave.fault(unit, Fault.DELAY, delay_s=0.1)
        found = found_on(slave, [2, 3, 4, 5, 6])
    assert {place: each.late for place, each in found.items()} == {3: True, 4: True, 5: True}


def test_a_thorough_search_waits_for_a_slow_one_by_itself() -> None:
    with ModbusSlave({5: instrument("keller-30")}) as slave:
        slave.fault(5, Fault.DELAY, delay_s=0.2)
        found = found_on(slave, [5], thorough=True)
    assert found[5].models[0] == "keller-30"


def test_only_those_asked_can_be_late() -> None:
    """What another master's instrument says is no reason to ask it something."""
    with FarEnd(framed(b"\x09", b"\x83\x02")) as far_end, opened(far_end.port) as line:
        founds = [step for step in modbus.search(line, [4]) if isinstance(step, Found)]
        asked = {request[0] for request in far_end.heard}
    assert founds == []
    assert asked == {4}


def test_an_adapter_that_hears_itself_finds_the_same() -> None:
    with ModbusSlave({5: instrument("keller-30")}) as slave:
        slave.fault(5, Fault.ECHO)
        assert found_on(slave, [5])[5].models[0] == "keller-30"


def test_the_time_that_silence_takes_follows_from_the_speed() -> None:
    """28 characters at 10 bits: 29.2 ms at 9600 baud, four times that at 2400."""
    slow, fast = (
        modbus.silent_unit_s(LineSettings(baud, "none", 1), thorough=False) for baud in (2400, 9600)
    )
    assert slow - fast == pytest.approx(28 * 10 * (1 / 2400 - 1 / 9600))
    longer_s = modbus._THOROUGH_PATIENCE_S - modbus._PATIENCE_S
    thorough = modbus.silent_unit_s(LINE, thorough=True)
    assert thorough == pytest.approx((fast + longer_s) * (1 + len(first_blocks())))
    assert modbus.listening_s(thorough=False) == pytest.approx(longer_s)
    assert modbus.listening_s(thorough=True) == 0.0


@pytest.mark.parametrize("name", ["cwt-soil", "sn-3002-tr"])
def test_of_two_with_one_map_the_one_with_a_manual_comes_first(name: str) -> None:
    """CWT is hearsay, SN-3002 was read in its manual; both fit exactly as well."""
    with ModbusSlave({7: instrument(name)}) as slave:
        assert found_on(slave, [7])[7].models[:2] == ("sn-3002-tr", "cwt-soil")


def _answers(block: Block, *words: int) -> Mapping[Block, bytes]:
    return {block: b"".join(word.to_bytes(2, "big") for word in words)}


def test_all_zeros_prove_nothing() -> None:
    """An instrument that answers 0 for whatever it does not know fits every map, and so none."""
    everything = {block: bytes(2 * block.length) for each in profiles().values() for block in each.read}
    assert guesses(everything, LINE) == []


def test_a_zero_speaks_for_no_profile() -> None:
    """SEN0710: tenths of turbidity, tenths of a degree. 0 is what registers hold that hold nothing."""
    block = Block(3, 0, 2)
    clear, muddy = (
        {each.model: each.bits for each in guesses(_answers(block, turbidity, 151), LINE)}
        for turbidity in (0, 38)
    )
    assert clear["dfrobot-sen0710"] < muddy["dfrobot-sen0710"]


def test_a_temperature_that_no_mine_has_speaks_against_a_profile() -> None:
    """SMT100: 0.01 degC above -100; 20.00 degC is 12000, and 70.00 is 17000."""
    block = Block(3, 0, 3)
    mild = guesses(_answers(block, 12000, 2500, 1200), LINE)
    hot = guesses(_answers(block, 17000, 2500, 1200), LINE)
    assert "truebner-smt100" in [each.model for each in mild]
    assert "truebner-smt100" not in [each.model for each in hot]


def test_integers_read_as_floats_are_no_measurement() -> None:
    """0x0001 0x0002 as a float is 9e-41: somebody else's registers."""
    assert guesses(_answers(Block(3, 0x100, 4), 0, 2, 0, 3), LINE) == []


def test_the_barometer_comes_first_for_the_pressure_of_air() -> None:
    """0.95 bar fits both maps of the same maker, and the narrower one says more: 0x3F733333, 0x41480000."""
    found = guesses(_answers(Block(3, 0x100, 4), 0x3F73, 0x3333, 0x4148, 0), LINE)
    assert [each.model for each in found] == ["keller-30-barometer", "keller-30"]


def test_a_register_of_decimals_out_of_range_speaks_against_its_profile() -> None:
    """QDY30A: unit, decimals, value. 9 decimals of a five-digit number there are not."""
    good = guesses(_answers(Block(3, 2, 3), 16, 3, 1802), LINE)
    bad = guesses(_answers(Block(3, 2, 3), 16, 9, 1802), LINE)
    assert [each.model for each in good] == ["qdy30a"]
    assert bad == []


def test_the_factory_speed_speaks_for_a_profile() -> None:
    """More speaks for a profile on a line that runs as its instruments leave the factory."""
    answers = _answers(Block(3, 0, 2), 38, 151)
    usual, other = (
        {each.model: each.bits for each in guesses(answers, LineSettings(baud, "none", 1))}
        for baud in (4800, 9600)
    )
    assert usual["dfrobot-sen0710"] > other["dfrobot-sen0710"]
    assert usual["sup-ph8001"] < other["sup-ph8001"]


def test_what_starts_a_measurement_is_left_unasked() -> None:
    """A VTN4xx needs up to 15 s for an answer, which would come into the question to the next one."""
    assert set(profiles()) == {path.stem for path in FOLDER.glob("*.toml")} - {"vtn4xx"}
