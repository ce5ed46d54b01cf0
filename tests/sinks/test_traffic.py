"""What a connection is said to cost is what passed at the other end of it."""

from __future__ import annotations

import ctypes
import socket
import struct
from typing import TYPE_CHECKING

from agent.publish.mqtt.traffic import Traffic
from benchmarks.proxy import Proxy
from tests.servers.process import wait_until
from tests.sinks.world import readings

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.publish.mqtt.sink import MqttSink
    from tests.servers.mosquitto import Mosquitto

HEADER_BYTES = 52  # IPv4, TCP, time stamps


_SO_ATTACH_FILTER = 26


def swallow(wire: socket.socket) -> None:
    """Let the kernel drop every segment for `wire`, as a dead link does: by a filter that takes nothing."""
    code = ctypes.create_string_buffer(struct.pack("=HBBI", 0x06, 0, 0, 0))
    program = struct.pack("@HP", 1, ctypes.addressof(code))
    wire.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def passed(wire: Proxy) -> int:
    traffic = wire.traffic()
    return traffic.payload_bytes + HEADER_BYTES * traffic.segments


def test_it_is_what_the_far_end_of_the_wire_has_seen(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink]
) -> None:
    with Proxy(mosquitto.port) as wire:
        sink = make_sink(wire.port, "counted", batch_rows=10)
        assert sink.traffic_bytes == 0
        sink.send(readings(1000))
        assert sink.traffic_bytes > 20_000
        wait_until(lambda: abs(passed(wire) - sink.traffic_bytes) < 0.02 * passed(wire), "the same count")


def test_what_ended_connections_cost_is_kept(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink]
) -> None:
    """But for the last segments of each, which pass when nobody can count them any more."""
    with Proxy(mosquitto.port) as wire:
        sink = make_sink(wire.port, "kept")
        for seq in range(1, 4):
            sink.send(readings(1, seq))
            sink.close()
            wait_until(
                lambda: abs(passed(wire) - sink.traffic_bytes) < 0.15 * passed(wire), "nearly the same"
            )
        assert sink.traffic_bytes > 3 * 500


def test_a_connection_that_is_closed_twice_counts_once() -> None:
    """We say it before we let go, and paho says it when it does."""
    traffic = Traffic()
    with socket.create_server(("127.0.0.1", 0)) as far, socket.create_connection(far.getsockname()) as wire:
        traffic.opened(wire)
        wire.sendall(b"x" * 1000)
        traffic.closing()
        counted = traffic.bytes
        traffic.closing()
    assert traffic.bytes == counted > 100


def test_what_a_dead_link_makes_us_repeat_is_counted() -> None:
    traffic = Traffic()
    with socket.create_server(("127.0.0.1", 0)) as far, socket.create_connection(far.getsockname()) as wire:
        end, _ = far.accept()
        with end:
            traffic.opened(wire)
            swallow(end)
            wire.sendall(b"x" * 1000)
            assert traffic.bytes >= 1000, "it went out, whoever has it"
            wait_until(lambda: traffic.bytes >= 3000, "twice more")


def test_a_connection_that_was_cut_is_counted_once(
    mosquitto: Mosquitto, make_sink: Callable[..., MqttSink]
) -> None:
    with Proxy(mosquitto.port) as wire:
        sink = make_sink(wire.port, "cut")
        sink.send(readings(1))
    wait_until(lambda: sink._link is not None and not sink._link._client.is_connected(), "the end")
    before = sink.traffic_bytes
    assert before > 500
    sink.close()
    assert sink.traffic_bytes == before
