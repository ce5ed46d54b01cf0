"""Reason codes of MQTT 5 (specification 2.4) as verdicts."""

from __future__ import annotations

import pytest

from agent.publish.contract import HungUpError, RejectedError, UnavailableError
from agent.publish.mqtt.reasons import (
    connect_refused,
    disconnected,
    is_failure,
    nobody_to_blame,
    publish_refused,
)

# What a PUBACK may carry (MQTT 5.0, 3.4.2.1), and 0x95, which brokers send with a DISCONNECT.
_PASSES = [0x80, 0x83, 0x87, 0x91, 0x97]
_NEVER = [0x90, 0x95, 0x99]


@pytest.mark.parametrize("code", [0x00, 0x10])
def test_success_and_no_subscribers_are_not_failures(code: int) -> None:
    assert not is_failure(code)


@pytest.mark.parametrize("code", _PASSES)
def test_refusals_about_the_station_keep_the_batch(code: int) -> None:
    assert isinstance(publish_refused(code, "name", "topic"), UnavailableError)


@pytest.mark.parametrize("code", _NEVER)
def test_refusals_about_the_message_reject_it(code: int) -> None:
    assert isinstance(publish_refused(code, "name", "topic"), RejectedError)
    assert isinstance(disconnected(code, "name", "broker"), RejectedError)


@pytest.mark.parametrize("code", [0x00, 0x04, 0x81, 0x82, 0x8B, 0x8E, 0x93])
def test_every_other_end_of_a_connection_keeps_the_batch(code: int) -> None:
    assert isinstance(disconnected(code, "name", "broker"), UnavailableError)


@pytest.mark.parametrize(("code", "may_be"), [(0x00, True), (0x82, True), (0x8B, False), (0x8E, False)])
def test_only_an_end_without_another_reason_may_be_about_the_message(code: int, *, may_be: bool) -> None:
    assert isinstance(disconnected(code, "name", "broker"), HungUpError) == may_be


@pytest.mark.parametrize("code", range(0x80, 0xA3))
def test_every_refusal_has_words_and_a_hint(code: int) -> None:
    for error in (connect_refused(code, "Name", "broker h:1"), publish_refused(code, "Name", "t")):
        assert "Name" in error.what
        assert error.hint


@pytest.mark.parametrize(("code", "person"), [(0x86, True), (0x87, True), (0x88, False), (0x97, False)])
def test_what_only_a_person_can_change_is_told_apart(code: int, *, person: bool) -> None:
    refusals = (connect_refused(code, "name", "broker"), publish_refused(code, "name", "topic"))
    for error in refusals:
        assert isinstance(error, UnavailableError)
        assert nobody_to_blame(error).needs_person == person


def test_trouble_between_batches_blames_no_batch() -> None:
    for error in (HungUpError("lost", "look"), RejectedError("too large", "raise it")):
        found = nobody_to_blame(error)
        assert type(found) is UnavailableError
        assert (found.what, found.hint) == (error.what, error.hint)
