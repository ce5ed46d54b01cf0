"""A transmitter on a real line spikes, leaves its range and gets stuck: what the journal holds of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from agent.acquire.courses import courses
from agent.acquire.judging import Judging
from agent.acquire.latest import Latest
from agent.acquire.maintenance import Maintenance
from agent.acquire.wiring import pollers
from agent.config.plain import plain
from agent.config.schema import Config
from agent.journal.journal import Journal
from agent.journal.reader import JournalReader
from agent.journal.writer import JournalWriter
from agent.model import Flag, Judgement, Observation, Why
from drivers.simulated.modbus_frame import Instrument
from drivers.simulated.modbus_slave import ModbusSlave
from tests.acquire.rig import HandClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agent.model import Record

PERIOD_S = 600.0


def station(port: str) -> Config:
    """One pH transmitter that is taken for stuck after an hour."""
    model = Config.model_validate(
        {
            "station": {"site": "north-dump", "id": "st-01"},
            "bus": [{"id": "rs485", "kind": "serial", "port": port}],
            "sensor": [
                {
                    "id": "ph-3", "bus": "rs485", "model": "sup-ph8001", "unit": 3, "period_s": PERIOD_S,
                    "quality": {"ph": {"flat_line": {"suspect_h": 1.0}, "off": ["rate"]}},
                },
            ],
        }
    )  # fmt: skip
    found: Config = plain(model)
    return found


def recorded(folder: Path, said: Sequence[int], maintained: range = range(0)) -> list[Record]:
    """What is in the journal of the pH after the transmitter has said all of these, in hundredths of pH."""
    clock, latest, registers = HandClock(), Latest(), {0: 123, 1: 0}
    journal = Journal(folder / "journal.db")
    writer = JournalWriter(journal, clock, structlog.testing.CapturingLogger())
    writer.open(clock.now())
    maintenance = Maintenance(("ph-3",), clock, journal.append)
    with ModbusSlave({3: Instrument(lambda: registers)}) as line:
        config = station(line.port)
        judging = Judging(courses(config), latest)
        (poller,) = pollers(config, clock, journal.append, latest, maintenance, judging)
        for turn, each in enumerate(said):
            registers[1] = each
            if turn == maintained.start and maintained:
                maintenance.begin("ph-3", len(maintained) * PERIOD_S, "buffer")
            maintenance.step(clock.now())
            poller.step(clock.now())
            clock.advance(PERIOD_S)
        poller.close()
    writer.step(clock.now())
    writer.close()
    reader = JournalReader(folder / "journal.db", lambda _seq: None)
    records = [entry.record for entry in reader.read_after(0, 1000)]
    reader.close()
    return [each for each in records if "quantity='ph'" in str(each)]


def observations(records: Sequence[Record]) -> list[tuple[float | None, Flag, Why]]:
    return [(each.value, each.flag, each.why) for each in records if isinstance(each, Observation)]


def judgements(records: Sequence[Record]) -> list[tuple[float | None, Flag, Why]]:
    found = [each.observation for each in records if isinstance(each, Judgement)]
    return [(each.value, each.flag, each.why) for each in found]


def test_what_goes_wrong_is_in_the_journal_with_its_reason(tmp_path: Path) -> None:
    records = recorded(tmp_path, [700, 702, 820, 701, 2000, 702, *[701] * 8])
    assert observations(records) == [
        (7.0, Flag.GOOD, Why.NONE),
        (7.02, Flag.GOOD, Why.NONE),
        (8.2, Flag.GOOD, Why.NONE),  # nobody could know
        (7.01, Flag.GOOD, Why.NONE),
        (20.0, Flag.FAIL, Why.SENSOR_RANGE),
        (7.02, Flag.GOOD, Why.NONE),
        *[(7.01, Flag.GOOD, Why.NONE)] * 6,
        *[(7.01, Flag.SUSPECT, Why.FLAT_LINE)] * 2,
    ]
    assert judgements(records) == [(8.2, Flag.SUSPECT, Why.SPIKE)]


def test_a_probe_in_a_buffer_teaches_nothing(tmp_path: Path) -> None:
    """Neither is the buffer a spike, nor the water after it."""
    records = recorded(tmp_path, [700, 702, 401, 701, 700], maintained=range(2, 3))
    assert observations(records)[2:] == [
        (4.01, Flag.SUSPECT, Why.MAINTENANCE),
        (7.01, Flag.GOOD, Why.NONE),
        (7.0, Flag.GOOD, Why.NONE),
    ]
    assert judgements(records) == []
