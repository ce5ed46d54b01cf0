"""Two ways to watch a station: a table that redraws itself, and a line per observation for anything else."""

from __future__ import annotations

import os
import sys
from collections import deque
from typing import TYPE_CHECKING, Any

from agent.cli.alarm_lines import alarm_lines, is_alarm
from agent.cli.table import channel_line, channel_table
from agent.cli.watch_lines import watch_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.model import Event

_EVENTS_SHOWN = 5
_OVER = "cleared"
_PIPE_WIDTH = 110
_HOME, _CLEAR_LINE, _CLEAR_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"


class Screen:
    """The whole terminal, redrawn in place."""

    def __init__(self, headline: str) -> None:
        self._headline = headline
        self._events: deque[str] = deque(maxlen=_EVENTS_SHOWN)
        self._alarms: dict[str, Event] = {}
        sys.stdout.write("\x1b[2J" + _HOME + headline.replace("\n", "\r\n") + "\r\n")
        sys.stdout.flush()

    def show(self, status: Mapping[str, Any], events: Sequence[Event]) -> None:
        """Draw the station as it is now."""
        self._events.extend(event_line(event) for event in events)
        for event in events:
            self._keep(event)
        columns, rows = os.get_terminal_size()
        lines = [
            *self._headline.splitlines(),
            f"site time {status['clock']['wall']}   {journal_words(status)}   Ctrl-C ends it",
            "",
            *(self._alarm_lines(columns) or [*_quiet(status, columns), ""]),
            *channel_table(status["channels"], colour=True),
            "",
            *(f"sink {sink['sink']}: {sink_words(sink)}" for sink in status["sinks"]),
            "last events:",
            *(f"  {line}" for line in self._events or ["none yet"]),
        ]
        text = "".join(f"{line}{_CLEAR_LINE}\r\n" for line in lines[: rows - 1])
        sys.stdout.write(_HOME + text + _CLEAR_BELOW)
        sys.stdout.flush()

    def _keep(self, event: Event) -> None:
        """An alarm stands until it is over."""
        if event.phase == _OVER:
            self._alarms.pop(event.id, None)
        elif is_alarm(event):
            self._alarms[event.id] = event

    def _alarm_lines(self, columns: int) -> list[str]:
        gravest_first = sorted(self._alarms.values(), key=lambda each: -each.severity)
        return [line for each in gravest_first for line in (*alarm_lines(each, columns, colour=True), "")]


def _quiet(status: Mapping[str, Any], columns: int) -> list[str]:
    """What the detectors say while they warn of nothing."""
    return [line[:columns] for line in watch_lines(status["watch"])]


class LinePrinter:
    """One line per new observation and event: for pipes, logs and terminals that cannot do more.

    A sink in trouble is told of once, and once when it is back.
    """

    def __init__(self, headline: str) -> None:
        self._shown: dict[str, str] = {}
        self._away: set[str] = set()
        print(headline, flush=True)

    def show(self, status: Mapping[str, Any], events: Sequence[Event]) -> None:
        """Print what is new."""
        for channel in status["channels"]:
            if channel["at"] is not None and self._shown.get(channel["channel"]) != channel["at"]:
                self._shown[channel["channel"]] = channel["at"]
                print(channel["at"], channel_line(channel, colour=False))
        for event in events:
            print(event_line(event))
            if is_alarm(event):
                _title, *text = alarm_lines(event, _PIPE_WIDTH, colour=False)
                print("\n".join(text))
        for sink in status["sinks"]:
            self._show_sink(sink)
        sys.stdout.flush()

    def _show_sink(self, sink: Mapping[str, Any]) -> None:
        name, away = sink["sink"], bool(sink["last_error"])
        if away and name not in self._away:
            self._away.add(name)
            print(f"SINK {name}: {sink_words(sink)}; help: {sink['hint']}")
        elif name in self._away and not away:
            self._away.discard(name)
            print(f"SINK {name} is back: {sink_words(sink)}")


def event_line(event: Event) -> str:
    """What happened, in one line."""
    return f"EVENT {event.phase} {event.kind}: {event.title}"


def journal_words(status: Mapping[str, Any]) -> str:
    """How much is safe."""
    journal = status["journal"]
    return f"{journal['head']} records on disk" + (f", DISK: {journal['error']}" if journal["error"] else "")


def sink_words(sink: Mapping[str, Any]) -> str:
    """How one destination is doing."""
    if sink["last_error"]:
        return f"{sink['last_error']} ({sink['backlog']} waiting, data is safe)"
    return f"{sink['delivered']} delivered, {sink['backlog']} waiting"
