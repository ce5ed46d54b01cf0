"""A technician at `skyground calibrate`: reads what it prints, does what it says, types what is asked."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Answers = Sequence[tuple[str, str | Callable[[], str]]]

PROMPT = "> "


class Terminal:
    """One run of the command. `said` is all that it has printed, as on a screen."""

    def __init__(self, config: Path, *words: str) -> None:
        command = [sys.executable, "-u", "-m", "agent", "calibrate", *words, "--config", str(config)]
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        self.said = ""

    def until_prompt(self) -> str:
        """What is printed up to the next question; "" when the command has ended."""
        assert self._child.stdout is not None
        part = ""
        while not part.endswith(PROMPT):
            letter = self._child.stdout.read(1)
            if not letter:
                self.said += part
                return ""
            part += letter
        self.said += part
        return part

    def type(self, line: str) -> None:
        """An answer, with Enter."""
        assert self._child.stdin is not None
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()

    def go(self, answers: Answers, stop_at: str = "") -> int | None:
        """Answer each question by the first of `answers` whose words are in it, else with Enter.

        Returns the exit code; None when the question with `stop_at` in it was reached.
        """
        while part := self.until_prompt():
            if stop_at and stop_at in part:
                return None
            found = next((answer for words, answer in answers if words in part), "")
            self.type(found if isinstance(found, str) else found())
        return self._child.wait(20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The line to the terminal is gone, if it has not ended by itself."""
        self._child.kill()
        self._child.communicate()
