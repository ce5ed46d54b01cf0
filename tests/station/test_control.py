"""The station's socket."""

from __future__ import annotations

import json
import socket
import stat
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

import agent.control as control_module
from agent.clock import SystemClock
from agent.control import Control, ControlError, Deferred, RefusedError, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


class Slow:
    """An answer that comes when the test says so."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.abandoned = threading.Event()
        self.asked = threading.Event()
        self.arguments: list[Mapping[str, Any]] = []
        self.longest_s = 60.0

    def handle(self, arguments: Mapping[str, Any]) -> Deferred:
        """Promise it."""
        self.arguments.append(arguments)
        self.asked.set()
        return Deferred(self.over.is_set, self.answer, self.abandoned.set, self.longest_s)

    def answer(self) -> object:
        """The answer, or a refusal when the arguments say so."""
        if self.arguments[0].get("refuse"):
            raise RefusedError("unit 7 does not answer", "check its power")
        return list(self.arguments)


def refuse(_arguments: Mapping[str, Any]) -> object:
    """No."""
    raise RefusedError("there is no such sensor", "sensors: ph-3")


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def path(tmp_path: Path, slow: Slow) -> Iterator[Path]:
    """The socket of a station that can say its name, or fail to."""
    path = tmp_path / "control.sock"
    handlers: dict[str, Callable[[Mapping[str, Any]], object]] = {
        "status": lambda _: {"name": "北排土场"},
        "big": lambda _: "x" * 3_000_000,
        "echo": lambda arguments: arguments,
        "refuse": refuse,
        "slow": slow.handle,
    }
    control = Control(path, handlers)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            control.step(SystemClock().now())
        control.close()

    control._listener = control._listen()
    thread = threading.Thread(target=serve)
    thread.start()
    yield path
    stop.set()
    # Ends the wait for a client, unless the last one has ended it.
    with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
        line.connect(str(path))
    thread.join()
    assert not path.exists()


@contextmanager
def asking(path: Path, request: bytes) -> Iterator[socket.socket]:
    """A client that has asked, and waits."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(10)
        line.connect(str(path))
        line.sendall(request)
        yield line


def answer_on(line: socket.socket) -> dict[str, Any]:
    """What the client hears in the end."""
    answer: dict[str, Any] = json.loads(line.makefile("rb").read())
    return answer


