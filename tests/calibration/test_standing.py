"""What is told of how a channel stands: facts that change only when somebody calibrates."""

from __future__ import annotations

import pytest

from agent.acquire.calibration.due import DAY_S, Validity
from agent.acquire.calibration.fields import RecordError
from agent.acquire.calibration.record import from_text, opened, sealed
from agent.acquire.calibration.standing import Standing, Standings
from tests.calibration.rig import RECORD

FOR_A_DAY = Validity(RECORD.at_s, (RECORD.at_s or 0.0) + DAY_S, 0.0)


def test_facts_are_the_same_object_until_somebody_calibrates() -> None:
    standings = Standings()
    standings.put("ph-3/ph", Standing())
    assert standings.facts() == {}
    standings.put("ph-3/ph", Standing(RECORD, FOR_A_DAY))
    facts = standings.facts()
    assert standings.facts() is facts
    assert facts["ph-3/ph"] == {
        "calibration": RECORD.id,
        "at": RECORD.at,
        "by": "J. Doe",
        "procedure": "linear",
        "verdict": "good",
        "due": "2026-11-23T10:15:00Z",
        "trouble": "",
    }
    standings.put("ph-3/ph", Standing(trouble="it is damaged"))
    assert standings.facts()["ph-3/ph"] == {"calibration": None, "due": None, "trouble": "it is damaged"}
    assert standings.of("ph-4/ph") == Standing()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[]", "no JSON object"),
        (b'{"value": NaN}', "NaN is no number"),
        (b"[" * 100_000, "no JSON"),
        (b'{"a": 1e999, "sha256": ""}', "damaged"),
    ],
)
def test_what_is_no_record_says_in_which_way(data: bytes, words: str) -> None:
    with pytest.raises(RecordError, match=words):
        from_text(data)


def test_a_later_format_with_a_right_checksum_is_refused_by_its_number() -> None:
    text = sealed({"format": 2, "new": [1]}, 1000)
    with pytest.raises(RecordError, match="its format is 2; this software reads format 1"):
        opened(text.encode())
