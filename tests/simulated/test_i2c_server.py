"""The simulated I2C adapter: whole transactions over a socket, and no way to break it from outside."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from errno import EINVAL, EIO, EREMOTEIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulated.ads1115 import Ads1115
from drivers.simulated.i2c_server import I2cServer, answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READ_CONFIG = bytes.fromhex("48 0100 0200 01")
CONFIG = bytes.fromhex("00000000 8583")
PATIENCE_S = 5.0


class Dumb:
    """A chip whose adapter fails without a number."""

    def transfer(self, write: bytes, read_len: int) -> bytes:
        raise OSError


def chips() -> dict[int, Ads1115]:
    return {0x48: Ads1115(lambda _pin: 0.0)}


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "i2c-1.sock"
    with I2cServer(path, chips()):
        yield path


def dial(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.connect(str(path))
    client.settimeout(PATIENCE_S)
    return client


def exchange(client: socket.socket, packet: bytes) -> bytes:
    client.send(packet)
    return client.recv(9000)


def is_hung_up(client: socket.socket) -> bool:
    try:
        return not exchange(client, READ_CONFIG)
    except ConnectionError:
        return True


def errno_of(reply: bytes) -> int:
    return int.from_bytes(reply[:4], "little", signed=True)


def test_a_transaction_over_the_socket(path: Path) -> None:
    with dial(path) as client:
        assert exchange(client, READ_CONFIG) == CONFIG


def test_a_probe_of_length_zero_tells_who_is_there() -> None:
    """An address alone is acknowledged by a chip and by nobody else."""
    assert answer(chips(), bytes.fromhex("48 0000 0000")) == bytes(4)
    assert errno_of(answer(chips(), bytes.fromhex("49 0000 0000"))) == EREMOTEIO


def test_an_error_without_a_number_is_an_input_output_error() -> None:
    assert errno_of(answer({0x48: Dumb()}, READ_CONFIG)) == EIO


@pytest.mark.parametrize(
    "packet",
    ["", "48 0100", "48 0200 0200 01", "48 0000 0200 01", "48 0000 0120"],
    ids=["empty", "short", "too little to write", "too much to write", "read beyond the limit"],
)
def test_malformed_requests_are_refused(packet: str) -> None:
    assert answer(chips(), bytes.fromhex(packet)) == EINVAL.to_bytes(4, "little")


@given(st.binary(max_size=64))
def test_every_packet_gets_a_reply_with_an_errno(packet: bytes) -> None:
    assert len(answer(chips(), packet)) >= 4


def test_a_failed_transfer_keeps_the_connection(path: Path) -> None:
    with dial(path) as client:
        assert errno_of(exchange(client, bytes.fromhex("49 0100 0200 01"))) == EREMOTEIO
        assert exchange(client, READ_CONFIG) == CONFIG


def test_clients_come_and_go(path: Path) -> None:
    """Several at once are served, and one that leaves takes nobody with it."""
    with dial(path) as first:
        with dial(path) as second:
            assert exchange(second, READ_CONFIG) == CONFIG
        assert exchange(first, READ_CONFIG) == CONFIG


def test_too_many_clients_are_turned_away(path: Path) -> None:
    """The ninth is hung up on; the eight before it are served."""
    with ExitStack() as stack:
        clients = [stack.enter_context(dial(path)) for _ in range(9)]
        assert [exchange(client, READ_CONFIG) for client in clients[:8]] == [CONFIG] * 8
        assert is_hung_up(clients[8])


def test_a_client_that_vanishes_in_mid_transaction_is_forgotten(path: Path) -> None:
    """Its reply has nowhere to go; others are served on."""
    with dial(path) as other:
        for _ in range(20):
            with dial(path) as client:
                client.send(READ_CONFIG)
            assert exchange(other, READ_CONFIG) == CONFIG


def test_closing_leaves_nothing(tmp_path: Path) -> None:
    """Socket file and thread are gone and clients see the end."""
    path = tmp_path / "bus.sock"
    with I2cServer(path, chips()):
        client = dial(path)
        assert exchange(client, READ_CONFIG) == CONFIG
    with client:
        assert client.recv(1) == b""
    assert list(tmp_path.iterdir()) == []
    assert not [each for each in threading.enumerate() if each.name == "simulated-bus.sock"]


def test_a_path_that_is_taken_is_reported(path: Path) -> None:
    """A second server at the same path fails in words of the system and leaks nothing."""
    with pytest.raises(OSError, match="in use"):
        I2cServer(path, chips()).start()