def raw(path: Path, request: bytes) -> dict[str, str]:
    """The answer to bytes of one's own."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(path))
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer: dict[str, str] = json.loads(line.makefile("rb").read())
        return answer


def test_a_question_gets_its_answer(path: Path) -> None:
    assert ask(path, "status") == {"name": "北排土场"}


def test_a_large_answer_arrives_whole(path: Path) -> None:
    assert len(ask(path, "big")) == 3_000_000


def test_an_unknown_command_names_the_known_ones(path: Path) -> None:
    with pytest.raises(ControlError, match="knows: big, echo, refuse, slow, status"):
        ask(path, "reboot")


@pytest.mark.parametrize(
    "request_",
    [
        b"",
        b"\xff\xfe\n",
        b"[]\n",
        b"{}\n",
        b'{"command": 3}\n',
        b'{"command": "status", "arguments": 3}\n',
        b"[" * 60_000,
        b"x" * 60_000,
    ],
)
def test_nonsense_is_answered_and_harms_nobody(path: Path, request_: bytes) -> None:
    assert "error" in raw(path, request_)
    assert ask(path, "status")


def test_a_flood_is_cut_off_and_harms_nobody(path: Path) -> None:
    with suppress(ConnectionError):
        raw(path, b"x" * 1_000_000)
    assert ask(path, "status")


def test_a_client_that_goes_away_harms_nobody(path: Path) -> None:
    for _ in range(3):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(path))
            line.sendall(b'{"command": "big"}\n')
    assert ask(path, "status")


def test_only_owner_and_group_may_ask(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_nobody_there_is_said_with_the_path(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match=r"no station answers at .*gone.sock: No such file"):
        ask(tmp_path / "gone.sock", "status")


def test_the_socket_of_a_dead_station_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    control = Control(path, {})
    control._listener = control._listen()
    assert control.status() == {"socket": str(path)}
    control.close()


def test_arguments_travel(path: Path) -> None:
    assert ask(path, "echo", {"sensor": "酸度", "units": [1, 2]}) == {"sensor": "酸度", "units": [1, 2]}
    assert ask(path, "echo") == {}


def test_a_refusal_says_what_and_what_to_do(path: Path) -> None:
    with pytest.raises(RefusedError, match="there is no such sensor") as caught:
        ask(path, "refuse")
    assert caught.value.hint == "sensors: ph-3"


def test_a_slow_answer_makes_nobody_else_wait(path: Path, slow: Slow) -> None:
    """Two wait for a bus; `status` is answered meanwhile; then each gets what it asked for."""
    with asking(path, b'{"command": "slow", "arguments": {"n": 1}}\n') as first:
        assert slow.asked.wait(10)
        slow.asked.clear()
        with asking(path, b'{"command": "slow", "arguments": {"n": 2}}\n') as second:
            assert slow.asked.wait(10)
            assert ask(path, "status") == {"name": "北排土场"}
            slow.over.set()
            assert answer_on(first) == answer_on(second) == {"ok": [{"n": 1}, {"n": 2}]}
    assert not slow.abandoned.is_set()


def test_a_slow_answer_may_be_a_refusal(path: Path, slow: Slow) -> None:
    slow.over.set()
    with pytest.raises(RefusedError, match="unit 7 does not answer") as caught:
        ask(path, "slow", {"refuse": True})
    assert caught.value.hint == "check its power"


def test_who_has_ended_its_sending_still_gets_its_answer(path: Path, slow: Slow) -> None:
    """As `socat` does: it has nothing more to say and listens."""
    with asking(path, b'{"command": "slow"}\n') as line:
        line.shutdown(socket.SHUT_WR)
        assert slow.asked.wait(10)
        assert ask(path, "status")
        slow.over.set()
        assert answer_on(line) == {"ok": [{}]}


def test_a_bus_is_told_when_nobody_waits_any_more(path: Path, slow: Slow) -> None:
    """Ctrl-C ends the search as well."""
    with asking(path, b'{"command": "slow"}\n'):
        assert slow.asked.wait(10)
    assert slow.abandoned.wait(10)


def test_a_bus_that_keeps_no_promise_is_given_up(
    path: Path, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stuck in the kernel: the person hears of it all the same."""
    slow.longest_s = 0.0
    monkeypatch.setattr(control_module, "_LATE_S", 0.0)
    with pytest.raises(RefusedError, match="no sign of life"):
        ask(path, "slow", timeout_s=10)
    assert slow.abandoned.is_set()


def test_only_so_many_may_wait(path: Path, slow: Slow) -> None:
    """Bounded like everything else; who is refused may come again."""
    with ExitStack() as stack:
        for _ in range(16):
            stack.enter_context(asking(path, b'{"command": "slow"}\n'))
            assert slow.asked.wait(10)
            slow.asked.clear()
        with pytest.raises(RefusedError, match="16 requests wait"):
            ask(path, "slow")
        assert slow.abandoned.is_set()
        assert ask(path, "status")


def test_who_waits_hears_that_the_station_stops(tmp_path: Path, slow: Slow) -> None:
    control = Control(tmp_path / "control.sock", {"slow": slow.handle})
    control._listener = control._listen()
    with asking(tmp_path / "control.sock", b'{"command": "slow"}\n') as line:
        control.step(SystemClock().now())
        control.close()
        assert answer_on(line)["error"] == "the station is being stopped"


def test_a_client_that_drips_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then does not hold the socket: the whole line has one deadline."""
    monkeypatch.setattr(control_module, "_CLIENT_S", 0.05)
    control = Control(tmp_path / "control.sock", {})
    control._listener = control._listen()
    served = threading.Event()

    def serve() -> None:
        control.step(SystemClock().now())
        served.set()

    with asking(tmp_path / "control.sock", b"{") as line:
        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(OSError, match="Broken pipe"):  # noqa: PT012  each byte, until one is refused
            for _ in range(500):
                served.wait(0.01)
                line.sendall(b" ")
        thread.join()
    control.close()


def test_a_station_that_hangs_up_is_said_so(tmp_path: Path) -> None:
    def hang_up() -> None:
        listener.accept()[0].close()

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "sock"))
        listener.listen()
        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(ControlError, match=r"hung up|reset|Broken"):
            ask(tmp_path / "sock", "status")
        thread.join()
