"""A record that cannot be written costs itself and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.journal.file.unwritable import sifted
from agent.model import Event, Instant, Observation, Severity, Trust
from tests.journal.conftest import PH, observation

if TYPE_CHECKING:
    from agent.model import Record
    from tests.journal.conftest import Store

AT = Instant(1_785_000_000_000_000_000, 1000, Trust.NTP)
BAD: dict[str, Record] = {
    "too_late": observation(2, at=Instant(1 << 63, 1, Trust.NTP)),
    "too_long_since_boot": observation(2, at=Instant(1, 1 << 63, Trust.NTP)),
    "half_a_character_in_a_name": observation(2, PH._replace(unit="\udcb5S")),
    "half_a_character_in_an_id": Event("m/\udcfc", "m", "ph-3", "raised", Severity.INFO, AT, "", ""),
    "no_json": Event("m/1", "m", "ph-3", "raised", Severity.INFO, AT, "", "", {"a": {1}}),  # type: ignore[dict-item]
    "no_number": observation(2)._replace(value="high"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_record_that_no_file_can_take_is_left_out_and_told(store: Store, bad: Record) -> None:
    store.journal.append([observation(1), bad, observation(3)])
    store.journal.advance("office", 1)
    store.step()
    store.step()
    view = store.journal.view()
    records = [entry.record for entry in view.read_after(0, 100)]
    view.close()
    assert [each.value for each in records if isinstance(each, Observation)] == [7.0, 9.0]
    told = [each for each in records if isinstance(each, Event) and each.kind == "journal_trouble"]
    assert [(each.phase, each.data["records"]) for each in told] == [("raised", 1), ("cleared", 1)]
    assert store.journal.waiting() == 0
    assert store.writer.status()["error"] == ""


def test_half_a_character_in_a_text_costs_that_character_alone(store: Store) -> None:
    store.journal.append([Event("m/1", "m", "ph-3", "raised", Severity.INFO, AT, "t", "Pr\udcfcfung")])
    store.step()
    store.journal.park("office", 1, "the server said \ud83d")
    store.step(61)
    view = store.journal.view()
    (entry,) = [
        one for one in view.read_after(0, 9) if isinstance(one.record, Event) and one.record.id == "m/1"
    ]
    assert isinstance(entry.record, Event)
    assert entry.record.text == "Pr?fung"
    assert view.parked("office") == [(1, "the server said ?")]
    view.close()


def test_of_many_only_those_that_cannot_be_written_are_left_out() -> None:
    good = [observation(n) for n in range(5)]
    kept, told = sifted([*good, *BAD.values()], AT)
    assert kept == good
    assert told[0].data["records"] == len(BAD)
