"""The newest value of each channel, as it is left at the broker."""

from __future__ import annotations

from math import inf

import pytest

from agent.model import Channel
from agent.publish.mqtt.latest import Latest
from agent.publish.mqtt.messages import Limits, Topics, size_of
from tests.sinks.senml_reader import Row, read
from tests.sinks.world import LEVEL, PH, entries, event, observation, readings, station

STATION = station("seep-1")
WIDE = Limits(rows=1, packet_bytes=10**6)


def latest(every_s: float = 60) -> Latest:
    return Latest(Topics.of("mine/v1", STATION), STATION, every_s)


def rows(found: Latest, limits: Limits = WIDE) -> list[Row]:
    message = found.message(limits)
    assert message is not None
    assert message.retain
    assert message.topic == "mine/v1/north/seep-1/latest"
    return read(message.payload)


def test_each_channel_has_its_newest_value_with_the_number_of_its_record() -> None:
    found = latest()
    found.saw(
        [
            *readings(4),
            *entries([observation(5, 2.5, channel=LEVEL), event(6)], 5),
            *readings(2, 7),
        ]
    )
    assert [(row.name, row.seq, row.value) for row in rows(found)] == [
        (f"north/seep-1/{LEVEL}", 5, 2.5),
        (f"north/seep-1/{PH}", 8, 7.008),
    ]


def test_what_is_sent_late_or_again_does_not_replace_what_is_newer() -> None:
    found = latest()
    found.saw(readings(1, 9))
    found.message(WIDE)
    found.saw(readings(5))
    assert found.wait_s() == inf
    found.saw(readings(1, 10))
    assert [row.seq for row in rows(found)] == [10]


def test_it_is_renewed_when_there_is_news_and_its_time_has_come() -> None:
    found = latest(3600)
    assert found.wait_s() == inf
    found.saw(readings(1))
    assert found.wait_s() == 0
    found.message(WIDE)
    assert found.wait_s() == inf
    found.saw(readings(1, 2))
    assert 3500 < found.wait_s() <= 3600


def test_a_new_connection_gets_it_at_once_if_anything_is_known() -> None:
    found = latest(3600)
    found.connected()
    assert found.wait_s() == inf
    found.saw(readings(1))
    found.message(WIDE)
    found.connected()
    assert found.wait_s() == 0


def test_zero_seconds_mean_never() -> None:
    found = latest(0)
    found.saw(readings(1))
    assert found.wait_s() == inf


@pytest.mark.parametrize("deflate", [False, True])
def test_the_channels_that_were_silent_longest_give_way_to_the_packet_limit(*, deflate: bool) -> None:
    many = [Channel(f"soil-{place}", "soil_moisture", "m3/m3", "%") for place in range(300)]
    found = latest()
    found.saw(entries(observation(place, place * 0.137, channel=each) for place, each in enumerate(many)))
    limits = Limits(rows=1, packet_bytes=2000, deflate=deflate)
    message = found.message(limits)
    assert message is not None
    assert 1000 < size_of(message) <= 2000
    kept = [row.seq for row in read(message.payload)]
    assert kept == list(range(found.left_out + 1, 301))


def test_a_limit_that_nothing_fits_into_leaves_nothing_to_say() -> None:
    found = latest()
    found.saw(readings(1))
    assert found.message(Limits(rows=1, packet_bytes=60)) is None
