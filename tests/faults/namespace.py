"""A network of its own for the agent, joined to ours by a cable that the kernel can be made to swallow."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOBODY = "02:00:00:00:00:01"
# 198.18.0.0/15 is kept free for measurements (RFC 2544).
_OURS, _THEIRS = "198.18.47.1", "198.18.47.2"


class Cable:
    """Both ends stay up. While it swallows, each end sends its frames to an address that nobody has."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ours = _OURS
        self.enter = ("ip", "netns", "exec", name)  # a command behind it runs in the agent's network
        self._near, self._far = f"{name}a", f"{name}b"

    def lay(self) -> None:
        """Make network and cable. Raises CalledProcessError."""
        _ip("netns", "add", self.name)
        _ip("link", "add", self._near, "type", "veth", "peer", "name", self._far, "netns", self.name)
        _ip("addr", "add", f"{_OURS}/30", "dev", self._near)
        _ip("link", "set", self._near, "up")
        self._there("addr", "add", f"{_THEIRS}/30", "dev", self._far)
        for each in ("lo", self._far):
            self._there("link", "set", each, "up")

    def swallow(self) -> None:
        """From now on nothing arrives, in either direction, and nobody is told."""
        _ip("neigh", "replace", _THEIRS, "lladdr", _NOBODY, "dev", self._near, "nud", "permanent")
        self._there("neigh", "replace", _OURS, "lladdr", _NOBODY, "dev", self._far, "nud", "permanent")

    def heal(self) -> None:
        """As before."""
        _ip("neigh", "del", _THEIRS, "dev", self._near)
        self._there("neigh", "del", _OURS, "dev", self._far)

    def _there(self, *words: str) -> None:
        _ip("-n", self.name, *words)


@contextmanager
def cable() -> Iterator[Cable]:
    """A cable for one scene; only root can lay one."""
    laid = Cable(f"faults{os.getpid()}")
    try:
        try:
            laid.lay()
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"a network namespace can only be made by root, with the program ip: {error}")
        yield laid
    finally:
        subprocess.run(["ip", "netns", "del", laid.name], check=False, capture_output=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
