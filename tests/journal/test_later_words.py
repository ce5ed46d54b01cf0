"""Judgements and visits in a journal: they come back as they were, and move no time of anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.journal.reader import JournalReader
from agent.model import Flag, Input, Instant, Judgement, Trust, Visit, Why
from tests.journal.conftest import Store, observation

if TYPE_CHECKING:
    from agent.model import Entry, Record

VISIT = Visit(
    id="v-1",
    visit="v-0",
    kind="reading",
    subject="ph-3/ph",
    by="M. Rossi",
    at=Instant(1_785_000_000_000_000_000, 42, Trust.NTP),
    text="after rain",
    data={"manual_value": 6.8, "probe": {"value": 6.5, "flag": 1}},
)


def refuse(seq: int) -> None:
    raise AssertionError(f"record {seq} is damaged")


def entries(store: Store) -> list[Entry]:
    reader = JournalReader(store.journal.path, refuse)
    try:
        return reader.read_after(0, 100)
    finally:
        reader.close()


def judged(n: int) -> Judgement:
    return Judgement(observation(n)._replace(flag=Flag.SUSPECT, why=Why.SPIKE))


def test_judgements_visits_and_inputs_are_read_back(store: Store) -> None:
    corrected = observation(1)._replace(
        inputs={"temperature": Input(12.1, 0.0), "barometer": Input(None, None)}
    )
    records: list[Record] = [observation(0), corrected, judged(0), VISIT]
    store.journal.append(records)
    store.step()
    assert [entry.record for entry in entries(store)] == records


def test_a_judgement_has_the_time_of_its_observation(store: Store) -> None:
    store.journal.append([observation(0), observation(1), judged(0)])
    store.step()
    first, _, word = entries(store)
    assert word.time == first.time


def test_a_judgement_at_the_end_of_a_run_does_not_make_the_run_shorter(store: Store) -> None:
    store.journal.append([observation(0), observation(10**12), judged(0)])
    store.step()
    store.writer.close()
    again = Store(store.journal.path).open()
    assert again.writer.file is not None
    last_run = again.writer.file.last_run
    assert last_run is not None
    assert last_run.last == observation(10**12).at
    again.writer.close()
